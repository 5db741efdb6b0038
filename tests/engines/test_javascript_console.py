"""Console output goes where nothing but the output is lost."""

from __future__ import annotations

import pytest

from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.recipes.javascript_console import RemoveConsole
from tests.engines.engine_runs import reasons, run_recipe, settled

RECIPE = RemoveConsole()

CHANGED = {
    "a line": ("a();\n  console.log('x', y.z);\nb();\n", "a();\nb();\n"),
    "several lines": ("a();\r\nconsole.debug(\r\n  x\r\n)\r\nb();\r\n", "a();\r\nb();\r\n"),
    "beside a comment": ("console.log(x); // why\n", " // why\n"),
    "beside other code": ("a(); console.info(x); b();\n", "a();  b();\n"),
    "within another statement": ("go(() => {\n  console.log(x);\n});\n", "go(() => {\n});\n"),
    "all of a file": ("console.log(x);\n", ""),
    "in a block": ("if (x) { console.log(`${x}`); }\n", "if (x) {  }\n"),
    "others stay": (
        "console.error(x);\nlog(x);\nmy.console.log(x);\n",
        "console.error(x);\nlog(x);\nmy.console.log(x);\n",
    ),
}


@pytest.mark.parametrize("case", CHANGED)
def test_statements_that_only_print_go(case: str) -> None:
    before, after = CHANGED[case]
    files = {"a.js": before.encode(), "b.tsx": f"\ufeff{before}".encode()}
    assert settled(RECIPE, files) == {"a.js": after.encode(), "b.tsx": f"\ufeff{after}".encode()}


LEFT = {
    "a call": ("console.log(next());\n", "working out what it prints may have an effect"),
    "a count": ("console.log(i++);\n", "working out what it prints may have an effect"),
    "the only statement": ("if (x) console.log(x);\n", "it is all that its branch or loop does"),
    "a comment": ("console.log(x /* why */);\n", "there is a comment in it"),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_may_do_more_stays(case: str) -> None:
    before, said = LEFT[case]
    assert reasons(run_recipe(RECIPE, {"a.js": before.encode()})) == {"a.js": [f"console output stays: {said}"]}


def test_the_methods_can_be_named() -> None:
    files = {"a.js": b"console.log(x);\nconsole.error(x);\n"}
    assert settled(RECIPE, files, {"methods": "error, warn"}) == {"a.js": b"console.log(x);\n"}
    with pytest.raises(EngineError, match="console has no shout"):
        run_recipe(RECIPE, files, {"methods": "log,shout"})


def test_a_console_of_its_own_stays() -> None:
    said = reasons(run_recipe(RECIPE, {"a.js": b"const console = make();\nconsole.log(x);\n"}))
    assert said == {"a.js": ["it has a console of its own"]}
