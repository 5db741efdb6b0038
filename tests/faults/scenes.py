"""The operations of the board in which a process dies or stops, each in a workspace where it is about to happen."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from attrs import field, frozen

from lockboard import agents, landing
from lockboard.board import Board
from lockboard.cleaning import clean
from lockboard.errors import BoardError, StaleClaimError
from lockboard.leaving import leave_out
from lockboard.model import RunSpec, TaskState, Wish
from lockboard.taking import take
from lockboard.undo import Undo
from tests.faults.beginnings import (
    HELD,
    OWNER,
    claimed,
    died_in_landing,
    done,
    joined,
    owned,
    person,
    ready,
    submitted,
    with_agent,
    with_hold,
    with_person,
)
from tests.faults.driving import (
    AFTER,
    BEFORE,
    PLANS,
    Tree,
    go_on,
    join,
    planned,
    set_going,
    tree,
    undo,
    work,
)

_THEIRS = b"typed by a person\n"
_FOUND: tuple[tuple[int, Tree], ...] = (
    (0, {}),
    (2, {}),
    (4, {}),
    (1, {"sub/b.py": _THEIRS}),
    (3, {"new/deep/c.py": _THEIRS}),
)
"""How many files a dead supervisor had brought in, and what a person saved then."""

ALL_DONE = BEFORE | {path: AFTER[path] for path in PLANS["one"][0].files}
"""What the usual run leaves."""


def all_done(board: Board) -> None:
    """Go on until the run has changed all files that it was to change."""
    go_on(board)
    files = [path for task in PLANS[board.run("r1").spec.title] for path in task.files]
    assert tree(board.root) == BEFORE | {path: AFTER[path] for path in files}


@frozen
class Scene:
    """A workspace in which something is about to happen: `operation` does it, in a process that dies or stops.

    `look` says what must be so after a death, before anybody tidies up; `finish` is what others do then. `saved` are
    texts that a person has saved meanwhile.
    """

    name: str
    prepare: Callable[[Path], object]
    operation: Callable[[Board], object]
    look: Callable[[Board], None] = lambda _board: None
    finish: Callable[[Board], None] = all_done
    saved: Tree = field(factory=dict)


# ---- what processes do


def _split(board: Board) -> None:
    board.split(owned(board), (("a.py", "gone.py"), ("sub/b.py", "new/deep/c.py")), "one of them failed")


def _cancel(board: Board) -> None:
    board.wish("r1", Wish.CANCEL)
    board.end_task("r1", "t1", TaskState.CANCELLED, "the run was cancelled")


def _hold(board: Board) -> None:
    board.hold(HELD, OWNER, person(board))


def _take(board: Board) -> None:
    take(board, HELD, OWNER, person(board))


def _land(board: Board) -> None:
    landing.land_all(board, "r1", list(board.state.schedules["r1"].landable))


def _create(board: Board) -> Board:
    beside = board.root.parent / "beside"
    beside.mkdir(exist_ok=True)
    return Board(beside, create=True)


# ---- what must be so, and what others do


def _held_from_others(board: Board) -> None:
    if board.state.holds:
        life = join(board, "r1")
        assert board.claim("r1", life.process) is None
        life.end()


def _taken_from_worker(board: Board) -> None:
    """Have the worker hand in what it did all the same: it is refused, or does not land."""
    held = bool(board.state.holds)
    with suppress(StaleClaimError):
        work(board, owned(board))
    _land(board)
    assert not held or tree(board.root)[HELD] == BEFORE[HELD]


def _agent_has_what_it_had(board: Board) -> None:
    assert OWNER in [hold.owner for hold in board.state.holds["other.py"].values()]


def _agent_gives_back(board: Board) -> None:
    agents.unlock(board, None, OWNER)
    assert not board.state.holds
    all_done(board)


def _ended_or_done(board: Board) -> None:
    if board.run("r1").wish is Wish.CANCEL:
        _cancel(board)
    go_on(board)
    assert board.run("r1").tasks["t1"].state in (TaskState.DONE, TaskState.CANCELLED, TaskState.FAILED)


def _left_out(board: Board) -> None:
    leave_out(board, "r1", [HELD], "held")
    go_on(board)
    assert tree(board.root) == ALL_DONE | {HELD: BEFORE[HELD]}


def _undone(board: Board) -> None:
    undo(board, "r1")
    assert tree(board.root) == BEFORE
    assert not (board.root / "new").exists()


def _landed_and_undone(board: Board, saved: Tree = {}) -> None:  # noqa: B006  nobody changes it
    all_done(board)
    undo(board, "r1")
    assert tree(board.root) == BEFORE | saved


def _redone(board: Board) -> None:
    undo(board, "r2")
    assert tree(board.root) == ALL_DONE


def _cleaned(board: Board) -> None:
    """Either nothing is deleted, or the rest is too when somebody cleans again."""
    if not board.run("r1").cleaned:
        assert not Undo(board, "r1").plan().left
    clean(board, keep=0)
    assert not (board.layout.run("r1") / "exchange").exists()
    with suppress(BoardError):
        Undo(board, "r1")
        raise AssertionError("a run without displaced files can be undone")


def _created(board: Board) -> None:
    other = _create(board)
    other.add_run(RunSpec("one", "test"))
    other.close()
    shutil.rmtree(other.root)
    all_done(board)


SCENES = (
    Scene("create a board", ready, _create, finish=_created),
    Scene("plan", lambda root: planned(root, "two"), lambda board: set_going(board, "r1")),
    Scene("join", ready, lambda board: join(board, "r1")),
    Scene("beat", ready, lambda board: join(board, "r1").beat()),
    Scene("claim", joined, lambda board: board.claim("r1", "r1-w1")),
    Scene("submit", claimed, lambda board: work(board, owned(board))),
    Scene(
        "submit and claim the next",
        lambda root: claimed(root, "two"),
        lambda board: work(board, owned(board), go_on=True),
    ),
    Scene(
        "release",
        claimed,
        lambda board: board.release(owned(board), "no result", counts=True, rest=True),
    ),
    Scene("split", claimed, _split),
    Scene(
        "fail",
        claimed,
        lambda board: board.fail(owned(board), "it cannot be done"),
        finish=_ended_or_done,
    ),
    Scene("cancel", claimed, _cancel, finish=_ended_or_done),
    Scene("depart", claimed, lambda board: board.depart("r1-w1", "it died", counts=True)),
    Scene("leave out", ready, lambda board: leave_out(board, "r1", [HELD], "held"), finish=_left_out),
    Scene("hold", lambda root: with_person(ready(root)), _hold, _held_from_others),
    Scene(
        "unhold",
        lambda root: with_hold(ready(root)),
        lambda board: board.unhold(HELD, person(board)),
    ),
    Scene("take from a worker", lambda root: with_person(claimed(root)), _take, _taken_from_worker),
    Scene("take what is submitted", lambda root: with_person(submitted(root)), _take, _taken_from_worker),
    Scene(
        "lock for an agent",
        lambda root: with_agent(root, "other.py"),
        lambda board: agents.lock(board, [HELD, "sub/b.py"], OWNER),
        _agent_has_what_it_had,
        _agent_gives_back,
    ),
    Scene(
        "unlock for an agent",
        lambda root: with_agent(root, "other.py", HELD),
        lambda board: agents.unlock(board, ["other.py"], OWNER),
        finish=_agent_gives_back,
    ),
    Scene("land", submitted, _land, finish=_landed_and_undone),
    Scene("land two at once", lambda root: submitted(root, "two"), _land, finish=_landed_and_undone),
    Scene("land a group", lambda root: submitted(root, "group"), _land, finish=_landed_and_undone),
    *(
        Scene(
            f"recover with {files_in} files in" + (", one of them saved" if saved else ""),
            partial(died_in_landing, files_in=files_in, saved=saved),
            lambda board: landing.recover(board, "r1"),
            finish=partial(_landed_and_undone, saved=saved),
            saved=saved,
        )
        for files_in, saved in _FOUND
    ),
    Scene("undo", done, lambda board: undo(board, "r1"), finish=_undone),
    Scene("redo", lambda root: undo(done(root), "r1"), lambda board: undo(board, "r2"), finish=_redone),
    Scene("snapshot", lambda root: with_hold(done(root)), lambda board: board.save_snapshot()),
    Scene("clean", done, lambda board: clean(board, keep=0), finish=_cleaned),
    Scene("make views anew", lambda root: submitted(root, "two"), lambda board: board.rebuild_views()),
)
