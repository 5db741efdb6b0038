"""Commits what a run changed with git: only its files, and of those only what the run itself did."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import shorten

from attrs import frozen
from msgspec.structs import replace

from lockboard.board import Board
from lockboard.digest import digest_file
from lockboard.errors import BoardError
from lockboard.model import ABSENT, FileChange, Note, Run, RunKind, Task, TaskState
from parallel_refactor.running.report import kept_files, report

_SUBJECT = 72
_ENVIRONMENT = {"LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true"}
_LAST_WORDS = 500  # characters of what git says


@frozen
class Made:
    """A commit, and the paths in it."""

    id: str
    subject: str
    files: tuple[str, ...]


@frozen
class Commits:
    """What was committed, in order, and what was not, with the reasons."""

    made: tuple[Made, ...]
    left: tuple[Note, ...]


def commit_run(board: Board, run: str, *, per_task: bool = False, message: str = "") -> Commits:
    """Make one commit of what a run changed, or one for each task; what others changed in its files is left out.

    Whatever else is staged stays staged. Raises BoardError where git refuses, or where nothing is left to commit.
    """
    found = board.run(run)
    if found.cleaned:
        raise BoardError(f"Run {run} can no longer be committed: `clean` deleted what says which changes are its own.")
    git = _Git(board.root)
    tree = git.tree()
    by_task: defaultdict[str, list[FileChange]] = defaultdict(list)
    left: list[Note] = []
    tasks = board.run_tasks(run)
    for name, change, displaced in _net_changes(board, run, tasks):
        reason = _reason(git, tree, change, displaced)
        if reason is None:
            by_task[name].append(change)
        elif reason:
            left.append(Note(change.path, reason))
    parts = [(tasks[name], changes) for name, changes in by_task.items()]
    if not parts:
        why = f" {left[0].path}: {left[0].reason}." if left else ""
        raise BoardError(f"Run {run} has nothing to commit.{why}")
    if not per_task:
        changes = [change for _, own in parts for change in own]
        text = message or _message(board, found, _title(found), changes)
        return Commits((git.commit(text, changes),), tuple(left))
    made = []
    for task, own in parts:
        text = _message(board, found, _title(found, task, own), own, task)
        made.append(git.commit(f"{message}: {_names(task, own)}" if message else text, own))
    return Commits(tuple(made), tuple(left))


def _net_changes(board: Board, run: str, tasks: Mapping[str, Task]) -> Iterable[tuple[str, FileChange, Path]]:
    """Give what the run did to each file, with the last task that did it, and where the text before the run is."""
    found: dict[str, tuple[str, FileChange, Path]] = {}
    for name, task in tasks.items():
        for path, (change, displaced) in kept_files(board, run, task).items() if task.state is TaskState.DONE else ():
            _, first, before = found.pop(path, (name, change, displaced))
            found[path] = (name, replace(change, base=first.base), before)
    return found.values()


def _reason(git: _Git, tree: Mapping[str, str], change: FileChange, displaced: Path) -> str | None:
    """Say why a file is not committed, "" for one where there is nothing to say; None for one that is."""
    present = digest_file(git.root / change.path)
    if present == change.base:
        return ""
    if present != change.new:
        return "it was changed after the run, and waits for a commit of yours"
    committed = tree.get(change.path)
    if change.base == ABSENT:
        return None if committed is None and not git.ignores(change.path) else "git has it already, or ignores it"
    if committed is None:
        return "git did not know it before the run"
    before = displaced.read_bytes()
    if committed not in (_blob(before, committed), git.blob(change.path, before)):
        return "it had changes of yours before the run that are not committed"
    return None


def _blob(data: bytes, like: str) -> str:
    """Name contents as git does, with the kind of digest that another name has."""
    kind = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return kind(b"blob %d\0" % len(data) + data).hexdigest()


# ---- messages


def _title(run: Run, task: Task | None = None, changes: Sequence[FileChange] = ()) -> str:
    title = " ".join(run.spec.title.split())
    return f"{title}: {_names(task, changes)}" if task else title


def _names(task: Task, changes: Sequence[FileChange]) -> str:
    paths = [change.path for change in changes]
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more ({task.spec.id})"


def _message(board: Board, run: Run, title: str, changes: Sequence[FileChange], task: Task | None = None) -> str:
    """Say what was done, by what, and in how many files; a model's own summary of a task goes with it."""
    found = report(board, run.id)
    counts = task.submission.counts if task and task.submission else found.counts
    said = ", ".join(f"{word.replace('_', ' ')} {number:,}" for word, number in counts.items())
    prompt = " ".join(str(run.spec.options.get("prompt", "")).split())
    recipe = str(run.spec.options.get("recipe", ""))
    how = f"recipe {recipe}" if recipe else f"engine {run.spec.engine}"
    if run.spec.kind is RunKind.UNDO:
        how = f"puts back what {run.spec.undoes} had changed"
    files = f"{len(changes):,} file{'' if len(changes) == 1 else 's'} changed"
    parts = [
        shorten(title, _SUBJECT, placeholder="..."),
        f"{files} by Parallel Refactor, {how}" + (f": {said}." if said else "."),
    ]
    parts += [prompt] if prompt and prompt not in title else []
    parts += [task.submission.summary] if task and task.submission and task.submission.summary else []
    return "\n\n".join(parts)


