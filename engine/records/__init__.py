"""Records of decisions: what was told, what was decided and by what, to be kept, and repeated later.

``models`` is a record and what comes of repeating it; ``keeper`` makes one, ``masking`` takes out what is personal, and
``replaying`` repeats it and says what differs.
"""

from prehab.records.models import Decision, Differing, Masked, Record, Replay

__all__ = ["Decision", "Differing", "Masked", "Record", "Replay"]
