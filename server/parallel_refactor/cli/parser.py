"""What can be typed. Little is imported here, so that `--help` answers at once."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path

_EXAMPLES = """\
examples:
  parallel-refactor run "Add docstrings to all functions"
  parallel-refactor run --recipe modernise src --plan
  parallel-refactor run --pattern '$A.assertEquals($$$B)' --replace '$A.assertEqual($$$B)' tests
  parallel-refactor undo

exit codes:
  0  all done
  1  some task failed
  2  bad input
  3  cancelled
  4  the run is not over: it waits for a person, or goes on without this window
"""

_Add = Callable[..., argparse.ArgumentParser]


def make_parser() -> argparse.ArgumentParser:
    """Describe all commands. `handler` of the parsed arguments names the function that carries the command out."""
    top = argparse.ArgumentParser(
        "parallel-refactor",
        description="Change a whole workspace at once with many worker processes, while people keep typing in it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action=_Version)
    top.add_argument("--debug", action="store_true", help="show the whole traceback of an unexpected error")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _add_run(commands.add_parser)
    _add_status(commands.add_parser)
    _add_controls(commands.add_parser)
    _add_review(commands.add_parser)
    _add_undo(commands.add_parser)
    _add_locks(commands.add_parser)
    recipes = _command(commands.add_parser, "recipes", "recipes:recipes", "list the changes that need no model")
    recipes.add_argument("path", nargs="?", type=Path, metavar="PATH", help="the workspace (here)")
    recipes.add_argument("--json", action="store_true", help="one JSON object")
    lsp = _command(commands.add_parser, "lsp", "lsp:lsp", "serve an editor on standard input and output")
    lsp.add_argument("--stdio", action="store_true", help="as editors say it; there is no other way")
    doctor = _command(commands.add_parser, "doctor", "doctor:doctor", "find what is wrong with a board, and repair it")
    doctor.add_argument("path", nargs="?", type=Path, metavar="PATH", help="the workspace (here)")
    doctor.add_argument("--yes", action="store_true", help="repair without asking")
    clean = _command(commands.add_parser, "clean", "clean:clean", "delete the undo of all but the last 10 runs")
    clean.add_argument("path", nargs="?", type=Path, metavar="PATH", help="the workspace (here)")
    return top


def _add_run(add: _Add) -> None:
    run = _command(add, "run", "run:run", "change a workspace")
    run.add_argument("prompt", nargs="?", metavar="PROMPT", help="what to change, or a recipe's name or title")
    run.add_argument("path", nargs="?", metavar="PATH", help="the folder or file to change (here)")
    run.add_argument(
        "--recipe", metavar="NAME", help="the recipe, as `parallel-refactor recipes` lists them, or a rule file (.yml)"
    )
    run.add_argument("--pattern", metavar="CODE", help="the code to rewrite: $X is one node of it, $$$X any number")
    run.add_argument("--replace", metavar="CODE", help="what to put in its place")
    engines = ("recipe", "claude", "command", "simulate")
    run.add_argument("--engine", choices=engines, help="what makes the changes (recipe)")
    run.add_argument("--workers", type=_at_least_one, metavar="N", help="how many worker processes (8)")
    run.add_argument("--include", action="append", metavar="GLOB", help="only files that match, as in .gitignore")
    run.add_argument("--exclude", action="append", metavar="GLOB", help="no files that match, as in .gitignore")
    run.add_argument("--held", choices=("wait", "skip"), help="what to do about files that people hold (wait)")
    run.add_argument(
        "--option", action="append", type=_setting, metavar="NAME=VALUE", help="an option of the recipe or engine"
    )
    run.add_argument("--attempts", type=_at_least_one, metavar="N", help="how often a task is tried (5)")
    run.add_argument("--deadline", type=_seconds, metavar="SECONDS", help="how long one attempt may take (600)")
    _add_limits(run)
    run.add_argument(
        "--interface", action="append", metavar="GLOB", help="files whose signatures change: first, with their users"
    )
    run.add_argument(
        "--choose", action="store_true", default=None, help="ask the model first which files need the change"
    )
    run.add_argument("--deny", action="append", metavar="GLOB", help="no model sees files that match")
    _add_programs(run)
    run.add_argument("--review", action="store_true", default=None, help="nothing lands before you have accepted it")
    run.add_argument("--plan", action="store_true", help="show the plan and change nothing")
    _add_answers(run)


def _add_programs(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--check", metavar="COMMAND", help="what each result of a model must pass, such as 'ruff check {files}'"
    )
    run.add_argument("--check-timeout", type=_seconds, metavar="SECONDS", help="how long a check may take (120)")
    run.add_argument(
        "--gate", metavar="COMMAND", help="what the workspace must pass with all that lands, such as 'pytest -q'"
    )
    run.add_argument("--gate-timeout", type=_seconds, metavar="SECONDS", help="how long the gate may take (1800)")
    run.add_argument(
        "--command", metavar="COMMAND", help="what `--engine command` runs over files, as 'ruff check --fix {files}'"
    )
    run.add_argument("--command-timeout", type=_seconds, metavar="SECONDS", help="how long it may take (300)")


def _add_status(add: _Add) -> None:
    status = _command(add, "status", "status:status", "show runs, workers, and who holds which file")
    status.add_argument("path", nargs="?", type=Path, metavar="PATH", help="the workspace (here)")
    status.add_argument("--json", action="store_true", help="one JSON object")
    show = _command(
        add, "show", "show:show", "show what was asked, read, changed and left for a task, and what it cost"
    )
    show.add_argument("task", metavar="TASK", help="the task, such as t3")
    show.add_argument("path", nargs="?", type=Path, metavar="PATH", help="the workspace (here)")
    show.add_argument("--run", metavar="RUN", help="the run, such as r3 (the newest that has such a task)")
    show.add_argument("--json", action="store_true", help="one JSON object")
    board = _command(add, "board", "board:board", "show tasks by state, who has what, and who waits for whom")
    board.add_argument("path", nargs="?", type=Path, metavar="PATH", help="the workspace (here)")
    board.add_argument("--watch", action="store_true", help="keep it up to date on the terminal, until Ctrl-C")


def _add_controls(add: _Add) -> None:
    cancel = _command(add, "cancel", "control:cancel", "end a run, one of its workers, or one of its tasks")
    _add_target(cancel, "the newest that has not ended")
    one = cancel.add_mutually_exclusive_group()
    one.add_argument("--worker", metavar="W", help="only this worker; its task goes to another")
    one.add_argument("--task", metavar="T", help="only this task")
    pause = _command(add, "pause", "control:pause", "let a run rest when its workers finish what they do")
    _add_target(pause, "the newest that has not ended")
    resume = _command(add, "resume", "control:resume", "go on with a run that is paused or stopped, and follow it")
    _add_target(resume, "the newest that has not ended")
    _add_limits(resume)
    _add_answers(resume)


def _add_review(add: _Add) -> None:
    texts = {
        "review": "show what a run proposes, with the differences",
        "accept": "let what a run proposes land: all of it, a task, or some files",
        "reject": "drop what a run proposes: all of it, a task, or some files",
    }
    for name, text in texts.items():
        command = _command(add, name, f"review:{name}", text)
        run = "the run, such as r3 (the newest that proposes something), and files of it (all)"
        command.add_argument("words", nargs="*", metavar="RUN|FILE", help=run)
        command.add_argument("--task", metavar="T", help="only this task or group")
        command.add_argument("--path", type=Path, metavar="DIR", help="the workspace (here)")
        command.add_argument("--json", action="store_true", help="one JSON object")
        command.set_defaults(yes=True)


def _add_undo(add: _Add) -> None:
    undo = _command(add, "undo", "undo:undo", "put back what a run changed; undoing an undo brings it again")
    _add_target(undo, "the newest that changed files and is not undone")
    undo.add_argument("--merge", action="store_true", help="also files that you changed since, around your edits")
    _add_answers(undo)


def _add_locks(add: _Add) -> None:
    owner = "who it is for, such as an agent's name (you)"
    lock = _command(add, "lock", "locking:lock", "keep files from all workers, for an agent or yourself")
    lock.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file of the workspace; it need not exist")
    lock.add_argument("--owner", metavar="NAME", help=owner)
    unlock = _command(add, "unlock", "locking:unlock", "give locked files back; without FILE all of them")
    unlock.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a file that you locked")
    unlock.add_argument("--owner", metavar="NAME", help=owner)
    who = _command(add, "who", "locking:who", "say who has a file")
    who.add_argument("file", type=Path, metavar="FILE", help="a file of the workspace")
    who.add_argument("--json", action="store_true", help="one JSON object")
    guard = _command(add, "guard", "locking:guard", "exit with 1 if somebody else has a file")
    guard.add_argument("--path", type=Path, required=True, metavar="FILE", help="the file that is about to be written")
    guard.add_argument("--owner", metavar="NAME", help=owner)


def _command(add: _Add, name: str, handler: str, text: str) -> argparse.ArgumentParser:
    command = add(name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False)
    command.set_defaults(handler=f"parallel_refactor.cli.{handler}")
    return command


def _add_target(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument("run", nargs="?", metavar="RUN", help=f"the run, such as r3 ({default})")
    command.add_argument("--path", type=Path, metavar="DIR", help="the workspace (here); may stand alone for RUN")


def _add_limits(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--max-cost", type=_amount, metavar="DOLLARS", help="what all workers together may spend on a model (no limit)"
    )
    command.add_argument(
        "--max-tokens", type=_tokens, metavar="N", help="how many tokens they may use together (no limit)"
    )


def _add_answers(command: argparse.ArgumentParser) -> None:
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.add_argument("--json", action="store_true", help="one JSON object on standard output at the end")


def _at_least_one(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 9999")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,7}(\.\d+)?", text) or not float(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return float(text)


def _amount(text: str) -> float:
    if not re.fullmatch(r"\$?(\d{1,6}(\.\d+)?|\.\d+)", text) or not float(text.removeprefix("$")):
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of US dollars, such as 2.50")
    return float(text.removeprefix("$"))


def _tokens(text: str) -> int:
    if not re.fullmatch(r"[1-9][\d_,]{0,15}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of tokens, such as 1000000")
    return int(re.sub("[_,]", "", text))


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


class _Version(argparse.Action):
    """Finds out the version only where it is asked for."""

    def __init__(self, option_strings: list[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help="show the version")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 (as slow as all the rest of --help)

        parser.exit(message=f"parallel-refactor {version('parallel-refactor')}\n")
