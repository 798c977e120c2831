"""Every sentence that a runner or a coach may read, where it stands, and how hard it is to read.

The sentences of the files come from the loaded pack and its catalogue, each with the file and line it was written at.
Those that the engine makes come from the answers to many runners, with the line of code that holds most of the words.

Reading grade is Flesch and Kincaid's: 0.39 words a sentence + 11.8 syllables a word - 15.59. Libraries that measure it
either fetch a dictionary when they run or guess as we do; ``syllables`` says how it guesses.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prehab.accounts import Account
from prehab.engine import Engine
from prehab.graph.faults import Fault
from prehab.graph.load import GRAPH_FOLDER, read_folder
from prehab.population import random_runner
from prehab.recommendation import Explanation, Recommendation
from prehab.render import explanation, recommendation
from prehab.rules.load import RULES_FOLDER
from prehab.rules.pack import Pack
from tests.accounting import said

__all__ = ["FIELD_TERMS", "Said", "grade", "of_the_engine", "of_the_files", "sentences", "syllables", "words_of"]

ROOT = Path(__file__).resolve().parent.parent

FIELD_TERMS = frozenset({
    "achilles", "adductor", "adductors", "antibiotic", "antibiotics", "arthritis", "ciprofloxacin",
    "clinician", "cruciate", "emergency", "exercise", "exercises", "femoral", "fibular", "gluteal",
    "hamstring", "hamstrings", "iliotibial", "infection", "kilometres", "levofloxacin", "maternity",
    "metatarsal", "midportion", "navicular", "operated", "operation", "osteoarthritis", "patellar", "patellofemoral",
    "peroneal", "physiotherapist", "plantar", "quadriceps", "quinolone", "repetition",
    "repetitions", "romanian", "tendinopathy", "tibialis",
})  # fmt: skip
"""Words of the field that no plainer word can stand for: each counts two syllables, for it is learnt as one name."""


@dataclass(frozen=True)
class Said:
    """One text: what kind it is, what it belongs to, where it was written.

    ``whole`` tells that it is made of sentences; the others are names and parts that stand in a longer sentence.
    """

    kind: str
    text: str
    of: str
    place: str = ""
    whole: bool = field(default=True, compare=False)


# -- measuring --------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:['’][A-Za-z]+)*|[0-9]+(?:[.,][0-9]+)*")
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_VOWELS = re.compile(r"[aeiouyà-ÿ]+")
_SILENT = re.compile(
    r"(?:[^laeiouy]e|[aeiouy]le|(?:[^laeiouytd]|[aeiouyl]l)ed|(?:[^laeiouyszxcgh]|[aeiouy]l|th|ach)es)$"
    r"|(?:fore|bare|care|safe|nine|late|rare|wide|some|side|guide|judge)(?=body|foot|ful|head|how|less|line|ly|ment|one|t|ways|what|where)"
)
_APART = re.compile(
    r"(?<![tscxg])i(?:a|o(?!us|n|r))|i(?:er|est|ers)$|(?<=[aeiouy])ing|(?<![aeiouygq])u(?:a(?!r)|ou)|eo(?!u|p|r)|iet"
    r"|ism$|cre(?=at)|u(?:el|ent)(?=$|s)|[bdgtc]n't$|axi(?=a)|ri(?=or)|yo(?=ne)"
)


def syllables(word: str) -> int:
    """About how many syllables a word has.

    A group of vowels is one. A last e, es or ed that is not spoken is none; vowels that are spoken apart (``medial``,
    ``doing``, ``usual``) are one more. Parts joined by an apostrophe are one word, a number counts one.
    """
    word = word.lower()
    if word in FIELD_TERMS:
        return 2
    if word in _ODD:
        return _ODD[word]
    count = len(_VOWELS.findall(word))
    return max(1, count - len(_SILENT.findall(word)) + len(_APART.findall(word)))


_ODD = {"area": 3, "being": 2, "everyone": 3, "everything": 3, "everyday": 3, "kneecap": 2, "likelier": 3, "likely": 2,
        "movement": 2, "movements": 2, "ones": 1, "osteoporosis": 6, "rhythm": 2, "technique": 2}  # fmt: skip


def words_of(sentence: str) -> list[str]:
    """The words of a text: letters or numbers; the parts of a hyphened word are words."""
    return _WORD.findall(sentence)


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [part for part in _END.split(text.strip()) if words_of(part)]


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text."""
    words = words_of(text)
    return 0.39 * len(words) / len(sentences(text)) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


# -- what the files say -----------------------------------------------------------------------------------------------


def of_the_files(pack: Pack) -> list[Said]:
    """Everything that is written for runners and coaches in the pack and its catalogue, each with its place."""
    lines = _lines()
    made = (*_of_rules(pack), *_of_words(pack), *_of_exercises(pack), *_of_injuries(pack))
    return [Said(one.kind, one.text, one.of, _place(lines, one), one.whole) for one in made]


