"""Another language needs data only: German says all there is to say, and changes no id, no number and no decision."""

from __future__ import annotations

import ast
import pickle
import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from prehab import Engine, Recommendation, render
from prehab.cli import main
from prehab.graph.faults import InputError, PackError
from prehab.graph.schema import Strict, altered
from prehab.judge import Plan
from prehab.population import random_runner
from prehab.rules.languages import coverage, languages, read_language, texts
from prehab.rules.load import RULES_FOLDER
from prehab.rules.messages import english
from tests.accounting import others, wholes
from tests.accounting import said as places_of
from tests.support import tries
from tests.write_examples import EXAMPLES

SOURCES = Path(__file__).resolve().parent.parent / "engine"

WRITING = (
    "writing.py", "reasons.py", "conditions.py", "fields.py", "questions.py", "steps.py", "dates.py", "history.py",
    "lacking.py", "outlines.py", "explain.py", "render/*.py", "week/*.py", "unlock/conditions.py",
    "unlock/unlocker.py", "judge/days.py", "judge/delivery.py", "judge/exercises.py", "judge/judge.py",
    "judge/running.py", "judge/seen.py", "accounts/accountant.py", "accounts/case.py", "accounts/doses.py",
    "accounts/exercises.py", "accounts/rulings.py", "accounts/stages.py", "accounts/weeks.py", "boundaries/[!m]*.py",
    "records/replaying.py",
)  # fmt: skip
"""The modules that answers and their pages are written by."""

NO_SENTENCES = {
    "bold red": "an emphasis",
    "contacts a session": "a unit, which has a word",
    "in the week": "a word of the data of a replay",
    "not in the week": "a word of the data of a replay",
    "the pack given for then is ": "an error about wrong input",
    ", and the record was made with another": "an error about wrong input",
    "It is ": "an error about wrong input",
    "nothing was concluded about exercise ": "an error of the engine itself, which nobody is to see",
    "what is allowed has a dose": "an assertion",
    "nothing to unlock is called `": "an error about wrong input",
    "It is an exercise (`prehab list exercises`), a gate (": "an error about wrong input",
    ") or `running`.": "an error about wrong input",
}
"""What reads like a sentence in these modules and is none of an answer, with the reason."""

TEXTS = {
    "headline", "because", "who", "tell", "says", "label", "name", "what", "goal", "move_on", "step_back", "until",
    "note", "notes", "cues", "progress", "load_text", "tempo", "serves", "saw", "step", "question", "how", "why",
    "last", "missing", "summary", "choice", "unmet", "title", "verdict",
}  # fmt: skip
"""The fields of answers that hold texts for people."""

ENGLISH_WORD = re.compile(
    r"(?<![\w./-])(the|and|with|your|when|than|days?|pain|until|each|not|rule|more|it|both|nobody)(?![\w./-])"
)
"""Words that stand in English texts alone, outside of ids."""

ALIKE = 12
"""Letters of a German text up to which it may well be the English one."""


@pytest.fixture(scope="module")
def plain() -> Engine:
    return Engine()


@pytest.fixture(scope="module")
def german() -> Engine:
    return Engine(language="de")


# -- messages ----------------------------------------------------------------------------------------------------------


def modules(*patterns: str) -> Iterator[tuple[str, ast.Module]]:
    for pattern in patterns:
        for path in sorted(SOURCES.glob(pattern)):
            yield path.relative_to(SOURCES).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def said(call: ast.Call) -> tuple[list[str], set[str]] | None:
    """The messages that a call says, and the values that it gives; None where it says none."""
    name = ast.unparse(call.func).rpartition(".")[2]
    if not call.args or name not in ("say", "messages", "value"):
        return None
    first = call.args[0]
    if isinstance(first, ast.IfExp):
        names = [one.value for one in (first.body, first.orelse) if isinstance(one, ast.Constant)]
    elif isinstance(first, ast.JoinedStr):
        parts = [re.escape(one.value) if isinstance(one, ast.Constant) else r"\w+" for one in first.values]  # type: ignore[type-var]
        names = [one for one in english().texts if re.fullmatch("".join(map(str, parts)), one)]
    else:
        names = [first.value] if isinstance(first, ast.Constant) else []
    return [str(one) for one in names], {str(one.arg) for one in call.keywords}


