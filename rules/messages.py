"""The sentences that answers are made of, each with an id and the names of its values, in one language.

English stands in ``languages/en/messages.yaml``; what another language says in its place, in a folder beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any

from prehab.graph.bundled import read_bundled
from prehab.graph.frozen import Frozen, FrozenDict
from prehab.graph.record import record

__all__ = ["ENGLISH", "LANGUAGES_FOLDER", "Messages", "capital", "english", "flat"]

ENGLISH = "en"
LANGUAGES_FOLDER = Path(__file__).parent / "languages"

Text = str | Mapping[str, str]
"""A sentence with its values in braces; where a ``count`` decides how it reads, one for ``one``, one for ``other``."""


@record(slots=False)
class Messages(Frozen):
    """The sentences of one language, and what it calls the words that stand for themselves in English.

    Attributes:
        language: The language, such as ``de``.
        texts: The sentences by id.
        words: What the words of the vocabulary are called, such as ``easy_only``.

    >>> english()("unlock.steps", count=2)
    '2 steps'
    """

    language: str
    texts: Mapping[str, Text]
    words: Mapping[str, str] = field(default_factory=FrozenDict)

    def __call__(self, name: str, /, **values: Any) -> str:
        """A sentence with its values."""
        text = self.texts[name]
        if not isinstance(text, str):
            text = text["one" if values["count"] == 1 else "other"]
        if 0 in values.values():  # of which some may be -0.0
            values = {key: value + 0.0 if type(value) is float else value for key, value in values.items()}
        return text.format(**values) if values else text

    def word(self, word: str, space: str = " ") -> str:
        """What a word is called that programs read, too."""
        return self.words.get(word) or word.replace("_", space)

    def value(self, name: str, text: str) -> str | None:
        """What stands for the only value of a sentence in a text; None where the text is another sentence."""
        before, _, rest = str(self.texts[name]).partition("{")
        after = rest.partition("}")[2]
        if len(text) < len(before) + len(after) or not (text.startswith(before) and text.endswith(after)):
            return None
        return text[len(before) : len(text) - len(after)]


@cache
def english() -> Messages:
    """The English sentences: compiled at the install, or from their file in a source checkout."""
    compiled = read_bundled(LANGUAGES_FOLDER / f"{ENGLISH}.json")
    if compiled is not None:
        return Messages(ENGLISH, json.loads(compiled))
    from prehab.graph.files import read_path

    return Messages(ENGLISH, flat(read_path(LANGUAGES_FOLDER / ENGLISH / "messages.yaml").data["messages"]))


def flat(topics: Mapping[str, Mapping[str, Text]]) -> dict[str, Text]:
    """Sentences by id, from those of each topic."""
    return {f"{topic}.{name}": text for topic, texts in topics.items() for name, text in texts.items()}


def capital(text: str) -> str:
    """A text that begins with a capital letter."""
    return text[:1].upper() + text[1:]
