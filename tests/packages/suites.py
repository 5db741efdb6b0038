"""A package's own tests, in an environment of their own, on a copy of its files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from tests.packages.fetch import Package, cache

_RECORDERS = Path(__file__).parent / "recorders"


class SuiteError(Exception):
    """The tests could not be run at all; the message ends with what they printed."""


def outcomes(package: Package, tree: Path, scratch: Path, only: Sequence[str] = ()) -> dict[str, str]:
    """Run the tests of the package, or some, as it is in `tree` and give each test's outcome; raises SuiteError.

    They run on a copy, in `scratch`, so that what they write stays out of the tree, and always at the same path.
    """
    copy, report = scratch / "suite", scratch / "outcomes.json"
    temporary = scratch / "temporary"  # some tests leave files there that later ones take for theirs
    temporary.mkdir()
    shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns(".task_board"))
    folder = copy / package.folder
    # Our own tests may be what calls this, in a process of pytest-xdist: the suite must not take itself for another.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    path = os.pathsep.join([str(_RECORDERS), str((folder / package.path).resolve())])
    try:
        done = subprocess.run(
            [_python(package), *package.suite, *(only or package.tests)],
            cwd=folder,
            env={
                **inherited,
                "PYTHONPATH": path,
                "PYTHONHASHSEED": "0",
                "OUTCOMES": str(report),
                "TMPDIR": str(temporary),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if not report.exists():
            raise SuiteError(f"the tests of {package.name} did not run:\n{done.stdout[-2000:]}")
        found: dict[str, str] = json.loads(report.read_text(encoding="utf-8"))
    finally:
        shutil.rmtree(copy)
        shutil.rmtree(temporary, ignore_errors=True)
        report.unlink(missing_ok=True)
    return found


def _python(package: Package) -> Path:
    """Give the interpreter of the package's environment, made at the first use; this one if it needs nothing."""
    if not package.requires:
        return Path(sys.executable)
    home = cache() / f"{package.name}-{package.version}-{sys.version_info.major}.{sys.version_info.minor}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = home / "requires.json", json.dumps(package.requires)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        venv.create(home, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *package.requires], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python
