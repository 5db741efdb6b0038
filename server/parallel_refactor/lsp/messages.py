"""The project's own messages: what docs/protocol.md documents, as types. A test compares the two.

On the wire the names are in camelCase; times are seconds since the epoch.
"""

from __future__ import annotations

from typing import Any, Literal

from attrs import fields, frozen
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from lsprotocol.converters import get_converter

from parallel_refactor.lsp import details_messages

BOARD = "parallelRefactor/board"
BOARD_CHANGED = "parallelRefactor/boardChanged"
DIRTY = "parallelRefactor/dirty"
SAVE_FILES = "parallelRefactor/saveFiles"
PLANNED = "parallelRefactor/planned"
ENDED = "parallelRefactor/ended"
CONTESTED = "parallelRefactor/contested"
PROPOSED = "parallelRefactor/proposed"
VIEW_FILE_TEXT = "parallelRefactor/viewFileText"

START_RUN = "parallelRefactor.startRun"
CANCEL_RUN = "parallelRefactor.cancelRun"
CANCEL_WORKER = "parallelRefactor.cancelWorker"
CANCEL_TASK = "parallelRefactor.cancelTask"
PAUSE_RUN = "parallelRefactor.pauseRun"
RESUME_RUN = "parallelRefactor.resumeRun"
UNDO_RUN = "parallelRefactor.undoRun"
TAKE_FILE = "parallelRefactor.takeFile"
SHOW_BOARD = "parallelRefactor.board"
SHOW_RUN = "parallelRefactor.showRun"
LEAVE_OUT = "parallelRefactor.leaveOut"
PREVIEW_UNDO = "parallelRefactor.previewUndo"
SHOW_PROPOSAL = "parallelRefactor.showProposal"
ACCEPT_PROPOSAL = "parallelRefactor.acceptProposal"
REJECT_PROPOSAL = "parallelRefactor.rejectProposal"
RETRY_RUN = "parallelRefactor.retryRun"
COMMIT_RUN = "parallelRefactor.commitRun"
LIST_RECIPES = "parallelRefactor.listRecipes"


@frozen
class FileLock:
    """Who owns a file: a worker, or a person with unsaved text. A file may have a lock of each kind.

    `proposal`: a run proposes to change it; that keeps other runs out, and no person. `mine`: the person is the one in
    front of this editor. `owner` is a worker's id or a person's name; empty for a proposal, and while a file is kept
    for a group between two workers. `now` says what the owner does; `text` who has the file, what for and
    since when.
    """

    uri: str
    path: str
    kind: Literal["worker", "person", "proposal"]
    owner: str
    since: float
    now: str
    text: str
    mine: bool = False
    run: str = ""
    task: str = ""
    title: str = ""


@frozen
class Worker:
    """A worker of a run, and the files of the task that it has: none while it waits for one."""

    worker: str
    task: str = ""
    files: tuple[str, ...] = ()
    since: float = 0.0


@frozen
class FileCounts:
    """How many files a run is about. `done` are those whose task has ended, however; `failed` are among them.

    `proposed` are those whose task waits for a review.
    """

    total: int = 0
    done: int = 0
    changed: int = 0
    failed: int = 0
    left: int = 0
    proposed: int = 0


@frozen
class RunStatus:
    """A run and where it stands.

    `state` is one of planning, asking, running, waiting, paused, done, failed, cancelled, undone.
    """

    run: str
    title: str
    engine: str
    kind: Literal["refactor", "undo"]
    state: str
    reason: str
    began: float
    ended: float
    files: FileCounts
    workers: tuple[Worker, ...] = ()
    undoes: str = ""
    undoable: bool = False


@frozen
class BoardStatus:
    """The board of one workspace folder: all locks, all runs that go on and the last ones that ended.

    `seq` only grows; 0 while there is no board.
    """

    folder: str
    seq: int
    runs: tuple[RunStatus, ...] = ()
    locks: tuple[FileLock, ...] = ()


@frozen
class Boards:
    """The answer to `parallelRefactor/board`: one entry for each workspace folder."""

    folders: tuple[BoardStatus, ...]


@frozen
class BoardChange:
    """What is new on the board of one workspace folder.

    `runs` replace those of the same name; `locks` replace all earlier locks of the same files; `freed` are files that
    nobody owns any more.
    """

    folder: str
    seq: int
    runs: tuple[RunStatus, ...] = ()
    locks: tuple[FileLock, ...] = ()
    freed: tuple[str, ...] = ()


@frozen
class Dirty:
    """Whether the editor counts a file as changed and not saved, also one that is no text document (a notebook)."""

    uri: str
    dirty: bool


@frozen
class FileName:
    """A file, for `parallelRefactor/viewFileText`."""

    uri: str


@frozen
class Began:
    """The answer to commands that begin or steer a run."""

    run_id: str


@frozen
class Taking:
    """The answer to `parallelRefactor.takeFile`.

    `how`: `free` (no worker had the file), `taken` (from the task of that run), `landing` (the worker's change lands in
    this moment, and the file is the person's after that). `patch`: a file with what the worker had done, where that
    is known at once; else a message tells of it when the worker has stopped.
    """

    how: Literal["free", "taken", "landing"]
    uri: str
    run_id: str = ""
    task: str = ""
    patch: str = ""


@frozen
class FilesToSave:
    """Files with unsaved text that the person wants saved before a run starts."""

    uris: tuple[str, ...]


@frozen
class RunNews:
    """A run is planned, and waits for a yes or no; or it has ended; or it waits for a review. `text` says so."""

    folder: str
    run: str
    text: str


@frozen
class Contest:
    """The person begins to type in a file that a worker is changing. Said once for each file and run."""

    uri: str
    run: str
    task: str
    worker: str
    text: str


PARAMS: dict[str, type[Any] | None] = {BOARD: None, VIEW_FILE_TEXT: FileName, DIRTY: Dirty}
"""What the editor may send: method -> type of its parameters."""

REQUESTS = frozenset({BOARD, VIEW_FILE_TEXT})
"""Those of them that are answered."""

SENT: dict[str, type[Any]] = {
    BOARD_CHANGED: BoardChange,
    SAVE_FILES: FilesToSave,
    PLANNED: RunNews,
    ENDED: RunNews,
    CONTESTED: Contest,
    PROPOSED: RunNews,
}
"""What the server may send, to editors that declare it: method -> type of its parameters."""


TYPES: tuple[type[Any], ...] = (
    FileLock, Worker, FileCounts, RunStatus, BoardStatus, Boards, BoardChange, Dirty, FileName, Began, Taking,
    FilesToSave, RunNews, Contest, *details_messages.TYPES,
)  # fmt: skip
"""All types of these messages: docs/protocol.md has each."""


def make_converter() -> Converter:
    """Make the converter of all messages, the protocol's and these."""
    converter = get_converter()
    for cls in TYPES:
        names: dict[str, Any] = {one.name: override(rename=_camel(one.name)) for one in fields(cls)}
        converter.register_unstructure_hook(cls, make_dict_unstructure_fn(cls, converter, **names))
        converter.register_structure_hook(cls, make_dict_structure_fn(cls, converter, **names))
    return converter


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)
