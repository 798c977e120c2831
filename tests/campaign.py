"""A long run: more random runners, laws and random packs than the suite has time for. `make campaign`.

    make campaign TIME=600          # ten minutes of everything
    make campaign RUNNERS=1000000   # so many runners of the bundled pack through both evaluators, and no more
    make campaign PROOFS=100000     # so many runners against what is proved of random packs, and no more
    make campaign MUTANTS=20000     # so many damaged packs, each told what is wrong with it, in little memory
    make campaign WEEKS=20000       # so many runners whose weeks are judged, and no more
    make campaign SUITE=8           # the suite with eight times its random tries, and no more
    make campaign UNLOCKS=20000     # so many runners and things to unlock, and no more
    make campaign BOUNDARIES=5000   # so many runners and what would change their advice, and no more
    make campaign COLUMNS=100000    # so many runners in columns and one by one, ten times as many under laws
    make campaign SEED=7 TIME=60    # the same again
    make campaign STRANGERS=100000  # so many runners of whom each comes once, whom no memory may be kept of

Two processes work through numbered pieces; a piece's random choices hang on the seed and its number only. What is found
is made small and written into `tests/corpus/`, where `test_corpus.py` replays it from then on.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from prehab.columns import Plan as ColumnPlan
from prehab.engine import Engine, evaluators, load_bundled_pack
from prehab.fact_builder import FactBuilder
from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import PackError
from prehab.inference import infer
from prehab.judge import Plan
from prehab.population import random_runner, shrunk
from prehab.program import Program
from prehab.rules.load import compile_pack, load_pack
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement, load_statements
from prehab.runner import Runner
from prehab.testing import LAWS, Bench, Breach, Step, check_many
from prehab.testing.laws import Law, law_of
from prehab.testing.packs import random_files
from tests.alone import differing
from tests.bounding import broken as broken_boundaries
from tests.bundled_laws import OWN_LAWS
from tests.mutating import Mutant
from tests.plain import derived, differs_from_plain, in_order
from tests.support import USUAL, most_memory, words_context
from tests.unlocking import broken as broken_promises
from tests.unlocking import targets

CORPUS = Path(__file__).parent / "corpus"
PROCESSES = 2
PIECE = {"runners": 2000, "laws": 40, "packs": 5, "proofs": 2500, "mutants": 250, "weeks": 500, "unlocks": 250,
         "boundaries": 50, "columns": 2000}  # fmt: skip
"""How much of each a piece has: runners, runners for a law, packs, runners against one proved pack, and so on."""

MOST_GROWN_MB = 8
"""By how much the memory of a process may grow once it has met many runners."""

MUTANT_SECONDS, MUTANT_BYTES = 10, 500_000_000
"""What no damaged pack may take to be checked."""

UNDER_LAWS = 10
"""For each runner who is decided about in columns and by himself, so many are held to the laws in columns."""

PACK_RUNNERS = 40
PROMISED = [law for law in LAWS if law.number[0] in "3456" or law.number in ("12", "13")]
"""The laws that hold for a pack made by chance; 1, 2, 7 and 9 ask for rules that it may not have."""

LAW = {law.number: law for law in (*LAWS, *OWN_LAWS)}


@dataclass(frozen=True)
class Find:
    """Something that should not be: which check found it, of which runner, and of which pack if not the bundled one."""

    check: str
    says: str
    runner: Mapping[str, Any]
    step: Mapping[str, Any] | None = None
    pack: Mapping[str, Any] | None = None

    def write(self, folder: Path = CORPUS) -> Path:
        """Write it as a file of the corpus."""
        data = {name: value for name, value in vars(self).items() if value is not None}
        text = yaml.safe_dump(json.loads(json.dumps(data)), sort_keys=False, allow_unicode=True)
        folder.mkdir(exist_ok=True)
        name = self.check.replace(",", "").replace(" ", "-").replace("/", "-")
        path = folder / f"{name}-{sha256(text.encode()).hexdigest()[:8]}.yaml"
        path.write_text(text, encoding="utf-8")
        return path


# -- checks -----------------------------------------------------------------------------------------------------------


class Trial:
    """One pack, and what it takes to try runners on it."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.program = Program(pack)
        self.builder = FactBuilder(self.program)
        self.evaluators = evaluators(self.program)
        self.words = words_context(pack)

    def differ(self, data: Mapping[str, Any], *, plainly: bool = True) -> list[str]:
        """What the evaluators conclude differently about a runner; also from the definition, where asked."""
        runner = Runner.model_validate(data, context=self.words)
        first, *others = (infer(self.program, self.builder.build(runner), e) for e in self.evaluators)
        found = [
            f"{evaluator.name} differs"
            for evaluator, other in zip(self.evaluators[1:], others, strict=True)
            if (in_order(first), first.gates, derived(first)) != (in_order(other), other.gates, derived(other))
        ]
        return found + (differs_from_plain(first, self.builder.build(runner)) if plainly else [])

    def smallest(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The smallest runner about whom the evaluators differ."""

        def broken(smaller: Any) -> bool:
            with suppress(ValueError):  # what was left out made it no runner
                return bool(self.differ(smaller))
            return False

        small: Mapping[str, Any] = shrunk(data, broken)
        return small


@cache
def bundled() -> Trial:
    """The bundled pack; once for each process."""
    return Trial(load_bundled_pack())


def try_runners(seed: str) -> tuple[Counter[str], list[Find]]:
    """A piece of runners of the bundled pack through both evaluators."""
    rng, trial = random.Random(seed), bundled()
    finds = []
    for _ in range(PIECE["runners"]):
        data = random_runner(rng, trial.pack)
        if trial.differ(data, plainly=False):
            small = trial.smallest(data)
            finds.append(Find("evaluators", "; ".join(trial.differ(small)), small))
    fallbacks = sum(getattr(evaluator, "fallbacks", 0) for evaluator in trial.evaluators)
    if fallbacks:  # not a difference: the clock jumped, and the definition answered
        print(f"durable-rules dropped results {fallbacks} times in this process", file=sys.stderr)
    return Counter(runners=PIECE["runners"], differences=len(finds)), finds


@cache
def _engine() -> Engine:
    return Engine(evaluator="compiled")


def misjudged(data: Mapping[str, Any]) -> list[str]:
    """What the judge finds in the week of a runner."""
    answer = _engine().recommend(data)
    found = _engine().check_plan(answer.runner, Plan.of(answer)).findings
    return [f"{one.code} at {one.at}: {one.says}" for one in found]


def try_weeks(seed: str) -> tuple[Counter[str], list[Find]]:
    """A piece of runners whose weeks are judged."""
    rng = random.Random(seed)
    drawn = (random_runner(rng, bundled().pack) for _ in range(PIECE["weeks"]))
    wrong = [data for data in drawn if misjudged(data)]
    finds = [Find("weeks", "; ".join(misjudged(data)[:3]), data) for data in wrong]
    return Counter({"weeks": PIECE["weeks"], "weeks not clean": len(finds)}), finds


@cache
def _engines() -> list[Engine]:
    return [Engine(evaluator=evaluator.name) for evaluator in bundled().evaluators]  # type: ignore[arg-type]


def try_unlocks(seed: str) -> tuple[Counter[str], list[Find]]:
    """A piece of runners who ask what would unlock something."""
    rng, finds = random.Random(seed), []
    for _ in range(PIECE["unlocks"]):
        data = random_runner(rng, bundled().pack)
        target = targets(rng, _engines()[0], _engines()[0].runner(data))
        if wrong := list(broken_promises(_engines(), data, target)):
            finds.append(Find(f"unlock {target}", "; ".join(wrong[:3]), data))
    return Counter({"unlocks": PIECE["unlocks"], "broken promises": len(finds)}), finds


def try_boundaries(seed: str) -> tuple[Counter[str], list[Find]]:
    """A piece of runners who ask what would change their advice."""
    rng, finds = random.Random(seed), []
    for _ in range(PIECE["boundaries"]):
        data, number = random_runner(rng, bundled().pack), rng.getrandbits(32)
        if wrong := list(broken_boundaries(_engines(), data, random.Random(number))):
            finds.append(Find(f"boundaries {number}", "; ".join(wrong[:3]), data))
    return Counter({"boundaries of runners": PIECE["boundaries"], "boundaries broken": len(finds)}), finds


@cache
def _plan() -> ColumnPlan:
    return ColumnPlan(bundled().program)


def try_columns(seed: str) -> tuple[Counter[str], list[Find]]:
    """A piece of runners of the bundled pack, and a few of a random one, decided about in columns and one by one."""
    rng = random.Random(seed)
    made = random_files(rng, bundled_catalogue())
    of_pack = [random_runner(rng, made.pack) for _ in range(PACK_RUNNERS)]
    people = [random_runner(rng, bundled().pack) for _ in range(PIECE["columns"])]
    block = rng.choice((64, 500, PIECE["columns"]))
    finds = [Find("columns", ", ".join(wrong), data) for data, wrong in differing(_plan(), people, block)]
    for data, wrong in differing(ColumnPlan(Program(made.pack)), of_pack, block):
        finds.append(Find("columns", ", ".join(wrong), data, None, made.files))
    counts = Counter({"runners in columns": len(people), "of random packs": len(of_pack), "differ": len(finds)})
    many = PIECE["columns"] * UNDER_LAWS
    told = check_many(bundled().pack, runners=many, seed=rng.getrandbits(60), statements=_statements())
    finds += [_broken(breach, None) for breach in told.breaches]
    told = check_many(made.pack, runners=many, seed=rng.getrandbits(60), laws=PROMISED)
    finds += [_breaking(made.files, breach) for breach in told.breaches]
    counts["of either under the laws in columns"] = many
    counts["broken laws"] = len(finds) - counts["differ"]
    return counts, finds


@cache
def _statements() -> tuple[Statement, ...]:
    return load_statements(bundled().pack)


@cache
def _bench() -> Bench:
    return Bench.of(bundled().pack)


def try_laws(seed: str) -> tuple[Counter[str], list[Find]]:
    """A piece of runners of the bundled pack under each law."""
    finds, number = [], random.Random(seed).getrandbits(60)
    for law in LAW.values():
        if breach := _bench().try_law(law, PIECE["laws"], number):
            finds.append(_broken(breach, None))
    return Counter({"tries of laws": PIECE["laws"] * len(LAW), "broken laws": len(finds)}), finds


def _broken(breach: Breach, files: Mapping[str, Any] | None) -> Find:
    step = vars(breach.step) if breach.step is not None else None
    return Find(f"law {breach.law.number}", "; ".join(breach.sentences[:3]), breach.runner, step, files)


def try_packs(seed: str) -> tuple[Counter[str], list[Find]]:
    """A piece of random packs: every evaluator, and the laws. In a process of its own, for the sake of memory."""
    rng = random.Random(seed)
    finds: list[Find] = []
    for _ in range(PIECE["packs"]):
        made = random_files(rng, bundled_catalogue())
        trial = Trial(made.pack)
        drawn = (random_runner(rng, trial.pack) for _ in range(PACK_RUNNERS))
        if wrong := next((data for data in drawn if trial.differ(data)), None):
            finds.append(_differing(made.files, wrong))
        bench = Bench.of(trial.pack)
        for law in PROMISED:
            if breach := bench.try_law(law, PACK_RUNNERS, rng.getrandbits(60)):
                finds.append(_breaking(made.files, breach))
    tried = PIECE["packs"]
    return Counter({"random packs": tried, "their runners": tried * PACK_RUNNERS, "found in packs": len(finds)}), finds


def try_proofs(seed: str) -> tuple[Counter[str], list[Find]]:
    """A random pack, mostly bent so that laws break, and random runners against what is proved of it."""
    from tests.attack import FORMULAS, Attack, bent

    rng = random.Random(seed)
    made = random_files(rng, bundled_catalogue())
    attack = Attack(bent(made.pack, rng) if rng.random() < 0.75 else made.pack)
    wrong = [*attack.runners(rng, PIECE["proofs"]), *attack.formulas(rng, FORMULAS)]
    finds = [
        Find(f"proof {seed}", f"{one.claim}: {one.says}; {one.step}", one.runner, None, made.files) for one in wrong
    ]
    for one in attack.undecided:  # no false proof: the prover says itself that its formulas allow for more
        print(f"undecided in {seed}: {one.claim}: {one.why}", file=sys.stderr)
    told = {f"claims {verdict}": count for verdict, count in attack.verdicts.items()}
    return Counter({"runners against proofs": PIECE["proofs"], "proofs found wrong": len(finds), **told}), finds


def try_mutants(seed: str) -> tuple[Counter[str], list[Find]]:
    """A piece of damaged packs: what is wrong is told, soon, and in little memory. In a process of its own."""
    finds: list[Find] = []
    slowest, before = 0.0, most_memory()
    for number, (mutant, _) in enumerate(zip(mutants(seed), range(PIECE["mutants"]), strict=False)):
        began = time.process_time()
        try:
            wrong = mutant.wrong()
        except Exception as error:  # whatever it is, it is a find
            wrong = [repr(error)]
        slowest = max(slowest, time.process_time() - began)
        if time.process_time() - began > MUTANT_SECONDS:
            wrong.append(f"it took more than {MUTANT_SECONDS} seconds")
        if wrong:
            finds.append(Find("mutant", "; ".join(wrong[:3]), {}, None, {"seed": seed, "number": number}))
    most = most_memory()
    if most > max(before, MUTANT_BYTES):
        finds.append(Find("mutant", f"one of a piece took {most} bytes", {}, None, {"seed": seed, "number": 0}))
    print(f"{seed}: the slowest took {slowest:.1f} s, all of them {most >> 20} MB", file=sys.stderr)
    return Counter({"damaged packs": PIECE["mutants"], "told badly": len(finds)}), finds


def mutants(seed: str) -> Iterator[Mutant]:
    """Damaged packs, one after another."""
    rng = random.Random(seed)
    with TemporaryDirectory() as folder:
        mutant = Mutant(Path(folder))
        while True:
            mutant.damage(rng)
            yield mutant


def _differing(files: Mapping[str, Any], data: Mapping[str, Any]) -> Find:
    files = fewest_rules(files, lambda smaller: bool(trial_of(smaller).differ(data)))
    small = trial_of(files).smallest(data)
    return Find("evaluators", "; ".join(trial_of(files).differ(small)), small, None, files)


def _breaking(files: Mapping[str, Any], breach: Breach) -> Find:
    def still(smaller: Mapping[str, Any]) -> bool:
        bench = Bench.of(trial_of(smaller).pack)
        return bool(bench.breaks(breach.law, bench.seen(breach.runner), breach.step))

    files = fewest_rules(files, still)
    return _broken(Bench.of(trial_of(files).pack).smallest(breach.law, breach.runner, breach.step), files)


def bundled_catalogue() -> Catalogue:
    """The bundled graph."""
    return load_bundled_pack().catalogue


def trial_of(files: Mapping[str, Any]) -> Trial:
    """A trial of a pack whose files are at hand."""
    return Trial(compile_pack(files, bundled_catalogue()))


def fewest_rules(files: Mapping[str, Any], broken: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
    """The files with every rule left out that the find does not need and the checks can spare."""
    for topic in [name for name, about in files.items() if "rules" in about]:
        about = files[topic]
        for rule in list(about["rules"]):
            rules = {name: text for name, text in about["rules"].items() if name != rule}
            said = json.dumps(rules) + json.dumps(files["vocabulary.yaml"])
            kept = {
                n: p for n, p in files[topic]["parameters"].items() if not n.startswith("number.") or f'"{n}"' in said
            }
            smaller = {**files, topic: {**files[topic], "rules": rules, "parameters": kept}}
            with suppress(PackError):
                if broken(smaller):
                    files, about = smaller, smaller[topic]
    return files


# -- the corpus -------------------------------------------------------------------------------------------------------


def replay(path: Path) -> list[str]:
    """What is still wrong of a find; nothing once it is mended."""
    find = Find(**yaml.safe_load(path.read_text(encoding="utf-8")))
    if find.check.startswith("proof "):  # the pack was bent by chance: the seed says how
        return [again.says for again in try_proofs(find.check.removeprefix("proof "))[1]]
    if find.check == "mutant":
        pack = find.pack or {}
        damaged = mutants(pack["seed"])  # whose folder goes with it
        return next(islice(damaged, pack["number"], None)).wrong()
    trial = bundled() if find.pack is None else _trial_of_find(find.pack)
    if find.check == "weeks":
        return misjudged(find.runner)
    if find.check.startswith("unlock "):
        return list(broken_promises(_engines(), find.runner, find.check.removeprefix("unlock ")))
    if find.check.startswith("boundaries "):
        rng = random.Random(int(find.check.removeprefix("boundaries ")))
        return list(broken_boundaries(_engines(), find.runner, rng))
    if find.check == "columns":
        return [what for _, wrong in differing(ColumnPlan(trial.program), [find.runner], 64) for what in wrong]
    if find.check == "evaluators":
        return trial.differ(find.runner)
    law = LAW.get(name := find.check.removeprefix("law ")) or _stated(name)
    step = None if find.step is None else Step(**{**find.step, "path": tuple(find.step["path"])})
    bench = Bench.of(trial.pack)
    return bench.breaks(law, bench.seen(find.runner), step)


def _stated(name: str) -> Law:
    """A statement about the bundled pack as a law."""
    return next(law for law in map(law_of, _statements()) if law.number == name)


def _trial_of_find(pack: Mapping[str, Any]) -> Trial:
    """A pack of a find: its files, or the folders where they stand."""
    if "rules" in pack:
        root = CORPUS.parent.parent
        return Trial(load_pack(root / pack["rules"], root / pack["graph"]))
    return trial_of(pack)


# -- the run ----------------------------------------------------------------------------------------------------------

WORK: dict[str, Callable[[str], tuple[Counter[str], list[Find]]]] = {
    "runners": try_runners,
    "laws": try_laws,
    "packs": try_packs,
    "proofs": try_proofs,
    "mutants": try_mutants,
    "weeks": try_weeks,
    "unlocks": try_unlocks,
    "boundaries": try_boundaries,
    "columns": try_columns,
}


def _limit_memory() -> None:
    """For damaged packs: an error before the machine runs out. The interpreter takes its part, too."""
    resource.setrlimit(resource.RLIMIT_AS, (2 * MUTANT_BYTES, 2 * MUTANT_BYTES))


def pieces(seed: int, only: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """The work, piece by piece: so many of one kind, or everything in turn without end."""
    for kind, wanted in only.items():
        yield from ((kind, f"{seed}/{kind}/{n}") for n in range(-(-wanted // PIECE[kind])))
    if only:
        return
    number = 0
    while True:
        for kind in (
            "packs", "runners", "proofs", "laws", "runners", "mutants", "weeks", "unlocks", "boundaries", "columns",
        ):  # fmt: skip
            yield kind, f"{seed}/{kind}/{number}"
            number += 1


def run(seed: int, seconds: float | None, only: Mapping[str, int]) -> int:
    """Work through the pieces on two processes; the number of finds."""
    started, told = time.monotonic(), time.monotonic()
    counts: Counter[str] = Counter()
    finds: list[Path] = []
    spawn = multiprocessing.get_context("spawn")
    steady = ProcessPoolExecutor(PROCESSES, mp_context=spawn)
    fresh = ProcessPoolExecutor(PROCESSES, mp_context=spawn, max_tasks_per_child=1)
    frugal = ProcessPoolExecutor(PROCESSES, mp_context=spawn, max_tasks_per_child=1, initializer=_limit_memory)
    pools = {"packs": fresh, "proofs": fresh, "mutants": frugal}
    work = pieces(seed, only)
    running: set[Future[tuple[Counter[str], list[Find]]]] = set()
    with steady, fresh, frugal:
        while True:
            while len(running) < PROCESSES and (seconds is None or time.monotonic() - started < seconds):
                piece = next(work, None)
                if piece is None:
                    break
                running.add(pools.get(piece[0], steady).submit(WORK[piece[0]], piece[1]))
            if not running:
                break
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                counted, found = one.result()
                counts.update(counted)
                for find in found:
                    finds.append(find.write())
                    print(f"found: {find.check}: {find.says}\n  {finds[-1]}", flush=True)
            if time.monotonic() - told > 30:
                told = time.monotonic()
                print(_figures(counts, told - started), flush=True)
    print(_figures(counts, time.monotonic() - started))
    print(f"{len(finds)} finds" + (", written into tests/corpus/" if finds else ""))
    return len(finds)


def meet_strangers(count: int) -> int:
    """Meet runners of whom each comes once, on both evaluators; how many evaluators keep memory of them for good.

    The first quarter fills what is remembered.
    """
    from tests.test_processes import EVALUATORS, strangers

    kept = 0
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        begun = {name: pool.submit(strangers, name, count // 4, count - count // 4) for name in EVALUATORS}
        for name, one in begun.items():
            told = one.result()
            print(f"{name}: {told['before_mb']:.1f} MB after a quarter of them, {told['grown_mb']:+.1f} MB by the rest")
            kept += told["grown_mb"] > MOST_GROWN_MB
    return kept


def _figures(counts: Counter[str], seconds: float) -> str:
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    rate = counts["runners"] / seconds if seconds else 0
    return f"{seconds:.0f} s: {told or 'nothing yet'} ({rate:,.0f} runners a second)"


def main() -> None:
    """Read TIME, SUITE, STRANGERS, SEED and how much of each kind of work there is to be, and run."""
    names = ("TIME", "SUITE", *(kind.upper() for kind in PIECE), "STRANGERS", "SEED")
    given = {name: os.environ.get(name) or None for name in names}
    for name, text in given.items():
        if text is not None and not text.isdigit():
            sys.exit(f"{name} is a whole number, not `{text}`")
    if given["SUITE"]:
        suite = [sys.executable, "-m", "pytest", "-n", str(PROCESSES), "--dist", "worksteal", "tests"]
        more = {**os.environ, "PREHAB_RUNNERS": str(USUAL * int(given["SUITE"]))}
        sys.exit(subprocess.run(suite, env=more, check=False).returncode)
    if given["STRANGERS"]:
        sys.exit(1 if meet_strangers(int(given["STRANGERS"])) else 0)
    only = {kind: int(text) for kind in PIECE if (text := given.get(kind.upper()))}
    seconds = float(given["TIME"]) if given["TIME"] else (None if only else 60.0)
    seed = int(given["SEED"]) if given["SEED"] else random.SystemRandom().randrange(10**9)
    print(f"seed {seed} (make campaign SEED={seed} repeats it)", flush=True)
    sys.exit(1 if run(seed, seconds, only) else 0)


if __name__ == "__main__":
    main()
