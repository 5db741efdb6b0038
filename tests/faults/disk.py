"""A disk that forgets: what a machine may find after a power loss, of a recorded sequence of calls.

The model, which docs/board.md states as what the board counts on:

* A name operation (create, mkdir, rename, exchange, link, unlink, rmdir) happens whole or not at all.
* Operations on one name, and on one file, keep their order; a name needs its folder. All others may be lost, one
  without the other, until a sync: that of a folder keeps what happened in it, that of a file keeps its contents and
  its names. Both keep the folders above.
* What is written to a file keeps its order and may be cut off at any byte, up to the file's last sync; where it was
  longer, there may be zeros, rubbish or lines of rubbish.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from attrs import define, field, frozen

from tests.faults.calls import Call

FOLDER = 0
"""Stands for a folder where a file has its number."""

Names = dict[str, int]


@frozen
class Named:
    """A name operation: which names have which file afterwards, None for no file."""

    names: dict[str, int | None]
    files: tuple[int, ...]


@frozen
class Written:
    """Contents: `data` written at `at`, or, without data, the file cut off there."""

    file: int
    at: int
    data: bytes | None


@frozen
class Synced:
    """A file, or a folder by its path, is durable."""

    file: int
    folder: str = ""


Step = Named | Written | Synced


@define
class Recorder:
    """Turns calls into steps; a watcher for `calls.watched`. Begins with what is in a folder, all of it durable."""

    root: Path
    names: Names = field(factory=dict)
    contents: dict[int, bytes] = field(factory=dict)
    steps: list[Step] = field(factory=list)
    _open: dict[int, int | str] = field(factory=dict)
    _files: int = 0

    def __attrs_post_init__(self) -> None:
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            self.names[name] = FOLDER if path.is_dir() else self._number()
            if path.is_file():
                self.contents[self.names[name]] = path.read_bytes()
        self._now = dict(self.names)

    _now: Names = field(init=False)

    def __call__(self, call: Call, make: Callable[[], object]) -> object:
        done = make()
        if Path(call.path).is_relative_to(self.root):
            self._record(call, done)
        return done

    def _number(self) -> int:
        self._files += 1
        return self._files

    def _record(self, call: Call, done: object) -> None:
        name, other = (os.path.relpath(path, self.root) for path in (call.path, call.other or call.path))
        if call.name == "open":
            self._record_open(call, name, done)
        elif call.name == "write" and isinstance(done, int):
            self.steps.append(Written(self._file(call.fd), call.at, call.data[:done]))
        elif call.name == "ftruncate":
            self.steps.append(Written(self._file(call.fd), call.at, None))
        elif call.name == "fsync":
            opened = self._open[call.fd]
            self.steps.append(Synced(FOLDER, opened) if isinstance(opened, str) else Synced(opened))
        elif call.name == "mkdir":
            self._rename({name: FOLDER})
        elif call.name in ("unlink", "rmdir"):
            self._rename({name: None})
        elif call.name == "link":
            self._rename({other: self._now[name]})
        elif call.name in ("rename", "move"):
            self._rename({name: None, other: self._now[name]})
        elif call.name == "exchange":
            self._rename({name: self._now[other], other: self._now[name]})

    def _record_open(self, call: Call, name: str, done: object) -> None:
        assert isinstance(done, int)
        if name not in self._now and call.creates:
            self._rename({name: self._number()})
        elif call.empties:
            self.steps.append(Written(self._now[name], 0, None))
        file = self._now.get(name, FOLDER)
        self._open[done] = name if file == FOLDER else file

    def _rename(self, names: dict[str, int | None]) -> None:
        before = [self._now.get(name) for name in names]
        files = {file for file in (*names.values(), *before) if file}
        self.steps.append(Named(names, tuple(sorted(files))))
        _apply(self._now, names)

    def _file(self, fd: int) -> int:
        file = self._open[fd]
        assert isinstance(file, int)
        return file


@define
class Disk:
    """What is on a disk: names with the numbers of files, and their contents."""

    names: Names
    contents: dict[int, bytes]

    def write(self, root: Path) -> None:
        """Make it a folder."""
        made: dict[int, Path] = {}
        for name, file in sorted(self.names.items()):
            path = root / name
            if file == FOLDER:
                path.mkdir()
            elif file in made:
                os.link(made[file], path)
            else:
                path.write_bytes(self.contents.get(file, b""))
                made[file] = path

    def key(self) -> object:
        """Give the same for two disks that hold the same."""
        return frozenset((name, self.contents.get(file, b"") if file else None) for name, file in self.names.items())


class Outage:
    """The power goes after the first `cut` steps of a recording."""

    def __init__(self, recorder: Recorder, cut: int) -> None:
        self._recorder = recorder
        self._steps = recorder.steps[:cut]
        self._needs = _needs(self._steps)
        self._kept, self._floors = self._synced()
        self.open = [at for at, step in enumerate(self._steps) if isinstance(step, Named) and at not in self._kept]
        """The name operations that may be lost."""

    def disks(self, dice: random.Random, count: int) -> Iterator[Disk]:
        """Give the disks that lost all they may, all contents they may, and nothing; then `count` in between."""
        yield self._disk(set(), lambda _: 0.0, dice)
        yield self._disk(set(self.open), lambda _: 0.0, dice)
        yield self._disk(set(self.open), lambda _: 1.0, dice)
        for _ in range(count):
            yield self._disk(set(self._some(dice)), lambda _: dice.choice((0.0, 1.0, dice.random())), dice)

    def _some(self, dice: random.Random) -> list[int]:
        """Choose what is kept: up to a moment, all but one, only one, or by lot."""
        if not self.open:
            return []
        how, at = dice.randrange(4), dice.randrange(len(self.open))
        if how == 0:
            return self.open[:at]
        if how == 1:
            lost = self.open[at]
            return [step for step in self.open if lost not in self._closure([step])]
        if how == 2:
            return [self.open[at]]
        share = dice.random()
        return [step for step in self.open if dice.random() < share]

    def _disk(self, chosen: set[int], part: Callable[[int], float], dice: random.Random) -> Disk:
        names, contents = dict(self._recorder.names), dict(self._recorder.contents)
        for at in sorted(self._kept | self._closure(chosen)):
            step = self._steps[at]
            assert isinstance(step, Named)
            _apply(names, step.names)
        writes: dict[int, list[Written]] = {}
        for at, step in enumerate(self._steps):
            if isinstance(step, Written):
                if at < self._floors.get(step.file, 0):
                    contents[step.file] = _written(contents.get(step.file, b""), step)
                else:
                    writes.setdefault(step.file, []).append(step)
        for file in writes.keys() & set(names.values()):
            contents[file] = _torn(contents.get(file, b""), writes[file], part(file), dice)
        return Disk(names, contents)

    def _synced(self) -> tuple[set[int], dict[int, int]]:
        kept, floors = set[int](), dict[int, int]()
        for now, step in enumerate(self._steps):
            if isinstance(step, Synced):
                if step.file:
                    floors[step.file] = now
                seeds = [at for at in range(now) if at not in kept and _keeps(step, self._steps[at])]
                kept |= self._closure(seeds)
        return kept, floors

    def _closure(self, seeds: object) -> set[int]:
        found, left = set[int](), list(seeds)  # type: ignore[call-overload]
        while left:
            at = left.pop()
            if at not in found:
                found.add(at)
                left += self._needs[at]
        return found


def _keeps(sync: Synced, step: Step) -> bool:
    if not isinstance(step, Named):
        return False
    if sync.file:
        return sync.file in step.files
    return sync.folder in step.names or any(_parent(name) == sync.folder for name in step.names)


def _needs(steps: list[Step]) -> dict[int, list[int]]:
    """Tell for each name operation which earlier ones it cannot be without."""
    last_of_name, last_of_file = dict[str, int](), dict[int, int]()
    needs = dict[int, list[int]]()
    for at, step in enumerate(steps):
        if isinstance(step, Named):
            names = [*step.names, *(_parent(name) for name in step.names)]
            if any(file is None for file in step.names.values()):  # a folder goes after what was in it
                names += [name for name in last_of_name if _parent(name) in step.names]
            needs[at] = [last_of_name[name] for name in names if name in last_of_name]
            needs[at] += [last_of_file[file] for file in step.files if file in last_of_file]
            last_of_name |= dict.fromkeys(step.names, at)
            last_of_file |= dict.fromkeys(step.files, at)
    return needs


def _torn(before: bytes, writes: list[Written], part: float, dice: random.Random) -> bytes:
    """Apply a part of what was written since the last sync, the last of it perhaps not whole."""
    count = part * len(writes)
    contents = before
    for step in writes[: int(count)]:
        contents = _written(contents, step)
    if int(count) < len(writes) and (step := writes[int(count)]).data and part:
        whole = _written(contents, step)
        cut = dice.randrange(len(whole) + 1 - len(contents)) + len(contents) if len(whole) > len(contents) else 0
        rest = len(whole) - cut if cut else 0
        filling = dice.choice((b"", b"\0" * rest, dice.randbytes(rest), b"\n\0\n rubbish\n"[:rest]))
        contents = whole[:cut] + filling if cut else contents
    return contents


def _written(contents: bytes, step: Written) -> bytes:
    if step.data is None:
        return contents[: step.at].ljust(step.at, b"\0")
    return contents[: step.at].ljust(step.at, b"\0") + step.data + contents[step.at + len(step.data) :]


def _apply(names: Names, changes: dict[str, int | None]) -> None:
    for name, file in changes.items():
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


def _parent(name: str) -> str:
    return str(PurePosixPath(name).parent)