def _of_rules(pack: Pack) -> Iterator[Said]:
    for rule in pack.rules:
        yield Said("reason", rule.because, rule.id)
        for effect in rule.effects:
            if effect.type == "advise":
                yield Said("advice", effect.data["say"], rule.id)
            if effect.type == "refer":
                yield Said("referral: who", effect.data["who"], rule.id, whole=False)
                yield Said("referral: tell", effect.data["tell"], rule.id)
            if effect.type == "require":
                yield Said("place in a session", effect.data["name"], rule.id, whole=False)
    for key, scheme in pack.schemes.items():
        yield Said("scheme: name", scheme.name, key, whole=False)
        yield Said("scheme: load", scheme.load_text, key, whole=False)
        if scheme.tempo:
            yield Said("scheme: tempo", scheme.tempo, key, whole=False)
        for text in (scheme.says, scheme.progress, scheme.step_back):
            yield Said("scheme", text, key)
    for kind in pack.kinds.values():
        for name, about in kind.fields.items():
            if about.ask:
                yield Said("question", about.ask, name)
            if about.label:
                yield Said("label", about.label, name, whole=False)
    for reading in pack.careful:
        yield Said("remark", reading.say, "careful")
    for run in pack.runs:
        for text in filter(None, (run.say, run.lacks)):
            yield Said("remark", text, "runs")
    for key, derived in pack.derived.items():
        yield Said("label", derived.says, key, whole=False)
    for key, gate in pack.gates.items():
        yield Said("label", gate.name, key, whole=False)


def _of_words(pack: Pack) -> Iterator[Said]:
    for kind, listed in pack.catalogue.words.items():
        for key, about in listed.items():
            if isinstance(about, str):
                yield Said("word", about, f"{kind}: {key}", whole=False)
                continue
            if isinstance(about, list):  # what people say, never what they are told
                continue
            yield Said("name", about["name"], f"{kind}: {key}", whole=False)
            if "how" in about:
                yield Said("test", about["how"], f"{kind}: {key}")
            for text in about.get("stands_in_for", {}).values():
                yield Said("word", text, f"{kind}: {key}", whole=False)


def _of_exercises(pack: Pack) -> Iterator[Said]:
    for key, exercise in pack.catalogue.exercises.items():
        yield Said("name", exercise.name, key, whole=False)
        for cue in exercise.cues:
            yield Said("cue", cue, key)
        for note in (*exercise.step_notes.values(), exercise.free_standing or ""):
            if note:
                yield Said("step note", note, key)


def _of_injuries(pack: Pack) -> Iterator[Said]:
    for key, injury in pack.catalogue.injuries.items():
        yield Said("name", injury.name, key, whole=False)
        yield Said("injury in plain words", injury.plain, key, whole=False)
        for stage, about in injury.stages.items():
            yield Said("stage: goal", about.goal, f"{key}, {stage}")
            yield Said("stage: move on", about.move_on, f"{key}, {stage}")
            yield Said("stage: step back", about.step_back, f"{key}, {stage}")
        for flag in injury.red_flags:
            yield Said("red flag", flag.why, f"{key}, {flag.flag}")
        for contrast in injury.told_apart_from:
            yield Said("told apart", contrast.how, f"{key}, {contrast.injury}")


def _lines() -> dict[str, list[tuple[tuple[Any, ...], str]]]:
    """For each text of the files the paths and places at which it stands."""
    faults: list[Fault] = []
    found: dict[str, list[tuple[tuple[Any, ...], str]]] = {}
    folders = ((GRAPH_FOLDER, "words.yaml"), (GRAPH_FOLDER, "exercises/*.yaml"), (GRAPH_FOLDER, "injuries/*.yaml"))
    for folder, pattern in (*folders, (RULES_FOLDER, "*.yaml")):
        for _, document in read_folder(folder, pattern, faults):
            if str(document.file).endswith(".cases.yaml"):
                continue
            for path, text in _texts((), document.data):
                place = f"{document.file}:{document.where(path)['line']}"
                found.setdefault(" ".join(text.split()), []).append((path, place))
    return found


def _texts(path: tuple[Any, ...], data: Any) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _texts((*path, key), value)


def _place(lines: dict[str, list[tuple[tuple[Any, ...], str]]], one: Said) -> str:
    """Where a text was written: of several places the one whose path names most of what it belongs to."""
    places = lines.get(" ".join(one.text.split()), [])
    of = set(re.split(r"[,:] ", one.of))
    return max(places, key=lambda found: len(of & set(map(str, found[0]))), default=((), "the pack"))[1]


# -- what the engine says ---------------------------------------------------------------------------------------------


