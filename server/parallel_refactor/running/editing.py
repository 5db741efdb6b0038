"""How the edits of a run's last task are made: each as an exact replacement, as far as they go together and pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from parallel_refactor.engines.claude.checks import find_damage
from parallel_refactor.engines.claude.document import Document, UnreadableError
from parallel_refactor.engines.interface import FileResult, Left, Outcome, Result, StoppedError
from parallel_refactor.engines.metering import GivenBackError
from parallel_refactor.running.bisecting import find_passing
from parallel_refactor.running.last_task import Wanted

Check = Callable[[Mapping[str, bytes]], str]
"""Says what the project has against the new contents of some files, "" for nothing."""


def make_edits(files: Mapping[str, bytes | None], wanted: Sequence[Wanted], check: Check) -> Result:
    """Make the edits that are wanted in some files; what cannot be made is left, with the reason and who wants it.

    An edit is made where its old text is there exactly once after those before it, every file parses with it, and the
    check passes. Raises EngineError where the check cannot be run, StoppedError where the task is to end.
    """
    edits = [one for one in wanted if one.edit.path in files]
    trial = _Trial(files, edits, check)
    try:
        made = tuple(sorted(find_passing(range(len(edits)), lambda some: not trial.problem(some))))
        left: dict[str, list[Left]] = {path: [] for path in files}
        for number in sorted(set(range(len(edits))) - set(made)):
            left[edits[number].edit.path].append(_left(edits[number], trial.problem((*made, number))))
    except GivenBackError as error:
        raise StoppedError(Result(()), str(error)) from error
    texts = trial.texts(made)
    results = tuple(_result(path, texts.get(path, files[path]) != files[path], texts, left[path]) for path in files)
    return Result(
        results, f"made {len(made):,} of {len(edits):,} edits that other tasks want in files that are not theirs"
    )


class _Trial:
    def __init__(self, files: Mapping[str, bytes | None], edits: Sequence[Wanted], check: Check) -> None:
        self._files = files
        self._edits = edits
        self._check = check
        self._problems: dict[frozenset[int], str] = {}

    def problem(self, some: tuple[int, ...]) -> str:
        """Say why some edits cannot be made together, "" where they can."""
        key = frozenset(some)
        if key not in self._problems:
            self._problems[key] = self._find_problem(some)
        return self._problems[key]

    def texts(self, some: tuple[int, ...]) -> dict[str, bytes]:
        """Make some edits; raises _UnfitError."""
        now: dict[str, Document] = {}
        for number in sorted(some):
            edit = self._edits[number].edit
            document = now[edit.path] if edit.path in now else self._document(edit.path)
            places = document.places(edit.old)
            if len(places) != 1:
                raise _UnfitError(f"that text is there {len(places)} times" if places else "that text is not there")
            now[edit.path] = document.replaced(places[0], places[0] + len(edit.old), edit.new)
        try:
            return {path: document.encode() for path, document in now.items()}
        except (UnicodeError, SyntaxError, LookupError) as error:
            raise _UnfitError(f"the result could not be saved: {error}") from error

    def _find_problem(self, some: tuple[int, ...]) -> str:
        try:
            texts = self.texts(some)
        except _UnfitError as error:
            return str(error)
        for path, data in texts.items():
            if damage := find_damage(path, self._files[path], data):
                return damage.reason
        said = self._check(texts)
        return f"the project's check does not pass with it: {said}" if said else ""

    def _document(self, path: str) -> Document:
        data = self._files[path]
        if data is None:
            raise _UnfitError("the file is gone")
        try:
            return Document.read(path, data)
        except UnreadableError as error:
            raise _UnfitError(str(error)) from error


class _UnfitError(Exception):
    """Some edits cannot be made together. The message says why."""


def _left(wanted: Wanted, problem: str) -> Left:
    line = next((line.strip() for line in wanted.edit.old.split("\n") if line.strip()), "")
    why = f" ({wanted.edit.why})" if wanted.edit.why else ""
    return Left(f"task `{wanted.task}` wants an edit of `{line}`{why} that is not made: {problem}")


def _result(path: str, changed: bool, texts: Mapping[str, bytes], left: Sequence[Left]) -> FileResult:
    if changed:
        return FileResult(path, Outcome.CHANGED, texts[path], tuple(left))
    return FileResult(path, Outcome.LEFT if left else Outcome.UNCHANGED, left=tuple(left))
