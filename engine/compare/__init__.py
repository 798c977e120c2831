"""What a change of rules or numbers means: for whom the advice changes, in which direction, and by which rule.

>>> from prehab.compare import Side, compare
>>> from prehab.engine import load_bundled_pack
>>> pack = load_bundled_pack()
>>> found = compare(Side(pack), Side(pack, {"plyo.calf_raises": 25}), runners=200)
>>> found.verdict
'stricter'
"""

from prehab.compare.changes import Change
from prehab.compare.differences import EFFECTS, Difference
from prehab.compare.laws import LAWS, Broken, Law, broken, promises_are_kept, worse_is_never_looser
from prehab.compare.report import Comparison, Example, Tally, compare, firing_share
from prehab.compare.sides import Answer, Side

__all__ = [
    "EFFECTS",
    "LAWS",
    "Answer",
    "Broken",
    "Change",
    "Comparison",
    "Difference",
    "Example",
    "Law",
    "Side",
    "Tally",
    "broken",
    "compare",
    "firing_share",
    "promises_are_kept",
    "worse_is_never_looser",
]
