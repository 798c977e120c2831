"""Writes the answers beside the examples anew. A test holds them to what is printed now."""

from __future__ import annotations

from pathlib import Path

from prehab import Engine, render

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def answers() -> dict[Path, str]:
    """For each example the file of its answer and the text that belongs there."""
    engine = Engine()
    found = {}
    for path in sorted(EXAMPLES.glob("*.yaml")):
        answer = engine.recommend(engine.read_file(path))
        lines = render.recommendation(answer, engine.catalogue)
        found[path.with_suffix(".txt")] = "".join(f"{line.text}\n" for line in lines)
    return found


def main() -> None:
    """Write every answer."""
    for path, text in answers().items():
        path.write_text(text, encoding="utf-8")
        print(path.name)


if __name__ == "__main__":
    main()
