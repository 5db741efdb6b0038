"""`--option mode=twin`: `afetch` beside a `fetch` that has to stay as it is."""

# ruff: noqa: E501  (programs as they are)

from __future__ import annotations

import pytest

from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.recipes.async_await import ToAsync
from parallel_refactor.engines.recipes.async_check import broken_promise
from tests.engines.engine_runs import MemoryReader, reasons, run_recipe, settled

RECIPE = ToAsync()
TWIN = {"mode": "twin"}
FETCH = "import time\n\n\ndef fetch(n=1):\n    time.sleep(n)\n    return n\n"
AFETCH = "\n\nasync def afetch(n=1):\n    await asyncio.sleep(n)\n    return n\n"
BOTH = "import asyncio\n" + FETCH + AFETCH
SCRIPT = "\n\nif __name__ == '__main__':\n    main()\n"
DONE = SCRIPT.replace("main()", "asyncio.run(main())")

CASES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "public": (
        {"m.py": "__all__ = ['fetch']\n" + FETCH},
        {"m.py": "__all__ = ['afetch', 'fetch']\n" + BOTH},
    ),
    "nobody calls it": ({"m.py": FETCH}, {"m.py": BOTH}),
    "callers that can await go to the twin": (
        {
            "m.py": FETCH,
            "o.py": "from m import fetch\n\nTABLE = [fetch]\n\n\ndef main():\n    print(fetch())\n" + SCRIPT,
            "p.py": "import m\n\n\nasync def f():\n    m.fetch()\n",
        },
        {
            "m.py": BOTH,
            "o.py": "import asyncio\nfrom m import afetch, fetch\n\nTABLE = [fetch]\n\n\nasync def main():\n    print(await afetch())\n"
            + DONE,
            "p.py": "import m\n\n\nasync def f():\n    await m.afetch()\n",
        },
    ),
    "twins call twins": (
        {"m.py": FETCH + "\n\ndef both():\n    return fetch() + fetch(2)\n\n\nTABLE = [both]\n"},
        {
            "m.py": BOTH + "\n\ndef both():\n    return fetch() + fetch(2)\n\n\nasync def aboth():\n"
            "    return await afetch() + await afetch(2)\n\n\nTABLE = [both]\n"
        },
    ),
    "methods": (
        {
            "m.py": "import time\n\n\nclass A:\n    @staticmethod\n    def _wait(): time.sleep(1)\n\n    def get(self):\n        self._wait()\n\n\n"
            "class B(A):\n    def get(self):\n        super().get()\n\n\nTABLE = [A().get]\n"
        },
        {
            "m.py": "import asyncio\nimport time\n\n\nclass A:\n    @staticmethod\n    def _wait(): time.sleep(1)\n\n    @staticmethod\n"
            "    async def _await(): await asyncio.sleep(1)\n\n    def get(self):\n        self._wait()\n\n    async def aget(self):\n"
            "        await self._await()\n\n\nclass B(A):\n    def get(self):\n        super().get()\n\n    async def aget(self):\n"
            "        await super().aget()\n\n\nTABLE = [A().get]\n"
        },
    ),
    "functions in a function": (
        {
            "m.py": "import time\n\n\ndef outer():\n    def inner(n):\n        time.sleep(n)\n\n    inner(1)\n    return map(outer, [])\n"
        },
        {
            "m.py": "import asyncio\nimport time\n\n\ndef outer():\n    def inner(n):\n        time.sleep(n)\n\n    inner(1)\n    return map(outer, [])\n"
            "\n\nasync def aouter():\n    async def inner(n):\n        await asyncio.sleep(n)\n\n    await inner(1)\n    return map(outer, [])\n"
        },
    ),
    "a package": (
        {
            "p/__init__.py": 'from .client import (\n    fetch,\n)\n\n__all__ = (\n    "fetch",\n)\n',
            "p/client.py": FETCH,
            "use.py": "from p import fetch as get\n\n\ndef main():\n    get()\n" + SCRIPT,
        },
        {
            "p/__init__.py": 'from .client import (\n    afetch,\n    fetch,\n)\n\n__all__ = (\n    "afetch",\n    "fetch",\n)\n',
            "p/client.py": BOTH,
            "use.py": "import asyncio\nfrom p import afetch as aget, fetch as get\n\n\nasync def main():\n    await aget()\n"
            + DONE,
        },
    ),
    "what can be replaced is": (
        {"m.py": FETCH + "\n\ndef main():\n    fetch()\n" + SCRIPT},
        {
            "m.py": ("import asyncio\n" + FETCH)
            .replace("def", "async def")
            .replace("time.sleep", "await asyncio.sleep")
            + "\n\nasync def main():\n    await fetch()\n"
            + DONE
        },
    ),
    "no line end, CRLF, form feed": (
        {"m.py": "import time\r\n\x0c\r\ndef fetch(n): # a\r\n\ttime.sleep(n); # b"},
        {
            "m.py": "import asyncio\r\nimport time\r\n\x0c\r\ndef fetch(n): # a\r\n\ttime.sleep(n); # b\r\n\r\n\r\n"
            "async def afetch(n): # a\r\n\tawait asyncio.sleep(n); # b"
        },
    ),
}


