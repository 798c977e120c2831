"""Compiles the rule pack when prehab is built, so that an installed copy parses no YAML when it starts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithPack(build_py):
    """Copies the packages, then compiles graph and rules into JSON files beside them."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # a source checkout reads its YAML, so that a change shows at once
        built = Path(self.build_lib).resolve()
        sys.path.insert(0, str(built))
        try:
            from prehab.rules.load import load_pack

            pack = load_pack()
            compiled = {"graph/graph.json": pack.catalogue.as_data(), "pack.json": pack.as_data()}
        finally:
            sys.path.remove(str(built))
        for name, data in compiled.items():
            text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
            (built / "prehab" / name).write_text(text, encoding="utf-8")


setup(cmdclass={"build_py": BuildWithPack})
