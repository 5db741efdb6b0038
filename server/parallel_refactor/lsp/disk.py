"""Whether a buffer has text that the disk does not have, and did not have a short while ago.

A file's bytes can be read as text in several ways, and an editor does not tell which it took: a buffer that equals one
of them is no person's edit. Byte order marks and line ends are the editor's business and make no difference.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path

_REMEMBERED = 64
_MOMENT = 50_000_000  # nanoseconds
_DECLARED = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_USUAL = ("cp1252", "latin-1")


class Disk:
    """Knows the texts that one file has and had on disk, as far as somebody looked. For one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark: object = ()
        self._since = 0
        self._present: tuple[bytes, ...] = ()
        self._past: OrderedDict[bytes, None] = OrderedDict()
        self._displaced: set[Path] = set()

    def has(self, text: str, displaced: Iterable[Path] = (), *, fresh: bool) -> bool:
        """Whether the disk has, or had, this text; raises OSError where that cannot be found out.

        `displaced`: what landings replaced, also before anybody looked here. `fresh`: the editor has just opened it and
        nobody typed yet. Then a line end at the end of the text is no edit either: some editors keep one where the file
        has none.
        """
        self._look()
        for kept in displaced:
            if kept not in self._displaced and kept.exists():
                self._displaced.add(kept)
                self._remember(_digests(kept.read_bytes()))
        if self._knows(text):
            return True
        if fresh and (self._knows(f"{text}\n") or self._knows(text.removesuffix("\n"))):
            self._remember((_digest(text),))
            return True
        return False

    def _look(self) -> None:
        try:
            now = self._path.stat()
            mark: object = (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino)
            since = now.st_mtime_ns
            data = self._path.read_bytes() if mark != self._mark else b""
        except FileNotFoundError:
            mark, since, data = None, time.time_ns(), b""
        if mark != self._mark:
            # What was there for a moment only is no text: a save may empty the file before it writes.
            if since - self._since > _MOMENT:
                self._remember(self._present)
            self._mark, self._since, self._present = mark, since, _digests(data)

    def _knows(self, text: str) -> bool:
        digest = _digest(text)
        return digest in self._present or digest in self._past

    def _remember(self, digests: Iterable[bytes]) -> None:
        for digest in digests:
            self._past[digest] = None
            self._past.move_to_end(digest)
        while len(self._past) > _REMEMBERED:
            self._past.popitem(last=False)


def _digests(data: bytes) -> tuple[bytes, ...]:
    return tuple(map(_digest, _readings(data)))


def _readings(data: bytes) -> Iterator[str]:
    """Give the texts that editors make of some bytes."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            yield data.decode(encoding, "replace")
            return
    yield data.decode("utf-8", "replace")
    if not data.isascii():
        declared = _DECLARED.search(b"\n".join(data.split(b"\n", 2)[:2]))
        for encoding in (*((declared[1].decode("ascii"),) if declared else ()), *_USUAL):
            try:
                yield data.decode(encoding)
            except (LookupError, ValueError):
                continue


def _digest(text: str) -> bytes:
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=16).digest()
