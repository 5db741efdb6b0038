"""Renaming: all that surely means it changes together, all else that has its name is told, and clashes are refused."""

from __future__ import annotations

import pytest

from parallel_refactor.engines.interface import EngineError, FileResult, Outcome
from parallel_refactor.engines.recipes.rename import Rename
from tests.engines.engine_runs import Files, MemoryReader, after, reasons, run_recipe

RECIPE = Rename()
SHOP = b"def price(x):\n    return x\n"


def renamed(files: Files, old: str, new: str) -> dict[str, str]:
    """Rename, and give the files that changed; the check has passed them all."""
    result = run_recipe(RECIPE, files, {"old": old, "new": new})
    assert not [file for file in result.files if file.outcome is Outcome.FAILED]
    return {path: data.decode() for path, data in after(files, result).items() if data != files[path]}


def test_a_function_with_all_ways_to_import_it() -> None:
    files = {
        "shop/__init__.py": b"from .money import price as price\n__all__ = ['price']\n",
        "shop/money.py": SHOP + b"total = price(1) + price(2)\n",
        "a.py": b"from shop import price\nprint(f'{price(3)}')\n",
        "b.py": b"import shop.money as m\nfrom shop.money import (\n    price as p,\n)\nm.price(p)\n",
        "c.py": b"from shop import *\nprice(1)\n",
        "d.py": b"def price(): pass\nclass A:\n    def price(self): self.price()\nprice(price=1)\n",
        "e.py": b"def f(price):\n    return price\n",
        "f.py": b"import shop\ndef g():\n    from shop import price\n    return price, shop.price\n",
    }
    assert renamed(files, "shop.money.price", "cost") == {
        "shop/__init__.py": "from .money import cost as cost\n__all__ = ['cost']\n",
        "shop/money.py": "def cost(x):\n    return x\ntotal = cost(1) + cost(2)\n",
        "a.py": "from shop import cost\nprint(f'{cost(3)}')\n",
        "b.py": "import shop.money as m\nfrom shop.money import (\n    cost as p,\n)\nm.cost(p)\n",
        "c.py": "from shop import *\ncost(1)\n",
        "f.py": "import shop\ndef g():\n    from shop import cost\n    return cost, shop.cost\n",
    }


def test_a_class_in_annotations_and_bases() -> None:
    files = {"m.py": b"class Box: pass\nclass Big(Box):\n    def f(self, x: 'Box') -> Box: return Box()\n"}
    new = "class Crate: pass\nclass Big(Crate):\n    def f(self, x: 'Crate') -> Crate: return Crate()\n"
    assert renamed(files, "m.Box", "Crate") == {"m.py": new}


def test_a_variable_that_functions_set() -> None:
    files = {"m.py": b"count = 0\ndef f():\n    global other, count\n    count += 1\ndef g():\n    count = 2\n"}
    new = "number = 0\ndef f():\n    global other, number\n    number += 1\ndef g():\n    count = 2\n"
    assert renamed(files, "m.count", "number") == {"m.py": new}


def test_a_method_with_what_overrides_it() -> None:
    files = {
        "m.py": b"class A:\n    def go(self): return self.go\n\nclass Z:\n    def go(self): self.go()\n",
        "n.py": b"import m\nclass B(m.A):\n    def go(self): super().go()\ndef f(a: m.A, z: m.Z): a.go(), z.go()\n",
    }
    assert renamed(files, "m.A.go", "run") == {
        "m.py": "class A:\n    def run(self): return self.run\n\nclass Z:\n    def go(self): self.go()\n",
        "n.py": "import m\nclass B(m.A):\n    def run(self): super().run()\ndef f(a: m.A, z: m.Z): a.run(), z.go()\n",
    }


def test_a_property_with_its_setter() -> None:
    source = b"class A:\n    @property\n    def x(self): pass\n    @x.setter\n    def x(self, x): self.x = x\n"
    new = "class A:\n    @property\n    def y(self): pass\n    @y.setter\n    def y(self, x): self.y = x\n"
    assert renamed({"m.py": source}, "m.A.x", "y") == {"m.py": new}


def test_other_bytes_stay() -> None:
    source = "\ufeffdef \\\r\n  größe(): 'größe'\r\nx = 1 ;größe  ()\r\n"
    new = source.replace("größe():", "size():").replace("größe  (", "size  (")
    assert renamed({"m.py": source.encode()}, "m.größe", "size") == {"m.py": new}


