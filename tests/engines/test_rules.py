"""Rule files: names are found however a file imports them, imports follow, and what is unsure is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallel_refactor.engines.interface import EngineError, Outcome
from parallel_refactor.engines.recipes.catalogue import all_recipes
from parallel_refactor.engines.recipes.rule_file import read_rule_file
from parallel_refactor.engines.recipes.rules import OWN, RuleRecipe, packs
from tests.engines.engine_runs import Files, reasons, run_recipe, settled

PACKS = {pack.name: pack for pack in packs()}
MODERN = {"pyproject.toml": b"[project]\nrequires-python = '>=3.10'\n"}


def one(pack: str, source: str, more: Files = MODERN) -> str:
    """Apply a pack to a file, and show that the second time changes nothing."""
    return settled(PACKS[pack], {"m.py": source.encode(), **more})["m.py"].decode()


CHANGED = {
    "a name imported from a module, which the import joins": (
        "utcnow",
        "from datetime import datetime\n\nnow = datetime.utcnow()\n",
        "from datetime import datetime, timezone\n\nnow = datetime.now(timezone.utc).replace(tzinfo=None)\n",
    ),
    "a module under another name": (
        "utcnow",
        "import datetime as dt\n\nnow = dt.datetime.utcnow()\n",
        "import datetime as dt\n\nnow = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)\n",
    ),
    "an import within a function": (
        "utcnow",
        "def f():\n    import datetime\n    return datetime.datetime.utcnow()\n",
        "def f():\n    import datetime\n    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)\n",
    ),
    "an import that needs a line of its own": (
        "utcnow",
        '"""Times."""\nfrom datetime import (\r\n    datetime,\r\n)\r\nnow = datetime.utcnow\r\n'
        "x = datetime.utcnow()\r\n",
        '"""Times."""\nfrom datetime import (\r\n    datetime,\r\n)\r\nfrom datetime import timezone\r\n'
        "now = datetime.utcnow\r\nx = datetime.now(timezone.utc).replace(tzinfo=None)\r\n",
    ),
    "a module that goes": (
        "pkg-resources",
        "import os\nimport pkg_resources\n\ntry:\n    v = pkg_resources.get_distribution(__name__).version\n"
        "except pkg_resources.DistributionNotFound:\n    v = ''\n",
        "import os\nimport importlib.metadata\n\ntry:\n    v = importlib.metadata.version(__name__)\n"
        "except importlib.metadata.PackageNotFoundError:\n    v = ''\n",
    ),
    "a name for a name, in annotations too": (
        "builtin-types",
        "import typing as t\nfrom typing import List\n\nx: List[t.Dict[str, int]] = {}\ny: 'List[int]'\nz.List = 1\n",
        "import typing as t\nfrom typing import List\n\nx: list[dict[str, int]] = {}\ny: 'List[int]'\nz.List = 1\n",
    ),
    "assertions": (
        "pytest-asserts",
        "class TestIt(TestCase):\n    def test(self):\n        self.assertEqual(a if b else c, d or e, f'{a}')\n"
        "        self.assertFalse(a or b)  # why\n        self.assertTrue(x and y)\n"
        "        with self.assertRaises(ValueError):\n            # soon\n            f()\n"
        "        x = self.assertTrue\n",
        "import pytest\n\nclass TestIt(TestCase):\n    def test(self):\n"
        "        assert (a if b else c) == (d or e), f'{a}'\n"
        "        assert not (a or b)  # why\n        assert x and y\n"
        "        with pytest.raises(ValueError):\n            # soon\n            f()\n        x = self.assertTrue\n",
    ),
}


@pytest.mark.parametrize("case", CHANGED)
def test_packs_change_what_they_say(case: str) -> None:
    pack, before, after = CHANGED[case]
    assert one(pack, before) == after
    assert one(pack, f"\ufeff{before}") == f"\ufeff{after}"


LEFT = {
    "a name that means something else": (
        "utcnow",
        "from datetime import datetime\ntimezone = 1\nx = datetime.utcnow()\n",
        ["match left: timezone means something else in this file"],
    ),
    "a name that means several things": (
        "utcnow",
        "try:\n    from datetime import datetime\nexcept ImportError:\n    datetime = None\nx = datetime.utcnow()\n",
        ["match left: datetime means several things in this file"],
    ),
    "a built-in that means something else": (
        "builtin-types",
        "from typing import List\n\nclass A:\n    def list(self) -> List[int]: ...\n",
        ["match left: list means something else in this file"],
    ),
    "a use without a rule": (
        "pkg-resources",
        "import pkg_resources\n\nv = pkg_resources.get_distribution('x').version\nw = pkg_resources.working_set\n",
        ["pkg_resources is used here for what has no rule: the file stays as it is"],
    ),
    "an import that imports more": (
        "pkg-resources",
        "import os, pkg_resources\n\nv = pkg_resources.get_distribution('x').version\n",
        ["the import of pkg_resources at line 1 cannot be taken out by itself: the file stays as it is"],
    ),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_is_unsure_is_left(case: str) -> None:
    pack, source, said = LEFT[case]
    result = run_recipe(PACKS[pack], {"m.py": source.encode(), **MODERN})
    assert [file.outcome for file in result.files] == [Outcome.LEFT]
    assert reasons(result)["m.py"] == said


@pytest.mark.parametrize("source", ["x = datetime.utcnow()\n", "def f(datetime):\n    datetime.utcnow()\n", ""])
def test_what_only_looks_like_it_is_no_match(source: str) -> None:
    assert one("utcnow", source) == source


def test_a_project_for_an_older_python_is_left() -> None:
    files = {"m.py": b"import pkg_resources\nv = pkg_resources.get_distribution('x').version\n"}
    old = run_recipe(PACKS["pkg-resources"], {**files, "pyproject.toml": b"[project]\nrequires-python = '>=3.8'\n"})
    assert reasons(old)["m.py"] == ["its project supports Python 3.8, and the result needs 3.10"]


def test_what_is_left_is_told_by_its_line_in_the_result() -> None:
    source = b"class T:\n    def t(self):\n        self.assertRaises(E, f)\n        x = 1, self.assertTrue(x)\n"
    (file,) = run_recipe(PACKS["pytest-asserts"], {"t.py": source}).files
    assert file.new is not None
    assert file.new.splitlines()[file.left[0].line - 1] == b"        x = 1, self.assertTrue(x)"


def test_a_rule_file_in_any_language() -> None:
    text = "title: Use const\nlanguage: javascript\nrules:\n  - pattern: var $A = $B\n    replace: const $A = $B\n"
    recipe = RuleRecipe(read_rule_file(text, "use-const.yml"))
    assert settled(recipe, {"a.js": b"var x = 1;\n", "a.py": b"var\n"}) == {"a.js": b"const x = 1;\n", "a.py": b"var\n"}


GOOD = "title: Go\nlanguage: python\nrules:\n  - pattern: foo($X)\n    replace: bar($X)\n"
BAD = {
    "title: Go\nrules: [\n": "x.yml:3:",
    "- 1\n": "x.yml: a rule file has keys and values",
    "title: Go\n": "x.yml: it needs rules",
    GOOD + "colour: red\n": "x.yml:6: there is no 'colour'",
    GOOD.replace("python", "klingon"): "x.yml:2: language 'klingon' is none of",
    GOOD + "imports: 3\n": "x.yml:6: 3 is not an import statement",
    GOOD + "imports: [from . import x]\n": "x.yml:6: 'from . import x' is not an import statement",
    GOOD + "python: 3.9\n": "x.yml:6: python must be a text",
    GOOD + "python: '3.x'\n": "x.yml:6: python '3.x' is not a version",
    GOOD + "title: Again\n": "x.yml:6: 'title' is there twice",
    GOOD.replace("    replace: bar($X)\n", ""): "x.yml:4: each of the rules must have pattern and replace",
    GOOD.replace("bar($X)", "3"): "x.yml:5: replace must be code",
    GOOD.replace("python", "go") + "retires: x\n": "x.yml:6: retires is for rules with `language: python`",
}


@pytest.mark.parametrize("text", BAD)
def test_a_mistake_in_a_rule_file_is_named_with_its_line(text: str) -> None:
    with pytest.raises(EngineError) as refused:
        read_rule_file(text, "x.yml")
    assert str(refused.value).startswith(BAD[text])


def test_a_rule_that_is_none_is_named_with_its_line() -> None:
    recipe = RuleRecipe(read_rule_file(GOOD.replace("bar($X)", "bar($Y)"), "x.yml"))
    with pytest.raises(EngineError, match=r"x\.yml:4: the replacement uses \$Y"):
        run_recipe(recipe, {"m.py": b"foo(1)\n"})


def test_a_workspace_has_recipes_of_its_own(tmp_path: Path) -> None:
    (tmp_path / OWN).mkdir()
    (tmp_path / OWN / "go.yml").write_text(GOOD)
    assert [recipe.name for recipe in all_recipes(tmp_path)][-1] == "go"
    (tmp_path / OWN / "modernise.yml").write_text(GOOD.replace("Go", "Other"))
    with pytest.raises(EngineError, match="two recipes are called 'modernise'"):
        all_recipes(tmp_path)
