"""A file system in a process, mounted for real, whose folders are empty: for tests of where a board may be.

Linux only, for the superuser: the protocol of /dev/fuse (linux/fuse.h), as far as looking needs it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOKUP, _GETATTR, _INIT = 1, 3, 26
_FORGETS = (2, 42)  # FUSE_FORGET, FUSE_BATCH_FORGET: nobody waits for an answer
_HEADER, _ANSWER = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ")
_DETACH = 2  # MNT_DETACH


@contextmanager
def mounted(folder: Path, kind: str) -> Iterator[None]:
    """Mount the file system as `kind` ("fuse.sshfs"); raises PermissionError, FileNotFoundError where one may not."""
    library = ctypes.CDLL(None, use_errno=True)
    device = os.open("/dev/fuse", os.O_RDWR)
    try:
        options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
        if library.mount(b"test", os.fsencode(folder), kind.encode(), 0, options):
            raise PermissionError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        server = threading.Thread(target=_serve, args=(device,))
        server.start()
        try:
            yield
        finally:
            library.umount2(os.fsencode(folder), _DETACH)
            server.join()
    finally:
        os.close(device)


def _serve(device: int) -> None:
    while True:
        try:
            request = os.read(device, 1 << 17)
        except OSError:  # ENODEV: it is mounted no more
            return
        _, operation, unique, *_ = _HEADER.unpack_from(request)
        if operation not in _FORGETS:
            body, error = _answer(operation)
            os.write(device, _ANSWER.pack(_ANSWER.size + len(body), -error, unique) + body)


def _answer(operation: int) -> tuple[bytes, int]:
    if operation == _INIT:
        return struct.pack("<IIIIHHIIHH32x", 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0), 0
    if operation == _GETATTR:
        root = struct.pack("<6Q10I", 1, 0, 0, 0, 0, 0, 0, 0, 0, stat.S_IFDIR | 0o755, 2, 0, 0, 0, 4096, 0)
        return struct.pack("<QII", 0, 0, 0) + root, 0
    return b"", errno.ENOENT if operation == _LOOKUP else errno.ENOSYS