def test_what_only_mentions_the_name_is_told() -> None:
    files = {
        "shop.py": SHOP + b"# price of it\n",
        "a.py": b"def f(x):\n    '''Ask\n    for the price.'''\n    getattr(x, 'price')\n    return x.price\n",
        "b.py": b"price = (\n",
        "shop.pyi": b"def price(x): ...\n",
    }
    result = run_recipe(RECIPE, files, {"old": "shop.price", "new": "cost"})
    left = {file.path: [(one.line, one.reason) for one in file.left] for file in result.files}
    assert left["shop.py"] == [(3, "a comment mentions `price`")]
    assert left["a.py"] == [
        (3, "a text mentions `price`"),
        (4, "a text mentions `price`"),
        (5, "`x.price` stays: what it belongs to is not clear"),
    ]
    assert left["b.py"][0][1].startswith("it has `price`, and cannot be read: line 1:")
    assert left["shop.pyi"] == [(1, "a stub has `price`")]


def test_a_strange_base_is_told() -> None:
    files = {"m.py": b"import lib\nclass A(lib.B):\n    def go(self): pass\n"}
    left = reasons(run_recipe(RECIPE, files, {"old": "m.A.go", "new": "run"}))
    assert left == {"m.py": ["`lib.B` is not of this workspace: if it has a `go`, nothing overrides it any more"]}


CLASHES = {
    "there already": (b"cost = 1\n", b"", "shop.py:3: cost is in use there already"),
    "where it is imported": (b"", b"from shop import price\n\ndef f(cost): price(cost)\n", "a.py:3: cost is in use"),
    "what is built in": (b"x = cost\n", b"", "shop.py:3: cost is in use"),
    "two in one": (b"", b"try:\n    from shop import price\nexcept E:\n    price = 1\nprice\n", "a.py:4: the name"),
}


@pytest.mark.parametrize("case", CLASHES)
def test_a_clash_is_refused_with_its_place(case: str) -> None:
    shop, other, reason = CLASHES[case]
    with pytest.raises(EngineError, match=reason):
        run_recipe(RECIPE, {"shop.py": SHOP + shop, "a.py": other}, {"old": "shop.price", "new": "cost"})


METHODS = {
    "a method": b"class C(A):\n    def run(self): pass\n",
    "an attribute": b"def f(a: A): a.run = 1\n",
}


@pytest.mark.parametrize("case", METHODS)
def test_a_clash_in_a_class_is_refused(case: str) -> None:
    source = b"class A:\n    def go(self): pass\n" + METHODS[case]
    with pytest.raises(EngineError, match="has a run already"):
        run_recipe(RECIPE, {"m.py": source}, {"old": "m.A.go", "new": "run"})


WRONG = {
    ("price", "cost"): "not a dotted name",
    ("none.price", "cost"): "no file of the workspace",
    ("shop.cost", "x"): "shop.py has no cost",
    ("shop.price.go", "x"): "shop.py has no class price with a method go",
    ("shop.A", "x"): "imports A from elsewhere: name it as lib.A",
    ("shop.price", "not"): "'not' is not a name",
    ("shop.price", "price"): "is called price already",
}


@pytest.mark.parametrize("asked", WRONG, ids="-".join)
def test_what_makes_no_sense_is_refused(asked: tuple[str, str]) -> None:
    with pytest.raises(EngineError, match=WRONG[asked]):
        run_recipe(RECIPE, {"shop.py": b"from lib import A\n" + SHOP}, {"old": asked[0], "new": asked[1]})


def test_users_land_with_it_and_all_are_in_the_run() -> None:
    files = {"shop.py": SHOP, "a.py": b"from shop import price\n", "b.py": b"# price\n"}
    options = {"old": "shop.price", "new": "cost"}
    assert RECIPE.joints(RECIPE.prepare(options, list(files), MemoryReader(files))) == [("a.py", "shop.py")]
    with pytest.raises(EngineError, match=r"a\.py uses it too, and is not in the run"):
        RECIPE.prepare_run(options, list(files), ["shop.py"], MemoryReader(files))


@pytest.mark.parametrize("new", [b"def cost(y):\n    return y\n", b"def cost(x):\n    return cots\n", b"def cost(:"])
def test_the_check_sees_more_than_the_name(new: bytes) -> None:
    assert RECIPE.check(SHOP, FileResult("shop.py", Outcome.CHANGED, new), {"old": "shop.price", "new": "cost"}) != ""


def test_the_check_sees_a_use_that_was_forgotten() -> None:
    options = {"old": "shop.price", "new": "cost"}
    half = FileResult("shop.py", Outcome.CHANGED, b"def cost(): pass\nprice()\n")
    assert RECIPE.check(b"def price(): pass\nprice()\n", half, options) == "the result uses undefined names: price"