def test_every_message_that_is_said_is_there_with_its_values_and_every_message_is_said() -> None:
    unsaid = set(english().texts)
    for path, tree in modules("**/*.py"):
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            told = said(call)
            if told is None or not told[0]:
                continue
            for name in told[0]:
                assert name in english().texts, f"{path}: {ast.unparse(call)}"
                unsaid.discard(name)
                text = english().texts[name]
                forms = [text] if isinstance(text, str) else list(text.values())
                values = {one for form in forms for one in re.findall(r"\{(\w+)", form)}
                if not ast.unparse(call.func).endswith(".value"):
                    assert values | ({"count"} if len(forms) > 1 else set()) == told[1], f"{path}: {ast.unparse(call)}"
    assert not unsaid


def test_no_sentence_stands_in_the_modules_that_write_answers() -> None:
    seen = set()
    for path, tree in modules(*WRITING):
        told = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]  # what describes is no answer
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and node not in told else None
            text = re.sub(r"<[^<>]*>?", "", text) if isinstance(text, str) else ""  # the tags of a page
            asked = re.fullmatch(r"limit \w+", text)  # what to ask, to hear more
            if re.search(r"[A-Za-z]{2,} [A-Za-z`]|[a-z]{3,}: $", text) and not asked:
                assert text in NO_SENTENCES, f"{path}:{node.lineno}: {text!r}"  # type: ignore[attr-defined]
                seen.add(text)
    assert seen == NO_SENTENCES.keys()


def test_no_module_knows_a_language() -> None:
    folders = (SOURCES, SOURCES.parent / "rules", SOURCES.parent / "graph")
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        assert not re.search(r"language [=!]= \"(?!en\b)|[\"']de[\"']", path.read_text(encoding="utf-8")), path


# -- German ------------------------------------------------------------------------------------------------------------


def test_german_says_all_there_is_to_say(plain: Engine) -> None:
    assert languages(plain.pack) == ("de", "en")
    told = coverage(plain.pack, "de")
    assert told.translated == told.texts > 4700, told.missing[:5]


@cache
def alike() -> set[str]:
    """The texts that are the same in both languages, such as `Reverse Nordic`."""
    packs = [texts(Engine(language=one).pack) for one in ("en", "de")]
    return {one for one, other in zip(*map(leaves, packs), strict=True) if one == other}


def leaves(tree: Any) -> Iterator[str]:
    for one in tree.values():
        yield from leaves(one) if isinstance(one, dict) else [one]


def same_but_for_texts(one: Any, other: Any, name: str = "") -> None:
    assert type(one) is type(other), name
    if isinstance(one, dict):
        assert list(one) == list(other), name
        for key, value in one.items():
            if key != "language":
                same_but_for_texts(value, other[key], key)
    elif isinstance(one, list):
        assert len(one) == len(other), (name, one, other)
        for first, second in zip(one, other, strict=True):
            same_but_for_texts(first, second, name)
    elif name not in TEXTS:
        assert one == other, (name, one, other)
    elif isinstance(one, str) and one == other and " " in one:  # else it may be an id, or a place in the runner file
        assert len(one) <= ALIKE or one in alike(), (name, one)


