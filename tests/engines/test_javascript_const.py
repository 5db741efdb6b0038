"""`const` and `let` take the place of `var` where that means the same, and nowhere else."""

from __future__ import annotations

import pytest

from parallel_refactor.engines.interface import Outcome
from parallel_refactor.engines.recipes.javascript_const import JavaScriptConst
from tests.engines.engine_runs import reasons, run_recipe, settled

RECIPE = JavaScriptConst()

CHANGED = {
    "never written again": ("var a = 1; use(a);", "const a = 1; use(a);"),
    "written again": ("var a = 1; a = 2;", "let a = 1; a = 2;"),
    "counted": ("var a = 1; a++;", "let a = 1; a++;"),
    "written in a pattern": ("var a = 1; ({b: a} = c);", "let a = 1; ({b: a} = c);"),
    "written by a loop": ("var a = 1; for (a of b) {}", "let a = 1; for (a of b) {}"),
    "written in a function": ("var a = 1; const f = () => { a = 2; };", "let a = 1; const f = () => { a = 2; };"),
    "without a value": ("var a; a = 1;", "let a; a = 1;"),
    "one of several is written": ("var a = 1, b = 2; b += a;", "let a = 1, b = 2; b += a;"),
    "a property of that name": ("var a = {}; a.a = 1; c.a = 2;", "const a = {}; a.a = 1; c.a = 2;"),
    "a pattern": ("var {a, b: [c, ...d]} = e;", "const {a, b: [c, ...d]} = e;"),
    "a block": ("if (x) { var a = 1; use(a); }", "if (x) { const a = 1; use(a); }"),
    "a loop that counts": ("for (var i = 0; i < 3; i++) use(i);", "for (let i = 0; i < 3; i++) use(i);"),
    "a loop over values": ("for (var a of b) use(a);", "for (const a of b) use(a);"),
    "a function within has its own": (
        "var a = 1; function g() { var a = 2; a = 3; }",
        "const a = 1; function g() { let a = 2; a = 3; }",
    ),
    "a parameter of that name elsewhere": ("var a = 1; const g = a => a++;", "const a = 1; const g = a => a++;"),
    "used by a function that is called later": (
        "var a = 1; g(); function g() { return a; }",
        "const a = 1; g(); function g() { return a; }",
    ),
    "lines and comments stay": ("var a = 1, // one\r\n    b; /* var */", "let a = 1, // one\r\n    b; /* var */"),
}


@pytest.mark.parametrize("case", CHANGED)
def test_what_means_the_same_changes(case: str) -> None:
    before, after = CHANGED[case]
    for around in ("function f() { %s }\n", "export default 1;\n%s\n", "\ufeffconst f = async () => { %s }"):
        files = {"m.js": (around % before).encode(), "m.ts": (around % before).encode()}
        done = settled(RECIPE, files)
        assert done == {path: (around % after).encode() for path in files}


LEFT = {
    "used before": ("use(a); var a = 1;", "a is used before it has its value"),
    "used in its own value": ("var a = a || {};", "a is used before it has its value"),
    "used outside of its block": ("if (x) { var a = 1; } use(a);", "a is used outside of its block"),
    "declared twice": ("var a = 1; if (x) { var a = 2; }", "a is declared more than once"),
    "a parameter": ("(function (a) { var a = 1; })", "a is declared more than once"),
    "caught": ("try {} catch (a) { var a = 1; }", "a is declared more than once"),
    "a function of that name": ("var a = 1; function a() {}", "a is declared more than once"),
    "hidden in a block": ("var a = 1; { let a = 2; }", "a is declared more than once"),
    "a case": ("switch (x) { case 1: var a = 1; }", "it is not directly in a block"),
    "no block": ("if (x) var a = 1;", "it is not directly in a block"),
    "kept from round to round": (
        "while (x) { var a; a = a || 1; }",
        "in a loop it keeps its value from round to round",
    ),
    "shared by the rounds": ("for (var i in o) { f.push(() => i); }", "rounds of a loop share i with a function in it"),
    "a function that may be called early": (
        "go(); var a = 1; function g() { return a; } function go() { return g(); }",
        "a function that uses a may be called before",
    ),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_could_mean_something_else_stays(case: str) -> None:
    before, said = LEFT[case]
    (file,) = run_recipe(RECIPE, {"m.js": f"function f() {{\n{before} }}\n".encode()}).files
    assert f"var stays: {said}" in {left.reason for left in file.left}
    assert file.left[0].line == 2


def test_the_top_level_of_a_script_is_global() -> None:
    result = run_recipe(RECIPE, {"page.js": b"var a = 1;\n", "cjs.js": b"var a = require('a');\n"})
    assert [file.outcome for file in result.files] == [Outcome.LEFT, Outcome.CHANGED]
    assert reasons(result)["page.js"] == ["var stays: at the top level of a script it is global"]


@pytest.mark.parametrize("dynamic", ["eval('a')", "with (o) {}"])
def test_names_that_are_looked_up_as_it_runs(dynamic: str) -> None:
    result = run_recipe(RECIPE, {"m.js": f"function f() {{ var a = 1; {dynamic} }}".encode()})
    assert reasons(result)["m.js"] == ["var stays: the file looks names up as it runs"]


def test_code_that_does_not_parse_and_bytes_that_are_no_text_stay() -> None:
    result = run_recipe(
        RECIPE, {"broken.js": b"function f() { var a = (; }", "latin.js": b"f(() => { var a = '\xe9'; })"}
    )
    assert all(file.outcome in (Outcome.LEFT, Outcome.UNCHANGED) for file in result.files)
