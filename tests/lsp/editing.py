"""Two people edit several files in two editors while workers change them, and anything may die: nothing typed is lost.

Every line that a person types has a name. After every step each such line is on disk or in a buffer that is not saved,
unless a person took it out themselves; each server's text is its editor's; a file is held if and only if somebody has
text that it does not have. By hand, longer: `python -m tests.lsp.editing --steps 30000`.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle, permutations
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from lockboard.board import Board
from tests.lsp.buffers import Desk, read
from tests.lsp.crew import Crew
from tests.lsp.model_editor import ENCODINGS, TEXTS
from tests.lsp.story import LINE, NAMES, Stage, Story
from tests.lsp.wire import Wire

STEPS = 50
"""Steps of one story."""

_STORIES = 20
"""Stories on one board: the servers start slowly, but what every run leaves behind adds up."""

WHO = st.sampled_from((0, 1))
FILE = st.sampled_from(range(len(NAMES)))
PLACE = st.integers(0, 1000)
STEP = st.integers(0, 900)
"""A line of the board's code, counted as it runs."""


class Editing(Story, RuleBasedStateMachine):
    """Three files in the life of two people."""

    @initialize()
    def begin(self) -> None:
        self.set_up()

    # ---- people

    @rule(who=WHO, file=FILE)
    def open_or_close(self, who: int, file: int) -> None:
        """Who closes a buffer throws away what is not saved."""
        desk, name = self.stage.desks[who], self.names[file]
        if name in desk.buffers:
            gone = desk.buffers[name].text
            desk.close(name)
            self.taken.discard((who, name))
            self.forget(gone)
        else:
            desk.open(name)
        self.check()

    @rule(who=WHO, file=FILE, place=PLACE, more=TEXTS, settled=st.booleans())
    def type(self, who: int, file: int, place: int, more: str, settled: bool) -> None:
        """Not `settled`: what happens next happens before the server can have told anybody."""
        desk, buffer = self.opened(who, file)
        self.stage.lines += 1
        line = f"<{self.stage.lines} é🙂>\n"
        starts = [0, *(found.end() for found in re.finditer("\n", buffer.text))]
        at = starts[place % len(starts)]
        desk.edit(buffer, at, at, line + more)
        self.typed.add(line)
        if settled:
            self.check()

    @rule(who=WHO, file=FILE, place=PLACE)
    def take_out(self, who: int, file: int, place: int) -> None:
        desk, buffer = self.opened(who, file)
        lines = list(LINE.finditer(buffer.text))
        if lines:
            found = lines[place % len(lines)]
            desk.edit(buffer, found.start(), found.end(), "")
            self.typed.discard(found[0])
        self.check()

    @rule(who=WHO, file=FILE)
    def save(self, who: int, file: int) -> None:
        text = self.to_save(who, file)
        if text is not None:
            self.write(who, file, text)
        self.check()

    @rule(who=WHO, file=FILE, to=FILE)
    def save_as(self, who: int, file: int, to: int) -> None:
        desk, buffer = self.opened(who, file)
        if file != to:
            target = desk.buffers.get(self.names[to]) or desk.open(self.names[to])
            desk.replace(target, self.merged(target.text, buffer.text))
            desk.close(self.names[file])
            self.taken.discard((who, self.names[file]))
            self.save(who, to)

    @rule(who=WHO, file=FILE)
    def reload(self, who: int, file: int) -> None:
        desk, buffer = self.opened(who, file)
        gone, buffer.base = buffer.text, read(self.stage.root / self.names[file])
        desk.replace(buffer, buffer.base)
        self.forget(gone)
        self.check()

    @rule(who=WHO, file=FILE)
    def take(self, who: int, file: int) -> None:
        desk, buffer = self.opened(who, file)
        assert desk.take(buffer) in ("free", "taken")
        self.taken.add((who, self.names[file]))
        for job in [job for job in self.jobs if self.names[file] in job.found]:
            assert not self.stage.crew.hand_in(job), "a worker still has a file that a person took"
            self.end(job)
        self.check()

    @rule(who=WHO, chance=st.integers(0, 30))
    def crash(self, who: int, chance: int) -> None:
        """Now and then: a server starts slowly."""
        if chance == 17:
            self.stage.desks[who].crash()
            self.taken = {(other, name) for other, name in self.taken if other != who}
        self.check()

    # ---- workers

    @rule(files=st.lists(FILE, min_size=1, max_size=2, unique=True), settled=st.booleans())
    def claim(self, files: list[int], settled: bool) -> None:
        names = [self.names[file] for file in files]
        held = settled and self.is_held(names)
        job = self.begin_job(*names)
        assert not (held and job), "a worker got a file with unsaved text"

    @rule(which=PLACE, who=WHO, settled=st.booleans(), late=st.booleans())
    def land(self, which: int, who: int, settled: bool, late: bool) -> None:
        """`late`: somebody types after the worker has got the file."""
        if job := self.job(which):
            if late:
                self.type(who, self.names.index(next(iter(job.found))), which, "", settled=False)
            held = settled and self.is_held(job.found)
            before = {name: (self.stage.root / name).read_bytes() for name in job.found}
            landed = self.stage.crew.hand_in(job) and self.stage.crew.land(job)
            assert not landed or (before == job.found and not held), "it landed on what somebody has changed"
            self.end(job)
        self.check()

    @rule(which=PLACE, who=WHO, step=STEP, act=st.sampled_from(("type", "save", "save slowly")))
    def act_while_landing(self, which: int, who: int, step: int, act: str) -> None:
        """Do something between two lines of a landing; slowly: the file is opened there, and written afterwards."""
        if (job := self.job(which)) is None:
            return
        file = self.names.index(list(job.found)[which % len(job.found)])
        with ExitStack() as afterwards:

            def meanwhile(now: int) -> None:
                if now == step:
                    self.type(who, file, which, "", settled=False)
                    if act != "type" and (text := self.to_save(who, file)) is not None:
                        stream = (self.stage.root / self.names[file]).open("r+b")
                        finish = partial(self.write, who, file, text, stream)
                        finish() if act == "save" else afterwards.callback(finish)

            if self.stage.crew.hand_in(job):
                self.stage.crew.land(job, meanwhile)
        self.end(job)
        self.check()

    @rule(which=PLACE, step=STEP, handed_in=st.booleans())
    def die(self, which: int, step: int, handed_in: bool) -> None:
        """Let a worker die, or its supervisor in the middle of landing."""
        if job := self.job(which):
            if handed_in and self.stage.crew.hand_in(job):
                self.stage.crew.die_landing(job, step)
            self.end(job)
        self.check()

    @rule(which=PLACE)
    def undo(self, which: int) -> None:
        done = self.stage.crew.done
        if done:
            self.stage.crew.undo(done[which % len(done)])
            self.note()
        self.check()


