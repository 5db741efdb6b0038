"""An unused import goes only where nothing can miss it."""

from __future__ import annotations

import pytest

from parallel_refactor.engines.interface import Outcome
from parallel_refactor.engines.recipes.modernise import Modernise
from parallel_refactor.engines.recipes.modernise_reexports import survey
from tests.engines.engine_runs import Files, MemoryReader, after, reasons, run_recipe, settled

RECIPE = Modernise()
UNUSED = b"from base64 import b64encode\n"

KEPT = {
    "imported from here": (b"from lib.mod import b64encode\n", "another file takes it from here"),
    "imported from here with others": (b"from .mod import (\n    a,  # one\n    b64encode as e,\n)\n", "another file"),
    "imported over two lines": (b"from lib.mod import a, \\\n    b64encode\n", "another file"),
    "used as an attribute": (b"import lib.mod\n\nlib.mod.b64encode(b'')\n", "another file"),
    "used by another name of the module": (b"from lib import mod as m\n\nm.b64encode(b'')\n", "another file"),
    "named in a text": (b"patch('lib.mod.b64encode')\n", "another file"),
    "fetched by name": (b"getattr(lib.mod, 'b64encode')\n", "another file"),
    "patched by name": (b'patch.object(mod, "b64encode")\n', "another file"),
    "star-imported and used": (b"from lib.mod import *\n\nb64encode(b'')\n", "another file"),
}


def lib(other: bytes) -> Files:
    return {"lib/__init__.py": b"", "lib/mod.py": UNUSED, "other.py": other}


@pytest.mark.parametrize("case", KEPT)
def test_what_others_use_stays(case: str) -> None:
    other, reason = KEPT[case]
    result = run_recipe(RECIPE, files := lib(other))
    assert after(files, result)["lib/mod.py"] == UNUSED
    assert reason in reasons(result)["lib/mod.py"][0]
    assert next(file.outcome for file in result.files if file.path == "lib/mod.py") is Outcome.LEFT


def test_what_is_star_imported_through_another_module_stays() -> None:
    files = {**lib(b"from lib import b64encode\n\nprint(b64encode)\n"), "lib/__init__.py": b"from .mod import *\n"}
    assert settled(RECIPE, files)["lib/mod.py"] == UNUSED


@pytest.mark.parametrize(
    "other", [b"", b"from base64 import b64encode\n\nb64encode(b'')\n", b"from lib.other import b64encode\n"]
)
def test_what_others_have_from_elsewhere_goes(other: bytes) -> None:
    assert settled(RECIPE, lib(other))["lib/mod.py"] == b""


def test_other_files_count_though_the_run_does_not_visit_them() -> None:
    files = lib(b"from lib.mod import b64encode\n")
    options = RECIPE.prepare({}, list(files), MemoryReader(files))
    assert options["reexports"] == ["mod:b64encode"]
    assert survey(["lib/mod.py", "gone.py"], MemoryReader(files)) == []


STAY = {
    "in a package's own file": ("lib/__init__.py", b"import os\n", None),
    "in conftest.py": ("conftest.py", UNUSED, "pytest"),
    "a fixture": ("test_a.py", b"from base64 import b64encode\n\n\ndef test(b64encode): ...\n", "used otherwise"),
    "used before the import": ("m.py", b"print(os)\nimport os\n", "used otherwise"),
    "a name in a text": ("m.py", b"from base64 import b64encode\n\nx = 'b64encode'\n", "string"),
    "a type comment": ("m.py", b"from typing import List\n\nx = []  # type: List[int]\n", "type comment"),
    "an example": ("m.py", b'import math\n\nx = """\n>>> math.pi\n"""\n', "example"),
    "names looked up": ("m.py", b"import os\n\nx = globals()['o' + 's']\n", "looks names up"),
    "a comment": ("m.py", b"import os  # wanted\n", "comment"),
    "in a function": ("m.py", b"def ready():\n    import os\n", "effect"),
    "in a class": ("m.py", b"class A:\n    import os\n", None),
    "tried": ("m.py", b"try:\n    import os\nexcept Exception:\n    x = 1\n", "effect"),
    "tried, import error": ("m.py", b"try:\n    import os\nexcept ImportError:\n    x = 1\n", ""),
    "in a version check": ("m.py", b"import sys\n\nif sys.version_info > (3,):\n    import os\n", "effect"),
    "for its effect": ("m.py", b"import readline\n", "effect"),
    "of another package": ("m.py", b"import matplotlib.cbook\n", "effect"),
    "with noqa": ("m.py", b"import os  # noqa: F401\n", None),
    "exported": ("m.py", b"import os\n\n__all__ = ['os']\n", None),
    "exported by its alias": ("m.py", b"from base64 import b64encode as b64encode\n", None),
    "in a stub": ("m.pyi", UNUSED, None),
    "from the future": ("m.py", b"from __future__ import annotations\n", None),
    "a star": ("m.py", b"from os import *\n", None),
}


@pytest.mark.parametrize("case", STAY)
def test_what_the_file_may_miss_stays(case: str) -> None:
    path, source, reason = STAY[case]
    result = run_recipe(RECIPE, {path: source})
    assert after({path: source}, result) == {path: source}
    told = [text for texts in reasons(result).values() for text in texts if text.startswith("unused import")]
    assert [reason in text for text in told if reason is not None] == ([] if reason is None else [True])


def test_modules_of_the_workspace_are_imported_for_what_they_do() -> None:
    files = {
        "app/__init__.py": b"",
        "app/m.py": b"from . import signals, tools\nfrom .tools import used, unused\n\nprint(used)\n",
        "app/signals.py": b"",
        "app/tools/__init__.py": b"used = unused = 1\n",
        "src/lib/deep.py": b"",
        "m.py": b"from app import signals\nfrom lib import deep\n",
    }
    done = settled(RECIPE, files)
    assert done["app/m.py"] == b"from . import signals, tools\nfrom .tools import used\n\nprint(used)\n"
    assert done["m.py"].split() == files["m.py"].split()


def test_a_statement_goes_whole_or_stays_whole() -> None:
    source = b"from base64 import b64decode, b64encode\n"
    files = {"m.py": source, "other.py": b"from m import b64encode\n\nprint(b64encode)\n"}
    result = run_recipe(RECIPE, files)
    assert after(files, result)["m.py"] == source
    assert len(reasons(result)["m.py"]) == 1


def test_many_statements_go_at_once_and_are_counted() -> None:
    source = b"import os, re\nimport sys\nfrom typing import List, Dict\n\nx: List[int] = sys.path\n"
    files = {"m.py": source}
    result = run_recipe(RECIPE, files, {"target": "py310"})
    assert after(files, result)["m.py"] == b"import sys\n\nx: list[int] = sys.path\n"
