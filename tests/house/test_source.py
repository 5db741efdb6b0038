"""The house rules that no other tool checks: length, lock file."""

from __future__ import annotations

import ast
import tomllib

from packaging.requirements import Requirement

from tests.house.repository import ROOT, files, name


def test_no_file_is_over_300_lines() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files("*.py", "*.ts")}
    assert not {path: length for path, length in lengths.items() if length > 300}


def test_no_function_is_over_40_lines() -> None:
    lengths = {
        f"{name(path)}: {node.name}": (node.end_lineno or 0) - node.body[0].lineno + 1
        for path in files("board/*.py", "server/*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not {function: length for function, length in lengths.items() if length > 40}


def test_every_dependency_is_locked_in_a_version_that_it_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [Requirement(line) for line in (*project["project"]["dependencies"], *project["dependency-groups"]["dev"])]
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line.removesuffix("\\").split(";")[0].split("==") for line in lines if line[:1].isalnum()]
    locked = {package: version.strip() for package, version in pins}
    stale = [str(one) for one in wanted if one.name not in locked or not one.specifier.contains(locked[one.name])]
    assert not stale, "run `make lock`"
