"""What a person would use instead of a recipe, in an environment of its own: fetched by pip once, kept in the cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.judges import infer, program
from parallel_refactor.engines.recipes.modernise import RULES
from tests.packages.fetch import cache

Peer = Callable[[Path], None]
"""Changes all files of a tree."""

_REQUIRES = ("libcst==1.9.0", "autotyping==24.9.0", "asyncify-codemod==0.5.0")
_NAMING = '''
import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand


class Name(VisitorBasedCodemodCommand):
    DESCRIPTION = "Adds a docstring to each function that has none: its name as words."

    def leave_FunctionDef(self, original_node, updated_node):
        if updated_node.get_docstring() is not None:
            return updated_node
        text = updated_node.name.value.strip("_").replace("_", " ").capitalize()
        line = cst.SimpleStatementLine([cst.Expr(cst.SimpleString(f\'"""{text}."""\'))])
        body = updated_node.body
        if isinstance(body, cst.SimpleStatementSuite):
            body = cst.IndentedBlock([cst.SimpleStatementLine(body.body)])
        return updated_node.with_changes(body=body.with_changes(body=[line, *body.body]))
'''


def _libcst(tree: Path) -> None:
    """Say of each function what its name says, with LibCST's runner of codemods: as many processes as processors."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "naming.py").write_text(_NAMING, encoding="utf-8")
        command = ["-m", "libcst.tool", "codemod", "--no-format", "--hide-progress", "-x", "naming.Name", str(tree)]
        _run([str(programs() / "python"), *command], PYTHONPATH=folder)


def _autotyping(tree: Path) -> None:
    _run([str(programs() / "autotyping"), "--aggressive", str(tree)])


def _asyncify(tree: Path) -> None:
    _run([str(programs() / "asyncify-codemod"), str(tree)])


def _ruff(tree: Path) -> None:
    _run([program("ruff"), "check", "--fix-only", "--isolated", "--no-cache", "--quiet", *RULES, str(tree)])


PEERS: Mapping[str, Mapping[str, Peer]] = {
    "docstrings": {"LibCST, by name only": _libcst},
    "all-docstrings": {"LibCST, by name only": _libcst},
    "types": {"pyrefly alone": infer, "autotyping": _autotyping},
    "modernise": {"ruff alone": _ruff},
    "async": {"asyncify-codemod": _asyncify},
}
"""By the name of a recipe."""


def _run(command: list[str], **variables: str) -> None:
    """Run a program that may fail for some files, which the measures then show."""
    subprocess.run(command, env=os.environ | variables, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def programs() -> Path:
    """Give the folder of the environment's programs; at the first use it is made, which takes a while."""
    home = cache() / f"peers-{sys.version_info.major}.{sys.version_info.minor}"
    folder = home / ("Scripts" if os.name == "nt" else "bin")
    stamp, wanted = home / "requires.json", json.dumps(_REQUIRES)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        venv.create(home, clear=True, with_pip=True)
        pip = [str(folder / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *_REQUIRES], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return folder
