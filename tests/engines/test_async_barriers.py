"""What cannot be proved to work as a coroutine function stays as it is, with the reason."""

# ruff: noqa: E501  (programs as they are)

from __future__ import annotations

import pytest

from parallel_refactor.engines.interface import Outcome
from parallel_refactor.engines.recipes.async_await import ToAsync
from tests.engines.engine_runs import MemoryReader, after, reasons, run_recipe

RECIPE = ToAsync()
HEAD = "import time\nimport threading\nimport contextlib\n\n\n"
FETCH = "def fetch(n=1):\n    time.sleep(n)\n    return n\n\n\n"
MAIN = "def main():\n    print(fetch())\n\n\nif __name__ == '__main__':\n    main()\n"

STAYS = {
    "a special method": (
        "class A:\n    def __call__(self):\n        time.sleep(1)\n\n\nA()()\n",
        "Python itself calls it",
    ),
    "a property": (
        "class A:\n    @property\n    def x(self):\n        time.sleep(1)\n\n\nprint(A().x)\n",
        "decorated with `property`",
    ),
    "a generator": ("def pages():\n    time.sleep(1)\n    yield 1\n\n\nprint(list(pages()))\n", "it is a generator"),
    "an unknown decorator": ("@retry(3)\n" + FETCH + MAIN, "decorated with `retry(3)`"),
    "a context manager": (
        "@contextlib.contextmanager\ndef timed():\n    time.sleep(1)\n    yield\n\n\nwith timed():\n    pass\n",
        "it is a generator",
    ),
    "used as a value": (FETCH + "def main():\n    print(list(map(fetch, [1])))\n\n\nmain()\n", "used as a value"),
    "given to a thread": (
        FETCH + "def main():\n    threading.Thread(target=fetch).start()\n\n\nmain()\n",
        "used as a value",
    ),
    "put into a table": (FETCH + "TABLE = {'fetch': fetch}\n", "used as a value"),
    "another name": (FETCH + "get = fetch\nprint(get())\n", "used as a value"),
    "called at import": (FETCH + "N = fetch()\n", "called when the module is imported"),
    "called in a lambda": (FETCH + "def f():\n    return lambda: fetch()\n", "called in a lambda"),
    "called in a generator expression": (
        FETCH + "def f():\n    return sum(fetch(n) for n in [1])\n\n\n" + MAIN,
        "called in a generator expression",
    ),
    "called in a default value": (FETCH + "def f(n=fetch()):\n    return n\n", "called in a default value"),
    "called in the body of a class": (FETCH + "class A:\n    n = fetch()\n", "called in the body of a class"),
    "printed with what it gives": (
        FETCH + "def f():\n    print(f'{ fetch() = }')\n\n\nif __name__ == '__main__':\n    f()\n",
        "called in an f-string",
    ),
    "printed with what it gives, at the start": (
        FETCH + "if __name__ == '__main__':\n    print(f'{fetch()=}')\n",
        "it is called when the module is imported in m.py",
    ),
    "called in comprehensions in an f-string": (
        FETCH + "def f():\n    print(f'{[[fetch() for _ in range(2)] for _ in range(2)]}')\n\n\n" + MAIN,
        "in a comprehension inside of another",
    ),
    "it handles an interrupt and more than a program's start calls it": (
        "def f():\n    try:\n        time.sleep(1)\n    except (KeyboardInterrupt, OSError):\n        pass\n\n\nx = [f()]\n",
        "it handles KeyboardInterrupt",
    ),
    "a timer": (
        "import signal\n\n\ndef f():\n    signal.alarm(1)\n    time.sleep(2)\n\n\nif __name__ == '__main__':\n    f()\n",
        "it sets a timer or forks",
    ),
    "put on something from elsewhere": (
        "import flask\n\n\nclass Db:\n    def rows(self):\n        time.sleep(1)\n\n\napp = flask.Flask()\napp.db = Db()\n\n\n"
        "def view():\n    app.db.rows()\n\n\nif __name__ == '__main__':\n    Db().rows()\n",
        "what it belongs to is not clear",
    ),
    "called in a comprehension of comprehensions": (
        FETCH + "def f():\n    print([[fetch() for _ in 'a'] for _ in 'b'])\n\n\n" + MAIN,
        "in a comprehension inside of another",
    ),
    "called by a generator": (
        FETCH + "def pages():\n    yield fetch()\n\n\nprint(list(pages()))\n",
        "its caller `pages` in m.py",
    ),
    "called by a property": (
        FETCH + "class A:\n    @property\n    def x(self):\n        return fetch()\n\n\nprint(A().x)\n",
        "its caller `A.x` in m.py",
    ),
    "called in the end": (FETCH + "def f():\n    return fetch()\n\n\nprint(f())\n", "its caller `f`"),
    "nobody calls it": (FETCH, "nothing in the workspace calls it"),
    "a lock is held": (
        "LOCK = threading.Lock()\n\n\n" + FETCH + "def main():\n    with LOCK:\n        fetch()\n\n\nmain()\n",
        "inside of `with LOCK`",
    ),
    "a lock of unknown kind is held": (
        FETCH + "def main(guard):\n    with guard:\n        fetch()\n\n\nmain(1)\n",
        "inside of `with guard`",
    ),
    "a lock is taken by hand": (
        "LOCK = threading.Lock()\n\n\ndef f():\n    LOCK.acquire()\n    time.sleep(1)\n    LOCK.release()\n\n\n"
        + "if __name__ == '__main__':\n    f()\n",
        "it takes a lock",
    ),
    "a base from elsewhere": (
        "class Job(threading.Thread):\n    def run(self):\n        time.sleep(1)\n\n\nJob().start()\n",
        "a base of its class, `threading.Thread`",
    ),
    "a metaclass": (
        "class A(metaclass=M):\n    def run(self):\n        time.sleep(1)\n\n\nif __name__ == '__main__':\n    A().run()\n",
        "a base of its class, `M`",
    ),
    "in __all__": ("__all__ = ['fetch']\n\n\n" + FETCH + MAIN, "it is in `__all__`"),
    "a method of a class in __all__": (
        "__all__ = ['A']\n\n\nclass A:\n    def get(self):\n        time.sleep(1)\n\n\nif __name__ == '__main__':\n    A().get()\n",
        "its class is in `__all__`",
    ),
    "defined twice": (
        "if 1:\n    def fetch():\n        time.sleep(1)\nelse:\n    def fetch():\n        pass\n\n\n" + MAIN,
        "its name is bound more than once",
    ),
    "overloads": (
        "from typing import overload\n\n\n@overload\ndef fetch(n: int) -> int: ...\n@overload\n"
        "def fetch(n: str) -> str: ...\n" + FETCH + MAIN,
        "its name is bound more than once",
    ),
    "an unknown receiver": (
        "class A:\n    def fetch(self):\n        time.sleep(1)\n\n\ndef main(a):\n    a.fetch()\n\n\nmain(A())\n",
        "what it belongs to is not clear",
    ),
    "looked up by name": (FETCH + "def f(m):\n    return getattr(m, 'fetch')()\n\n\n" + MAIN, "by its name in m.py"),
    "looks itself up": (
        "class A:\n    def do_get(self):\n        time.sleep(1)\n\n    def do(self, name):\n"
        "        return getattr(self, 'do_' + name)()\n\n\nif __name__ == '__main__':\n    A().do_get()\n",
        "looks attributes up by names",
    ),
    "a wrapped class": (
        "@register\nclass A:\n    def get(self):\n        time.sleep(1)\n\n\nif __name__ == '__main__':\n    A().get()\n",
        "its class A is decorated with `register`",
    ),
    "StopIteration": (
        "def f(it):\n    time.sleep(1)\n    return next(it)\n\n\nif __name__ == '__main__':\n    f(iter('a'))\n",
        "StopIteration",
    ),
    "frames": (
        "import sys\n\n\ndef f():\n    time.sleep(1)\n    return sys._getframe(1)\n\n\nif __name__ == '__main__':\n    f()\n",
        "frames of its callers",
    ),
    "a loop of its own": (
        "import asyncio\n\n\nasync def g(): ...\n\n\ndef h():\n    asyncio.run(g())\n\n\ndef f():\n    time.sleep(1)\n    h()\n\n\n"
        "if __name__ == '__main__':\n    f()\n",
        "it runs an event loop of its own",
    ),
    "asyncio is another thing": (
        "asyncio = 1\n\n\n" + FETCH + MAIN,
        "the name asyncio means something else",
    ),
    "replaced": (FETCH + "def f(m):\n    global fetch\n    fetch = 1\n\n\n" + MAIN, "its name is bound more than once"),
    "a doctest": ('"""\n>>> fetch()\n1\n"""\n' + FETCH + MAIN, "an example in m.py"),
    "an overriding generator": (
        "class A:\n    def get(self):\n        time.sleep(1)\n\n\nclass B(A):\n    def get(self):\n        yield 1\n\n\n"
        "if __name__ == '__main__':\n    A().get()\n",
        "`B.get` in m.py, which must go with it, stays: it is a generator",
    ),
}


