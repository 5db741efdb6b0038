"""The operations of the board in which a process dies or stops, each in a workspace where it is about to happen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

from attrs import field, frozen

from lockboard import agents, landing
from lockboard.board import Board
from lockboard.cleaning import clean
from lockboard.leaving import leave_out
from tests.faults import acts
from tests.faults.beginnings import (
    HELD,
    claimed,
    died_in_landing,
    done,
    joined,
    no_exchange,
    no_renaming,
    owned,
    parted,
    person,
    proposed,
    ready,
    resting,
    save,
    submitted,
    with_agent,
    with_hold,
    with_link,
    with_person,
)
from tests.faults.driving import (
    AFTER,
    OWNER,
    Tree,
    join,
    planned,
    set_going,
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
_NEW: Tree = {"other.py": AFTER["other.py"]}
_EDITED: Tree = {"other.py": _THEIRS}


@frozen
class Scene:
    """A workspace in which something is about to happen: `operation` does it, in a process that dies or stops.

    `look` says what must be so after a death, before anybody tidies up; `finish` is what others do then. `saved` are
    texts that a person has saved meanwhile; `system` is a system that cannot all that this one can.
    """

    name: str
    prepare: Callable[[Path], object]
    operation: Callable[[Board], object]
    look: Callable[[Board], None] = lambda _board: None
    finish: Callable[[Board], None] = acts.all_done
    saved: Tree = field(factory=dict)
    system: Callable[[], AbstractContextManager[object]] = nullcontext


SCENES = (
    Scene("create a board", ready, acts.create_beside, finish=acts.created),
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
        "submit for review",
        lambda root: claimed(root, review=True),
        lambda board: work(board, owned(board)),
        acts.nothing_has_landed,
    ),
    Scene("accept", proposed, acts.accept_all, finish=acts.landed_and_undone),
    Scene("accept a group", lambda root: proposed(root, "group"), acts.accept_all, finish=acts.landed_and_undone),
    Scene("accept a part", proposed, acts.accept_part, acts.nothing_has_landed, acts.landed_and_undone),
    Scene("hand in again what is accepted in part", parted, acts.hand_in, finish=acts.landed_and_undone),
    Scene("reject", proposed, acts.reject_all, acts.nothing_has_landed, acts.rejected),
    Scene("reject a part", proposed, acts.reject_part, acts.nothing_has_landed, acts.part_rejected),
    Scene(
        "hold what is proposed",
        lambda root: with_person(proposed(root)),
        acts.take_file,
        acts.nothing_has_landed,
        acts.not_landed_over_a_person,
    ),
    Scene(
        "release",
        claimed,
        lambda board: board.release(owned(board), "no result", counts=True, rest=True),
    ),
    Scene("make ready", resting, lambda board: board.ready("r1", "t1")),
    Scene("take one more file", claimed, acts.extend, finish=acts.extended_or_not),
    Scene("add a task", claimed, acts.add_task, finish=acts.added_once),
    Scene("split", claimed, acts.split),
    Scene(
        "fail",
        claimed,
        lambda board: board.fail(owned(board), "it cannot be done"),
        finish=acts.ended_or_done,
    ),
    Scene(
        "fail one of a group",
        lambda root: claimed(root, "group"),
        lambda board: board.fail(owned(board), "it cannot be done"),
        finish=acts.blocked_or_done,
    ),
    Scene("ask for an end", claimed, acts.ask),
    Scene("cancel", claimed, acts.cancel, finish=acts.ended_or_done),
    Scene("depart", claimed, lambda board: board.depart("r1-w1", "it died", counts=True)),
    Scene("leave out", ready, lambda board: leave_out(board, "r1", [HELD], "held"), finish=acts.left_out),
    Scene("hold", lambda root: with_person(ready(root)), acts.hold, acts.held_from_others),
    Scene(
        "unhold",
        lambda root: with_hold(ready(root)),
        lambda board: board.unhold(HELD, person(board)),
    ),
    Scene("take from a worker", lambda root: with_person(claimed(root)), acts.take_file, acts.taken_from_worker),
    Scene("take what is submitted", lambda root: with_person(submitted(root)), acts.take_file, acts.taken_from_worker),
    Scene(
        "take one of a group",
        lambda root: with_person(claimed(root, "group")),
        partial(acts.take_file, path="face.py"),
        partial(acts.taken_from_worker, path="face.py"),
    ),
    Scene(
        "take one of a group that is submitted",
        lambda root: with_person(submitted(root, "group")),
        partial(acts.take_file, path="uses.py"),
        partial(acts.taken_from_worker, path="uses.py"),
    ),
    Scene(
        "lock for an agent",
        lambda root: with_agent(root, "other.py"),
        lambda board: agents.lock(board, [HELD, "sub/b.py"], OWNER),
        acts.agent_has_what_it_had,
        acts.agent_gives_back,
    ),
    Scene(
        "unlock for an agent",
        lambda root: with_agent(root, "other.py", HELD),
        lambda board: agents.unlock(board, ["other.py"], OWNER),
        finish=acts.agent_gives_back,
    ),
    Scene("land", submitted, acts.land, finish=acts.landed_and_undone),
    Scene("land two at once", lambda root: submitted(root, "two"), acts.land, finish=acts.landed_and_undone),
    Scene("land a group", lambda root: submitted(root, "group"), acts.land, finish=acts.landed_and_undone),
    Scene("land in two moves", submitted, acts.land, finish=acts.landed_and_undone, system=no_exchange),
    Scene("land by second names", submitted, acts.land, finish=acts.landed_and_undone, system=no_renaming),
    Scene("land with a file open", submitted, partial(acts.land_open, "sub/b.py"), finish=acts.landed_and_undone),
    Scene(
        "land with a file open to delete", submitted, partial(acts.land_open, "gone.py"), finish=acts.landed_and_undone
    ),
    Scene("land over a link", with_link, acts.land, finish=acts.not_written_through),
    Scene(
        "land what changes nothing",
        lambda root: submitted(root, "other", _NEW),
        acts.land,
        finish=partial(acts.landed_and_undone, saved=_NEW),
        saved=_NEW,
    ),
    Scene(
        "land what somebody changed",
        lambda root: save(submitted(root, "two"), _EDITED),
        acts.land,
        finish=partial(acts.landed_and_undone, saved=_EDITED),
        saved=_EDITED,
    ),
    *(
        Scene(
            f"recover with {files_in} files in" + (", one of them saved" if saved else ""),
            partial(died_in_landing, files_in=files_in, saved=saved),
            lambda board: landing.recover(board, "r1"),
            finish=partial(acts.landed_and_undone, saved=saved),
            saved=saved,
        )
        for files_in, saved in _FOUND
    ),
    Scene("undo", done, lambda board: undo(board, "r1"), finish=acts.undone),
    Scene("redo", lambda root: undo(done(root), "r1"), lambda board: undo(board, "r2"), finish=acts.redone),
    Scene("snapshot", lambda root: with_hold(done(root)), lambda board: board.save_snapshot()),
    Scene("clean", done, lambda board: clean(board, keep=0), finish=acts.cleaned),
    Scene("make views anew", lambda root: submitted(root, "two"), lambda board: board.rebuild_views()),
)
