"""Proofs by z3: what holds for every runner and every value that a parameter may take (``prehab[prove]``)."""
