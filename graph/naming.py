"""What somebody may have meant by a name that is not in the graph: by meaning, then by spelling.

A word of another place, or the name of a milder injury, is worse than no suggestion: it would be followed. So an injury
is offered only where everything that was said fits one of its own names, at the same place and as severe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from prehab.graph.faults import nearest
from prehab.graph.index import words_in
from prehab.graph.once import Once

if TYPE_CHECKING:
    from prehab.graph.catalogue import Catalogue
    from prehab.graph.schema import Exercise, Injury

__all__ = ["Meant", "Naming"]

NEAR = 0.8
"""How alike (0 to 1) two words must be for one to be a misspelling of the other."""

LONG_NEAR = 0.85
"""The same for words of eight letters and more, which are alike sooner."""

JOINED = 0.95
"""How alike two names must be when the spaces are left out."""

MOST = 3
"""How many names are offered."""

Said = frozenset[str]


@dataclass(frozen=True)
class Meant:
    """What an unknown name may stand for.

    Attributes:
        names: Ids of entries, best first; empty where none fits.
        regions: Where it seems to be; ``None`` where nothing said so, empty for a place that the graph leaves out.
        severe: Whether a rupture, a fracture, an operation or the like was spoken of.
    """

    names: tuple[str, ...] = ()
    regions: tuple[str, ...] | None = None
    severe: bool = False


class Naming:
    """Suggests the injuries and exercises of one catalogue.

    Its lists ``places``, ``severe``, ``same_words`` and ``asides`` tell what words mean; without them there is only
    the spelling.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue = catalogue.origin or catalogue  # the language that its lists of words are in
        self._words: Any = catalogue.words
        self.by_meaning = any(self._words.get(name) for name in ("places", "severe"))

    def exercise(self, word: str) -> tuple[str, ...]:
        """The exercises that a name may stand for, best first, at most three; none for what is not there."""
        exercises = self._catalogue.exercises
        if not self.by_meaning:
            return nearest(word, exercises, {a: e.id for e in exercises.values() for a in (*e.aliases, e.name)})
        names = self._exercise_names
        said = self._said(word, self._exercise_vocabulary)
        if not said:
            return ()
        found = [key for key, spoken in names if spoken == said]
        found = found or _joined(word, self._exercise_joined)
        if not found:
            scores: dict[str, tuple[int, int]] = {}
            for key, spoken in names:
                rank = 0 if spoken == self._canonical(words_in(key.replace("_", " "))) else 1
                if said < spoken:
                    score = (rank, len(spoken - said))
                elif spoken < said and len(spoken) > 1 and all(map(self._is_equipment, said - spoken)):
                    score = (2, len(said - spoken))
                else:
                    continue
                scores[key] = min(score, scores.get(key, score))
            found = [key for key, score in scores.items() if score == min(scores.values())]
        return tuple(dict.fromkeys(found))[:MOST]

    def injury(self, word: str) -> Meant:
        """The injuries that a name may stand for, all of one place and as severe as what was said."""
        injuries = [injury for injury in self._catalogue.injuries.values() if not injury.unnamed]
        if not self.by_meaning:
            spoken = {said: injury.id for injury in injuries for said in (*injury.aliases, injury.name)}
            return Meant(nearest(word, [injury.id for injury in injuries], spoken))
        said = self._said(word, self._injury_vocabulary)
        grave = said & self._severe
        regions, of_place = self._where(said)
        names = [key for key, spoken in self._injury_names if said and spoken == said]
        if not names and (place := [key for key, spoken in self._unnamed_names if said and spoken == said]):
            return Meant((), tuple(dict.fromkeys(self._catalogue.injuries[key].region for key in place)), bool(grave))
        if not names and said - grave:
            names = self._run_together(word, grave, regions) or self._fitting(said, grave, regions, of_place)
        names = list(dict.fromkeys(names))[:MOST]
        if regions is None:
            held = [key for key, spoken in self._unnamed_names if said and spoken <= said] or names
            regions = tuple(dict.fromkeys(self._catalogue.injuries[key].region for key in held)) or None
        return Meant(tuple(names), regions, bool(grave))

    def _fitting(self, said: Said, grave: Said, regions: tuple[str, ...] | None, of_place: Said) -> list[str]:
        """The injuries one of whose names holds all that was said, or is held in it beside words for the place."""
        if not said - grave - of_place and not grave:
            return []  # nothing but the place was said, and many things are there
        scores: dict[str, int] = {}
        for key, spoken in self._injury_names:
            injury = self._catalogue.injuries[key]
            if regions is not None and injury.region not in regions:
                continue
            more, less = said - spoken, spoken - said
            if more and (less or more - of_place - grave or spoken <= of_place | grave):
                continue
            if less and (len(less) > 2 - (regions is None) or (grave and less & self._severe)):
                continue  # so much was not said; and another kind of severe injury is another injury
            if grave <= self._kinds[key]:
                scores[key] = min(len(more | less), scores.get(key, 99))
        best = [key for key, score in scores.items() if score == min(scores.values())]
        places = {self._catalogue.injuries[key].region for key in best}
        if regions is None and len(places) > 1:
            return []
        ordered = sorted(scores, key=lambda key: (scores[key], key))
        return [key for key in ordered if regions is not None or self._catalogue.injuries[key].region in places]

    def _run_together(self, word: str, grave: Said, regions: tuple[str, ...] | None) -> list[str]:
        """The injuries whose name was written as one word, or parted where it is one."""
        return [
            key
            for key in _joined(word, self._injury_joined)
            if grave <= self._kinds[key] and (regions is None or self._catalogue.injuries[key].region in regions)
        ]

    def _where(self, said: Said) -> tuple[tuple[str, ...] | None, Said]:
        """The regions that the words may mean, the places told apart where several are named; and those words."""
        told = {place: regions for place, regions in self._places.items() if place <= said}
        told = {place: regions for place, regions in told.items() if not any(place < other for other in told)}
        if not told:
            return None, frozenset()
        every = list(dict.fromkeys(region for regions in told.values() for region in regions))
        shared = [region for region in every if all(region in regions for regions in told.values())]
        return tuple(shared or every), frozenset().union(*told)

    # -- words -------------------------------------------------------------------------------------------------------

    def _said(self, word: str, vocabulary: Said) -> Said:
        """What a name says: its words, misspellings put right, each by the one word that stands for its like."""
        words = [_stem(part) for part in _split(word[:200])[:12]]
        return self._canonical(part if part in vocabulary else _corrected(part, vocabulary) for part in words)

    def _canonical(self, words: Iterable[str]) -> Said:
        left = tuple(_stem(word) for word in words)
        found = []
        while left:
            for length in range(min(self._longest, len(left)), 0, -1):
                if meaning := self._meanings.get(left[:length]):
                    found.append(meaning)
                    left = left[length:]
                    break
            else:
                found.append(left[0])
                left = left[1:]
        return frozenset(found) - self._asides

    @Once
    def _meanings(self) -> dict[tuple[str, ...], str]:
        """The word that stands for its like, by each of them."""
        return {
            tuple(_stem(part) for part in _split(like)): meaning
            for table in ("same_words", "severe")
            for meaning, alike in self._words.get(table, {}).items()
            for like in (meaning, *alike)
        }

    @Once
    def _longest(self) -> int:
        return max((len(parts) for parts in self._meanings), default=1)

    @Once
    def _severe(self) -> Said:
        return frozenset(self._words.get("severe", {}))

    @Once
    def _asides(self) -> Said:
        return frozenset(_stem(word) for words in self._words.get("asides", {}).values() for word in words)

    @Once
    def _places(self) -> dict[Said, tuple[str, ...]]:
        return {
            self._canonical(_split(place)): tuple(regions) for place, regions in self._words.get("places", {}).items()
        }

    @Once
    def _common(self) -> Said:
        """The words of the lists."""
        listed = [word for parts in self._meanings for word in parts]
        listed += [_stem(word) for place in self._words.get("places", {}) for word in _split(place)]
        return frozenset(listed) | self._asides

    @Once
    def _injury_names(self) -> list[tuple[str, Said]]:
        return self._names(injury for injury in self._catalogue.injuries.values() if not injury.unnamed)

    @Once
    def _injury_joined(self) -> list[tuple[str, int, str]]:
        return _together(injury for injury in self._catalogue.injuries.values() if not injury.unnamed)

    @Once
    def _exercise_joined(self) -> list[tuple[str, int, str]]:
        return _together(self._catalogue.exercises.values())

    @Once
    def _unnamed_names(self) -> list[tuple[str, Said]]:
        return self._names(injury for injury in self._catalogue.injuries.values() if injury.unnamed)

    @Once
    def _exercise_names(self) -> list[tuple[str, Said]]:
        return self._names(self._catalogue.exercises.values())

    @Once
    def _injury_vocabulary(self) -> Said:
        return self._common | _vocabulary(self._catalogue.injuries.values())

    @Once
    def _exercise_vocabulary(self) -> Said:
        return self._common | _vocabulary(self._catalogue.exercises.values())

    @Once
    def _kinds(self) -> dict[str, Said]:
        """How severe the names of each injury say that it is."""
        found: dict[str, Said] = {}
        for key, spoken in self._injury_names:
            found[key] = found.get(key, frozenset()) | spoken & self._severe
        return found

    def _names(self, entries: Iterable[Injury | Exercise]) -> list[tuple[str, Said]]:
        return [(key, self._canonical(_split(name))) for key, name in _spoken(entries)]

    def _is_equipment(self, word: str) -> bool:
        return any(word.startswith(_stem(key)) for key in self._words["equipment"])