def test_an_answer_in_german_has_the_same_data(plain: Engine, german: Engine) -> None:
    rng = random.Random("languages")
    for _ in range(tries(15)):
        runner = random_runner(rng, plain.pack)
        answer, deutsch = plain.recommend(runner), german.recommend(runner)
        same_but_for_texts(data(answer), data(deutsch))
        exercise = rng.choice(plain.catalogue.ids)
        same_but_for_texts(data(plain.explain(runner, exercise)), data(german.explain(runner, exercise)))
        plan = Plan.of(answer)
        same_but_for_texts(data(plain.check_plan(runner, plan)), data(german.check_plan(runner, plan)))
    same_but_for_texts(data(plain.unlock(runner, "running")), data(german.unlock(runner, "running")))


def test_an_account_in_german_has_the_same_data(plain: Engine, german: Engine) -> None:
    rng = random.Random("accounts")
    for _ in range(tries(6)):
        runner = random_runner(rng, plain.pack)
        answer = plain.recommend(runner)
        places = [*places_of(answer), *wholes(answer)]
        for about in (*rng.sample(places, min(12, len(places))), *others(rng, plain)):
            account, deutsch = plain.account(runner, about), german.account(runner, about)
            same_but_for_texts(data(account), data(deutsch))
            lines = render.account(altered(deutsch, sources=()), messages=german.messages)  # titles stay as they are
            assert not [line.text for line in lines if ENGLISH_WORD.search(line.text)]


def test_what_would_change_an_advice_in_german_has_the_same_data(plain: Engine, german: Engine) -> None:
    rng = random.Random("boundaries")
    for _ in range(tries(3)):
        runner = random_runner(rng, plain.pack)
        found, deutsch = plain.boundaries(runner), german.boundaries(runner)
        same_but_for_texts(data(found), data(deutsch))
        lines = render.boundaries(deutsch, everything=True, messages=german.messages)
        assert not [line.text for line in lines if ENGLISH_WORD.search(line.text)]


def test_a_record_is_repeated_in_its_language_and_the_outcome_told_in_that_of_the_engine(
    plain: Engine, german: Engine
) -> None:
    runner = random_runner(random.Random("records"), plain.pack)
    for one, other in ((plain, german), (german, plain)):
        record = one.record(runner)
        outcomes = [engine.replay(record) for engine in (one, other)]
        assert [outcome.outcome for outcome in outcomes] == ["same", "same"]
        same_but_for_texts(data(outcomes[0]), data(outcomes[1]))
        assert outcomes[0].says != outcomes[1].says


def data(answer: Strict) -> Any:
    return answer.model_dump(mode="json", exclude={"runner"})


def test_a_german_answer_can_be_read_back_and_says_that_it_is_german(plain: Engine, german: Engine) -> None:
    answer = german.recommend(german.read_file(EXAMPLES / "sore-achilles.yaml"))
    assert answer.provenance.language == "de"
    assert answer.provenance.pack == plain.digest
    assert '"language":"de"' in answer.to_json().replace(" ", "")
    assert Recommendation.from_json(answer.to_json(), runner=answer.runner) == answer
    assert Recommendation.from_json(answer.to_json(whole=True)) == answer
    assert "language" not in plain.recommend({}).to_json()


def test_an_engine_keeps_its_language_in_another_process(german: Engine) -> None:
    again = pickle.loads(pickle.dumps(german))
    assert again.messages.language == "de"
    assert again.recommend({}).to_json() == german.recommend({}).to_json()


def test_nothing_in_a_german_pack_can_be_changed(german: Engine) -> None:
    pack = german.pack
    inside: list[Any] = [pack.kinds["both_legs"].fields, pack.kinds["screen"].fields["grade"].how, pack.messages.texts]
    inside += [pack.catalogue.exercises["front_plank"].cues, pack.catalogue.injuries["calf_strain"].stages]
    for one in inside:
        with pytest.raises(TypeError):
            one.clear()


def test_names_of_both_languages_are_understood(german: Engine) -> None:
    for place in ("knee", "Knie", "unterer Rücken", "low back"):
        assert german.runner({"complaints": [{"region": place}]}).complaints[0].region in ("knee", "low_back")
    assert german.explain({}, "Unterarmstütz").exercise == german.explain({}, "Front plank").exercise == "front_plank"


