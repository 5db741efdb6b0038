"""Reads the arguments of commands: one object, or the one thing that matters as a bare string. Parsed once, here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pygls.exceptions import JsonRpcInvalidParams

Check = Callable[[object], bool]
"""Whether a value is of a kind."""


def is_text(value: object) -> bool:
    """Whether it is a string."""
    return isinstance(value, str)


def is_whole(value: object) -> bool:
    """Whether it is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether it is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_flag(value: object) -> bool:
    """Whether it is true or false."""
    return isinstance(value, bool)


def is_texts(value: object) -> bool:
    """Whether it is a list of strings."""
    return isinstance(value, Sequence) and not isinstance(value, str) and all(map(is_text, value))


def is_mapping(value: object) -> bool:
    """Whether it is an object."""
    return isinstance(value, Mapping)


_KINDS: dict[Check, str] = {
    is_text: "a string",
    is_whole: "a whole number",
    is_number: "a number",
    is_flag: "true or false",
    is_texts: "a list of strings",
    is_mapping: "an object",
}

_ALIASES = {"runId": "run"}


def read(command: str, given: Sequence[Any], fields: Mapping[str, Check]) -> dict[str, Any]:
    """Give the fields that were given; raises JsonRpcInvalidParams, which names the field.

    A bare string stands for the first of `fields`. What is null is not given. `runId`, as answers have it, is `run`.
    """
    found: dict[str, Any] = {}
    for index, argument in enumerate(given):
        if isinstance(argument, str) and index == 0 and fields:
            found[next(iter(fields))] = argument
        elif isinstance(argument, Mapping):
            found.update(
                {_ALIASES.get(str(name), str(name)): value for name, value in argument.items() if value is not None}
            )
        elif argument is not None:
            raise JsonRpcInvalidParams(f"{command} takes one object, or {_bare(fields)}, and got {argument!r}.")
    for name, value in found.items():
        if name not in fields:
            raise JsonRpcInvalidParams(f"{command} knows no {name!r}. It takes: {', '.join(fields) or 'nothing'}.")
        if not fields[name](value):
            raise JsonRpcInvalidParams(f"{command}: {name} must be {_KINDS[fields[name]]}, and is {value!r}.")
    return found


def required(command: str, found: Mapping[str, Any], name: str) -> str:
    """Give a string that must be there; raises JsonRpcInvalidParams."""
    value: str = found.get(name, "")
    if not value:
        raise JsonRpcInvalidParams(f"{command} needs the {name}.")
    return value


def _bare(fields: Mapping[str, Check]) -> str:
    return f"the {next(iter(fields))} as a string" if fields else "nothing"
