from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallel_refactor.planning.graph import Graph, read_graph
from tests.planning.trees import write


def read(root: Path, files: dict[str, str | bytes]) -> Graph:
    graph = read_graph(write(root, files), sorted(files))
    assert sorted(graph.imports) == sorted(files)
    return graph


def edges(graph: Graph) -> dict[str, tuple[str, ...]]:
    return {path: targets for path, targets in graph.imports.items() if targets}


def test_imports_of_every_form_are_found(tmp_path: Path) -> None:
    graph = read(
        tmp_path,
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "import pkg.b, os, json\nfrom . import c\nfrom .sub.d import x\ndef f():\n    import pkg.e\n",
            "pkg/b.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pkg.a\n",
            "pkg/c.py": "import pkg.c, unknown\n",
            "pkg/e.py": "",
            "pkg/sub/__init__.py": "",
            "pkg/sub/d.py": "from ..c import y\n",
            "notes.txt": "import pkg.a\n",
            "web.js": "import pkg.a\n",
        },
    )
    assert edges(graph) == {
        "pkg/a.py": ("pkg/b.py", "pkg/c.py", "pkg/e.py", "pkg/sub/d.py"),
        "pkg/b.py": ("pkg/a.py",),
        "pkg/sub/d.py": ("pkg/c.py",),
    }
    assert not graph.broken


def test_only_the_files_that_were_named_are_in_the_graph(tmp_path: Path) -> None:
    write(tmp_path, {"other.py": "", "a.py": "import b, other\n", "b.py": ""})
    assert read_graph(tmp_path, ["a.py", "b.py"]).imports == {"a.py": ("b.py",), "b.py": ()}


def test_packages_are_found_wherever_their_sources_begin(tmp_path: Path) -> None:
    graph = read(
        tmp_path,
        {
            "src/one/a.py": "",
            "libs/x/src/two/b.py": "",
            'libs/q"\\y/src/three/c.py' if os.name == "posix" else "libs/y/src/three/c.py": "",
            "deep/down/package/__init__.py": "",
            "deep/down/package/d.py": "",
            "main.py": "import one.a, two.b, three.c, package.d\n",
        },
    )
    assert [Path(target).name for target in graph.imports["main.py"]] == ["d.py", "c.py", "b.py", "a.py"]


def test_files_that_do_not_parse_are_broken_and_the_others_are_read(tmp_path: Path) -> None:
    graph = read(
        tmp_path,
        {
            "a.py": "import good\n",
            "good.py": "",
            "bad.py": "import good\ndef (\n",
            "quiet.py": "# ruff: noqa\n# flake8: noqa\nx = (\n",
            "tabs.py": "if x:\n        a\n\tb\n",
            "latin.py": b"# -*- coding: latin-1 -*-\nimport good\nx = '\xe9 \\d'  # the parser warns\n",
            "latin_bad.py": b"# -*- coding: latin-1 -*-\nx = '\xe9\n",
            "undeclared.py": b"x = '\xe9'\n",
            "empty.py": "",
            "not_python.txt": "def (",
        },
    )
    assert graph.broken == {"bad.py", "quiet.py", "tabs.py", "latin_bad.py", "undeclared.py"}
    assert edges(graph) == {"a.py": ("good.py",)}


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege elsewhere")
def test_a_root_that_is_a_link_makes_no_difference(tmp_path: Path) -> None:
    write(tmp_path / "root", {"a.py": "import b\n", "b.py": "", "bad.py": "def ("})
    (tmp_path / "link").symlink_to("root")
    graph = read_graph(tmp_path / "link", ["a.py", "b.py", "bad.py"])
    assert edges(graph) == {"a.py": ("b.py",)}
    assert graph.broken == {"bad.py"}


@pytest.mark.skipif(os.name != "posix", reason="names of POSIX")
def test_names_of_any_kind_are_taken(tmp_path: Path) -> None:
    read_by_ruff = [
        "-x.py",
        "@x.py",
        "#x.py",
        "[x].py",
        "*.py",
        "sp ace .py",
        "ünï.py",
        "q\"'.py",
        "back\\slash.py",
        "\t.py",
    ]
    not_told = ["new\nline.py", "cr\r.py", os.fsdecode(b"und\xff.py")]
    files: dict[str, str | bytes] = dict.fromkeys([*read_by_ruff, *not_told], "import target\n")
    graph = read(tmp_path, {**files, "target.py": "", "bad\nname.py": "def (", "-\udcff.py": "def ("})
    assert edges(graph) == dict.fromkeys(read_by_ruff, ("target.py",))
    assert graph.broken == {"bad\nname.py", "-\udcff.py"}


def test_no_settings_of_ruff_reach_the_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUFF_OUTPUT_FILE", str(tmp_path / "stray"))
    graph = read(
        tmp_path,
        {
            "pyproject.toml": '[tool.ruff]\nrequired-version = "==0.0.1"\nexclude = ["*.py"]\n',
            "build/a.py": "import b\n",
            "build/b.py": "def (",
        },
    )
    assert edges(graph) == {"build/a.py": ("build/b.py",)}
    assert graph.broken == {"build/b.py"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build", "pyproject.toml"]
