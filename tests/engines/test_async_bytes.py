"""Strange but valid files: only what must change changes, to the byte."""

# ruff: noqa: E501  (programs as they are)

from __future__ import annotations

import codecs
import sys

import pytest

from parallel_refactor.engines.recipes.async_await import ToAsync
from tests.engines.engine_runs import settled

RECIPE = ToAsync()
TAIL = b"\n\nif __name__ == '__main__':\n    print(f())\n"
DONE = TAIL.replace(b"f()", b"asyncio.run(f())")

HARD = {
    "plain": (
        b"import time\n\ndef f():\n    time.sleep(1)\n" + TAIL,
        b"import asyncio\nimport time\n\nasync def f():\n    await asyncio.sleep(1)\n" + DONE,
    ),
    "on one line": (
        b"import time\ndef f(): time.sleep(1); return 1\n" + TAIL,
        b"import asyncio\nimport time\nasync def f(): await asyncio.sleep(1); return 1\n" + DONE,
    ),
    "semicolons before the import": (
        b"'doc'; import time; x = 1\ndef f(): return(time.sleep(1))\n" + TAIL,
        b"'doc'; import asyncio; import time; x = 1\nasync def f(): return(await asyncio.sleep(1))\n" + DONE,
    ),
    "continued lines": (
        b"import \\\n    time\ndef \\\n  f \\\n  ( ) : return \\\n    time \\\n    . sleep \\\n    ( 1 )\n" + TAIL,
        b"import asyncio\nimport \\\n    time\nasync def \\\n  f \\\n  ( ) : return \\\n    await asyncio.sleep \\\n    ( 1 )\n"
        + DONE,
    ),
    "CRLF": (
        (b"import time\n\ndef f():\n    time.sleep(1)\n" + TAIL).replace(b"\n", b"\r\n"),
        (b"import asyncio\nimport time\n\nasync def f():\n    await asyncio.sleep(1)\n" + DONE).replace(b"\n", b"\r\n"),
    ),
    "tabs and form feeds": (
        b"\x0cimport time\n\x0c\ndef f():\n\tif 1:\n\t\ttime.sleep(1)\x0c\n" + TAIL,
        b"\x0cimport asyncio\nimport time\n\x0c\nasync def f():\n\tif 1:\n\t\tawait asyncio.sleep(1)\x0c\n" + DONE,
    ),
    "latin-1": (
        b"# coding: latin-1\nimport time\n\ndef f(): return '\xe9', time.sleep(1), '\xfc'\n" + TAIL,
        b"# coding: latin-1\nimport asyncio\nimport time\n\nasync def f(): return '\xe9', await asyncio.sleep(1), '\xfc'\n"
        + DONE,
    ),
    "byte order mark": (
        codecs.BOM_UTF8 + "import time\n\ndef f(): return 'é', time.sleep(1)\n".encode() + TAIL,
        codecs.BOM_UTF8
        + "import asyncio\nimport time\n\nasync def f(): return 'é', await asyncio.sleep(1)\n".encode()
        + DONE,
    ),
    "no line end": (
        b"import time\ndef f(): time.sleep(1)\nif __name__ == '__main__': f()",
        b"import asyncio\nimport time\nasync def f(): await asyncio.sleep(1)\nif __name__ == '__main__': asyncio.run(f())",
    ),
    "a docstring and the future": (
        b'"""Doc."""\n\nfrom __future__ import annotations\n\nfrom time import sleep as nap\n\n\ndef f():\n    nap(1)\n'
        + TAIL,
        b'"""Doc."""\n\nfrom __future__ import annotations\n\nimport asyncio\nfrom time import sleep as nap\n\n\n'
        b"async def f():\n    await asyncio.sleep(1)\n" + DONE,
    ),
    "asyncio is there": (
        b"import asyncio, time\n\n\ndef f():\n    time.sleep(1)\n" + TAIL,
        b"import asyncio, time\n\n\nasync def f():\n    await asyncio.sleep(1)\n" + DONE,
    ),
    "asyncio is there, perhaps": (
        b"try:\n    import asyncio\nexcept ImportError:\n    pass\nimport time\n\n\ndef f():\n    time.sleep(1)\n"
        + TAIL,
        b"try:\n    import asyncio\nexcept ImportError:\n    pass\nimport asyncio\nimport time\n\n\n"
        b"async def f():\n    await asyncio.sleep(1)\n" + DONE,
    ),
    "comments in odd places": (
        b"import subprocess\ndef f(# a\n): # b\n  # c\n  return subprocess.run( # d\n    # e\n    ['x'], # f\n    check=True # g\n  ) # h\n"
        + TAIL,
        b"import asyncio\nimport subprocess\nasync def f(# a\n): # b\n  # c\n  return await asyncio.to_thread(subprocess.run, # d\n    # e\n"
        b"    ['x'], # f\n    check=True # g\n  ) # h\n" + DONE,
    ),
    "no arguments": (
        b"import subprocess\ndef f():\n    p = subprocess.Popen('x')\n    return p.wait()\n" + TAIL,
        b"import asyncio\nimport subprocess\nasync def f():\n    p = subprocess.Popen('x')\n    return await asyncio.to_thread(p.wait)\n"
        + DONE,
    ),
    "parentheses": (
        b"import os\ndef f():\n    return(os.system)('x')\n" + TAIL,
        b"import asyncio\nimport os\nasync def f():\n    return await asyncio.to_thread((os.system), 'x')\n" + DONE,
    ),
    "what follows a call": (
        b"import time\ndef f(): return [time.sleep(0)]\ndef g(): return f()[0], -f()[0], f().x(), f()(), f() ** 2, not f()\n"
        b"if __name__ == '__main__': g()\n",
        b"import asyncio\nimport time\nasync def f(): return [await asyncio.sleep(0)]\n"
        b"async def g(): return (await f())[0], -(await f())[0], (await f()).x(), (await f())(), await f() ** 2, not await f()\n"
        b"if __name__ == '__main__': asyncio.run(g())\n",
    ),
    "calls within calls": (
        b"import time\ndef f(*a): time.sleep(1)\ndef g(): f(f(f(1)), *f(), **f())\nif __name__ == '__main__': g()\n",
        b"import asyncio\nimport time\nasync def f(*a): await asyncio.sleep(1)\n"
        b"async def g(): await f(await f(await f(1)), *await f(), **await f())\nif __name__ == '__main__': asyncio.run(g())\n",
    ),
    "comprehensions": (
        b"import time\ndef f(n=0): time.sleep(n)\ndef g(): return [f(n) for n in range(2) if f()], {f(): f()}, {f() for _ in [f()]}\n"
        b"def h(): return sum(n for n in f())\nif __name__ == '__main__': g(); h()\n",
        b"import asyncio\nimport time\nasync def f(n=0): await asyncio.sleep(n)\n"
        b"async def g(): return [await f(n) for n in range(2) if await f()], {await f(): await f()}, {await f() for _ in [await f()]}\n"
        b"async def h(): return sum(n for n in await f())\nif __name__ == '__main__': asyncio.run(g()); asyncio.run(h())\n",
    ),
    "string annotations, conditional imports, __all__": (
        b"from __future__ import annotations\ntry:\n    import simplejson as json\nexcept ImportError:\n    import json\nif 1:\n    import time\n"
        b"__all__ = ['g']\ndef g(): pass\ndef f(n: 'f' = json) -> 'list[f]':\n    time.sleep(1)\n" + TAIL,
        b"from __future__ import annotations\nimport asyncio\n\ntry:\n    import simplejson as json\nexcept ImportError:\n    import json\nif 1:\n    import time\n"
        b"__all__ = ['g']\ndef g(): pass\nasync def f(n: 'f' = json) -> 'list[f]':\n    await asyncio.sleep(1)\n"
        + DONE,
    ),
    "f-strings": (
        b"import time\ndef f(n): time.sleep(n)\ndef g(): print(f'{f(1)}: {f(2)!r:>9}, {{f(3)}} {f(4).x:{f(5)}} {[f(n) for n in (6,)]}')\n"
        b"if __name__ == '__main__': g()\n",
        b"import asyncio\nimport time\nasync def f(n): await asyncio.sleep(n)\n"
        b"async def g(): print(f'{await f(1)}: {await f(2)!r:>9}, {{f(3)}} {(await f(4)).x:{await f(5)}} {[await f(n) for n in (6,)]}')\n"
        b"if __name__ == '__main__': asyncio.run(g())\n",
    ),
    "interrupts": (
        b"import time\ndef f(): time.sleep(1)\ndef main():\n    try: f()\n    except KeyboardInterrupt: pass\n"
        b"if __name__ == '__main__': main()\n",
        b"import asyncio\nimport time\nasync def f(): await asyncio.sleep(1)\ndef main():\n    try: asyncio.run(f())\n"
        b"    except KeyboardInterrupt: pass\nif __name__ == '__main__': main()\n",
    ),
    "methods": (
        b"import time\nclass A:\n    @staticmethod\n    def s(): time.sleep(1)\n    @classmethod\n    def c(cls): cls.s()\n"
        b"    def m(self): self.c(); A.s(); super().__init__()\nif __name__ == '__main__': A().m()\n",
        b"import asyncio\nimport time\nclass A:\n    @staticmethod\n    async def s(): await asyncio.sleep(1)\n    @classmethod\n"
        b"    async def c(cls): await cls.s()\n    async def m(self): await self.c(); await A.s(); super().__init__()\n"
        b"if __name__ == '__main__': asyncio.run(A().m())\n",
    ),
    "nested functions": (
        b"import time\ndef f():\n    def g(n):\n        if n: g(n - 1)\n        time.sleep(n)\n    g(2)\nif __name__ == '__main__': f()\n",
        b"import asyncio\nimport time\nasync def f():\n    async def g(n):\n        if n: await g(n - 1)\n        await asyncio.sleep(n)\n"
        b"    await g(2)\nif __name__ == '__main__': asyncio.run(f())\n",
    ),
    "match": (
        b"import time\ndef f(): time.sleep(1)\ndef g(x):\n    match f():\n        case [f, *_] if x: pass\n        case _: pass\n"
        b"if __name__ == '__main__': f()\n",
        b"import asyncio\nimport time\nasync def f(): await asyncio.sleep(1)\ndef g(x):\n    match f():\n        case [f, *_] if x: pass\n"
        b"        case _: pass\nif __name__ == '__main__': asyncio.run(f())\n",
    ),
    "in a coroutine function": (
        b"import time\nasync def f():\n    async with a: time.sleep(1)\n    yield time.sleep(2)\n",
        b"import asyncio\nimport time\nasync def f():\n    async with a: await asyncio.sleep(1)\n    yield await asyncio.sleep(2)\n",
    ),
    "walrus, conditional, star": (
        b"import time\ndef f(): time.sleep(1)\ndef g():\n    if (x := f()) and (y if f() else f()): print(*f(), x)\n"
        b"if __name__ == '__main__': g()\n",
        b"import asyncio\nimport time\nasync def f(): await asyncio.sleep(1)\nasync def g():\n"
        b"    if (x := await f()) and (y if await f() else await f()): print(*await f(), x)\nif __name__ == '__main__': asyncio.run(g())\n",
    ),
}


@pytest.mark.parametrize("case", HARD)
def test_only_what_must_change_changes(case: str) -> None:
    before, expected = HARD[case]
    assert settled(RECIPE, {"m.py": before})["m.py"].decode("latin-1") == expected.decode("latin-1")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.12 syntax")
def test_type_parameters() -> None:
    source = b"import time\ntype X = int\ndef f[T: X](t: T) -> T:\n    time.sleep(1)\n    return t\nif __name__ == '__main__': f(1)\n"
    assert b"async def f[T: X](t: T) -> T:" in settled(RECIPE, {"m.py": source})["m.py"]