def encoded(files: dict[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}


@pytest.mark.parametrize("case", CASES)
def test_a_twin_is_added_where_replacing_is_not_possible(case: str) -> None:
    before, after = CASES[case]
    found = settled(RECIPE, encoded(before), TWIN)
    assert {path: data.decode() for path, data in found.items()} == after


NONE = {
    "its name is in use": (FETCH + "\n\nafetch = 1\n", "no twin: the name `afetch` is in use"),
    "a generator": ("import time\n\n\ndef pages():\n    time.sleep(1)\n    yield 1\n", "it is a generator"),
    "an abstract method": (
        "import abc, time\n\n\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def get(self):\n        time.sleep(1)\n",
        "whoever implements or serves it knows no twin",
    ),
    "names are looked up": (FETCH + "\n\nimport m\ngetattr(m, input())()\n", "m.py:10 looks names of its module up"),
    "a function that is used as a value, in another": (
        "import time\n\n\ndef f():\n    def g():\n        time.sleep(1)\n    return g\n",
        "it has no twin: it is in another function",
    ),
}


@pytest.mark.parametrize("case", NONE)
def test_where_there_is_no_twin_the_reason_is_told(case: str) -> None:
    text, reason = NONE[case]
    files = {"m.py": text.encode()}
    result = run_recipe(RECIPE, files, TWIN)
    assert settled(RECIPE, files, TWIN) == files
    assert any(reason in said for said in reasons(result)["m.py"]), reasons(result)


def test_what_has_a_twin_is_told_with_the_reason_why_it_stays() -> None:
    result = run_recipe(RECIPE, {"m.py": FETCH.encode()}, TWIN)
    reason = (
        "`fetch` is not made async: nothing in the workspace calls it: who does is not known; `afetch` is beside it"
    )
    assert reasons(result) == {"m.py": [reason]}


def test_files_that_use_a_twin_land_with_it() -> None:
    before, _ = CASES["a package"]
    files = encoded(before)
    prepared = RECIPE.prepare(TWIN, list(files), MemoryReader(files))
    assert set(RECIPE.joints(prepared)) == {("p/__init__.py", "p/client.py"), ("use.py", "p/client.py")}


def test_a_mode_that_there_is_not_is_refused() -> None:
    with pytest.raises(EngineError, match='option mode: \'both\' is neither "replace" nor "twin"'):
        RECIPE.prepare({"mode": "both"}, [], MemoryReader({}))


@pytest.mark.parametrize(
    "change", [("await asyncio.sleep(n)", "pass"), ("return n\n\n\n", "return n\n\n\nafetch = 1\n")]
)
def test_a_twin_that_is_another_function_is_seen(change: tuple[str, str]) -> None:
    assert broken_promise(FETCH.encode(), BOTH.encode(), {"afetch": "fetch"}) == ""
    assert broken_promise(FETCH.encode(), BOTH.encode(), {}) != ""
    other = BOTH.replace(*change)
    assert other != BOTH
    assert broken_promise(FETCH.encode(), other.encode(), {"afetch": "fetch"}) != ""
