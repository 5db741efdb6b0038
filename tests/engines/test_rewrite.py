"""Rewriting a pattern: the match becomes the replacement, and what the pattern did not say stays as it was."""

from __future__ import annotations

import codecs
from typing import Any

import pytest

from parallel_refactor.engines.interface import EngineError, FileResult, Job, Left, Outcome, StoppedError
from parallel_refactor.engines.recipes.rewrite import Rewrite
from tests.engines.engine_runs import MemoryReader, after, reasons, run_recipe, settled
from tests.engines.engine_runs import rewrite_options as options

RECIPE = Rewrite()


def one(source: str, pattern: str, replace: str, path: str = "m.py") -> str:
    """Rewrite a file that is alone, and show that the second time changes nothing."""
    return settled(RECIPE, {path: source.encode()}, options(pattern, replace))[path].decode()


REWRITES = {
    "a call": ("x = foo(1)\n", "foo($X)", "bar($X)", "x = bar(1)\n"),
    "a method": (
        "self.assertEquals(a, b)\n",
        "$S.assertEquals($$$A)",
        "$S.assertEqual($$$A)",
        "self.assertEqual(a, b)\n",
    ),
    "inside of a match": ("foo(foo(foo(1)), 2, foo())\n", "foo($$$A)", "bar($$$A)", "bar(bar(bar(1)), 2, bar())\n"),
    "any number of arguments, none": ("foo()\n", "foo($$$A)", "bar(x, $$$A)", "bar(x)\n"),
    "none, after": ("foo()\n", "foo($$$A)", "bar($$$A, x)", "bar(x)\n"),
    "none in the middle": ("foo(1, 2)\n", "foo($X, $$$A, $Y)", "bar($Y, $$$A, $X)", "bar(2, 1)\n"),
    "arguments with stars": ("foo(*a, k=1, **b)\n", "foo($$$A)", "bar(0, $$$A)", "bar(0, *a, k=1, **b)\n"),
    "twice in the pattern": ("foo(a+b, a + b)\nfoo(1, 2)\n", "foo($X, $X)", "twice($X)", "twice(a+b)\nfoo(1, 2)\n"),
    "twice in the replacement": ("sq(a)\n", "sq($X)", "mul($X, $X)", "mul(a, a)\n"),
    "in another order": ("eq(a, b)\n", "eq($X, $Y)", "same($Y, $X)", "same(b, a)\n"),
    "anything": ("foo(1, 2, 3)\n", "foo($_, $$$)", "bar()", "bar()\n"),
    "an operator": ("if x == None: pass\n", "$X == None", "$X is None", "if x is None: pass\n"),
    "again and again": ("a(a(a(b(1))))\n", "a(b($X))", "b($X)", "b(1)\n"),
    "to nothing": ("foo(1)\nx\n", "foo($X)", "", "\nx\n"),
    "to what it is": ("x = 1; y = 2\n", "x = $X", "x = 1", "x = 1; y = 2\n"),
    "Python 2": ("print x, y\nprint 'a'\n", "print $$$A", "print($$$A)", "print(x, y)\nprint('a')\n"),
    "an f-string": ("s = f'{foo(1)!r:>{foo(2)}}'\n", "foo($X)", "bar($X)", "s = f'{bar(1)!r:>{bar(2)}}'\n"),
    "with parentheses where they are needed": (
        "x = mul(1 + 2, 3, -4, (5 + 6))\n",
        "mul($X, $Y, $Z, $W)",
        "$X * $Y ** $Z * $W",
        "x = (1 + 2) * 3 ** -4 * (5 + 6)\n",
    ),
    "statements": (
        "def f():\n    with open(p) as g:\n        a\n        if b:\n            c\n",
        "with open($P) as $F:\n    $$$B",
        "$F = open($P)\n$$$B",
        "def f():\n    g = open(p)\n    a\n    if b:\n        c\n",
    ),
    "to a deeper place": (
        "def f():\n    go(a)\n",
        "go($X)",
        "with lock:\n    run(\n        $X)",
        "def f():\n    with lock:\n        run(\n            a)\n",
    ),
}


@pytest.mark.parametrize("case", REWRITES)
def test_rewrites(case: str) -> None:
    source, pattern, replace, expected = REWRITES[case]
    assert one(source, pattern, replace) == expected
    assert one(source.replace("\n", "\r\n"), pattern, replace) == expected.replace("\n", "\r\n")
    assert one("\ufeff" + source, pattern, replace) == "\ufeff" + expected
    assert one("s = '\U0001f600\u00e9'\n" + source, pattern, replace) == "s = '\U0001f600\u00e9'\n" + expected


