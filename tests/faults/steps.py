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


@contextmanager
def between_lines(action: Callable[[int], None]) -> Iterator[None]:
    """Call `action(step)` before each line of the board's code that runs inside; steps count from 0."""
    step = 0

    def trace_lines(frame: FrameType, event: str, _arg: Any) -> Any:  # noqa: ANN401  as sys.settrace says
        nonlocal step
        if event == "line":
            sys.settrace(None)
            try:
                action(step)
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


def count_steps(code: Callable[[], object]) -> int:
    """Tell how many steps a piece of code has."""
    steps = 0

    def count(step: int) -> None:
        nonlocal steps
        steps = step + 1

    with between_lines(count):
        code()
    return steps
