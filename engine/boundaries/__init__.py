"""What would change an answer: the nearest value of everything told, up and down, at which the advice is another.

``advice`` says what counts as the advice; ``values`` which values of a field have to be tried; ``finder`` tries them,
``words`` says what changes, and ``models`` is the answer.
"""

from prehab.boundaries.models import Boundaries, Boundary, Changed, Crossing, LeftOut

__all__ = ["Boundaries", "Boundary", "Changed", "Crossing", "LeftOut"]
