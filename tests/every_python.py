"""Runs the suite on every other CPython (3.11 and newer) that this machine has, and says which it found.

The first interpreter ran the whole suite already. On the others it is the installed package that is tested again, with
fewer random runners, by the tests of what an interpreter can change: reading and refusing input, the models, both
evaluators (durable-rules cannot be had on all of them) and the command line. The laws, what is said of rules and graph,
and how it looks, are the same everywhere.

Before that what would be published, sdist and wheel, is built, held to hold everything, and installed as a newcomer
would into an environment that has nothing else; there the examples must get the answers that are kept beside them. One
environment is made by the line of EMBEDDING.md for machines without a C compiler, has none, and has the oldest pydantic
that is allowed; what depends on how pydantic makes models is tested there, too.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE, STDOUT

WANTED = ("3.11", "3.12", "3.13", "3.14", "3.15")
TESTED = [
    f"tests/test_{name}.py"
    for name in (
        "bad_input", "cli", "engine", "evaluators", "mistakes", "program", "record", "statements",
    )
]  # fmt: skip
UNUSED = ("mypy", "numpy", "pyarrow", "ruff", "selenium", "z3-solver")
"""The largest of what the tests require, none of which these need."""
NEEDED_BY_MODELS = "hypothesis jsonschema pytest"
OF_MODELS = ["tests/test_late.py", "tests/test_json.py::test_the_schema_kept_is_the_schema_made"]
"""What the oldest pydantic is held to."""
COMPILED = ("prehab/pack.data",)
FOR_AUTHORS_OF_TESTS = "prehab/testing/README.md"
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


def build(folder: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel that is made of it; they hold everything that is kept."""
    make = "from setuptools import build_meta; print(build_meta.build_sdist({!r}))"
    subprocess.run([sys.executable, "-c", make.format(str(folder))], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (sdist,) = folder.glob("*.tar.gz")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "-w", str(folder), str(sdist)], check=True)
    (wheel,) = folder.glob("*.whl")
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    homes = {"engine": "prehab", "graph": "prehab/graph", "rules": "prehab/rules", "examples": "prehab/examples"}
    lost = [f"the sdist lacks {name}" for name in kept if name not in in_sdist and not name.startswith(".")]
    installed = {f"{homes[top]}/{rest}" for top, _, rest in (name.partition("/") for name in kept) if top in homes}
    wanted = installed - {FOR_AUTHORS_OF_TESTS} | set(COMPILED)
    lost += [f"the wheel lacks {name}" for name in sorted(wanted - in_wheel)]
    if lost:
        raise SystemExit("\n".join(lost))
    return sdist, wheel


