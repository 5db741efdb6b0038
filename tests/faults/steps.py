"""Runs code with an action between any two of its lines: a person who saves there, or a death."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import lockboard

_CODE = str(Path(lockboard.__file__).parent)


Place = tuple[str, int]
"""A file of the board's code, and a line of it."""


@contextmanager
def between_lines(action: Callable[[int], None]) -> Iterator[None]:
    """Call `action(step)` before each line of the board's code that runs inside; steps count from 0."""
    with _tracing(lambda step, _frame: action(step)):
        yield


def places_of(code: Callable[[], object]) -> list[Place]:
    """Run a piece of code, and tell the place of each of its steps."""
    places: list[Place] = []
    with _tracing(lambda _step, frame: places.append((Path(frame.f_code.co_filename).name, frame.f_lineno))):
        code()
    return places


@contextmanager
def _tracing(action: Callable[[int, FrameType], None]) -> Iterator[None]:
    step = 0

    def trace_lines(frame: FrameType, event: str, _arg: Any) -> Any:  # noqa: ANN401  as sys.settrace says
        nonlocal step
        if event == "line":
            sys.settrace(None)
            try:
                action(step, frame)
            finally:
                sys.settrace(trace_calls)
            step += 1
        return trace_lines

    def trace_calls(frame: FrameType, _event: str, _arg: Any) -> Any:  # noqa: ANN401  as sys.settrace says
        return trace_lines if frame.f_code.co_filename.startswith(_CODE) else None

    before = sys.gettrace()
    sys.settrace(trace_calls)
    try:
        yield
    finally:
        sys.settrace(before)
