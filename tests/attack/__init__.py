"""Attacks on Passline's promises, counted.

Each attack is a module with `FULL`, how many tries make the documented figures, and `attack(tries, seed)`, which makes
them on homes of its own and returns an `Outcome`. `python -m tests.attack` runs them all. docs/security.md says which
promise each one attacks.
"""
