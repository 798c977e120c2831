"""How much a pack may hold. All limits stand here; README.md in `rules/` says what they are for.

Each lies far above the bundled pack (in brackets) and what a pack needs, and each is counted before anything is
expanded, so that what is too large ends in a finding and not in an hour's work. The largest pack they let through is
checked within seconds and a few hundred megabytes.
"""

from __future__ import annotations

__all__ = [
    "ALTERNATIVES", "BINDINGS", "CHECK_SECONDS", "EFFECTS", "FAULTS", "FOLDER_FILES", "FOLDER_SIZE", "FOLDER_VALUES",
    "JOINED", "JOINED_IN_ALL", "LARGEST_NUMBER", "LISTED", "LONGEST_TEXT", "MOST", "PATTERNS", "SELECTED_IN_ALL",
    "SELECTOR_PARTS", "VALUES", "VARIANTS",
]  # fmt: skip

# -- files ------------------------------------------------------------------------------------------------------------

VALUES = 250_000
"""Values in one file; a runner file with all it may hold has 30,000. (bundled: 6,100)"""

FOLDER_FILES, FOLDER_SIZE, FOLDER_VALUES = 500, 10_000_000, 300_000
"""Files of a folder, their characters and their values together. (bundled: 90, 1,240,000 and 67,000)"""

LONGEST_TEXT = 2_000
"""Characters of one text of a pack. (bundled: 400)"""

LARGEST_NUMBER = 1_000_000
"""What no number of a pack may exceed, whatever its unit. (bundled: 3,650)"""

FAULTS = 500
"""Faults of a pack that are told; what comes after them is only counted."""

# -- tables -----------------------------------------------------------------------------------------------------------

MOST = {
    "rules": 2_000, "parameters": 2_000, "schemes": 200, "kinds": 100, "fields": 200, "aggregates": 100, "derived": 100,
    "gates": 100, "channels": 100, "values": 200, "exercises": 2_000, "injuries": 500, "sources": 5_000,
    "claims": 2_000, "orders": 200, "words": 500, "cases": 5_000, "statements": 500,
}  # fmt: skip
"""Entries of each table. (bundled: 546 rules, 287 parameters, 213 exercises, 91 injuries)"""

# -- rules ------------------------------------------------------------------------------------------------------------

PATTERNS = 8
"""Patterns that one alternative of a rule joins. (bundled: 6)"""

ALTERNATIVES = 100
"""Alternatives of one rule: entries of `any` times tests under `unless`. (bundled: 15)"""

VARIANTS = 4_000
"""Alternatives of all rules together. (bundled: 821)"""

EFFECTS = 50
"""Effects of one rule. (bundled: 6)"""

SELECTOR_PARTS = 200
"""Lines of one selector, those of `not` and `any` in it counted. (bundled: 20)"""

BINDINGS = 20_000
"""Ways to bind the variables of one selector. (bundled: 1,849)"""

SELECTED_IN_ALL = 3_000_000
"""Bindings times lines, of all selectors together. (bundled: 100,000)"""

JOINED, JOINED_IN_ALL = 50_000, 300_000
"""Ways in which the facts of the fullest runner can meet one alternative, and all. (bundled: 2,500 and 43,000)"""

LISTED = 30
"""Facts of a list such as the log, however long, that the rules of a pack can tell apart. (bundled: none)"""

CHECK_SECONDS = 60
"""Seconds of the processor for all comparisons of `prehab rules check`; only a net below the counts. (bundled: 3)"""