@pytest.mark.parametrize("case", STAYS)
def test_it_stays_and_the_reason_is_told(case: str) -> None:
    body, reason = STAYS[case]
    files = {"m.py": (HEAD + body).encode()}
    result = run_recipe(RECIPE, files)
    assert after(files, result) == files
    assert any(reason in text for text in reasons(result).get("m.py", [])), reasons(result)


ELSEWHERE = {
    "a sync caller in another file": (
        "from m import fetch\n\nx = fetch()\n",
        "called when the module is imported in o.py:3",
    ),
    "under another name": ("from m import fetch as get\n\nTABLE = [get]\n", "used as a value in o.py:3"),
    "through the module": ("import m\n\nTABLE = [m.fetch]\n", "used as a value in o.py:3"),
    "through a star import": ("from m import *\n\n\ndef f():\n    return fetch()\n", "through a star import"),
    "patched": (
        "import m\n\n\ndef test(monkeypatch):\n    monkeypatch.setattr(m, 'fetch', None)\n",
        "by its name in o.py:5",
    ),
    "patched by a text": (
        "from unittest import mock\n\n\n@mock.patch('m.fetch')\ndef test(x): ...\n",
        "a text in o.py:4 names it",
    ),
    "assigned": ("import m\n\nm.fetch = None\n", "it is replaced in o.py:3"),
    "a broken file": ("def (:\n    fetch()\n", "o.py, which may mention it, cannot be read"),
    "an unclear import": ("from .gone import fetch\n\n\ndef f():\n    fetch()\n", "may be of it"),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_other_files_count(case: str) -> None:
    other, reason = ELSEWHERE[case]
    files = {"m.py": (HEAD + FETCH + MAIN).encode(), "o.py": other.encode()}
    result = run_recipe(RECIPE, files)
    assert after(files, result) == files
    assert any(reason in text for text in reasons(result).get("m.py", [])), reasons(result)


def test_files_outside_of_the_run_count_but_do_not_change() -> None:
    files = {
        "src/m.py": (HEAD + FETCH).encode(),
        "tool.py": b"from m import fetch\n\n\ndef f():\n    fetch()\n\n\nf()\n",
    }
    options = RECIPE.prepare_run({}, list(files), ["src/m.py"], MemoryReader(files))
    assert len(options["plans"]) == 1
    assert "it is called in tool.py:5, outside of the run" in options["plans"][0]


def test_a_stub_file_and_a_script_of_the_project_count() -> None:
    files = {"m.py": (HEAD + FETCH + MAIN).encode(), "m.pyi": b"def fetch(n: int = 1) -> int: ...\n"}
    assert "stub file" in reasons(run_recipe(RECIPE, files))["m.py"][-1]
    files = {"m.py": (HEAD + FETCH).encode(), "o.py": b"import m\n\n\ndef main(): ...\n", "x.txt": b""}
    assert all(file.outcome is not Outcome.CHANGED for file in run_recipe(RECIPE, files).files)