def _spoken(entries: Iterable[Injury | Exercise]) -> Iterator[tuple[str, str]]:
    """Every name of every entry, the id among them."""
    return ((entry.id, name) for entry in entries for name in (entry.id, entry.name, *entry.aliases))


def _vocabulary(entries: Iterable[Injury | Exercise]) -> Said:
    return frozenset(_stem(word) for _, name in _spoken(entries) for word in _split(name))


def _split(name: str) -> list[str]:
    return words_in(name.replace("'", "").replace("’", ""))


def _stem(word: str) -> str:
    """A word without the ending of more than one."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "is", "us")) else word


@lru_cache(maxsize=512)
def _corrected(word: str, vocabulary: Said) -> str:
    """The one word of which this is a misspelling, or the word itself."""
    if len(word) < 4:
        return word
    like = sorted(near for near in vocabulary if len(near) > 3 and abs(len(near) - len(word)) <= 1 + (len(word) > 8))
    close = get_close_matches(word, like, MOST, NEAR if len(word) < 8 else LONG_NEAR)
    return next((near for near in close if near[0] == word[0]), close[0] if close else word)


def _together(entries: Iterable[Injury | Exercise]) -> list[tuple[str, int, str]]:
    """Every name of every entry: its id, how many words it is, and these without spaces."""
    return [(key, len(_split(name)), "".join(map(_stem, _split(name)))) for key, name in _spoken(entries)]


def _joined(word: str, names: Iterable[tuple[str, int, str]]) -> list[str]:
    """The entries whose name is written the same but for the spaces and a slip."""
    parts = _split(word[:200])
    together = "".join(map(_stem, parts))
    found: dict[str, float] = {}
    for key, number, other in names:
        if number == len(parts) or len(other) < 6 or abs(len(other) - len(together)) > 1:
            continue
        matcher = SequenceMatcher(None, together, other, autojunk=False)
        if matcher.quick_ratio() >= JOINED:
            found[key] = max(matcher.ratio(), found.get(key, 0.0))
    best = max(found.values(), default=0.0)
    return [key for key, score in found.items() if score == best and score >= JOINED]
