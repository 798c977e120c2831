"""Runs the suite on every other CPython (3.11 and newer) that this machine has, and says which it found.

The first interpreter ran the whole suite already. On the others it is the installed package that is tested again, with
fewer random runners, by the tests of what an interpreter can change: reading and refusing input, the models, both
evaluators (durable-rules cannot be had on all of them), the command line and the plugin. The laws, what is said of
rules and graph, and how it looks, are the same everywhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

WANTED = ("3.11", "3.12", "3.13", "3.14", "3.15")
TESTED = [
    f"tests/test_{name}.py"
    for name in (
        "bad_input", "cli", "engine", "evaluators", "plugin", "program", "statements",
    )
]  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent
ASK = "import platform, sys; print(platform.python_implementation(), '%d.%d' % sys.version_info[:2])"


def interpreters() -> dict[str, str]:
    """One working CPython for each wanted version, by version."""
    candidates = [f"python{version}" for version in WANTED]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += [str(path) for path in sorted(pyenv.glob("*/bin/python"))]
    found: dict[str, str] = {}
    for name in candidates:
        path = shutil.which(name)
        if path is None:
            continue
        answer = subprocess.run([path, "-c", ASK], capture_output=True, text=True, check=False)
        words = answer.stdout.split()
        if answer.returncode == 0 and len(words) == 2 and words[0] == "CPython" and words[1] in WANTED:
            found.setdefault(words[1], path)
    return found


def run(version: str, python: str) -> bool:
    """Install into a virtual environment of its own and run the suite there."""
    place = ROOT / f".venv-{version}"
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = [
        [python, "-m", "venv", str(place)],
        [*pip, "-r", "tests/requirements.txt"],
        [*pip, "--no-deps", "--no-build-isolation", "--force-reinstall", "."],
        [str(place / "bin" / "python"), "-m", "pytest", "-n", "2", *TESTED],
    ]
    environment = {**os.environ, "PREHAB_RUNNERS": "400"}
    return all(subprocess.run(step, cwd=ROOT, env=environment, check=False).returncode == 0 for step in steps)


def main() -> int:
    """Run on all others; the exit status is 1 when one failed."""
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    found = interpreters()
    others = {version: path for version, path in found.items() if version != here}
    print(f"\n=== The suite ran on CPython {here}.", flush=True)
    missing = [version for version in WANTED if version != here and version not in found]
    print(f"=== Also found: {', '.join(others) or 'none'}. NOT found, so not tested: {', '.join(missing)}.", flush=True)
    failed = []
    for version, path in others.items():
        print(f"\n=== CPython {version} ({path})", flush=True)
        if not run(version, path):
            failed.append(version)
    if failed:
        print(f"\n=== FAILED on CPython {', '.join(failed)}", flush=True)
        return 1
    print(f"\n=== Passed on CPython {', '.join([here, *others])}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
