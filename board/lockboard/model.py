"""The words of the board as types: runs, tasks, claims, locks, holds, submissions.

Paths are relative to the workspace's root, with `/`, spelled as on disk. Times are seconds since the epoch, for people
to read: nothing is decided by them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct, field

ABSENT = "absent"
"""The digest of a file that does not exist: the base of a file to create, the new state of one to delete."""


class RunState(StrEnum):
    """Where a run stands. The last four are ends."""

    PLANNING = "planning"
    ASKING = "asking"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDONE = "undone"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens in a run of this state."""
        return self in (RunState.DONE, RunState.FAILED, RunState.CANCELLED, RunState.UNDONE)


class TaskState(StrEnum):
    """Where a task stands; each is also the name of the directory that shows the task.

    `pending` has unfinished dependencies or rests before its next attempt; `waiting` was redone too often and waits
    for a person; `split` goes on in its successors.
    """

    PENDING = "pending"
    READY = "ready"
    CLAIMED = "claimed"
    SUBMITTED = "submitted"
    PROPOSED = "proposed"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    SPLIT = "split"

    @property
    def ended(self) -> bool:
        """Whether the task will not run again."""
        return self in _ENDED

    @property
    def owns_files(self) -> bool:
        """Whether the files of the task's group are locked on its account."""
        return self in _OWNING


_ENDED = frozenset(
    {TaskState.DONE, TaskState.FAILED, TaskState.BLOCKED, TaskState.SKIPPED, TaskState.CANCELLED, TaskState.SPLIT}
)
_OWNING = frozenset({TaskState.CLAIMED, TaskState.SUBMITTED, TaskState.PROPOSED})


class RunKind(StrEnum):
    """What a run does: change files, or put back what another run changed."""

    REFACTOR = "refactor"
    UNDO = "undo"


class ProcessKind(StrEnum):
    """Who takes part in a board. An agent has no process of its own that the board could watch."""

    WORKER = "worker"
    SUPERVISOR = "supervisor"
    SERVER = "server"
    AGENT = "agent"


class Afterwards(StrEnum):
    """What becomes of tasks whose landing was rolled back."""

    LAND_AGAIN = "land-again"
    REDO = "redo"
    WAIT = "wait"
    FAIL = "fail"
    RETURN = "return"


class Wish(StrEnum):
    """What front ends ask of a run. The board remembers it; the run's supervisor acts on it."""

    START = "start"
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL_WORKER = "cancel-worker"
    CANCEL_TASK = "cancel-task"


class TaskSpec(Struct, frozen=True, omit_defaults=True):
    """A set of files that one worker changes together. Who has it may take in one more; else it goes on in successors.

    `needs`: uses the submitted contents of those tasks, and lands, fails and is undone together with them (one
    `group`). `after`: only the order; a failure before it does not block. `weight` is the cost in any measure: the
    largest is claimed first. `shared`: it makes the edits that others want in files that are not theirs.
    """

    id: str
    files: tuple[str, ...]
    weight: int = 0
    group: str = ""
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    shared: bool = False

    @property
    def unit(self) -> str:
        """The group, or the task itself where it has none: what lands, fails and is undone as one."""
        return self.group or self.id


class FileChange(Struct, frozen=True, omit_defaults=True):
    """One file of a submission: from the digest that the engine read to the digest of what it made.

    `new == base` says that the file was read and needs no change. `mode` are permission bits, None for "as it is".
    The contents are the file `exchange/<task>.<token>/<index>` of the run, where index is the place in the submission.
    """

    path: str
    base: str
    new: str
    mode: int | None = None

    @property
    def changed(self) -> bool:
        """Whether landing has anything to do for this file."""
        return self.new != self.base


class Note(Struct, frozen=True, omit_defaults=True):
    """Something about one file that a person should know: why it was left out, left, or failed. Lines count from 1."""

    path: str
    reason: str
    line: int = 0