@contextmanager
def stage(folder: Path, encodings: Sequence[str]) -> Iterator[type[Editing]]:
    """Give a machine with servers to run on."""
    root = folder / "space"
    root.mkdir(parents=True)
    board = Board(root, create=True)
    with ExitStack() as stack:

        def start(encoding: str) -> Wire:
            wire = stack.enter_context(Wire(root, log=folder / f"{encoding}.log"))
            wire.initialize(capabilities={"general": {"positionEncodings": [encoding]}})
            return wire

        desks = [Desk(root, encoding, partial(start, encoding)) for encoding in encodings]
        yield type("EditingHere", (Editing,), {"stage": Stage(root, Crew(board), desks)})
    board.close()


def run(folder: Path, stories: int, encodings: Sequence[str] = ("utf-8", "utf-16")) -> Counter[str]:
    """Try so many stories on one board, and count what happened in them. `encodings`: those of the two editors."""
    with stage(folder, encodings) as machine:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=stories,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
        return machine.stage.crew.happened


def main() -> None:
    """Try for as long as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=30_000)
    args = parser.parse_args()
    happened = Counter[str]()
    pairs = cycle(permutations(ENCODINGS, 2))
    for board in range(-(-args.steps // (_STORIES * STEPS))):
        with tempfile.TemporaryDirectory() as folder:
            happened += run(Path(folder).resolve(), _STORIES, next(pairs))
        counts = ", ".join(f"{count:,} {what}" for what, count in sorted(happened.items()))
        print(f"{(board + 1) * _STORIES * STEPS:,} steps, {counts}: nothing that was typed is lost", flush=True)


if __name__ == "__main__":
    main()
