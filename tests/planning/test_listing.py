from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_refactor.planning.interface import LeftOut
from parallel_refactor.planning.listing import OWN_REPOSITORY, Listing, list_by_git, list_by_walk, list_paths
from tests.planning.trees import git, write

FOLDERS = ("", "a", "a/b", "a/b/a", "foo.py", "b/foo", "x y", *(["a\nb"] if os.name == "posix" else []))
NAMES = ("c.py", "foo", "foo.txt", "#a", "!a", "é.py", "[ab]", *(["a\nb.py"] if os.name == "posix" else []))
SEGMENTS = (
    "a",
    "b",
    "*",
    "**",
    "*.py",
    "c.py",
    "foo",
    "[ab]",
    "[!a]",
    "[]a-c]",
    "?",
    "a*",
    "foo.*",
    "x y",
    "\\#a",
    "\\[ab]",
)
ODD_LINES = (
    "",
    "  ",
    "#a",
    "!",
    "/",
    "**/",
    "a ",
    "a\\ ",
    "\\!a",
    "a\r",
    "a//b",
    "[",
    "!*",
    "*",
    "/*",
    "!/a/",
    "[a-",
    "[z-a]",
    "a\\",
    "f**",
)


def lines(most: int) -> st.SearchStrategy[str]:
    segments = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map("/".join)
    slash = st.sampled_from(("", "/"))
    made = st.builds("{}{}{}{}".format, st.sampled_from(("", "!")), slash, segments, slash)
    return st.lists(made | made | made | st.sampled_from(ODD_LINES), max_size=most).map("\n".join)


@pytest.fixture(scope="module")
def work_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree").resolve()
    git(root, "init", "-q")
    return write(root, {f"{folder}/{name}".lstrip("/"): "" for folder in FOLDERS for name in NAMES})


@settings(max_examples=100, deadline=None)
@given(
    ignores=st.fixed_dictionaries({folder: lines(3) for folder in ("", "a", "a/b", "b")}),
    exclude=lines(2),
    user=lines(2),
    start=st.sampled_from(("", "", "a", "a/b")),
)
def test_walk_lists_what_git_lists(
    work_tree: Path, ignores: dict[str, str], exclude: str, user: str, start: str
) -> None:
    write(work_tree, {f"{where}/.gitignore".lstrip("/"): text for where, text in ignores.items()})
    write(work_tree, {".git/info/exclude": exclude})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(write(work_tree.with_name("xdg"), {"git/ignore": user})))
        by_git = list_by_git(work_tree / start)
        assert by_git is not None
        if by_git.paths:  # else git may have been asked in an ignored folder
            assert list_by_walk(work_tree / start) == by_git


@pytest.mark.parametrize("listing", [list_by_git, list_by_walk])
def test_ignore_files_may_have_line_ends_of_windows_and_a_mark(
    tmp_path: Path, listing: Callable[[Path], Listing]
) -> None:
    root = write(tmp_path, {".gitignore": "\ufeffone.py\r\nout/\r\n", "one.py": "", "out/two.py": "", "three.py": ""})
    git(root, "init", "-q")
    assert listing(root).paths == (".gitignore", "three.py")


def test_tracked_files_are_listed_although_ignored_and_others_not(tmp_path: Path) -> None:
    names = ("kept.py", "build/tracked.py", "build/other.py", "gone.py", ".task_board/run.json")
    root = write(tmp_path, dict.fromkeys(names, ""))
    git(root, "init", "-q")
    git(root, "add", "-f", "build/tracked.py", "gone.py", ".task_board")
    (root / "gone.py").unlink()
    write(root, {".gitignore": "build/\n"})
    assert list_paths(root).paths == (".gitignore", "build/tracked.py", "gone.py", "kept.py")


@pytest.mark.parametrize("listing", [list_by_git, list_by_walk])
def test_submodules_and_repositories_inside_a_work_tree_are_closed(
    tmp_path: Path, listing: Callable[[Path], Listing]
) -> None:
    library = write(tmp_path / "library", {"lib.py": ""})
    git(library, "init", "-q")
    git(library, "add", "lib.py")
    git(library, "commit", "-qm", "c")
    root = write(tmp_path / "root", {"main.py": ""})
    git(root, "init", "-q")
    git(root, "submodule", "add", "-q", str(library), "vendor/lib")
    git(root, "clone", "-q", str(library), "nested")
    found = listing(root)
    assert found == Listing(
        (".gitmodules", "main.py"), (LeftOut("nested", OWN_REPOSITORY), LeftOut("vendor/lib", OWN_REPOSITORY))
    )
    assert listing(root / "vendor" / "lib") == Listing(("lib.py",), ())


def test_a_folder_of_repositories_is_walked_by_their_own_rules(tmp_path: Path) -> None:
    root = write(tmp_path, {"one/a.py": "", "one/out.py": "", "two/a.py": "", "two/b.py": "", "two/.gitignore": "b.py"})
    for folder in ("one", "two"):
        git(root / folder, "init", "-q")
    write(root, {"one/.git/info/exclude": "out.py\n"})
    assert list_paths(root).paths == ("one/a.py", "two/.gitignore", "two/a.py")


@pytest.mark.parametrize("installed", [True, False])
def test_an_ignored_folder_that_is_the_workspace_is_not_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    root = write(tmp_path, {".gitignore": "*\n", "work/deep/.gitignore": "b.py"})
    write(root / "work" / "deep", {"a.py": "", "b.py": ""})
    git(root, "init", "-q")
    if not installed:
        monkeypatch.setenv("PATH", "")
    assert list_paths(root / "work" / "deep").paths == (".gitignore", "a.py")


def test_without_git_installed_its_rules_hold_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = write(tmp_path / "user", {"git/ignore": "*.tmp.py\n"})
    root = write(tmp_path / "root", {".gitignore": "out/\n"})
    write(root / "sub", dict.fromkeys(("a.py", "b.tmp.py", "c.py", "out/d.py", "e.py"), ""))
    git(root, "init", "-q")
    write(root, {".git/info/exclude": "sub/c.py\n"})
    monkeypatch.setenv("XDG_CONFIG_HOME", str(user))
    monkeypatch.setenv("PATH", "")
    assert list_paths(root / "sub").paths == ("a.py", "e.py")


def test_excludes_that_the_user_set_hold_outside_of_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "root", {"a.py": "", "b.py": ""})
    write(tmp_path, {"mine": "b.py\n", "config": f"[core]\n\texcludesFile = {(tmp_path / 'mine').as_posix()}\n"})
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    assert list_paths(root).paths == ("a.py",)


def test_a_repository_that_the_environment_names_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = write(tmp_path / "other", {"x.py": ""})
    git(other, "init", "-q")
    root = write(tmp_path / "root", {"a.py": ""})
    git(root, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert list_paths(root).paths == ("a.py",)


def test_no_program_that_the_workspace_names_is_run(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"a.py": ""})
    git(root, "init", "-q")
    git(root, "config", "core.fsmonitor", f"touch {(tmp_path / 'run').as_posix()}; false")
    assert list_paths(root).paths == ("a.py",)
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("in_git", [True, False])
def test_links_are_listed_and_not_followed(tmp_path: Path, in_git: bool) -> None:
    root = write(tmp_path / "root", {"real/a.py": ""})
    write(tmp_path / "outside", {"b.py": ""})
    (root / "inside").symlink_to("real", target_is_directory=True)
    (root / "outside").symlink_to(tmp_path / "outside", target_is_directory=True)
    if in_git:
        git(root, "init", "-q")
    assert list_paths(root).paths == ("inside", "outside", "real/a.py")
