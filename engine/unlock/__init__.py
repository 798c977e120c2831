"""What would unlock something: the smallest honest changes after which it is allowed, each way tried beforehand.

``models`` is the answer; ``formulas`` what has to become so, and ``conditions`` where that is read off the reasons why
not; ``search`` finds the ways, ``slices`` tries them, and ``unlocker`` does it all and finds the words.
"""

from prehab.unlock.models import Choice, Held, Rung, Step, Unlock, Way

__all__ = ["Choice", "Held", "Rung", "Step", "Unlock", "Way"]
