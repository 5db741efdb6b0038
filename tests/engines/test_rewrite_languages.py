"""Rewriting works in every language that it offers, each by its file name ending."""

from __future__ import annotations

import pytest

from parallel_refactor.engines.recipes.rewrite import Rewrite
from parallel_refactor.engines.recipes.rewrite_syntax import LANGUAGES
from tests.engines.engine_runs import rewrite_options as options
from tests.engines.engine_runs import settled

RECIPE = Rewrite()

SAMPLES = {
    "bash": ("foo 1 2\n", "foo $A $B", "bar $A $B"),
    "c": ("int main() { int x = foo(1); foo(2); }\n", "foo($A)", "bar($A)"),
    "cpp": ("int main() { auto x = foo(1); foo(2); }\n", "foo($A)", "bar($A)"),
    "csharp": ("class A { void f() { var x = foo(1); } }\n", "foo($A)", "bar($A)"),
    "css": ("a { foo: red; }\n", "foo: $A;", "bar: $A;"),
    "dart": ("void main() { var x = foo(1); }\n", "foo($A)", "bar($A)"),
    "elixir": ("def f do\n x = foo(1)\nend\n", "foo($A)", "bar($A)"),
    "go": ("package m\nfunc main() { x := foo(1) }\n", "foo($A)", "bar($A)"),
    "haskell": ("f x = foo 1\n", "foo $A", "bar $A"),
    "hcl": ("a = foo(1)\n", "foo($A)", "bar($A)"),
    "html": ("<p><foo>x</foo></p>\n", "<foo>$A</foo>", "<bar>$A</bar>"),
    "java": ("class A { void f() { int x = foo(1); } }\n", "foo($A)", "bar($A)"),
    "javascript": ("let x = foo(1); foo(2)\n", "foo($A)", "bar($A)"),
    "json": ('{"a": ["foo"]}\n', '["foo"]', '["bar"]'),
    "kotlin": ("fun f() { val x = foo(1) }\n", "foo($A)", "bar($A)"),
    "lua": ("local x = foo(1)\n", "foo($A)", "bar($A)"),
    "markdown": ("[foo](a)\n", "[foo](a)", "[bar](a)"),
    "nix": ("foo 1\n", "foo $A", "bar $A"),
    "php": ("<?php $x = foo(1);\n", "foo($A)", "bar($A)"),
    "python": ("x = foo(1)\n", "foo($A)", "bar($A)"),
    "ruby": ("x = foo(1)\n", "foo($A)", "bar($A)"),
    "rust": ("fn main() { let x = foo(1); }\n", "foo($A)", "bar($A)"),
    "scala": ("object A { val x = foo(1) }\n", "foo($A)", "bar($A)"),
    "solidity": ("contract A { function f() public { uint x = foo(1); } }\n", "foo($A)", "bar($A)"),
    "swift": ("let x = foo(1)\n", "foo($A)", "bar($A)"),
    "typescript": ("let x: number = foo(1)\n", "foo($A)", "bar($A)"),
    "tsx": ("let x = <p>{foo(1)}</p>\n", "foo($A)", "bar($A)"),
    "yaml": ("foo: 1\n", "foo: $A", "bar: $A"),
    "zig": ("fn f() void { const x = foo(1); }\n", "foo($A)", "bar($A)"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(language: str) -> None:
    source, pattern, replace = SAMPLES[language]
    for suffix in LANGUAGES[language]:
        chosen = options(pattern, replace, language=language)
        assert settled(RECIPE, {f"a/m{suffix}": source.encode()}, chosen) == {
            f"a/m{suffix}": source.replace("foo", "bar").encode()
        }


def test_languages_go_by_the_ending_or_are_chosen() -> None:
    files = {"a.py": b"foo(1)\n", "a.JS": b"foo(1)\n", "a.h": b"int f() { foo(1); }\n", "a.txt": b"foo(1)\n"}
    everywhere = {**files, "a.py": b"bar(1)\n", "a.h": b"int f() { bar(1); }\n"}
    assert settled(RECIPE, files, options("foo($A)", "bar($A)")) == everywhere
    assert settled(RECIPE, files, options("foo($A)", "bar($A)", language="python")) == {**files, "a.py": b"bar(1)\n"}
    for language in ("c", "cpp"):
        assert settled(RECIPE, files, options("foo($A)", "bar($A)", language=language))["a.h"] == everywhere["a.h"]


def test_a_pattern_that_fits_another_language_of_the_workspace_is_fine() -> None:
    files = {"m.py": b"x = 1\ny = 2\n", "m.css": b"a { foo: red; }\n"}
    done = settled(RECIPE, files, options("a { foo: $A; }", "b { foo: $A; }"))
    assert done == {**files, "m.css": b"b { foo: red; }\n"}
