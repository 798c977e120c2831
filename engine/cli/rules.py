"""``prehab rules``."""

from __future__ import annotations

import textwrap
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from prehab.cli.common import complete, json_option, print_json, reports_faults, say_bundled_pack, write_out
from prehab.cli.rule_cases import CASE_COMMANDS
from prehab.cli.rule_changes import CHANGE_COMMANDS
from prehab.cli.rule_check import CHECK_COMMANDS
from prehab.cli.rule_laws import laws
from prehab.cli.rule_proofs import prove
from prehab.graph.faults import Fault, InputError, nearest

if TYPE_CHECKING:
    from prehab.rules.language import Rule
    from prehab.rules.pack import Pack

__all__ = ["rules"]

RUNNERS = 1000
"""Random runners that `rules show --population` counts over."""


@click.group()
def rules() -> None:
    """Read and check the rules.

    \b
    Example:
      prehab rules list --topic tendon
      prehab rules show plyometrics.open-low
      prehab rules check
      prehab rules test --rule tendon
      prehab rules try plyo.run_calf_raises=12 --runners 50
    """


@rules.command("list")
@click.option("--topic", shell_complete=complete("topics"), help="Only the rules of one topic, such as tendon.")
@click.option("--weak", is_flag=True, help="Only rules whose evidence is low or consensus.")
@json_option
@reports_faults
def list_rules(topic: str | None, weak: bool, as_json: bool) -> None:
    """List the rules, a line each.

    \b
    Example:
      prehab rules list --topic plyometrics
    """
    from prehab.engine import load_bundled_pack

    pack = load_bundled_pack()
    topics = sorted({rule.id.partition(".")[0] for rule in pack.rules})
    if topic is not None and topic not in topics:
        raise InputError(
            [
                Fault(
                    "unknown-topic",
                    f"unknown topic `{topic}`",
                    allowed=tuple(topics),
                    did_you_mean=nearest(topic, topics),
                )
            ]
        )
    found = [
        rule
        for rule in pack.rules
        if topic in (None, rule.id.partition(".")[0]) and (not weak or rule.evidence in ("low", "consensus"))
    ]
    say_bundled_pack()
    if as_json:
        print_json([{"rule": r.id, "because": r.because, "side": r.side, "evidence": r.evidence} for r in found])
        return
    lines = [f"{rule.id}  ({_verbs(rule)}; {rule.evidence})\n    {rule.because}" for rule in found]
    write_out("\n".join(lines) + f"\n{len(found)} rules\n")


@rules.command()
@click.argument("rule", shell_complete=complete("rules"))
@click.option("--population", is_flag=True, help="Add for how many of 1,000 random runners it fires.")
@json_option
@reports_faults
def show(rule: str, population: bool, as_json: bool) -> None:
    """Show RULE: what it looks at, what it concludes, and what it rests on.

    \b
    Example:
      prehab rules show movement.no-load-before-screen
      prehab rules show plyometrics.open-low --population
    """
    from prehab.engine import load_bundled_pack

    pack = load_bundled_pack()
    found = pack.by_id.get(rule)
    if found is None:
        raise InputError([Fault("unknown-rule", f"unknown rule `{rule}`", did_you_mean=nearest(rule, pack.by_id))])
    say_bundled_pack()
    if as_json:
        where = {"rule": found.id, "file": found.file, "line": found.line, "side": found.side}
        print_json({**where, **found.text, **_tried(pack, found, population)})
        return
    write_out(_sheet(pack, found, _tried(pack, found, population)))


for command in (*CHECK_COMMANDS, *CASE_COMMANDS, *CHANGE_COMMANDS, laws, prove):
    rules.add_command(command)


def _verbs(rule: Rule) -> str:
    return ", ".join(dict.fromkeys(effect.type for effect in rule.effects))


def _tried(pack: Pack, rule: Rule, population: bool) -> dict[str, Any]:
    """How many cases the rule has beside it and, where that is asked for, for what share of random runners it fires."""
    tried: dict[str, Any] = {"cases": _cases(rule.id.partition(".")[0])[rule.id]}
    if population:
        from prehab.compare import Side, firing_share

        tried["fires_for"] = firing_share(Side(pack), rule.id, runners=RUNNERS)
    return tried


@cache
def _cases(topic: str) -> Counter[str]:
    """The number of cases of each rule of a bundled topic."""
    from prehab.graph.bundled import read_bundled
    from prehab.graph.files import read_text
    from prehab.rules.load import RULES_FOLDER

    text = read_bundled(RULES_FOLDER / f"{topic}.cases.yaml")
    return Counter() if text is None else Counter(case["rule"] for case in read_text(text).data["cases"])


def _sheet(pack: Pack, rule: Rule, tried: dict[str, Any]) -> str:
    text = rule.text
    lines = [rule.id, *textwrap.wrap(rule.because, 78), ""]

    def part(title: str, entries: list[str]) -> None:
        for number, entry in enumerate(entries):
            lead = f"{title:<10}" if number == 0 else " " * 10
            lines.extend(
                textwrap.wrap(entry, 80, initial_indent=lead, subsequent_indent=" " * 12, break_on_hyphens=False)
            )

    part("WHEN", [_pattern(pack, p) for p in text.get("when", ())])
    part(
        "ANY OF",
        [" and ".join(_pattern(pack, p) for p in (o if isinstance(o, list) else [o])) for o in text.get("any", ())],
    )
    part("UNLESS", [_pattern(pack, p) for p in text.get("unless", ())])
    for effect in rule.effects:
        what = [f"{key.replace('_', ' ')} {_value(pack, value)}" for key, value in effect.data.items()]
        if names := pack.ids(effect.mask):
            more = f" and {len(names) - 6} more" if len(names) > 6 else ""
            what.append(f"{len(names)} exercises: {', '.join(names[:6])}{more}")
        part(effect.type.upper(), [" · ".join(what)])
    sources = [pack.catalogue.sources[name].citation() for name in rule.sources]
    part("EVIDENCE", [rule.evidence + ("" if rule.sources else ": by consensus, no study decides it"), *sources])
    if text.get("note"):
        part("NOTE", [" ".join(str(text["note"]).split())])
    unknown = {"holds": "counts against, until answered", "asks": "does not count, and is asked for"}
    if rule.unknown:
        part("UNKNOWN", [unknown[rule.unknown]])
    elif rule.side == "permit":
        part("UNKNOWN", ["counts as not met, and is asked for"])
    if rule.seeds:
        part("CLAIMS", [f"{seed}: {pack.catalogue.claims[seed].says}" for seed in rule.seeds])
    part("CASES", [str(tried["cases"])])
    if "fires_for" in tried:
        part("FIRES", [f"for {tried['fires_for']:.1%} of {RUNNERS:,} random runners"])
    part("FILE", [f"{rule.file}:{rule.line}"])
    return "\n".join(lines) + "\n"


def _pattern(pack: Pack, pattern: dict[str, Any]) -> str:
    tests = []
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            tests += [f"{name} {op.replace('_', ' ')} {_value(pack, operand)}" for op, operand in wanted.items()]
        elif name != "fact":
            shown = wanted if isinstance(wanted, list) else [wanted]
            tests.append(f"{name} is {' or '.join(_value(pack, one) for one in shown)}")
    return f"{pattern['fact']}: " + (", ".join(tests) or "always")


def _value(pack: Pack, value: Any) -> str:
    """A value of a rule in words; a parameter with its number and unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    parameter = pack.parameters.get(value) if isinstance(value, str) else None
    return f"{parameter.value} {parameter.unit} ({value})" if parameter else str(value)
