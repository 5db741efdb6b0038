"""A board is refused where other machines may write too, with a word that says why and what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lockboard import sharing
from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.sharing import kind_among
from parallel_refactor.running.checkup import examine
from tests.board.fuse import mounted
from tests.cli.program import refusal

MOUNTS = rb"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:40 / /home rw,relatime shared:1 - autofs systemd-1 rw,fd=32,pgrp=1
41 27 0:41 / /home rw,relatime shared:2 master:3 - nfs4 files:/export/home rw,vers=4.2,sec=sys
42 41 0:42 / /home/ann/local\040disk rw,relatime - xfs /dev/sdb1 rw
43 27 0:43 / /mnt/c rw,noatime - 9p C:\134 rw,dirsync,aname=drvfs;path=C:\
44 27 0:44 / /mnt/ssh\011tab rw,nosuid,nodev - fuse.sshfs ann@there: rw
45 27 0:45 / /mnt/new\012line rw - cifs //files/share rw
46 27 0:46 / /media/host rw,relatime - vboxsf host rw
47 27 0:47 / /srv rw,relatime - fuse.gocryptfs /srv.crypt rw
48 27 0:48 / /var/lib/docker/overlay2/merged rw - overlay overlay rw,lowerdir=/a:/b
49 27 0:49 / /mnt/odd rw - somethingfs nfs rw
"""
PLACES = {
    b"/work/project": "",
    b"/home": "nfs4",
    b"/home/ann/project": "nfs4",
    b"/home/ann/local disk/project": "",
    b"/home/ann/local diskette": "nfs4",
    b"/homes/ann": "",
    b"/mnt/c/Users/ann": "9p",
    b"/mnt/ssh\ttab/project": "fuse.sshfs",
    b"/mnt/new\nline": "cifs",
    b"/media/host/project": "vboxsf",
    b"/srv/project": "",
    b"/var/lib/docker/overlay2/merged/app": "",
    b"/mnt/odd/project": "",
}


@pytest.mark.parametrize(("place", "kind"), PLACES.items())
def test_the_mount_that_a_path_lies_in_decides(place: bytes, kind: str) -> None:
    assert kind_among(MOUNTS, place) == kind


def test_a_sandboxs_own_disk_is_its_own() -> None:
    for kind in (b"9p", b"virtiofs"):
        mounts = b"1 0 0:1 / / rw - %s none rw\n2 1 0:2 / /shared rw - %s none rw\n" % (kind, kind)
        assert kind_among(mounts, b"/work") == ""
        assert kind_among(mounts, b"/shared/work") == kind.decode()
    assert kind_among(b"1 0 0:1 / / rw - nfs4 files:/export rw\n", b"/work") == "nfs4"


linux = pytest.mark.skipif(sys.platform != "linux", reason="mounts file systems the Linux way")


@linux
def test_a_board_that_has_come_to_lie_on_one_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, mounts = tmp_path.resolve() / "root", tmp_path / "mountinfo"
    root.mkdir()
    Board(root, create=True).close()
    mounts.write_text(f"1 0 0:1 / / rw - ext4 /dev/vda rw\n2 1 0:2 / {root} rw - nfs4 files:/export rw\n")
    monkeypatch.setattr(sharing, "_MOUNTS", mounts)
    for use in (Board, examine):
        with pytest.raises(BoardError, match=r"network file system \(nfs4\)"):
            use(root)


@linux
def test_a_board_on_a_mounted_network_file_system_is_refused(tmp_path: Path) -> None:
    remote = tmp_path.resolve() / "far away"
    remote.mkdir()
    try:
        with mounted(remote, "fuse.sshfs"):
            with pytest.raises(BoardError, match=r"network file system \(fuse\.sshfs\).*a disk of this machine"):
                Board(remote, create=True)
            said = refusal("lock", remote / "a.py", cwd=tmp_path)
            assert "network file system (fuse.sshfs)" in said
    except (PermissionError, FileNotFoundError):
        pytest.skip("nothing may be mounted here")


@linux
def test_a_board_on_a_file_system_of_another_kind_is_not_refused_for_that(tmp_path: Path) -> None:
    try:
        with mounted(tmp_path, "fuse.gocryptfs"), pytest.raises(BoardError, match="cannot make a task board"):
            Board(tmp_path, create=True)
    except (PermissionError, FileNotFoundError):
        pytest.skip("nothing may be mounted here")