class SharedEdit(Struct, frozen=True, omit_defaults=True):
    """What a task wants in a file that is not its own: that the text `old`, which is there once, becomes `new`."""

    path: str
    old: str
    new: str
    why: str = ""


class Submission(Struct, frozen=True, omit_defaults=True):
    """What a worker hands in for its task.

    `relied`: path -> digest of other files that the result depends on. `empty_dirs`: folders to remove after landing
    if they are empty then (an undo names those that the landing made), innermost first.
    """

    files: tuple[FileChange, ...]
    summary: str = ""
    notes: tuple[Note, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    relied: dict[str, str] = field(default_factory=dict)
    empty_dirs: tuple[str, ...] = ()
    shared_edits: tuple[SharedEdit, ...] = ()


class Draft(Struct, frozen=True, omit_defaults=True):
    """What was proposed as this task and token: the next claim hands its part in again, on the files as they are."""

    task: str
    token: int
    submission: Submission


class RunSpec(Struct, frozen=True, omit_defaults=True):
    """What was asked for. `options` belong to the program that runs it; the board only keeps them.

    `fingerprint` names recipe, version, options and instruction: a file whose contents a done task with the same
    fingerprint left behind needs no second visit. `undoes` is the run that an undo run puts back; where it has `files`,
    only those, and the other run does not become `undone`. `review`: nothing lands before a person has accepted it.
    """

    title: str
    engine: str
    kind: RunKind = RunKind.REFACTOR
    undoes: str = ""
    files: tuple[str, ...] = ()
    fingerprint: str = ""
    review: bool = False
    options: dict[str, Any] = field(default_factory=dict)


class Claim(Struct, frozen=True, omit_defaults=True):
    """A task that this process owns, as long as its token is the task's newest."""

    run: str
    task: TaskSpec
    worker: str
    token: int


class Lock(Struct, frozen=True, omit_defaults=True):
    """One file's ownership by a worker. `worker` is empty for a file whose group is owned while its task waits."""

    path: str
    run: str
    task: str
    worker: str
    token: int
    since: float


class Hold(Struct, frozen=True, omit_defaults=True):
    """A person's lock on a file, through the process (an editor's server) that holds it for them."""

    path: str
    owner: str
    process: str
    since: float


class Task(Struct, omit_defaults=True):
    """A task and where it stands. `accepted`: by a person, who looked at what it proposes."""

    spec: TaskSpec
    order: int
    state: TaskState = TaskState.PENDING
    worker: str = ""
    token: int = 0
    since: float = 0.0
    attempts: int = 0
    redos: int = 0
    open_deps: int = 0
    resting: bool = False
    cancel: bool = False
    landing: bool = False
    dirs: tuple[str, ...] = ()
    reason: str = ""
    submission: Submission | None = None
    accepted: bool = False
    draft: Draft | None = None


class Process(Struct, omit_defaults=True):
    """A worker, supervisor or server that joined. `stop`: it was asked to end."""

    id: str
    kind: ProcessKind
    pid: int
    run: str = ""
    since: float = 0.0
    task: str = ""
    stop: bool = False


class Run(Struct, omit_defaults=True):
    """A run and where it stands. Snapshots drop the `tasks` of ended runs; `Board.run_tasks` reads them again.

    `wished` is the number of the line with the newest `wish`, so that the same wish twice is seen twice.
    """

    id: str
    spec: RunSpec
    began: float
    first_seq: int
    offset: int
    state: RunState = RunState.PLANNING
    reason: str = ""
    ended: float = 0.0
    wish: Wish | None = None
    wished: int = 0
    workers_begun: int = 0
    notes: tuple[Note, ...] = ()
    tasks: dict[str, Task] = field(default_factory=dict)
    left: tuple[Note, ...] = ()
    unchanged: int = 0
    changed: int = 0
    undone_by: str = ""
    cleaned: bool = False
