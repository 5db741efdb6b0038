"""What a front end asks for: one object, checked once, kept on the board with the run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

import cattrs
from attrs import Attribute, Factory, field, frozen
from attrs.validators import optional

Held = Literal["wait", "skip"]
"""What becomes of files that people hold: their tasks wait, or the run leaves them out."""

ENGINES = ("recipe", "claude", "command", "simulate")
"""What can make the changes."""

MOST_WORKERS = 256
"""More workers than this no run starts."""


class RequestError(Exception):
    """The request makes no sense. The message tells a person which part, and what would."""


def _in_range(lowest: float, highest: float) -> Callable[[object, Attribute[Any], Any], None]:
    def check(_: object, attribute: Attribute[Any], value: float) -> None:
        if not lowest <= value <= highest:
            raise RequestError(f"{attribute.name} is {value:g}: it must be from {lowest:g} to {highest:g}.")

    return check


def _one_of(*values: str) -> Callable[[object, Attribute[Any], Any], None]:
    def check(_: object, attribute: Attribute[Any], value: str) -> None:
        if value not in values:
            raise RequestError(f"{attribute.name} is {value!r}: it must be one of {', '.join(values)}.")

    return check


def _command(_: object, attribute: Attribute[Any], value: str) -> None:
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise RequestError(f"{attribute.name} is {value!r}, which is no command: {error}.") from None
    if any("{files}" in word and word != "{files}" for word in words) or words[:1] == ["{files}"]:
        raise RequestError(f"{attribute.name} is {value!r}: {{files}} must be a word of its own, after the program.")
    if attribute.name == "gate" and "{files}" in words:
        raise RequestError(f"gate is {value!r}: it is about the whole workspace, so it names no {{files}}.")


@frozen
class RunRequest:
    """One run: what to change, where, and how hard. Raises RequestError for a value out of range.

    `scope` is a folder or file below the workspace's root, `include` and `exclude` are globs as in .gitignore.
    `review`: nothing lands before a person has accepted it. `confirm`: after planning the run waits (state asking) for
    somebody to start it. `max_cost` (US dollars) and `max_tokens` are what all workers together may spend on a model.
    `choose`: a model is asked first which files need the change, and the others are left out. `interface` are globs of
    files whose signatures change: a model does them first, and those who use them land with them. `deny` are globs of
    files that no model may see. `check` is a command, without a shell, that each result of a model must pass within
    `check_timeout` seconds; in it the word {files} stands for what changed. `gate` is one that the workspace must pass,
    within `gate_timeout` seconds, with all that lands. `command` is what the engine of that name runs over each task's
    files, for `command_timeout` seconds at most. `options` are the recipe's or engine's own. `attempts`: how often a
    task may crash or time out. `deadline`: seconds that one attempt may take. `lease`: seconds without a heartbeat
    after which a worker counts as hung.
    """

    prompt: str = ""
    recipe: str = ""
    engine: str = "recipe"
    workers: int = field(default=8, validator=_in_range(1, MOST_WORKERS))
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    scope: str = ""
    held: Held = field(default="wait", validator=_one_of(*get_args(Held)))
    review: bool = False
    confirm: bool = False
    max_cost: float | None = field(default=None, validator=optional(_in_range(0.0001, 1_000_000)))
    max_tokens: int | None = field(default=None, validator=optional(_in_range(1, 1_000_000_000_000)))
    choose: bool = False
    interface: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    check: str = field(default="", validator=_command)
    check_timeout: float = field(default=120.0, validator=_in_range(0.1, 1_000_000))
    gate: str = field(default="", validator=_command)
    gate_timeout: float = field(default=1800.0, validator=_in_range(0.1, 1_000_000))
    command: str = field(default="", validator=_command)
    command_timeout: float = field(default=300.0, validator=_in_range(0.1, 1_000_000))
    options: Mapping[str, Any] = Factory(dict)
    attempts: int = field(default=5, validator=_in_range(1, 1_000_000))
    deadline: float = field(default=600.0, validator=_in_range(0.1, 1_000_000))
    lease: float = field(default=60.0, validator=_in_range(3, 1_000_000))

    @property
    def programs(self) -> tuple[str, ...]:
        """The commands that the run starts on results: a person must agree to each."""
        return tuple(command for command in (self.command, self.check, self.gate) if command)


def to_options(request: RunRequest) -> dict[str, Any]:
    """Give the request as the board keeps it."""
    kept: dict[str, Any] = _converter.unstructure(request)
    return kept


def from_options(options: Mapping[str, Any]) -> RunRequest:
    """Read a request back from the board; raises RequestError where it is none."""
    try:
        return _converter.structure(options, RunRequest)
    except (cattrs.BaseValidationError, cattrs.ForbiddenExtraKeysError) as error:
        raise RequestError(f"The board keeps no request for this run: {cattrs.transform_error(error)}") from error


def prepare() -> None:
    """Make ready now what `from_options` needs, else its first call takes 10 ms longer."""
    _converter.get_structure_hook(RunRequest)


_converter = cattrs.Converter(forbid_extra_keys=True)