def of_the_engine(pack: Pack, engine: Engine, runners: int) -> list[Said]:
    """The engine's own sentences, out of the answers to the examples and to random runners."""
    data = [engine.read_file(path) for path in sorted((ROOT / "examples").glob("*.yaml"))]
    rng = random.Random(11)
    answers: list[Recommendation] = [engine.recommend(runner) for runner in data]
    explanations: list[Explanation] = []
    accounts: list[Account] = []
    exercises = list(pack.catalogue.exercises)
    for number in range(runners):
        runner = random_runner(rng, pack)
        answers.append(engine.recommend(runner))
        if number % 4 == 0:
            explanations.append(engine.explain(runner, rng.choice(exercises)))
            places = list(said(answers[-1]))
            accounts += [engine.account(runner, about) for about in rng.sample(places, min(4, len(places)))]
    found: dict[str, Said] = {}
    names = _names(pack)
    code = _code()
    for kind, text, whole in (*_engine_texts(pack, answers, explanations), *_account_texts(pack, accounts)):
        plain = names.sub("step-up", text)
        shape = re.sub(r"[0-9]+", "0", plain)
        if shape not in found:
            found[shape] = Said(kind, plain, "engine", _line_of(code, text), whole)
    return list(found.values())


def _engine_texts(
    pack: Pack, answers: Iterable[Recommendation], explanations: Iterable[Explanation]
) -> Iterator[tuple[str, str, bool]]:
    known = {rule.because for rule in pack.rules} | {one.say for one in pack.careful}
    for answer in answers:
        yield "engine: headline", answer.headline, True
        for note in answer.notes:
            if note not in known:
                yield "engine: note", note, True
        for session in answer.sessions:
            if session.note:
                yield "engine: note", session.note, True
            for block in session.blocks:
                yield from (("engine: load", given.dose.load_text, False) for given in block.exercises)
                yield from (("engine: note", given.last, True) for given in block.exercises if given.last)
        for missing in answer.uncovered:
            yield "engine: uncovered", missing.because, True
        for group in answer.withheld:
            if group.rule is None:
                yield "engine: withheld", group.because, True
            yield from (("engine: until", until, False) for until in group.until if until not in known)
        for step in answer.filters:
            yield "engine: filter", step.step, False
        for ask in answer.asks:
            if ask.why not in known:
                yield "engine: why it is asked", ask.why, True
            yield "engine: question", ask.question, True
        for reason in answer.advice:
            yield from (("engine: what was seen", saw, False) for saw in reason.saw)
        for referral in answer.referrals:
            if referral.because not in known:
                yield "engine: reason", referral.because, True
        for line in recommendation(answer, pack.catalogue):
            if line.text.startswith(("prehab", "PAIN", "More:")):
                yield "engine: line", line.text.removeprefix("PAIN · "), False
    for told in explanations:
        yield "engine: summary", told.summary, told.verdict != "no_equipment"
        if told.choice:
            yield "engine: choice", told.choice, False
        for missed in told.missed:
            yield from (("engine: until", unmet, False) for unmet in missed.unmet)
        for reason in (*told.reasons, *told.permits):
            yield from (("engine: what was seen", saw, False) for saw in reason.saw)
            if reason.because not in known:
                yield "engine: reason", reason.because, True
        for line in explanation(told, pack.catalogue):
            if "permitted by" in line.text or "in its place" in line.text:
                yield "engine: line", line.text.partition(":")[0], False


def _account_texts(pack: Pack, accounts: Iterable[Account]) -> Iterator[tuple[str, str, bool]]:
    """What accounts say in words of their own, not in those of a rule."""
    known = {rule.because for rule in pack.rules}
    for account in accounts:
        if account.kind != "rule":
            yield "engine: summary", account.summary, True
        for part in account.parts:
            yield "engine: line", part.title, False
            for point in part.points:
                because = {told.because for told in point.reasons} | known
                if not point.says.startswith("/") and not any(text in point.says for text in because):
                    yield "engine: account", point.says, part.title not in ("Who", "What to tell them")


def _names(pack: Pack) -> re.Pattern[str]:
    """The names of exercises, injuries and regions, which are measured where they are written."""
    catalogue = pack.catalogue
    names = {node.name for node in (*catalogue.exercises.values(), *catalogue.injuries.values())}
    names |= {region["name"] for region in catalogue.words["regions"].values()}
    return re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))


def _code() -> list[tuple[str, str]]:
    """The texts in the engine's code, each with its place."""
    found = []
    for path in sorted((ROOT / "engine").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 7:
                found.append((node.value.strip(), f"engine/{path.name}:{node.lineno}"))
    return sorted(found, key=lambda pair: -len(pair[0]))


def _line_of(code: list[tuple[str, str]], text: str) -> str:
    return next((place for part, place in code if part in text), "engine")
