"""What is done in scenes, what must be so when it was cut short, and what others do then."""

from __future__ import annotations

import shutil
from contextlib import suppress

from lockboard import agents, landing
from lockboard.board import Board
from lockboard.cleaning import clean
from lockboard.errors import BoardError, StaleClaimError
from lockboard.leaving import leave_out
from lockboard.model import RunSpec, TaskState, Wish
from lockboard.review import Proposal, accept, proposals, reject
from lockboard.taking import take
from lockboard.undo import Undo
from tests.faults.beginnings import HELD, owned, person
from tests.faults.driving import AFTER, BEFORE, OWNER, PLANS, Tree, go_on, join, tree, undo, work

ALL_DONE = BEFORE | {path: AFTER[path] for path in PLANS["one"][0].files}
"""What the usual run leaves."""


# ---- what processes do


def split(board: Board) -> None:
    board.split(owned(board), (("a.py", "gone.py"), ("sub/b.py", "new/deep/c.py")), "one of them failed")


def add_task(board: Board) -> None:
    board.add_task("r1", PLANS["other"][0])


def extend(board: Board) -> None:
    board.extend(owned(board), "other.py")


def cancel(board: Board) -> None:
    board.wish("r1", Wish.CANCEL)
    board.end_task("r1", "t1", TaskState.CANCELLED, "the run was cancelled")


def accept_all(board: Board) -> None:
    accept(board, _proposal(board), OWNER)


def accept_part(board: Board) -> None:
    accept(board, _proposal(board), OWNER, [HELD])


def reject_all(board: Board) -> None:
    reject(board, _proposal(board), OWNER)


def reject_part(board: Board) -> None:
    reject(board, _proposal(board), OWNER, [HELD])


def _proposal(board: Board) -> Proposal:
    return next(iter(proposals(board, "r1")))


def hand_in(board: Board) -> None:
    while claim := board.claim("r1", "r1-w1"):
        work(board, claim)


def hold(board: Board) -> None:
    board.hold(HELD, OWNER, person(board))


def take_file(board: Board, path: str = HELD) -> None:
    take(board, path, OWNER, person(board))


def ask(board: Board) -> None:
    board.wish("r1", Wish.CANCEL_WORKER, worker="r1-w1")
    board.wish("r1", Wish.CANCEL_TASK, task="t1")


def land(board: Board) -> None:
    landing.land_all(board, "r1", list(board.state.schedules["r1"].landable))


def land_open(path: str, board: Board) -> None:
    """Land while another program may still write into a file."""
    with (board.root / path).open("r+b"):
        land(board)


def create_beside(board: Board) -> Board:
    beside = board.root.parent / "beside"
    beside.mkdir(exist_ok=True)
    return Board(beside, create=True)


# ---- what must be so, and what others do


def all_done(board: Board) -> None:
    """Go on until the run has changed all files that it was to change."""
    go_on(board)
    files = [path for task in PLANS[board.run("r1").spec.title] for path in task.files]
    assert tree(board.root) == BEFORE | {path: AFTER[path] for path in files}


def held_from_others(board: Board) -> None:
    if board.state.holds:
        life = join(board, "r1")
        assert board.claim("r1", life.process) is None
        life.end()


def taken_from_worker(board: Board, path: str = HELD) -> None:
    """Have the worker hand in what it did all the same: it is refused, or does not land."""
    held = bool(board.state.holds)
    with suppress(StaleClaimError):
        work(board, owned(board))
    land(board)
    assert not held or tree(board.root)[path] == BEFORE[path]


def agent_has_what_it_had(board: Board) -> None:
    assert OWNER in [hold.owner for hold in board.state.holds["other.py"].values()]


def agent_gives_back(board: Board) -> None:
    agents.unlock(board, None, OWNER)
    assert not board.state.holds
    all_done(board)


def nothing_has_landed(board: Board) -> None:
    land(board)
    assert tree(board.root) == BEFORE


