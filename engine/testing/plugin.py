"""A pytest plugin that puts a rule pack under test. It does nothing until a pack is named in pytest's settings.

In ``pyproject.toml`` beside the pack::

    [tool.pytest.ini_options]
    prehab_rules = "rules"
    prehab_graph = "graph"
    prehab_runners = 300

``pytest`` then tries every case on every evaluator, and every law and statement on so many random runners. The items
stand under the files they are about: the laws under the rules' ``vocabulary.yaml``, the cases under their own file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.pathlib import bestrelpath

if TYPE_CHECKING:
    from prehab.inference import Evaluator
    from prehab.rules.load import LocatedCase
    from prehab.rules.statements import Statement
    from prehab.testing.check import AnyLaw, Bench
    from prehab.trials import Trials

RUNNERS = "300"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings."""
    parser.addini("prehab_rules", "folder of the rule files to put under test")
    parser.addini("prehab_graph", "folder of their graph files; by default the bundled graph")
    parser.addini("prehab_runners", "how many random runners to try each law on", default=RUNNERS)
    parser.addini("prehab_seed", "where the random runners come from", default="0")


def pytest_configure(config: pytest.Config) -> None:
    """Collect a pack only where one is named."""
    if config.getini("prehab_rules"):
        collector = _Collector(config)
        config.pluginmanager.register(collector, "prehab-pack")
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            _include(config, collector.trial.rules)


def _include(config: pytest.Config, rules: Path) -> None:
    """Have a pack collected that lies elsewhere than what pytest walks through where its command line names nothing."""
    base = config.invocation_params.dir
    if not any(rules.is_relative_to((base / arg).resolve()) for arg in config.args):
        config.args.append(str(rules))


class _Collector:
    """Finds the files of the pack among those that pytest walks through."""

    def __init__(self, config: pytest.Config) -> None:
        self.trial = _Trial(config)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """The vocabulary stands for the whole pack; a file of cases for itself."""
        if file_path.parent != self.trial.rules:
            return None
        if file_path.name == "vocabulary.yaml":
            return _PackFile.from_parent(parent, path=file_path, trial=self.trial)
        if file_path.name.endswith(".cases.yaml"):
            return _CaseFile.from_parent(parent, path=file_path, trial=self.trial)
        return None


class _Trial:
    """The pack, loaded once, and what it takes to try it."""

    def __init__(self, config: pytest.Config) -> None:
        base = config.inipath.parent if config.inipath else config.rootpath
        graph = config.getini("prehab_graph")
        self.rules = (base / config.getini("prehab_rules")).resolve()
        self.graph = (base / graph).resolve() if graph else None
        self.runners = _whole(config, "prehab_runners")
        self.seed = _whole(config, "prehab_seed")
        if not self.rules.is_dir():
            raise pytest.UsageError(f"prehab_rules: there is no folder `{self.rules}`")
        if self.graph is not None and not self.graph.is_dir():
            raise pytest.UsageError(f"prehab_graph: there is no folder `{self.graph}`")

    @cached_property
    def faults(self) -> str:
        """What keeps the pack or its cases from loading; nothing where both load."""
        from prehab.graph.faults import PackError

        try:
            self.statements  # noqa: B018 - loading is the point
        except PackError as error:
            return str(error)
        return ""

    @cached_property
    def trials(self) -> Trials:
        """The pack with its cases."""
        from prehab.graph.load import GRAPH_FOLDER
        from prehab.rules.load import load_cases, load_pack
        from prehab.trials import Trials

        pack = load_pack(self.rules, self.graph or GRAPH_FOLDER)
        return Trials(pack, load_cases(pack, self.rules))

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """What the authors promise besides the laws."""
        from prehab.rules.statements import load_statements

        return load_statements(self.trials.pack, self.rules)

    @cached_property
    def evaluators(self) -> list[Evaluator]:
        """Every evaluator that runs here."""
        from prehab.engine import evaluators

        return evaluators(self.trials.program)

    @cached_property
    def bench(self) -> Bench:
        """Where laws are tried."""
        from prehab.testing.check import Bench

        return Bench.of(self.trials.pack)


class _PackFile(pytest.File):
    """That the pack loads, every law, and every statement of its authors."""

    def __init__(self, *, trial: _Trial, **more: Any) -> None:
        super().__init__(**more)
        self.trial = trial

    def collect(self) -> Iterator[pytest.Item]:
        yield _Loads.from_parent(self, name="the pack loads", trial=self.trial)
        if not self.trial.faults:
            from prehab.testing.check import LAWS
            from prehab.testing.laws import law_of

            for law in LAWS:
                yield _LawHolds.from_parent(self, name=f"law {law.number}", trial=self.trial, law=law)
            for law in map(law_of, self.trial.statements):
                yield _LawHolds.from_parent(self, name=law.number, trial=self.trial, law=law)


class _CaseFile(pytest.File):
    """Every case of a file; where the pack does not load, that."""

    def __init__(self, *, trial: _Trial, **more: Any) -> None:
        super().__init__(**more)
        self.trial = trial

    def collect(self) -> Iterator[pytest.Item]:
        if self.trial.faults:
            yield _Loads.from_parent(self, name="the pack loads", trial=self.trial)
            return
        taken: Counter[str] = Counter()
        for located in self.trial.trials.cases:
            if Path(located.file).name == self.path.name:
                name = f"{located.case.rule}: {located.case.case}"
                taken[name] += 1
                if taken[name] > 1:
                    name += f" #{taken[name]}"
                yield _CaseHolds.from_parent(self, name=name, trial=self.trial, located=located)


class _BrokenError(Exception):
    """What is wrong with a pack, ready to be read."""


class _Item(pytest.Item):
    """Something that must hold of the pack; says in plain text what does not."""

    def __init__(self, *, trial: _Trial, **more: Any) -> None:
        super().__init__(**more)
        self.trial = trial

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, _BrokenError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


class _Loads(_Item):
    def runtest(self) -> None:
        if self.trial.faults:
            raise _BrokenError(self.trial.faults)


class _LawHolds(_Item):
    def __init__(self, *, law: AnyLaw, **more: Any) -> None:
        super().__init__(**more)
        self.law = law

    def runtest(self) -> None:
        breach = self.trial.bench.try_law(self.law, self.trial.runners, self.trial.seed)
        if breach is not None:
            raise _BrokenError(str(breach))


class _CaseHolds(_Item):
    def __init__(self, *, located: LocatedCase, **more: Any) -> None:
        super().__init__(**more)
        self.located = located

    def runtest(self) -> None:
        failures = self.trial.trials.failures(self.located, self.trial.evaluators)
        if failures:
            import yaml

            case = self.located.case
            place = f"{bestrelpath(self.config.invocation_params.dir, self.path)}:{self.located.line}"
            runner = yaml.safe_dump(case.runner, sort_keys=False, allow_unicode=True)
            comments = "".join(f"# {line}\n" for line in (f"{place}: {case.rule}: {case.case}", *failures))
            raise _BrokenError(comments + runner)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, self.located.line - 1, self.name


def _whole(config: pytest.Config, name: str) -> int:
    text = str(config.getini(name)).strip()
    if not text.isdigit():
        raise pytest.UsageError(f"{name} is a whole number, not `{text}`")
    return int(text)
