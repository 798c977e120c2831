"""The laws over many runners in columns: they say what the laws about one runner say of each by himself."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from prehab.cli import main
from prehab.columns import Plan, decided_blocks
from prehab.columns.decided import Deciding
from prehab.columns.laws import ColumnLaws
from prehab.columns.population import random_columns, random_parts
from prehab.columns.steps import MOVES, step_between
from prehab.decide import Decider
from prehab.graph.faults import InputError
from prehab.program import Program
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement, load_statements
from prehab.testing import LAWS, Bench, PairLaw, check_many
from prehab.testing.laws import law_of
from prehab.testing.packs import random_pack
from tests.alone import told
from tests.attack import bent
from tests.support import engine_of, flipped, of_rules, retested, tries, without
from tests.test_plugin import FOREIGN, edit, foreign  # noqa: F401 - a fixture

SEED = 20_261_204
LAW = {law.number: law for law in LAWS}
OF_DECISIONS = ["1", "3", "4", "5", "6", "6, learnt", "7", "8", "9", "16"]

AT_ONCE = 1 << 15
"""How many runners are held at once, so that the test takes little memory."""

Change = Callable[[Pack], Pack]


@pytest.fixture(scope="module")
def statements(pack: Pack) -> tuple[Statement, ...]:
    return load_statements(pack)


def laid_out(pack: Pack, statements: Sequence[Statement] = ()) -> ColumnLaws:
    return ColumnLaws(Plan(Program(pack)), statements)


def broken_laws(laws: ColumnLaws, runners: int) -> dict[str, int]:
    """By law how many of so many random runners break it, where there is one; he breaks it by himself, too."""
    bench = Bench(engine_of(laws.plan.pack))
    found = [one for one in laws.tried(runners, SEED) if one.broken]
    for one in found:
        assert one.runner is not None
        assert of_decisions(one.law.number, bench.breaks(one.law, bench.seen(one.runner), one.step, written=False))
    return {one.law.number: one.broken for one in found}


def of_decisions(number: str, sentences: Sequence[str]) -> list[str]:
    """Of what breaks a law, what can be said of decisions without doses, sentences and weeks."""
    if number == "7":
        return [one for one in sentences if one.startswith("nothing is allowed")]
    doses = re.compile(r"^\w+: the (scheme|bound)|^(?!the week )\w+ keeps to no such bound")
    return [one for one in sentences if not doses.search(one)]


def test_the_bundled_pack_holds_them_and_it_takes_little_longer_than_deciding(
    pack: Pack, statements: tuple[Statement, ...]
) -> None:
    count = tries(200_000)
    laws = laid_out(pack, statements)
    began = time.process_time()
    for part in decided_blocks(laws.plan, random_parts(laws.plan.sources, count, SEED, part=AT_ONCE)):
        del part
    alone = time.process_time() - began
    began = time.process_time()
    found = laws.tried(count, SEED, block=AT_ONCE)
    seconds = time.process_time() - began
    assert [one.law.number for one in found if one.broken] == []
    assert [one.law.number for one in found] == OF_DECISIONS + [f"statement {one.id}" for one in statements]
    assert all(one.tried == count for one in found if not isinstance(one.law, PairLaw))
    assert all(one.tried > count / 10 for one in found if isinstance(one.law, PairLaw))
    assert seconds < 3.5 * alone, (seconds, alone)  # everybody is decided about again one step further


# -- as one by one ----------------------------------------------------------------------------------------------------


def check(laws: ColumnLaws, runners: int, each: int) -> None:
    """Some for whom a law breaks in columns, and some others, break it by themselves or keep it.

    Args:
        laws: The laws.
        runners: How many runners are drawn.
        each: How many of those who break a law are looked at, and how many whoever they are.
    """
    bench = Bench(engine_of(laws.plan.pack))
    columns = random_columns(laws.plan.sources, runners, SEED)
    stepped = laws.steps.taken(columns, SEED)
    moves = {law.number: move for law, move, _ in laws.of_two}
    for law, count, rows in laws.breaking(columns, stepped):
        number = law.number
        went = stepped.moves == moves[number] if number in moves else np.ones(runners, bool)
        assert count == went.sum()
        assert went[rows].all()
        for row in {*rows[:each].tolist(), *np.flatnonzero(went)[:each].tolist()}:
            data = columns.told(row)
            step = step_between(data, stepped.columns.told(row)) if number in moves else None
            found = of_decisions(number, bench.breaks(law, bench.seen(data), step, written=False))
            assert bool(found) == (row in rows), (number, json.dumps(data), step, found)


@pytest.mark.parametrize("seed", range(tries(6)))
def test_laws_break_for_those_for_whom_they_break_one_by_one(
    seed: int, pack: Pack, statements: tuple[Statement, ...]
) -> None:
    """Of the bundled pack, bent, and without some rules that hold back, so that laws break."""
    rng = random.Random(SEED + seed)
    kept = [n for n, rule in enumerate(pack.rules) if rule.side != "caution" or rng.random() < 0.7]
    check(laid_out(bent(of_rules(pack, kept), rng), statements), 3000, 6)


@pytest.mark.parametrize("seed", range(tries(10)))
def test_and_so_they_do_by_random_rules(seed: int) -> None:
    rng = random.Random(SEED + seed)
    check(laid_out(bent(random_pack(rng), rng)), 400, 8)


def test_a_step_changes_one_thing_that_the_law_steps_to(pack: Pack) -> None:
    """As it is told, too: each is one of the steps of its law for that runner."""
    laws = laid_out(pack)
    columns = random_columns(laws.plan.sources, 1000, SEED)
    stepped = laws.steps.taken(columns, SEED)
    numbers = {move: law for law, move, _ in laws.of_two}
    assert (stepped.moves >= 0).mean() > 0.7
    kinds = set()
    for row, move in enumerate(stepped.moves.tolist()):
        before, after = columns.told(row), stepped.columns.told(row)
        if move < 0:
            assert before == after
            continue
        step = step_between(before, after)
        one, other = (each.model_dump() for each in told(laws.plan, [step.taken(before), after]))
        assert one | {"faults": {*one["faults"]}} == other | {"faults": {*other["faults"]}}
        assert numbers[move].fits(pack, before, step), (MOVES[move], step.told(before))
        kinds.add((step.path[0], step.added, move))
    assert {("complaints", True, 0), ("faults", True, 0), ("recent_sessions", False, 0)} <= kinds
    assert {("complaints", False, move) for move in range(len(MOVES))} <= kinds
    assert {("strength", False, move) for move in range(len(MOVES))} <= kinds


# -- each law breaks where it does not hold ---------------------------------------------------------------------------


def _shy(pack: Pack) -> Pack:
    """Heavy work opens to whoever does not say how long he has trained."""
    return retested(pack, "phases.open-heavy", lambda t: replace(t, op="unknown", parameter=None) if t.parameter else t)


def _stiff(pack: Pack) -> Pack:
    """Every exercise builds bone."""
    made = {key: one.model_copy(update={"osteogenic": 2}) for key, one in pack.catalogue.exercises.items()}
    return replace(pack, catalogue=replace(pack.catalogue, exercises=made))


NO_FLOOR = ("movement.easy-work", "movement.body-weight", "phases.running-drills", "movement.load-without-screen")
UNSENT = ("bone.high-risk-site", "bone.high-risk-known", "bone.femoral-neck", "bone.not-cleared", "bone.sign")


@pytest.mark.parametrize(
    ("number", "change"),
    [
        ("1", lambda pack: retested(pack, "plyometrics.low-class", lambda t: None if t.field == "open" else t)),
        ("4", lambda pack: flipped(pack, "pain.joint-sore")),
        ("5", lambda pack: flipped(pack, "phases.open-foundation")),
        ("6", _shy),
        ("6, learnt", _shy),
        ("7", lambda pack: without(pack, *NO_FLOOR)),
        ("8", _stiff),
        ("9", lambda pack: without(pack, *UNSENT)),
        ("16", lambda pack: without(pack, "triage.cold-foot", "triage.cannot-walk")),
    ],
)
def test_laws_break_where_they_do_not_hold(number: str, change: Change, pack: Pack) -> None:
    assert number in broken_laws(laid_out(change(pack)), 20_000 if number[0] in "456" else 2000)


def test_law_3_breaks_where_a_referral_withholds_nothing(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Decider.__init__

    def heedless(self: Decider, program: Program) -> None:
        begin(self, program)
        self.region_masks = dict.fromkeys(self.region_masks, 0)

    monkeypatch.setattr(Decider, "__init__", heedless)
    assert "3" in broken_laws(laid_out(replace(pack)), 2000)


def test_law_3_breaks_where_the_status_is_too_mild(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Decider, "_status", lambda *_: "modify")
    monkeypatch.setattr(Deciding, "_status", lambda self, urgency: np.ones_like(urgency))
    assert "3" in broken_laws(laid_out(replace(pack)), 2000)


def test_statements_break_without_the_rules_that_keep_them(pack: Pack, statements: tuple[Statement, ...]) -> None:
    """In a pack that withholds nothing, once with every gate open to everybody, and once with permits that ask none."""
    withholding = {"forbid", "refer", "close", "limit"}
    kept = [n for n, rule in enumerate(pack.rules) if withholding.isdisjoint(one.type for one in rule.effects)]
    permits = of_rules(pack, kept)
    opening = {n for n, rule in enumerate(permits.rules) if any(effect.type == "open" for effect in rule.effects)}
    asking: list[Callable[[int, str], bool]] = [
        lambda rule, _: rule not in opening,
        lambda _, kind: kind not in ("gate", "screen"),
    ]
    found: set[str] = set()
    for asked in asking:
        variants = tuple(
            replace(one, patterns=tuple(p if asked(one.rule, p.kind) else replace(p, tests=()) for p in one.patterns))
            for one in permits.variants
        )
        found |= broken_laws(laid_out(replace(permits, variants=variants), statements), 3000).keys()
    assert {f"statement {one.id}" for one in statements} <= found


def test_what_columns_cannot_tell_of_a_statement_is_said(pack: Pack, statements: tuple[Statement, ...]) -> None:
    laws = laid_out(pack, statements)
    (bounded, *_) = (one for one in statements if any(each.kind == "bounded" for each in one.promises))
    assert bounded.id in {one.statement for one in laws.left}
    only = replace(bounded, promises=tuple(one for one in bounded.promises if one.kind == "bounded"))
    assert law_of(only).number not in [law.number for law in laid_out(pack, [only]).laws]


# -- for authors ------------------------------------------------------------------------------------------------------


def unsent(folder: Path) -> None:
    """Have the foreign pack refer a bone that heals badly as if there were time."""
    triage = folder / "rules" / "triage.yaml"
    edit(triage, 'urgent, region: $r, who: "a sports doctor', 'routine, region: $r, who: "a sports doctor')
    edit(triage, "    unless: [{fact: complaint, key: $c, clinician_cleared: true}]\n", "")
    edit(triage, "{fact: bone_stress, complaint: $c}\n", "{fact: irritable, complaint: $c}\n")


def test_a_broken_law_is_told_with_the_smallest_runner(foreign: Path) -> None:  # noqa: F811
    unsent(foreign)
    command = ["rules", "laws", str(foreign / "rules"), "--graph", str(foreign / "graph"), "--many", "3000"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    said = done.stdout.partition("law 9 is broken by ")[2]
    assert re.match(r"\d+ of 3,000; the smallest found:\n# law 9: An injury at a high-risk", said), done.stdout
    assert said.endswith("complaints:\n- injury: femoral_neck_bone_stress\n")
    assert max(map(len, done.stdout.splitlines())) <= 100
    done = CliRunner().invoke(main, [*command, "--json"])
    assert done.exit_code == 1
    data = json.loads(done.stdout)
    (law,) = (one for one in data["laws"] if one["broken"])
    assert law["runner"] == {"complaints": [{"injury": "femoral_neck_bone_stress"}]}
    assert law["says"] == ["femoral_neck_bone_stress is not referred, at least as urgent"]
    assert (data["runners"], data["seed"], law["law"], law["tried"]) == (3000, 0, "9", 3000)


def test_a_law_about_two_is_told_with_the_step(pack: Pack) -> None:
    found = check_many(_shy(pack), runners=20_000, seed=SEED)
    breaches = {breach.law.number: breach for breach in found.breaches}
    assert breaches.keys() == {"6", "6, learnt"}
    step = breaches["6"].step
    assert step is not None
    assert (step.path, step.value, step.added) == (("strength", "weeks_trained"), None, False)
    assert len(str(breaches["6"].runner)) < 400
    assert breaches["6"].sentences


def test_other_numbers_are_those_that_are_tried() -> None:
    found = check_many(FOREIGN / "rules", graph=FOREIGN / "graph", runners=2000, parameters={"base.balance_s": 40})
    assert not found.breaches
    assert [one.law.number for one in found.laws][-1].startswith("statement ")
    with pytest.raises(InputError, match="no such"):
        check_many(FOREIGN / "rules", graph=FOREIGN / "graph", runners=10, parameters={"no such": 1})


def test_who_breaks_a_law_in_columns_alone_is_a_fault_of_prehab(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bench, "breaks", lambda *_, **__: [])
    with pytest.raises(RuntimeError, match="law 8 is broken in columns and not one by one"):
        check_many(_stiff(pack), runners=500)
