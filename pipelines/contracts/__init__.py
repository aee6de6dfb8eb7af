"""Every table's shape: START HERE.

Two families. *Facts* are what sheets and people say: `facts` declares each sheet column once, `kinds` says which sheet
fills which of them, `accounts` what became of its rows; `school_facts` holds those that figures are derived from in one
record. *Figures* are what marts derive from facts for an asked day: `readiness`, `retakes`, `subjects`, `support`.

Dates end in `_on`, identifiers are text, rates are 0-1, EPC and percent are 0-100, and null is missing.
"""
