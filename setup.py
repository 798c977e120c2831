"""Compiles the rule pack when prehab is built, so that an installed copy parses no YAML when it starts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithPack(build_py):
    """Copies the packages, then compiles graph and rules into one file, and each language into a JSON file."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # a source checkout reads its YAML, so that a change shows at once
        built = Path(self.build_lib).resolve()
        for left in (built / "prehab" / "pack.data", *(built / "prehab" / "rules" / "languages").glob("*.json")):
            left.unlink(missing_ok=True)  # by an earlier build, of other files
        sys.path.insert(0, str(built))
        try:
            from prehab.graph.pack_file import digest_of_files
            from prehab.rules.languages import NAMES_FILE, compiled, languages
            from prehab.rules.load import load_pack
            from prehab.rules.messages import ENGLISH, english
            from prehab.validator import PART, kept_schema

            pack = load_pack()
            names = languages(pack)
            said = {name: compiled(pack, name) for name in names if name != ENGLISH} | {ENGLISH: dict(english().texts)}
            files = {f"rules/languages/{name}.json": told for name, told in said.items()}
            files[f"rules/languages/{NAMES_FILE.name}"] = names
            digest = digest_of_files(built / "prehab" / name for name in ("graph", "rules"))
            content = pack.compiled(digest, {PART: kept_schema()})
        finally:
            sys.path.remove(str(built))
        (built / "prehab" / "pack.data").write_bytes(content)
        for name, data in files.items():
            text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
            (built / "prehab" / name).write_text(text, encoding="utf-8")


setup(cmdclass={"build_py": BuildWithPack})
