"""Every sentence that a runner or a coach reads is plain, kind and careful; what is measured stands in ``wording``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import pytest

from prehab.rules.pack import Pack
from tests.support import engine_of, tries
from tests.wording import FIELD_TERMS, Said, grade, of_the_engine, of_the_files, sentences, syllables, words_of

MOST_GRADE = 10.0
MOST_MEDIAN = 7.0
MOST_WORDS = 28
FROM_WORDS = 8
"""Shorter sentences are easy to take in, and too short for the grade to mean anything."""

RUNNERS = tries(150)


@dataclass(frozen=True)
class Forbidden:
    """A wording that no sentence may have, why, and what to write instead; ``kinds`` bounds it to some kinds."""

    name: str
    pattern: re.Pattern[str]
    why: str
    hint: str
    kinds: tuple[str, ...] = ()

    def found(self, said: Said) -> str | None:
        """The words that are not wanted."""
        if self.kinds and not said.kind.startswith(self.kinds):
            return None
        hit = self.pattern.search(said.text)
        return hit[0] if hit else None


def _bad(name: str, pattern: str, why: str, hint: str, *kinds: str, case: bool = False) -> Forbidden:
    return Forbidden(name, re.compile(pattern, 0 if case else re.IGNORECASE), why, hint, kinds)


NUMBER = r"(?<![0-9.])(?:10|[0-9](?:\.[0-9])?)(?![0-9.]*[0-9])"
UNITS = r"(?! ?(?:of 10|to 10|/10|out of 10|weeks?|days?|hours?|minutes?|seconds?|sessions?|times|cm|months?|years?))"

FORBIDDEN = (
    _bad("diagnosis", r"(?<!do )(?<!did )(?<!if )(?<!that )\byou (?:probably )?(?:have|suffer from|got) an? "
         r"(?!strength base|reason|question)", "it names what a runner has, which only a clinician can",
         "say what it may be, or what the place does: `may be`, `can come from`, `points at`"),
    _bad("diagnosis", r"\b(?:this|it) is (?:an? )?(?:tear|fracture|rupture|stress injury|tendinopathy|cancer)",
         "it is certain of what nobody has looked at", "write `may be`"),
    _bad("fear", r"\b(?:torn|damag\w+|bone on bone|worn(?![ -]in)|wear and tear|crumbl\w+|degenerat\w+|ruin\w*|"
         r"cripp\w+|destroy\w*|shatter\w*|dangerous\w*)\b", "words that frighten make pain worse and change nothing",
         "`may have a tear`, `arthritis`, `sore`, `needs care`"),
    _bad("blame", r"\b(?:lazy|should have \w+ed|failed|your fault|careless\w*|bad form|foolish\w*|stupid\w*|wrongly)\b",
         "it blames the runner", "say what to do next"),
    _bad("promise", r"\b(?:cures?|cured|guarantee\w*|will heal|will fix|prevents? (?:all |any )?(?:injur|running)\w*|"
         r"injury[- ]proof|bullet[- ]?proof|always works)\b", "nobody can promise that",
         "`helps`, `lowers the chance of`, `in a trial`"),
    _bad("shouting", r"!|\b(?!MRI\b|USA\b)[A-Z]{4,}\b", "it shouts", "plain words are enough", case=True),
    _bad("belittling", r"\b(?:simply|obviously|merely|of course)\b|\bjust\b"
         r"(?! (?:about|above|after|as|behind|below|happened|leave|now|off|outside|past|rolled))",
         "`just` and `simply` make light of what may be hard", "leave the word out"),
    _bad("dash", r"[—–]", "long dashes are not used here", "two sentences, a comma or a colon"),
    _bad("US spelling", r"\b(?:color|center|centered|fiber|meters?|centimeters?|kilometers?|tumor|edema|hematoma|"
         r"anemi[ac]|gray|favor\w*|behavior|labor|program(?!me)|practicing|\w{3,}[^aeiou\W]ize[sd]?|\w+izing|\w+ization|"
         r"stabiliz\w+|toward|fulfill|traveling|orthopedic|estrogen|diarrhea)\b",
         "the files are in British spelling", "`colour`, `centre`, `fibre`, `metre`, `programme`, `-ise`, `towards`"),
    _bad("pain without of 10", rf"\b(?:pain|hurts?|aches?|sore)\b(?:(?!\b(?:of 10|to 10)\b)[^.;?])*?{NUMBER}{UNITS}"
         r"(?= or (?:less|more)|,? and|[.;:,)]| \(|$)", "a number for pain says nothing without its scale",
         "write `2 of 10`"),
    _bad("abbreviation", r"(?<!\()\b(?!ATG\b)[A-Z]{2,}s?\b(?!\))", "not every runner knows it",
         "write the words; the abbreviation may follow in brackets", case=True),
    _bad("untold", r"^(?!(?:Say|Tell|Name|Show|Ask|Bring|Call)\b)",
         "it does not tell the runner what to say when somebody looks at it",
         "begin with `Say …`, `Show …`, `Name …` or `Ask …`", "referral: tell"),
    _bad("cold", r"\b(?:non-?compliant|suffers?|patients?|subjects|elderly|obese|overweight|fat)\b",
         "the runner is a person, not a case", "say it as one would to a friend", "reason", "advice", "referral",
         "stage", "told", "red flag", "injury", "question", "engine"),
)  # fmt: skip


@pytest.fixture(scope="module")
def said(pack: Pack) -> list[Said]:
    """Everything that is said, by the files and by the engine."""
    return [*of_the_files(pack), *of_the_engine(pack, engine_of(pack), RUNNERS)]


def told(said: Said, sentence: str, why: str, hint: str) -> str:
    """What the author needs: where, which sentence, why, and what to do."""
    return f"{said.place} ({said.kind} of {said.of})\n    {sentence}\n    {why}\n    hint: {hint}"


def too_hard(said: Said) -> Iterator[str]:
    """The sentences of a text that are too long or too hard to read."""
    if said.kind == "name":
        return
    for sentence in sentences(said.text):
        words = words_of(sentence)
        if len(words) > MOST_WORDS:
            why = f"{len(words)} words are more than {MOST_WORDS}"
            yield told(said, sentence, why, "make two sentences of it; what matters most comes first")
        elif len(words) >= FROM_WORDS and grade(sentence) > MOST_GRADE:
            longest = sorted({w.lower() for w in words}, key=lambda w: (-syllables(w), w))[:3]
            why = f"reading grade {grade(sentence):.1f} is above {MOST_GRADE:g}"
            yield told(said, sentence, why, f"split it, or find shorter words for: {', '.join(longest)}")


def unwanted(said: Said) -> Iterator[str]:
    """The forbidden wordings in a text."""
    for forbidden in FORBIDDEN:
        hit = forbidden.found(said)
        if hit is not None:
            yield told(said, said.text, f"{forbidden.name}: `{hit.strip()}`: {forbidden.why}", forbidden.hint)


def report(faults: list[str]) -> str:
    return f"{len(faults)} to put right\n\n" + "\n\n".join(dict.fromkeys(faults))


def test_no_sentence_is_too_long_or_too_hard(said: list[Said]) -> None:
    faults = [fault for one in said for fault in too_hard(one)]
    assert not faults, report(faults)


def test_each_kind_of_sentence_is_easy_to_read(said: list[Said]) -> None:
    by_kind: dict[str, list[float]] = {}
    for one in said:
        if words_of(one.text):
            by_kind.setdefault(one.kind, []).append(grade(one.text))
    hard = {kind: round(median(grades), 1) for kind, grades in by_kind.items() if median(grades) > MOST_MEDIAN}
    assert not hard, f"the median reading grade of these kinds is above {MOST_MEDIAN:g}: {hard}"


def test_no_sentence_has_a_forbidden_wording(said: list[Said]) -> None:
    faults = [fault for one in said for fault in unwanted(one)]
    assert not faults, report(faults)


def test_every_kind_of_sentence_is_collected_with_its_place(said: list[Said]) -> None:
    kinds = {one.kind for one in said}
    assert kinds >= {
        "reason", "advice", "referral: who", "referral: tell", "scheme", "question", "remark", "cue", "step note",
        "stage: goal", "stage: move on", "stage: step back", "red flag", "told apart", "injury in plain words",
        "engine: headline", "engine: note", "engine: uncovered", "engine: withheld", "engine: filter",
        "engine: summary", "engine: choice", "engine: until", "engine: what was seen",
    }  # fmt: skip
    files = [one for one in said if not one.kind.startswith("engine")]
    assert [one for one in files if not re.fullmatch(r"(?:rules|graph)/\S+\.yaml:[0-9]+", one.place)] == []
    assert len(files) > 2500


@pytest.mark.parametrize(
    ("kind", "text", "name"),
    [
        ("reason", "You have a stress fracture of the shin.", "diagnosis"),
        ("reason", "It is a tear of the calf.", "diagnosis"),
        ("red flag", "The tendon is torn.", "fear"),
        ("red flag", "The knee is worn out, bone on bone.", "fear"),
        ("advice", "You should have rested.", "blame"),
        ("advice", "This cures the tendon.", "promise"),
        ("reason", "Strong hips prevent injury.", "promise"),
        ("advice", "STOP NOW!", "shouting"),
        ("cue", "Simply stand on one leg.", "belittling"),
        ("cue", "Just do it slowly.", "belittling"),
        ("cue", "Stand tall — then breathe.", "dash"),
        ("cue", "Stand in the center and stabilize.", "US spelling"),
        ("advice", "Run while it hurts 2 or less.", "pain without of 10"),
        ("advice", "Keep the pain at 3.", "pain without of 10"),
        ("reason", "Keep to RPE eight and full ROM.", "abbreviation"),
        ("question", "Did you have an MRI?", "abbreviation"),
        ("referral: tell", "Do not run on it.", "untold"),
        ("reason", "Patients do better with movement.", "cold"),
    ],
)
def test_a_forbidden_wording_is_found(kind: str, text: str, name: str) -> None:
    found = list(unwanted(Said(kind, text, "somebody", "rules/some.yaml:7")))
    assert any(f"    {name}: `" in fault for fault in found)
    assert all(fault.startswith("rules/some.yaml:7 (") and text in fault and "hint: " in fault for fault in found)


@pytest.mark.parametrize(
    "text",
    [
        "Do you have a heart condition?",
        "It stays at 2 of 10 or less for 3 weeks.",
        "How much does it hurt, 0 to 10?",
        "Stop when the pain has been there for 3 days.",
        "If you had a scan (MRI): which grade was it?",
        "The back knee is just off the floor, and the A-skip comes first.",
    ],
)
def test_a_good_wording_is_left_alone(text: str) -> None:
    assert list(unwanted(Said("question", text, "somebody"))) == []


def test_a_hard_sentence_is_told_with_its_hardest_words() -> None:
    text = "Physiological adaptation necessitates individualised periodisation of mechanical loading."
    (fault,) = too_hard(Said("reason", text, "some.rule", "rules/some.yaml:7"))
    assert fault.startswith("rules/some.yaml:7 (reason of some.rule)")
    assert "individualised" in fault
    long = Said("advice", "Run " + "and walk " * 15 + "home.", "some.rule")
    assert "32 words are more than 28" in next(too_hard(long))


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("tendon", 2), ("sentence", 2), ("bones", 1), ("medial", 3), ("doing", 2), ("sometimes", 2), ("knees", 1),
        ("raised", 1), ("little", 2), ("careful", 2), ("muscles", 2), ("stretches", 2), ("painless", 2), ("area", 3),
        ("injury", 3), ("clothes", 1), ("easier", 3), ("someone", 2), ("usual", 3), ("people", 2), ("handled", 2),
        ("42", 1), ("strength", 1), ("posterior", 4), ("tendinopathy", 2),
    ],
)  # fmt: skip
def test_syllables_are_counted(word: str, count: int) -> None:
    assert syllables(word) == count


def test_field_terms_are_words_that_are_used(said: list[Said]) -> None:
    used = {word.lower() for one in said for word in words_of(one.text)}
    assert used >= FIELD_TERMS
