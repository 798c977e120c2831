"""Writes the answers beside the examples anew. A test holds them to what is printed now."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prehab import Engine, render

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
BOUNDED = ("calm-achilles", "novice", "sore-achilles")
"""The examples of which it is also kept what would change their answers."""

TRANSLATED = {"de": ("sore-achilles",)}
"""Of which examples the answer is kept in another language too."""


EXPLAINED = {
    "sore-achilles": (
        "pogo_hops",
        "stage",
        "/daily/exercises/0/dose",
        "dose goblet squat",
        "tue",
        "wed",
        "running",
        "limit hours_before_key_run",
    ),
    "racer": ("status", "week", "goblet_squat vs back_squat", "plyo/high"),
    "groin-underfuelled": ("status", "running", "mon"),
}
"""What is explained of some examples, beside them."""

EXPLAINED_IN = {"de": {"sore-achilles": ("pogo_hops", "stage", "dienstag", "running")}}
"""What is explained of some in another language."""


def explained(engine: Engine, path: Path, asked: Iterable[str], option: str = "") -> str:
    """What is asked of an example, as on the command line, each with its answer."""
    parts = []
    for about in asked:
        account = engine.account(engine.read_file(path), about)
        lines = render.account(account, depth=1, messages=engine.messages)
        told = "".join(f"{line.text}\n" for line in lines)
        parts.append(f"$ prehab explain examples/{path.name} {about}{option}\n{told}")
    return "\n".join(parts)


def answers() -> dict[Path, str]:
    """For each example the file of its answer and the text that belongs there."""
    engine = Engine()
    found = {}
    for path in sorted(EXAMPLES.glob("*.yaml")):
        found[path.with_suffix(".txt")] = _printed(engine, path)
        if path.stem in EXPLAINED:
            found[path.with_name(f"{path.stem}-explained.txt")] = explained(engine, path, EXPLAINED[path.stem])
    for name in BOUNDED:
        path = EXAMPLES / f"{name}.yaml"
        lines = render.boundaries(engine.boundaries(engine.read_file(path)), everything=True)
        found[path.with_name(f"{name}-boundaries.txt")] = _text(lines)
    for language, names in TRANSLATED.items():
        engine = Engine(language=language)
        found |= {EXAMPLES / f"{one}.{language}.txt": _printed(engine, EXAMPLES / f"{one}.yaml") for one in names}
        for name, asked in EXPLAINED_IN[language].items():
            path, option = EXAMPLES / f"{name}.yaml", f" --language {language}"
            found[EXAMPLES / f"{name}-explained.{language}.txt"] = explained(engine, path, asked, option)
    return found


def _printed(engine: Engine, path: Path) -> str:
    answer = engine.recommend(engine.read_file(path))
    return _text(render.recommendation(answer, engine.catalogue, messages=engine.messages))


def _text(lines: Iterable[render.Line]) -> str:
    return "".join(f"{line.text}\n" for line in lines)


def main() -> None:
    """Write every answer."""
    for path, text in answers().items():
        path.write_text(text, encoding="utf-8")
        print(path.name)


if __name__ == "__main__":
    main()
