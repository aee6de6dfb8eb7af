"""The shape of every table: START HERE.

Two families. *Facts* come from sheets and people: `facts` declares each sheet column once, `kinds` which sheet fills
which of them, `accounts` what became of a sheet's rows; `school_facts` is one record of the facts behind figures.
*Figures* are what marts derive from facts for a day: `readiness`, `retakes`, `subjects`, `support`, `needs`.

Dates end in `_on`, identifiers are text, rates are 0-1, EPC and percent are 0-100, and null is missing.
"""