def not_landed_over_a_person(board: Board) -> None:
    """Have a person accept what is proposed for a file in which they have text that is not saved."""
    held = bool(board.state.holds)
    if proposals(board, "r1"):
        accept_all(board)
    land(board)
    assert not held or tree(board.root) == BEFORE
    for hold in board.state.holds.pop(HELD, {}).values():
        board.depart(hold.process, "its person is done")
    landed_and_undone(board)


def rejected(board: Board) -> None:
    """Either nothing is decided, or it is for good."""
    if proposals(board, "r1"):
        reject_all(board)
    go_on(board)
    assert tree(board.root) == BEFORE


def part_rejected(board: Board) -> None:
    """Have the person reject it again where they died before, and accept the others."""
    life = join(board, "r1")
    while claim := board.claim("r1", life.process):
        work(board, claim)
    life.end()
    board.depart(life.process, "all is handed in")
    for proposal in proposals(board, "r1"):
        if HELD in proposal.files:
            reject(board, proposal, OWNER, [HELD])
    go_on(board)
    assert tree(board.root) == ALL_DONE | {HELD: BEFORE[HELD]}
    undo(board, "r1")
    assert tree(board.root) == BEFORE


def added_once(board: Board) -> None:
    """Have another add it, who does not know whether that was done."""
    add_task(board)
    go_on(board)
    assert list(board.run_tasks("r1")) == ["t1", "t2"]
    assert tree(board.root) == ALL_DONE | {"other.py": AFTER["other.py"]}


def extended_or_not(board: Board) -> None:
    go_on(board)
    files = board.run_tasks("r1")["t1"].spec.files
    assert board.run("r1").undone_by or tree(board.root) == BEFORE | {path: AFTER[path] for path in files}
    undone(board)


def ended_or_done(board: Board) -> None:
    if board.run("r1").wish is Wish.CANCEL:
        cancel(board)
    go_on(board)
    assert board.run("r1").tasks["t1"].state in (TaskState.DONE, TaskState.CANCELLED, TaskState.FAILED)


def blocked_or_done(board: Board) -> None:
    go_on(board)
    states = [task.state for task in board.run_tasks("r1").values()]
    assert states in ([TaskState.DONE] * 2, [TaskState.FAILED, TaskState.BLOCKED])


def not_written_through(board: Board) -> None:
    go_on(board)
    assert tree(board.root)["sub/b.py"] == BEFORE["sub/b.py"]
    states = {task.state for task in board.run_tasks("r1").values() if "sub/b.py" in task.spec.files}
    assert states <= {TaskState.FAILED, TaskState.SPLIT}


def left_out(board: Board) -> None:
    leave_out(board, "r1", [HELD], "held")
    go_on(board)
    assert tree(board.root) == ALL_DONE | {HELD: BEFORE[HELD]}


def undone(board: Board) -> None:
    undo(board, "r1")
    assert tree(board.root) == BEFORE
    assert not (board.root / "new").exists()


def landed_and_undone(board: Board, saved: Tree = {}) -> None:  # noqa: B006  nobody changes it
    all_done(board)
    undo(board, "r1")
    assert tree(board.root) == BEFORE | saved


def redone(board: Board) -> None:
    undo(board, "r2")
    assert tree(board.root) == ALL_DONE


def cleaned(board: Board) -> None:
    """Either nothing is deleted, or the rest is too when somebody cleans again."""
    if not board.run("r1").cleaned:
        assert not Undo(board, "r1").plan().left
    clean(board, keep=0)
    assert not (board.layout.run("r1") / "exchange").exists()
    with suppress(BoardError):
        Undo(board, "r1")
        raise AssertionError("a run without displaced files can be undone")


def created(board: Board) -> None:
    other = create_beside(board)
    other.add_run(RunSpec("one", "test"))
    other.close()
    shutil.rmtree(other.root)
    all_done(board)