def install(python: str, place: Path, what: Path, record: Path, *, compiler: bool = True) -> tuple[bool, str]:
    """Install into an environment that has nothing else; there every example gets the answer that is kept beside it.

    Returns whether it does, and what was said of it.

    The first one writes a record of a decision, which all others repeat.
    """
    subprocess.run([python, "-m", "venv", str(place)], check=True)
    line, environment = f"pip install {what}", {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment["PATH"] = f"{place / 'bin'}:{environment['PATH']}"
    if not compiler:
        guide = (ROOT / "EMBEDDING.md").read_text(encoding="utf-8")
        (line,) = re.findall(r"^\$ (pip install .*)", guide, flags=re.MULTILINE)
        (oldest,) = re.findall(r'"pydantic>=([\d.]+)",$', (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE)
        line = re.sub(r"prehab$", str(what), line).replace(" pydantic ", f" 'pydantic=={oldest}.*' ")
        environment |= {"CC": "false", "CXX": "false"}
    own = shlex.quote(str(place / "bin" / "python"))
    told = f"{own} -I -c {shlex.quote(ANSWERS)} {'any' if compiler else 'compiled'} {shlex.quote(str(record))}"
    steps = [(line.replace("pip install", "pip install --quiet --no-compile"), place), (told, place)]
    if not compiler:
        steps.append((f"{own} -m pip install --quiet --no-compile -c tests/requirements.txt {NEEDED_BY_MODELS}", ROOT))
        steps.append((f"{own} -m pytest -p no:cacheprovider {' '.join(OF_MODELS)}", ROOT))
    said = ""
    for command, where in steps:
        done = subprocess.run(
            command, shell=True, cwd=where, env=environment, stdout=PIPE, stderr=STDOUT, text=True, check=False
        )
        said += done.stdout
        if done.returncode:
            return False, said
    return True, said


ANSWERS = """
import subprocess, sys
from pathlib import Path
import prehab
folder, evaluator = Path(prehab.__file__).parent / "examples", prehab.Engine().evaluator
assert sys.argv[1] in ("any", evaluator), evaluator
assert prehab.Recommendation.model_json_schema()["properties"].keys() >= {"status", "asks"}
examples = sorted(folder.glob("*.yaml"))
assert len(examples) >= 13
program = str(Path(sys.executable).with_name("prehab"))
for path in examples:
    done = subprocess.run([program, "recommend", f"examples/{path.name}"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == path.with_suffix(".txt").read_text(encoding="utf-8"), path.name
record = Path(sys.argv[2])
ask = [program, "recommend", "examples/racer.yaml", "--on", "2026-11-28", "--record", str(record)]
for command in ([ask] if not record.exists() else []) + [[program, "replay", str(record)]]:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
print(f"    {len(examples)} examples, run by {evaluator}, answer as they should.", flush=True)
"""


def prepare(version: str, python: str, wheel: Path) -> bool:
    """Install into a virtual environment of its own what the tests need there."""
    place = ROOT / f".venv-{version}"
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    lines = (ROOT / "tests" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    needed = [line for line in lines if "==" in line and line.partition("==")[0] not in UNUSED]
    steps = [
        [python, "-m", "venv", str(place)],
        [*pip, "--no-compile", *needed],
        [*pip, "--no-compile", "--no-deps", "--force-reinstall", str(wheel)],
    ]
    return all(subprocess.run(step, cwd=ROOT, check=False).returncode == 0 for step in steps)


def run(version: str) -> bool:
    """Run the suite in the environment that was made for it."""
    command = [str(ROOT / f".venv-{version}" / "bin" / "python"), "-m", "pytest", "-n", "2", *TESTED]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PREHAB_RUNNERS": "100"}, check=False).returncode == 0


def main() -> int:
    """Run on all others; the exit status is 1 when one failed."""
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    found = interpreters()
    others = {version: path for version, path in found.items() if version != here}
    print(f"\n=== The suite ran on CPython {here}.", flush=True)
    missing = [version for version in WANTED if version != here and version not in found]
    print(f"=== Also found: {', '.join(others) or 'none'}. NOT found, so not tested: {', '.join(missing)}.", flush=True)
    failed = []
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as two:
        sdist, wheel = build(Path(temporary))

        def newcomer(version: str, name: str, what: Path, compiler: bool) -> None:
            place = Path(temporary) / f"{version} {name}".replace(" ", "-")
            done, said = install(found[version], place, what, Path(temporary) / "record.json", compiler=compiler)
            print(f"=== CPython {version}, {name}, installed into a clean environment\n{said}", end="", flush=True)
            if not done:
                failed.append(f"{version} ({name})")

        first, *more = found
        newcomer(first, "wheel", wheel, True)
        ways = [(first, "sdist", sdist, True), (first, "wheel, no compiler", wheel, False)]
        ways += [(version, "wheel", wheel, True) for version in more]
        prepared = [two.submit(prepare, version, path, wheel) for version, path in others.items()]
        for done in [*(two.submit(newcomer, *way) for way in ways), *prepared]:
            done.result()
    for (version, path), done in zip(others.items(), prepared, strict=True):
        print(f"\n=== CPython {version} ({path})", flush=True)
        if not done.result() or not run(version):
            failed.append(version)
    if failed:
        print(f"\n=== FAILED on CPython {', '.join(failed)}", flush=True)
        return 1
    print(f"\n=== Passed on CPython {', '.join([here, *others])}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
