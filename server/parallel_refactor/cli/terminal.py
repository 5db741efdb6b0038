"""The terminal, or what takes its place: where output goes, and how a person is asked."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console

from parallel_refactor.running.request import RequestError

_WIDE = 1000


def console(stream: TextIO) -> Console:
    """Give a console for standard output or error: no escape codes and no line breaks of its own for files and pipes.

    NO_COLOR and TERM are obeyed.
    """
    if stream.isatty():
        return _Console(file=stream, highlight=False, markup=False, emoji=False)
    return _Console(
        file=stream, highlight=False, markup=False, emoji=False, force_terminal=False, color_system=None, width=_WIDE
    )


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `main` what becomes of the program, instead of ending it as if something had failed."""
        raise  # noqa: PLE0704 (called while the error is handled)


def is_live(to: Console) -> bool:
    """Whether the console can show something that changes in place."""
    return to.is_terminal and not to.is_dumb_terminal


def can_ask() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def require_person() -> None:
    """Raise RequestError where there is nobody to ask."""
    if not can_ask():
        raise RequestError("Nobody can be asked here, as standard input is no terminal: add --yes to change files.")


def confirm(question: str) -> bool:
    """Ask on the terminal; everything but a yes, Ctrl-D too, is a no. Raises KeyboardInterrupt for Ctrl-C."""
    require_person()
    sys.stdout.flush()
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    answer = ""
    try:
        answer = sys.stdin.readline()
    finally:
        sys.stderr.write("\n" if answer.endswith("\n") else "\n\n")
    return answer.strip().lower() in ("y", "yes")
