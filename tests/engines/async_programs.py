"""Programs of two files that block here and there, in every form that Python has, as a hypothesis strategy."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TypeVar

from attrs import Factory, define, evolve, frozen
from hypothesis import strategies as st

T = TypeVar("T")

HEAD = """\
import contextlib
import functools
import socket
import time
from time import sleep as nap


STEPS = []


def step(name):
    print(name)
    STEPS.append(name)
    if len(STEPS) > 60:
        raise OverflowError(name)


def same(function):
    return function


def kept(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)

    return inner


class Held(contextlib.AbstractContextManager):
    def __enter__(self):
        return 3

    def __exit__(self, *exc):
        print("out")
"""
DECORATORS = *[""] * 6, "@same\n", "@kept\n", "@functools.lru_cache(None)\n", "# above\n"
BLOCKING = ("time.sleep(0)", "nap(0)", "time . sleep \\\n( 0 )", "socket.gethostbyname(\n  # where\n  '127.0.0.1')")
START = ("if __name__ == '__main__':\n    main()\n", "if __name__ == '__main__': main() # go") * 3 + ("main()\n",)
IMPORTS = ("import lib\n", "from lib import *\n", "import lib as other\n", "from lib import {names}\n")


@frozen
class Style:
    """How a program is written."""

    indent: str
    newline: str
    comments: bool
    encoding: str
    end: bool

    def encode(self, text: str) -> bytes:
        """Give a file with this text."""
        lines = text.rstrip("\n").split("\n")
        for at, line in enumerate(lines):
            depth = len(line) - len(line.lstrip(" "))
            inside = at and lines[at - 1].endswith("\\")
            lines[at] = self.indent * (depth // 4) + line[depth - depth % 4 :]
            if self.comments and at % 3 == 0 and not inside and line.endswith((":", ")")):
                lines[at] += "  # \u00e9; await"
        if self.encoding == "latin-1":
            lines.insert(0, "# -*- coding: latin-1 -*-")
        return (self.newline.join(lines) + (self.newline if self.end else "")).encode(self.encoding)


STYLES = st.builds(
    Style,
    st.sampled_from(["    ", "  ", "\t"]),
    st.sampled_from(["\n", "\n", "\r\n"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "latin-1"]),
    st.booleans(),
)


@frozen
class Known:
    """A function that can be called with one number, in this form; `value` names it without a call."""

    form: str
    value: str = ""


@define
class Maker:
    """Writes code that calls what is known. `hard`: also what forbids that functions wait."""

    draw: st.DrawFn
    hard: bool
    known: list[Known] = Factory(list)
    count: int = 0

    def pick(self, options: Sequence[T]) -> T:
        """Choose one, the first for the simplest program."""
        return options[self.draw(st.integers(0, len(options) - 1))]

    def expression(self, depth: int = 2) -> str:
        """Write something that gives a number."""
        if depth == 0 or not self.known:
            return self.pick(["n", "1", "2"])
        inner = self.expression(depth - 1)
        call = self.pick(self.known)
        called = call.form.format(inner)
        plain = "n" if ":=" in inner else inner  # no walrus where comprehensions begin
        text = "'" not in called and "\n" not in called
        forms = [
            *[called] * 4,
            f"({called} + {inner}) % 7",
            f"[{called}, 0][0]",
            f"({called} if n else {inner})",
            f"sum([{called} for _ in range(2)])",
            f"len({{{called} for n in ({plain},) if {called}}})",
            f"max(*[{called}, {inner}], {inner})",
            f"(m := {called})",
            f"-{called}",
            f"{called}.bit_length()",
            f"int(f'{{{called}:>3}}')" if text else called,
        ]
        if self.hard:
            forms += [
                f"int(f'{{{called}=}}'[-1])" if text else called,
                f"sum({called} for _ in range(2))",
                f"(lambda: {called})()",
                f"next(iter([{called}]))",
                f"list(map({call.value}, [1]))[0]" if call.value else called,
                f"sum([sum([{called} for _ in 'a']) for _ in 'b'])",
            ]
        return self.pick(forms)

    def block(self, depth: int = 2) -> str:
        """Write statements, the last of which is a return."""
        lines = [self.statement(depth) for _ in range(self.draw(st.integers(1, 2)))]
        return "\n".join([*lines, f"return {self.expression()}"])

    def statement(self, depth: int) -> str:
        """Write a statement."""
        one = self.expression()
        simple = [
            self.pick(BLOCKING),
            f"print({one})",
            f"n = {one}",
            f"n: 'int' = {one}; print(n)",
            f"n += {one}; {self.pick(BLOCKING[:2])}",
            f"assert {one} is not None, 'n'",
        ]
        if depth == 0:
            return self.pick(simple)
        inner = textwrap.indent(self.statement(depth - 1), "    ")
        other = textwrap.indent(self.statement(depth - 1), "    ")
        self.count += 1
        local = Maker(self.draw, self.hard, [*self.known], self.count * 100)
        body = textwrap.indent(local.block(0), "    ")
        compound = [
            f"if {one}:\n{inner}\nelse:\n{other}",
            f"for n in ({one}, 2):\n{inner}",
            f"while n > 90:\n{inner}\n    break",
            f"try:\n{inner}\n    raise ValueError({one})\nexcept ValueError:\n{other}\nfinally:\n    print('finally')",
            f"with contextlib.nullcontext({one}) as n:\n{inner}",
            f"with Held() as n:\n{inner}",
            f"match {one}:\n" + textwrap.indent(f"case 0 | 1 if n:\n{inner}\ncase n:\n{other}", "    "),
            f"def inner{self.count}(n):\n{body}\nprint(inner{self.count}({one}))",
            f"\f\nif n: {self.pick(simple)}",
        ]
        if self.hard:
            compound.append(f"def inner{self.count}(n):\n{body}\nprint(list(map(inner{self.count}, [1])))")
        return self.pick([*simple, *compound])

    def function(self, name: str, first: str = "", decorators: Sequence[str] = DECORATORS) -> str:
        """Write a function of one number."""
        decorator = self.pick(decorators if self.hard else decorators[:1])
        body = f"step('{name}')\n{self.block()}"
        if decorator == "@generator\n":
            body, decorator = body.replace("return ", "yield "), ""
        if self.pick([False, False, True]) and "\n" not in (line := self.expression()):
            return f"{decorator}def {name}({first}n): step('{name}'); {self.pick(BLOCKING[:2])}; return {line}\n"
        return f"{decorator}def {name}({first}n):\n{textwrap.indent(body, '    ')}\n"

    def family(self, name: str) -> str:
        """Write a class and one derived from it."""
        methods = [
            self.function("get", "self, ", ("",)),
            self.function("fixed", "", ("@staticmethod\n",)),
            self.function("made", "cls, ", ("@classmethod\n",)),
        ]
        over = f"def get(self, n):\n    return super().get(n) + {self.expression(1)}\n"
        base = f"class {name}:\n" + textwrap.indent("\n".join(methods), "    ")
        derived = f"class {name}B({name}):\n" + textwrap.indent(over, "    ")
        forms = [f"{name}().get({{}})", f"{name}B().get({{}})", f"{name}.fixed({{}})", f"{name}().made({{}})"]
        self.known += [Known(form, form.removesuffix("({})")) for form in forms]
        return f"{base}\n\n{derived}"

    def module(self, prefix: str) -> str:
        """Write functions and classes, each of which may call those before it."""
        parts = []
        for number in range(self.draw(st.integers(1, 4))):
            name = f"{prefix}{number}"
            if self.pick([False, False, False, True]):
                parts.append(self.family(name.upper()))
                continue
            kind = self.pick(["", "", "", "recursive", *["generator"] * self.hard])
            if kind == "generator":
                parts.append(self.function(name, decorators=("@generator\n",)).replace("return ", "yield "))
                self.known.append(Known(f"list({name}({{}}))[-1]"))
            elif kind == "recursive":
                parts.append(
                    f"def {name}(n):\n    nap(0)\n    return {name}(n - 1) if 0 < n < 4 else {self.expression(1)}\n"
                )
                self.known.append(Known(f"{name}({{}})", name))
            else:
                parts.append(self.function(name))
                self.known.append(Known(f"{name}({{}})", name))
        return "\n\n".join(parts)


@st.composite
def programs(draw: st.DrawFn) -> dict[str, bytes]:
    """Give the files of a program that prints what it does."""
    maker = Maker(draw, draw(st.booleans()))
    lib = f"{HEAD}\n\n{maker.module('f')}"
    names = [known.value for known in maker.known if known.value.isidentifier()]
    public = draw(st.sampled_from(["", "", "", "__all__ = [{}]\n"])).format(", ".join(map(repr, [*names, "f9"])))
    lib += f"\n\ndef f9(n): return n\n{public}"
    form = draw(st.sampled_from(IMPORTS))
    qualifier = {"import lib\n": "lib.", "import lib as other\n": "other."}.get(form, "")
    maker.known = [evolve(known, form=_qualified(known.form, qualifier), value="") for known in maker.known]
    if form == IMPORTS[-1] or public:
        maker.known = [known for known in maker.known if known.form.removesuffix("({})").rpartition(".")[2] in names]
    main = f"{HEAD}{form.format(names=', '.join([*names, 'f9']))}\n\n{maker.module('g')}"
    calls = "\n    ".join(f"n = 1; print({known.form.format('n')})" for known in maker.known[-3:]) or "pass"
    guarded = f"try:\n        {calls.replace(chr(10), chr(10) + '    ')}\n    except KeyboardInterrupt:\n        pass"
    body = draw(st.sampled_from([calls, calls, guarded]))
    main += f"\n\nasync def waits(n):\n    return {maker.expression()}\n\n\ndef main():\n    n = 0\n    {body}\n\n\n"
    start = draw(st.sampled_from(START))
    if draw(st.booleans()):
        main = "import asyncio\n" + main.replace("    n = 0\n", "    n = 0; print(asyncio.run(waits(1)))\n")
    style = draw(STYLES)
    return {"lib.py": style.encode(lib), "main.py": style.encode(main + start)}


def _qualified(form: str, qualifier: str) -> str:
    return form.replace("list(", f"list({qualifier}", 1) if form.startswith("list(") else qualifier + form
