"""Why anything that a recommendation says is so: a dose, a day, a week, a stage, a gate, a status, a choice.

``models`` is the answer; ``asked`` finds what somebody means; ``case`` holds what was decided for one runner, and what
everybody who accounts for a part of it needs. ``accountant`` sends each question to who answers it.
"""

from prehab.accounts.models import Account, Part, Point

__all__ = ["Account", "Part", "Point"]
