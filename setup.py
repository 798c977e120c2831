"""Compiles the rule pack when prehab is built, so that an installed copy parses no YAML when it starts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithPack(build_py):
    """Copies the packages, then compiles graph and rules into ``prehab/pack.json`` beside them."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # a source checkout reads its YAML, so that a change shows at once
        built = Path(self.build_lib).resolve()
        sys.path.insert(0, str(built))
        try:
            from prehab.rules.load import load_pack

            data = load_pack().as_data()
        finally:
            sys.path.remove(str(built))
        target = built / "prehab" / "pack.json"
        target.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


setup(cmdclass={"build_py": BuildWithPack})
