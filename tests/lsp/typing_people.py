"""Two people type, save, close and reload one file in two editors, while workers land in it.

After every step each server's text is its editor's, a file is held if and only if somebody has text that it does not
have, and what lies on disk is what was saved or landed last. By hand, longer: `python -m tests.lsp.typing_people`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar

from attrs import define
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from lsprotocol.converters import get_converter

from lockboard.board import Board
from lockboard.model import TaskSpec
from parallel_refactor.lsp import messages
from tests.lsp.model_editor import ENCODINGS, TEXTS, ModelEditor
from tests.lsp.team import Team
from tests.lsp.wire import Wire

PATIENCE = 20.0
WHO = st.sampled_from((0, 1))
"""Which of the two people does something."""


@define
class Person:
    """Somebody in front of an editor, with one file open in it or not."""

    wire: Wire
    encoding: str
    uri: str = ""
    version: int = 0
    buffer: ModelEditor | None = None

    def open(self, path: Path) -> None:
        """Open a file."""
        self.uri = path.as_uri()
        self.version = 0
        self.buffer = ModelEditor(path.read_bytes().decode(), self.encoding)
        document = {"uri": self.uri, "languageId": "python", "version": 0, "text": self.buffer.text}
        self.wire.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, change: object) -> None:
        """Tell the server of an edit."""
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        changes = [get_converter().unstructure(change)]
        self.wire.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def tell(self, what: str) -> None:
        """Tell the server that something happened to the document."""
        self.wire.notify(f"textDocument/{what}", {"textDocument": {"uri": self.uri}})


@define
class Desk:
    """What all examples share: servers, one for each position encoding, on one workspace. They start slowly."""

    root: Path
    board: Board
    wires: dict[str, Wire]
    files: int = 0


class Typing(RuleBasedStateMachine):
    """One file in the life of two people."""

    desk: ClassVar[Desk]

    @initialize(text=TEXTS, encodings=st.permutations(sorted(ENCODINGS)))
    def begin(self, text: str, encodings: list[str]) -> None:
        self.desk.files += 1
        self.path = self.desk.root / f"file{self.desk.files}.py"
        self.path.write_bytes(text.encode())
        self.people = [Person(self.desk.wires[encoding], encoding) for encoding in encodings[:2]]
        self.on_disk = text
        self.were_on_disk = {plain(text)}

    @rule(who=WHO)
    def open_or_close(self, who: int) -> None:
        person = self.people[who]
        if person.buffer is None:
            person.open(self.path)
        else:
            person.tell("didClose")
            person.buffer = None
        self.check()

    @rule(who=WHO, data=st.data(), new=TEXTS)
    def type(self, who: int, data: st.DataObject, new: str) -> None:
        person = self.people[who]
        if person.buffer is None:
            person.open(self.path)
        assert person.buffer is not None
        start, end = sorted(data.draw(st.integers(0, len(person.buffer.text)), "place") for _ in range(2))
        person.change(person.buffer.edit(start, end, new))
        self.check()

    @rule(who=WHO)
    def save(self, who: int) -> None:
        person = self.people[who]
        if person.buffer is not None:
            self.put_on_disk(person.buffer.text)
            self.path.write_bytes(person.buffer.text.encode())
            person.tell("didSave")
        self.check()

    @rule(who=WHO)
    def reload(self, who: int) -> None:
        person = self.people[who]
        if person.buffer is not None:
            person.buffer.text = self.on_disk
            person.change({"text": self.on_disk})
        self.check()

    @rule(text=TEXTS, who=WHO, new=TEXTS, late=st.booleans())
    def land(self, text: str, who: int, new: str, late: bool) -> None:
        """Have a worker change the file; `late`: somebody types after it was claimed."""
        team = Team(self.desk.root, TaskSpec("t1", (self.path.name,)))
        claim = team.board.claim(team.run, team.worker())
        if any(map(self.must_hold, self.people)):
            assert claim is None
        if claim is not None:
            person = self.people[who]
            if late and person.buffer is not None:
                person.change(person.buffer.edit(0, 0, new))
                self.check()
            held = any(map(self.must_hold, self.people))
            landed = team.land(claim, text.encode())
            assert not (held and landed) or text == self.on_disk  # a result that changes nothing disturbs nobody
            if landed:
                self.put_on_disk(text)
        team.close()
        self.check()

    # ---- what must be so

    def check(self) -> None:
        for person in self.people:
            if person.buffer is not None:
                answer = person.wire.ask(messages.VIEW_FILE_TEXT, {"uri": person.uri})
                assert answer["result"] == person.buffer.text
        assert self.path.read_bytes() == self.on_disk.encode()
        end = time.monotonic() + PATIENCE
        while (holders := self.holders()) < self.fewest() or holders > self.most():
            assert time.monotonic() < end, (holders, self.fewest(), self.most(), self.told())
            time.sleep(0.002)

    def told(self) -> str:
        """Give what the servers logged, and what is on the board, for who looks into a failure."""
        logs = [person.wire.logged() for person in self.people]
        lines = (self.desk.root / ".task_board/log.jsonl").read_text().splitlines()
        return "\n".join([*logs, *lines[-40:], repr(self.on_disk), repr(self.people), repr(self.were_on_disk)])

    def must_hold(self, person: Person) -> bool:
        """Whether a person has text that the disk never had."""
        return person.buffer is not None and plain(person.buffer.text) not in self.were_on_disk

    def may_hold(self, person: Person) -> bool:
        """Whether a person has text that the disk does not have now."""
        return person.buffer is not None and plain(person.buffer.text) != plain(self.on_disk)

    def fewest(self) -> int:
        return sum(map(self.must_hold, self.people))

    def most(self) -> int:
        return sum(map(self.may_hold, self.people))

    def holders(self) -> int:
        self.desk.board.refresh()
        return len(self.desk.board.state.holds.get(self.path.name, {}))

    def put_on_disk(self, text: str) -> None:
        self.on_disk = text
        self.were_on_disk.add(plain(text))

    def teardown(self) -> None:
        for person in getattr(self, "people", ()):
            if person.buffer is not None:
                person.tell("didClose")


def plain(text: str) -> str:
    """Take line ends for the same: they are the editor's business."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@contextmanager
def desk(folder: Path) -> Iterator[type[Typing]]:
    """Give a machine with servers to run on."""
    root = folder / "space"
    root.mkdir()
    board = Board(root, create=True)
    with ExitStack() as stack:
        wires = {}
        for encoding in ENCODINGS:
            wires[encoding] = stack.enter_context(Wire(root, log=folder / f"{encoding}.log"))
            capabilities = {"general": {"positionEncodings": [encoding]}}
            answer = wires[encoding].initialize(capabilities=capabilities)
            assert answer["result"]["capabilities"]["positionEncoding"] == encoding
        yield type("TypingHere", (Typing,), {"desk": Desk(root, board, wires)})
    board.close()


def run(folder: Path, examples: int) -> None:
    """Try so many lives of a file."""
    with desk(folder) as machine:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )


def main() -> None:
    """Try for as long as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=500)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder).resolve(), args.examples)
    print(f"{args.examples} lives of a file: no text differs, none is lost")


if __name__ == "__main__":
    main()