LAYOUT = {
    "a call over lines, with comments": (
        "x = foo(\n    1,  # one\n    # two\n    2,  # end\n)\n",
        "foo($$$A)",
        "bar($$$A)",
        "x = bar(\n    1,  # one\n    # two\n    2,  # end\n)\n",
    ),
    "named arguments": (
        "x.assertEquals(\n    a,  # why\n\n    b,\n)\n",
        "$S.assertEquals($A, $B)",
        "$S.assertEqual($A, $B)",
        "x.assertEqual(\n    a,  # why\n\n    b,\n)\n",
    ),
    "one more at the end": ("foo(\n    a,\n    b,\n)\n", "foo($A, $B)", "foo($A, $B, 1)", "foo(\n    a,\n    b, 1)\n"),
    "one more in front": ("foo(\n    a,\n    b,\n)\n", "foo($$$A)", "bar(0, $$$A)", "bar(0, a,\n    b,\n)\n"),
    "a trailing comma": ("foo(a,)\n", "foo($A)", "bar($A)", "bar(a,)\n"),
    "a trailing comma in the way": ("foo(a,)\n", "foo($$$A)", "bar($$$A, x)", "bar(a, x)\n"),
    "space": ("foo ( a )\n", "foo($A)", "bar($A)", "bar( a )\n"),
    "words that the pattern does not say": (
        "async def g(y):\n    return 1\n",
        "def $F($X): return 1",
        "def $F($X): return 2",
        "async def g(y):\n    return 2\n",
    ),
    "a form feed, tabs and no final newline": (
        "\x0cfoo(1)\nif 1:\n\tfoo(2)",
        "foo($X)",
        "bar($X)",
        "\x0cbar(1)\nif 1:\n\tbar(2)",
    ),
    "a text over lines": ('foo("""a\n  b""")\n', "foo($X)", "bar(1,\n  $X)", 'bar(1,\n  """a\n  b""")\n'),
}


@pytest.mark.parametrize("case", LAYOUT)
def test_layout_and_comments_stay(case: str) -> None:
    source, pattern, replace, expected = LAYOUT[case]
    assert one(source, pattern, replace) == expected


LEFT = {
    "a comment between": ("foo(  # why\n    a)\n", "foo($A)", "$A.foo()", "a comment in it would be lost"),
    "a comment that moves": ("eq(a,  # a\n   b)\n", "eq($A, $B)", "same($B, $A)", "a comment in it would be lost"),
    "a comment at the end": ("foo(1 # c\n)\n", "foo($A)", "bar($A, 2)", "a comment in it would be lost"),
    "parentheses around": ("x = f(1) * 3\n", "f($X)", "$X + 1", "would need parentheses there"),
    "parentheses around what is called": (
        "x = join(a, b).c\n",
        "join($A, $B)",
        "$A / $B",
        "would need parentheses there",
    ),
    "a tuple among arguments": ("g(f(a, b))\n", "f($X, $Y)", "$X, $Y", "would need parentheses there"),
    "the only statement of a block": ("if x:\n    foo(1)\n", "foo($A)", "", "the result would not parse"),
    "a named argument first": ("foo(k=1)\n", "foo($A)", "bar($A, 1)", "the result would not parse"),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_would_mean_something_else_is_left(case: str) -> None:
    source, pattern, replace, reason = LEFT[case]
    files = {"m.py": f"pass\n{source}".encode()}
    (file,) = run_recipe(RECIPE, files, options(pattern, replace)).files
    assert file.outcome is Outcome.LEFT
    assert [left.line for left in file.left] == [3 if "if x" in source else 2]
    assert reason in file.left[0].reason


def test_other_matches_are_not_held_up_by_one_that_is_left() -> None:
    source = "foo(1)\nfoo(k=1)\nfoo(foo(2), 3)\nx = foo(foo(k=2))\nfoo(3 # c\n)\n"
    files = {"m.py": source.encode()}
    result = run_recipe(RECIPE, files, options("foo($A)", "bar($A, 1)"))
    new = after(files, result)["m.py"]
    assert new == b"bar(1, 1)\nfoo(k=1)\nfoo(bar(2, 1), 3)\nx = bar(foo(k=2), 1)\nfoo(3 # c\n)\n"
    assert [left.line for left in result.files[0].left] == [2, 4, 5]


def test_words_that_would_be_lost_are_left() -> None:
    source = b"async function f() {}\nfunction g() {}\n"
    files = {"m.js": source}
    result = run_recipe(RECIPE, files, options("function $X() {}", "const $X = () => {}"))
    assert after(files, result)["m.js"] == b"async function f() {}\nconst g = () => {}\n"
    assert "'async' in it would be lost" in reasons(result)["m.js"][0]


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({}, "needs the option pattern"),
        ({"pattern": "foo($A)"}, "needs the option replace"),
        (options("  ", "x"), "pattern is empty"),
        (options("foo($A)", "bar($A)", language="klingon"), "'klingon' is none of bash, c, cpp"),
        (options("foo(", "bar("), "does not parse as python"),
        (options("x = 1; y = 2", "bar"), "does not parse as python"),
        (options("foo($A)", "bar($A, $B)"), r"uses \$B, which the pattern does not name"),
        (options("foo($_)", "bar($_)"), r"uses \$_, which"),
        (options("foo($A)", "foo(foo($A))"), "matches the pattern .* again"),
        (options("eq($A, $B)", "eq($B, $A)"), "matches the pattern .* again"),
        (options("foo($$$A)", "foo($$$A, x)"), "matches the pattern .* again"),
        (options("$A", "f($A)"), "matches the pattern .* again"),
    ],
)
def test_options_that_make_no_sense_are_refused(chosen: dict[str, Any], message: str) -> None:
    paths = ["m.py"] if "does not parse" in message else ["a.sh", "m.py", "z.yaml"]
    with pytest.raises(EngineError, match=message):
        RECIPE.prepare(chosen, paths, MemoryReader({}))
    with pytest.raises(EngineError, match=message):
        run_recipe(RECIPE, {"m.py": b"foo(1)\n"}, chosen)


