"""Compiles the rule pack when prehab is built, so that an installed copy parses no YAML when it starts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithPack(build_py):
    """Copies the packages, then compiles graph, rules and languages into JSON files beside them."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # a source checkout reads its YAML, so that a change shows at once
        built = Path(self.build_lib).resolve()
        sys.path.insert(0, str(built))
        try:
            from prehab.rules.languages import NAMES_FILE, compiled, languages
            from prehab.rules.load import load_pack
            from prehab.rules.messages import ENGLISH, english

            pack = load_pack()
            names = languages(pack)
            said = {name: compiled(pack, name) for name in names if name != ENGLISH} | {ENGLISH: dict(english().texts)}
            files = {"graph/graph.json": pack.catalogue.as_data(), "pack.json": pack.as_data()}
            files |= {f"rules/languages/{name}.json": told for name, told in said.items()}
            files[f"rules/languages/{NAMES_FILE.name}"] = names
        finally:
            sys.path.remove(str(built))
        for name, data in files.items():
            text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
            (built / "prehab" / name).write_text(text, encoding="utf-8")


setup(cmdclass={"build_py": BuildWithPack})
