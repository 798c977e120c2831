"""Effects of a rule: from the text of a file to masks and bounds, and what must hold of each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from prehab.rules.language import Effect
from prehab.rules.select import Masks, variables_of
from prehab.rules.vocabulary import Scheme, Vocabulary

__all__ = ["Effects"]

_SINGULAR = {"screens": "screen", "injuries": "injury", "structures": "structure", "regions": "region"}


class Effects:
    """Reads effects against one vocabulary, its schemes and the exercises of one graph.

    Args:
        vocabulary: The vocabulary.
        schemes: The dose schemes.
        masks: Selects the exercises.
        use: Told of every parameter that an effect names, with the reporter of faults and the path to the name.
        lack: Told of every parameter that does not exist, likewise.
        whole: Whether all of the graph could be read. Else what a selector selects is not certain.
        unsure: The schemes that have faults of their own.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        schemes: Mapping[str, Scheme],
        masks: Masks,
        use: Callable[..., None],
        lack: Callable[..., None],
        *,
        whole: bool = True,
        unsure: Collection[str] = (),
    ) -> None:
        self.vocabulary = vocabulary
        self.schemes = schemes
        self.masks = masks
        self.use = use
        self.lack = lack
        self.whole = whole
        self.unsure = unsure

    def wanted(self, name: str, entry: Any) -> dict[str, str]:
        """What the variables of an effect have to stand for."""
        if name == "derive":
            if entry.fact not in self.vocabulary.derived:  # it stands in what could not be read
                return {}
            fields = self.vocabulary.derived[entry.fact].fields
            given = {k: v for k, v in (entry.model_extra or {}).items() if isinstance(v, str) and k in fields}
            return {variable: str(fields[field].to) for field, variable in given.items()}
        if name in ("reach", "stay"):
            return {entry.complaint: "complaint"}
        if name == "refer":
            return {entry.region: "region"} if isinstance(entry.region, str) else {}
        if getattr(entry, "exercises", None) is None:
            return {}
        return {v: _SINGULAR[kind] for v, kind in variables_of(entry.exercises).items()}

    def read(self, name: str, entries: list[Any], told: Any, listed: bool) -> Iterator[Effect]:
        """The effects of one kind that a rule has.

        Args:
            name: The kind.
            entries: The effects, as they were read.
            told: Is told what is wrong, with its path in the rule.
            listed: Whether they stand in a list, or one of them stands alone.
        """
        for place, entry in enumerate(entries):
            fault = partial(_at, told, place) if listed else told
            data = entry.model_dump(exclude_none=True, exclude={"exercises"})
            variables: tuple[str, ...] = ()
            table: dict[tuple[str, ...], int] = {}
            unknown: list[str] = []
            if getattr(entry, "exercises", None) is not None:
                if said := self.masks.too_much(entry.exercises):
                    fault("too-many", said, name)
                    continue
                variables, table = self.masks.table(entry.exercises)
                unknown = sorted(self.masks.unknown)
                for parameter in unknown:
                    self.lack(parameter, fault, name)
                self.masks.unknown.clear()
                if not (table or unknown) and self.whole:
                    fault("selects-nothing", f"`{name}` selects no exercise", name)
            if name == "limit":
                self._check_limit(entry, data, fault)
            if name in ("reach", "stay"):
                variables = (entry.complaint,)
            if name == "refer":
                self._check_refer(entry, fault)
                if isinstance(entry.region, str):
                    variables = (entry.region,)
            if name == "prescribe" and self.whole and not unknown:
                self._check_fit(entry, table, fault)
            if name == "derive":
                variables = self._derived(entry, data, fault)
                about = self.vocabulary.derived.get(entry.fact)
                fields = ("fact", *(about.fields if about else ()))  # whichever order they are written in
                data = {key: data[key] for key in fields if key in data}
            for named in ("weight", "order", "sets"):
                if named in data:
                    self.use(str(data[named]), fault, name)
            if not unknown:  # else what it is about is not known
                yield Effect(name, data, variables, table)

    def _derived(self, entry: Any, data: dict[str, Any], fault: Any) -> tuple[str, ...]:
        """The variables that the fields of a derived fact are given."""
        if entry.fact not in self.vocabulary.derived:  # it stands in what could not be read
            return ()
        expected = self.vocabulary.derived[entry.fact].fields
        given = {k: v for k, v in data.items() if k != "fact"}
        for wrong in sorted(given.keys() ^ expected.keys()):
            fault("derive-fields", f"`derive` must give exactly {', '.join(expected)}, see `{wrong}`", "derive")
        for key, value in given.items():
            if not (isinstance(value, str) and value.startswith("$")):
                fault("derive-fields", f"`{key}` must be a variable such as $c that `when` binds", "derive")
        return tuple(v for v in given.values() if isinstance(v, str) and v.startswith("$"))

    def _check_refer(self, entry: Any, fault: Any) -> None:
        if sum(about is not None for about in (entry.region, entry.everything, entry.whole_person)) != 1:
            fault("refer-what", "`refer` names a `region`, or says `everything: true` or `whole_person: true`", "refer")
        if entry.urgency == "emergency" and not entry.everything:
            fault("refer-what", "an emergency stops everything: say `everything: true`", "refer")
        if entry.urgency == "routine" and entry.everything:
            message = "a routine referral never stops everything; name a `region`, or say `whole_person: true`"
            fault("refer-what", message, "refer")

    def _check_fit(self, entry: Any, table: dict[tuple[str, ...], int], fault: Any) -> None:
        if entry.scheme not in self.schemes or entry.scheme in self.unsure:  # which is told where it stands
            return
        modes = set(self.schemes[entry.scheme].modes)
        selected = 0
        for mask in table.values():
            selected |= mask
        exercises = enumerate(self.masks.catalogue.exercises.items())
        wrong = [key for i, (key, one) in exercises if selected >> i & 1 and modes.isdisjoint(one.modes)]
        if wrong:
            message = f"scheme `{entry.scheme}` does not fit the modes of {', '.join(wrong[:6])}"
            fault("scheme-misfit", message, "prescribe")

    def _check_limit(self, entry: Any, data: dict[str, Any], fault: Any) -> None:
        channel = self.vocabulary.channels.get(entry.channel)
        if channel is None:  # it stands in what could not be read
            return
        word = "at_most" if channel.safe == "cap" else "at_least"
        other = "at_least" if channel.safe == "cap" else "at_most"
        bound = data.get(word)
        if bound is None or other in data:
            fault("limit-direction", f"`{entry.channel}` is a {channel.safe}: give `{word}` and nothing else", "limit")
            return
        if channel.runner != (entry.exercises is None):
            what = "no `exercises`, it bounds the runner's week" if channel.runner else "`exercises`"
            fault("limit-scope", f"`{entry.channel}` takes {what}", "limit")
        if channel.values:
            if bound not in channel.values:
                fault("unknown-word", f"`{bound}` is not one of {', '.join(channel.values)}", "limit")
        else:
            self.use(str(bound), fault, "limit")


def _at(told: Any, number: int, code: str, message: str, name: str, *path: str | int, **more: Any) -> None:
    """Tell what is wrong with one entry of a list of effects."""
    told(code, message, name, number, *path, **more)