def test_a_replacement_that_matches_again_only_where_it_lands_is_left() -> None:
    files = {"m.py": b"f(a, 1)\nf(f, 2)\n"}
    result = run_recipe(RECIPE, files, options("f($X, $Y)", "$X($X, [$Y])"))
    assert after(files, result) == files
    assert reasons(result) == {"m.py": ["the replacement matches the pattern again and again"]}


BYTES = {
    "latin-1": (b"# coding: latin-1\nx = '\xe9'; foo(1)\n", b"# coding: latin-1\nx = '\xe9'; bar(1)\n"),
    "shift-jis": (b"# coding: shift_jis\nfoo('\x83\x5c')\n", b"# coding: shift_jis\nbar('\x83\x5c')\n"),
    "mark and CRLF": (codecs.BOM_UTF8 + b"foo(1)\r\nx\n", codecs.BOM_UTF8 + b"bar(1)\r\nx\n"),
    "no match": (b"x = 1 \r\n\n\x0c", b"x = 1 \r\n\n\x0c"),
    "empty": (b"", b""),
}


@pytest.mark.parametrize("case", BYTES)
def test_bytes(case: str) -> None:
    before, expected = BYTES[case]
    assert settled(RECIPE, {"m.py": before}, options("foo($X)", "bar($X)")) == {"m.py": expected}


def test_what_cannot_be_read_or_written_is_left() -> None:
    files = {"a.js": b"let x = 1\nfoo('\xe9')\n", "b.py": b"# coding: ascii\nfoo(1)\n"}
    (js, py) = run_recipe(RECIPE, files, options("foo($X)", "bar($X, '\u00e9')")).files
    assert js == FileResult("a.js", Outcome.LEFT, left=(Left("it is not utf-8 here, as the file should be", 2),))
    assert (py.outcome, py.left[0].reason) == (Outcome.LEFT, "'\u00e9' of the replacement is not in the file's ascii")


def test_broken_syntax() -> None:
    files = {
        "a.py": b"foo(1)\ndef f(:\n",
        "b.c": b"FOREACH(x) { bar(1; }\nint f() { return foo(2); }\n",
        "c.py": b"foo(1)\n",
    }
    bad, macros, good = run_recipe(RECIPE, files, options("foo($X)", "baz($X)")).files
    assert bad.outcome is Outcome.FAILED
    assert bad.left[0].line == 2
    assert macros.outcome in (Outcome.CHANGED, Outcome.LEFT)
    assert good.new == b"baz(1)\n"


def test_it_stops_between_files_and_hands_over_what_it_has() -> None:
    job = Job({"a.py": b"foo(1)\n", "b.py": b"foo(1)\n"}, options=options("foo($X)", "bar($X)"))
    asked = iter([False, True])
    with pytest.raises(StoppedError) as stopped:
        RECIPE.apply(job, MemoryReader({}), lambda: next(asked))
    assert [file.path for file in stopped.value.partial.files] == ["a.py"]


@pytest.mark.parametrize(
    "lie",
    [b"bar(1\n", b"x = 'bar(1)'  # foo(1)\n", b"bar(1)\nfoo(2)\n", b"\xff", None],
)
def test_the_check_sees(lie: bytes | None) -> None:
    chosen = options("foo($X)", "bar($X)")
    assert RECIPE.check(b"foo(1)\n", FileResult("m.py", Outcome.CHANGED, lie), chosen) != ""
    assert RECIPE.check(b"foo(1)\n", FileResult("m.py", Outcome.CHANGED, b"bar(1)\n"), chosen) == ""