# ---- git


@frozen
class _Git:
    """Git, in one workspace. Each call raises BoardError with git's own words where it refuses."""

    root: Path

    def tree(self) -> dict[str, str]:
        """Give path -> blob of the last commit, below the root; nothing where there is none yet."""
        self._run("rev-parse", "--git-dir")
        if self._call(("rev-parse", "--verify", "--quiet", "HEAD")).returncode:
            return {}
        entries = self._run("ls-tree", "-r", "-z", "HEAD").split(b"\0")
        parted = (entry.partition(b"\t") for entry in entries if entry)
        return {os.fsdecode(path): facts.split()[2].decode() for facts, _, path in parted}

    def blob(self, path: str, data: bytes) -> str:
        """Name contents as git would commit them under this path, with its filters for line ends and the like."""
        return self._run("hash-object", "--stdin", "--path", path, stdin=data).decode().strip()

    def ignores(self, path: str) -> bool:
        """Whether git leaves a new file out."""
        return self._call(("check-ignore", "--quiet", "--", path)).returncode == 0

    def commit(self, message: str, changes: Iterable[FileChange]) -> Made:
        """Commit these files as they are now, and nothing else."""
        paths = tuple(change.path for change in changes)
        fresh = [change.path for change in changes if change.base == ABSENT]
        listed = ("--pathspec-from-file=-", "--pathspec-file-nul")
        if fresh:
            self._run("add", "--intent-to-add", *listed, stdin=_joined(fresh))
        self._run("commit", "--quiet", "--only", "--message", message, *listed, stdin=_joined(paths))
        name = self._run("rev-parse", "--short", "HEAD").decode().strip()
        return Made(name, message.splitlines()[0], paths)

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = self._call(arguments, stdin)
        if done.returncode:
            said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-_LAST_WORDS:]
            raise BoardError(f"git {arguments[0]} refuses: {said or f'it ended with code {done.returncode}'}")
        return done.stdout

    def _call(self, arguments: Sequence[str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        env = {
            **os.environ,
            "LC_ALL": "C",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_EDITOR": "true",
        }
        try:
            return subprocess.run(
                ("git", *arguments), cwd=self.root, env=env, input=stdin, capture_output=True, check=False
            )
        except OSError as error:
            raise BoardError(f"git cannot be started: {error.strerror}.") from error


def _joined(paths: Iterable[str]) -> bytes:
    return b"\0".join(map(os.fsencode, paths))
