"""Stubs of what has changed in the files that a task's own use."""

from __future__ import annotations

import pytest

from parallel_refactor.engines.claude.stubs import changed_signatures
from tests.engines.claude.talks import FILE, TEXT, only, stage

BEFORE = """
import os

LIMIT = 3

def same(a): return a
def gone(): ...
def _private(a): ...

@dataclass
class Money(Base, metaclass=M):
    cents: int
    _cache: dict = None
    currency: str = "EUR"

    def __init__(self): ...
    def same(self): ...
    def add(self, other): return 1

    class Inner:
        def deep(self): ...

if os.name == "nt":
    def system(a): ...
else:
    def system(b): ...
"""
AFTER = """
LIMIT = 4

def same(a): return a + 1
def _private(a, b): ...
async def come(x: int, /, *rest: str, key: bool = True, **more) -> list[int]: ...

@dataclass(frozen=True)
class Money(Base, metaclass=M):
    cents: int
    currency: str

    def __init__(self): ...
    def same(self): ...
    @classmethod
    def add(cls, *, other): return 2

    class Inner:
        def deep(self, more): ...

if os.name == "nt":
    def system(a): ...
else:
    def system(b, c): ...
"""


def told(before: str | None, after: str | None, path: str = "a.py") -> str:
    changed = {path: (before.encode() if before else None, after.encode() if after else None)}
    return changed_signatures(changed)


def test_only_what_differs_is_told_before_and_after() -> None:
    assert told(BEFORE, AFTER).partition("\n\n")[2] == (
        '<signatures path="a.py">\n'
        "before:\n"
        "def gone(): ...\n"
        "@dataclass\n"
        "class Money(Base, metaclass=M):\n"
        "    currency: str = 'EUR'\n"
        "    def add(self, other): ...\n"
        "    class Inner:\n"
        "        def deep(self): ...\n"
        "def system(a): ...\n"
        "def system(b): ...\n"
        "after:\n"
        "async def come(x: int, /, *rest: str, key: bool=True, **more) -> list[int]: ...\n"
        "@dataclass(frozen=True)\n"
        "class Money(Base, metaclass=M):\n"
        "    currency: str\n"
        "    @classmethod\n"
        "    def add(cls, *, other): ...\n"
        "    class Inner:\n"
        "        def deep(self, more): ...\n"
        "def system(a): ...\n"
        "def system(b, c): ...\n"
        "</signatures>"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [("def f(a): return 1", "def f(a): return 2"), ("def (", "x = 1"), ("x = 1", None), (None, "def _f(): ...")],
)
def test_nothing_is_told_of_what_others_do_not_notice(before: str | None, after: str | None) -> None:
    assert told(before, after) == ""


def test_a_class_whose_head_alone_differs_is_told_without_its_members() -> None:
    assert "before:\nclass A: ...\nafter:\nclass A(B): ...\n" in told(
        "class A:\n def f(self): ...", "class A(B):\n def f(self): ..."
    )
    assert "before:\ndef f(): ...\nafter:\n(nothing)\n" in told("def f(): ...", "")


def test_other_languages_are_named_and_secrets_are_not_told() -> None:
    token = "ghp_" + "a1B2" * 9
    assert told("let a", "let b", "web/app.ts").endswith(": web/app.ts")
    assert told("def f(): ...", f"def f(key='{token}'): ...") == ""


def test_there_is_a_limit() -> None:
    changed = {f"m{number}.py": (b"", b"def f(%s): ..." % (b"a" * 9_000)) for number in range(50)}
    assert len(changed_signatures(changed)) < 25_000
    assert "m49.py (too long to show here: read it)" in changed_signatures(changed)


def test_the_model_is_told_after_its_files() -> None:
    with stage() as fresh:
        changed = {"pkg/log.py": (b"def info(): ...\n", b"def info(text): ...\n")}
        assert only(fresh.do("Append `# end`.", changed=changed)).new == TEXT + b"# end\n"
        message = str(fresh.books.requests[0]["messages"][0]["content"])
    assert message.index(FILE) < message.index("def info(text): ...")
