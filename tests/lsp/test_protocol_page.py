"""docs/protocol.md says what the code does: every type, method and command."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin, get_type_hints

from attrs import fields

from parallel_refactor.lsp import messages
from parallel_refactor.lsp.starting import FIELDS
from tests.house.repository import ROOT

PAGE = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean"}


def test_every_type_is_there_as_it_is() -> None:
    described = set(re.findall(r"^interface .*?^}$", "\n".join(blocks()), re.MULTILINE | re.DOTALL))
    assert described == set(map(interface, messages.TYPES))


def test_every_method_is_there_with_its_parameters() -> None:
    rows = re.findall(r"^\| `(parallelRefactor/\w+)` \| \w+ \| (?:`(\w+)`|none) \|", PAGE, re.MULTILINE)
    known = {**messages.PARAMS, **messages.SENT}
    assert dict(rows) == {method: cls.__name__ if cls else "" for method, cls in known.items()}


def test_every_command_is_there() -> None:
    rows = re.findall(r"^\| `(parallelRefactor\.\w+)` \| ([^|]*) \|", PAGE, re.MULTILINE)
    commands = {value for name, value in vars(messages).items() if isinstance(value, str) and "Refactor." in value}
    assert {command for command, _ in rows} == commands
    assert re.findall(r"`(\w+)`", dict(rows)[messages.START_RUN]) == list(FIELDS)


def blocks() -> list[str]:
    return re.findall(r"```ts\n(.*?)```", PAGE, re.DOTALL)


def interface(cls: type[Any]) -> str:
    """Write a type as TypeScript has it."""
    hints = get_type_hints(cls)
    camel = {one.name: re.sub(r"_(\w)", lambda found: found[1].upper(), one.name) for one in fields(cls)}
    return "\n".join(
        [f"interface {cls.__name__} {{", *(f"  {camel[name]}: {kind(hints[name])};" for name in camel), "}"]
    )


def kind(hint: type[Any]) -> str:
    if get_origin(hint) is Literal:
        return " | ".join(f'"{value}"' for value in get_args(hint))
    if get_origin(hint) is tuple:
        return f"{kind(get_args(hint)[0])}[]"
    return PLAIN.get(hint, hint.__name__)