def test_every_example_fits_the_screen_in_german(german: Engine) -> None:
    counts = []
    for path in sorted(EXAMPLES.glob("*.yaml")):
        answer = german.recommend(german.read_file(path))
        lines = list(render.recommendation(answer, german.catalogue, messages=german.messages))
        assert all(len(line.text) <= render.WIDTH for line in lines)
        counts.append(len(lines))
    assert max(counts) <= 45, counts
    assert sorted(counts)[len(counts) // 2] <= 42, counts


@pytest.mark.parametrize("name", ["sore-achilles", "tibial-stress", "empty"])
def test_no_line_of_a_page_is_english_in_german(name: str, plain: Engine, german: Engine) -> None:
    pages = []
    for engine in (plain, german):
        answer = engine.recommend(engine.read_file(EXAMPLES / f"{name}.yaml"))
        said = {"messages": engine.messages}
        lines = [
            *render.recommendation(answer, engine.catalogue, **said),
            *render.week(answer, engine.catalogue, **said),
        ]
        lines += render.details(answer, engine.catalogue, **said)
        told = {re.sub(r"\(?/[\w/]+\)?", "", line.text) for line in lines}  # a place in the runner file is an id
        pages.append({line for line in told if re.search(r"[A-Za-z]{3,}", line)})
    assert not pages[0] & pages[1]
    words = {word for line in pages[1] for word in re.findall(r"[^\W\d_]+", line)}
    assert not words & {"the", "and", "with", "your", "when", "than", "days", "pain", "until", "morning", "each", "not"}


@pytest.mark.parametrize("command", ["recommend FILE", "unlock FILE pogo_hops", "explain FILE week", "boundaries FILE"])
def test_the_command_line_speaks_german(command: str) -> None:
    words = command.replace("FILE", str(EXAMPLES / "sore-achilles.yaml")).split()
    told = [CliRunner().invoke(main, [*words, "--language", one], catch_exceptions=False) for one in ("en", "de")]
    assert [one.exit_code for one in told] == [0, 0]
    assert not {*told[0].output.splitlines()} & {*told[1].output.splitlines()} - {""}


def test_the_page_of_an_account_says_its_language(plain: Engine, german: Engine) -> None:
    runner = plain.read_file(EXAMPLES / "sore-achilles.yaml")
    pages = [
        render.account_page(engine.account(runner, "pogo_hops"), messages=engine.messages) for engine in (plain, german)
    ]
    assert '<html lang="en">' in pages[0]
    assert '<html lang="de">' in pages[1]
    told = [{text.strip() for text in re.findall(r">([^<>]{3,})<", page.partition("<body>")[2])} for page in pages]
    cited = {one.citation for one in german.account(runner, "pogo_hops").sources}
    assert not {text for text in (told[0] & told[1]) - cited if " " in text or text.endswith(":")}
    assert not {text for text in told[1] - cited if ENGLISH_WORD.search(text)}


@pytest.mark.parametrize("words", ["Dienstag", "di", "tue", "Tuesday", "Einheit A", "session A"])
def test_a_day_is_understood_by_its_name_in_both_languages(words: str, german: Engine) -> None:
    assert german.account(german.read_file(EXAMPLES / "sore-achilles.yaml"), words).name == "Dienstag"


def test_what_hurts_is_understood_by_its_name_in_both_languages(german: Engine) -> None:
    runner = german.read_file(EXAMPLES / "sore-achilles.yaml")
    assert german.account(runner, "the Achilles tendon") == german.account(runner, "Achillessehne")


# -- files -------------------------------------------------------------------------------------------------------------


def test_a_language_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError) as caught:
        Engine(language="dee")
    (fault,) = caught.value.faults
    assert (fault.code, fault.allowed, fault.did_you_mean) == ("unknown-language", ("de", "en"), ("de",))


