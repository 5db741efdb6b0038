"""Parses what was typed, and carries the command out."""

from __future__ import annotations

import contextlib
import io
import os
import pkgutil
import sys
from collections.abc import Sequence

from parallel_refactor.cli.parser import make_parser

_CANCELLED = 3
_READER_LEFT = 128 + 13  # as if by SIGPIPE, like other programs; not "all done", for a run may be going on


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code, as `--help` lists them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names need not be text, nor terminals know UTF-8
    args = make_parser().parse_args(arguments)
    try:
        code: int = pkgutil.resolve_name(args.handler)(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _CANCELLED
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:  # noqa: BLE001 (the edge: nobody else would tell the person)
        told: int = pkgutil.resolve_name("parallel_refactor.cli.errors:tell")(error, args)
        return told
    return code


def _reader_left() -> int:
    """Whoever read our output has enough. The interpreter's own flush at exit must not complain about it."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _READER_LEFT
