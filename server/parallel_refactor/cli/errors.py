"""Turns every error into one sentence and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
import traceback
from pathlib import Path

from lockboard.errors import BoardError
from lockboard.paths import BOARD_NAME, workspace_root
from parallel_refactor.planning.interface import PlanError
from parallel_refactor.running.request import RequestError

_UNEXPECTED, _BAD_INPUT = 1, 2


def tell(error: Exception, args: argparse.Namespace) -> int:
    """Say on standard error what went wrong. The traceback of a fault of ours goes to the board, or is shown."""
    if args.debug:
        traceback.print_exception(error)
    if isinstance(error, BoardError | PlanError | RequestError):
        return _say(str(error), _BAD_INPUT)
    if isinstance(error, OSError):
        what = error.strerror or str(error)
        return _say(f"{error.filename}: {what}" if error.filename else what, _BAD_INPUT)
    log = _keep(error, args)
    where = f"The details are in {log}." if log else "Run it again as `parallel-refactor --debug ...` for the details."
    return _say(f"an unexpected error: {type(error).__name__}: {error}. {where}", _UNEXPECTED)


def _say(sentence: str, code: int) -> int:
    print(f"parallel-refactor: {sentence}", file=sys.stderr)
    return code


def _keep(error: Exception, args: argparse.Namespace) -> Path | None:
    with contextlib.suppress(BoardError, OSError):
        log = workspace_root(Path(getattr(args, "path", None) or ".")) / BOARD_NAME / "error.log"
        with log.open("a", encoding="utf-8", errors="backslashreplace") as lines:
            lines.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {' '.join(sys.argv)}\n")
            lines.writelines(traceback.format_exception(error))
        return log
    return None