def write(folder: Path, text: str) -> Path:
    (folder / "languages" / "xx").mkdir(parents=True)
    (folder / "languages" / "xx" / "texts.yaml").write_text(text, encoding="utf-8")
    return folder


def test_what_is_wrong_in_a_language_is_told_with_its_line(plain: Engine, tmp_path: Path) -> None:
    folder = write(tmp_path, 'regions:\n  knee: {name: "le genou {x}"}\n  kne: {name: genou}\nexercises: 3\n')
    faults: list[Any] = []
    read_language(folder / "languages" / "xx", texts(plain.pack), faults)
    assert [(fault.code, fault.line) for fault in faults] == [
        ("unknown-value", 2), ("unknown-text", 3), ("not-a-mapping", 4)
    ]  # fmt: skip
    assert faults[1].did_you_mean == ("knee",)


@pytest.mark.parametrize("text", ["halt {", "halt }", "{}", "{0}", "{sore.x}", "{sore!r}", "{sore[0]}", "{sore:9999}"])
def test_no_brace_of_a_translation_can_end_in_an_error(text: str, plain: Engine, tmp_path: Path) -> None:
    folder = write(tmp_path, f'messages:\n  headline: {{modify: "{text} {{sore}}"}}\n')
    faults: list[Any] = []
    read_language(folder / "languages" / "xx", texts(plain.pack), faults)
    assert [(fault.code, fault.line) for fault in faults] == [("unknown-value", 2)]


def test_a_pack_brings_a_language_of_its_own_and_replaces_a_message(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    for path in RULES_FOLDER.glob("*.yaml"):
        if not path.name.endswith(".cases.yaml"):
            (folder / path.name).write_bytes(path.read_bytes())
    write(folder, "regions:\n  knee: {name: genou}\nmessages:\n  status: {train: ENTRAINER}\n")
    engine = Engine(rules=folder, language="xx")
    answer = engine.recommend({"complaints": [{"region": "genou"}]})
    assert "genou" in answer.headline
    assert answer.provenance.language == "xx"
    assert render.headline(engine.recommend({}), engine.messages).startswith("ENTRAINER · Nothing calls for")
    pack = Engine(rules=folder).pack
    assert (coverage(pack, "xx").translated, coverage(pack, "de").missing) == (2, ())
    (folder / "languages" / "en").mkdir()
    (folder / "languages" / "en" / "own.yaml").write_text("messages:\n  status: {train: GO}\n", encoding="utf-8")
    own = Engine(rules=folder)
    assert render.headline(own.recommend({}), own.messages).startswith("GO · Nothing calls for")
    (folder / "languages" / "xx" / "texts.yaml").write_text("messages:\n  place: {left: gauche}\n", encoding="utf-8")
    with pytest.raises(PackError):
        Engine(rules=folder, language="xx")


def test_a_sentence_that_a_pack_changed_is_not_told_in_the_words_of_another(plain: Engine) -> None:
    from tests.support import with_rule

    rule = plain.pack.rules[0]
    changed = with_rule(plain.pack, type(rule)(**{**{n: getattr(rule, n) for n in rule.__slots__}, "because": "New."}))
    spoken = Engine(pack=changed, language="de").pack
    assert spoken.by_id[rule.id].because == "New."
    assert spoken.rules[1].because != plain.pack.rules[1].because
    assert coverage(changed, "de").missing == (f"rules/{rule.id}/because",)


def test_the_language_in_the_guide_is_sound(plain: Engine, tmp_path: Path) -> None:
    guide = (RULES_FOLDER / "README.md").read_text(encoding="utf-8").partition("\n## Languages\n")[2]
    folder = write(tmp_path, guide.partition("```yaml\n")[2].partition("```")[0]) / "languages" / "xx"
    faults: list[Any] = []
    assert len(read_language(folder, texts(plain.pack), faults)) > 7
    assert not faults
