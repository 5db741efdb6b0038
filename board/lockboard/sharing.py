"""Whether a folder is shared with other machines: a board's locks hold for the processes of one kernel only.

Linux: the mount that a path lies in, from /proc/self/mountinfo (man 5 proc). macOS: `statfs` says whether a file system
is local. Windows: `GetDriveTypeW` says whether a drive is remote. The last two are written from their documentation and
could not be run here. Kinds that nobody has listed here are taken for local.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from lockboard.errors import BoardError

_NETWORK = "a network file system"
_HOST = "a folder of the system that this one runs in"
_NETWORK_KINDS = """
    9p afs beegfs ceph cifs coda glusterfs gpfs lustre ncpfs nfs nfs4 orangefs pvfs2 smb2 smb3 smbfs fuse.afp
    fuse.blobfuse fuse.blobfuse2 fuse.ceph fuse.ceph-fuse fuse.cephfs fuse.curlftpfs fuse.davfs fuse.davfs2 fuse.gcsfuse
    fuse.glusterfs fuse.goofys fuse.gvfsd-fuse fuse.juicefs fuse.kio-fuse fuse.lizardfs fuse.mfs fuse.moosefs
    fuse.mount-s3 fuse.nfs fuse.rclone fuse.s3fs fuse.seaweedfs fuse.smbnetfs fuse.sshfs
"""
_HOST_KINDS = "fakeowner fuse.grpcfuse fuse.osxfs fuse.prl_fsd fuse.vmhgfs-fuse hgfs prl_fs vboxsf virtiofs vmhgfs"
_SHARED = dict.fromkeys(_NETWORK_KINDS.split(), _NETWORK) | dict.fromkeys(_HOST_KINDS.split(), _HOST)
_ROOT_KINDS = ("9p", "virtiofs")  # a sandbox may get its own system disk this way, which nobody else writes
_ESCAPE = re.compile(rb"\\([0-7]{3})")


def refuse_shared(folder: Path) -> None:
    """Raise BoardError for a folder, which need not exist yet, on a file system that other machines may write too."""
    kind = _shared_kind(os.path.realpath(folder))
    if kind:
        raise BoardError(
            f"{folder} lies on {_SHARED.get(kind, _NETWORK)} ({kind}). Locks there do not keep out other machines, so "
            "no task board can be used there. Put the workspace on a disk of this machine, by a clone for example."
        )


def kind_among(mounts: bytes, path: bytes) -> str:
    """Give the kind of the file system that a real path lies in, if others may share it, from mountinfo's text."""
    longest, kind = b"", ""
    for line in mounts.split(b"\n"):
        head, _, tail = line.partition(b" - ")
        if not tail:
            continue
        point = head.split(b" ", 5)[4]
        if b"\\" in point:
            point = _ESCAPE.sub(lambda found: bytes([int(found[1], 8)]), point)
        # Of two at one point the later covers the earlier.
        if len(point) >= len(longest) and (path == point or path.startswith(point.rstrip(b"/") + b"/")):
            longest, kind = point, os.fsdecode(tail.split(b" ", 1)[0])
    own_disk = longest == b"/" and kind in _ROOT_KINDS
    return kind if kind in _SHARED and not own_disk else ""


if sys.platform == "win32":
    import ctypes

    _REMOTE = 4

    def _shared_kind(path: str) -> str:
        return "a remote drive" if ctypes.windll.kernel32.GetDriveTypeW(Path(path).anchor) == _REMOTE else ""

elif sys.platform == "darwin":
    import ctypes

    _LOCAL = 0x1000  # MNT_LOCAL (man 2 statfs)

    class _Statfs(ctypes.Structure):
        _fields_ = (
            ("sizes", ctypes.c_uint32 * 2),
            ("counts", ctypes.c_uint64 * 5),
            ("fsid", ctypes.c_int32 * 2),
            ("owner", ctypes.c_uint32),
            ("type", ctypes.c_uint32),
            ("flags", ctypes.c_uint32),
            ("subtype", ctypes.c_uint32),
            ("type_name", ctypes.c_char * 16),
            ("rest", ctypes.c_char * 2080),  # two paths and what is reserved
        )

    def _shared_kind(path: str) -> str:
        while not os.path.lexists(path):
            path = os.path.dirname(path)  # noqa: PTH120
        library, found = ctypes.CDLL(None), _Statfs()
        # Intel Macs have an older form of the structure under the plain name.
        statfs = getattr(library, "statfs$INODE64", None) or library.statfs
        if statfs(os.fsencode(path), ctypes.byref(found)) or found.flags & _LOCAL:
            return ""
        return os.fsdecode(found.type_name)

else:
    _MOUNTS = Path("/proc/self/mountinfo")

    def _shared_kind(path: str) -> str:
        try:
            mounts = _MOUNTS.read_bytes()
        except OSError:  # a system that does not tell
            return ""
        return kind_among(mounts, os.fsencode(path))
