"""Real packages to run on: archives with a pinned digest, fetched by pip once and kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from attrs import frozen

SAMPLES = Path(__file__).parents[1] / "samples"


@frozen
class Package:
    """A package's source archive, and how its own tests run.

    `suite` are the arguments after `python`, with `tests` after them, which names all tests; it runs in `folder` with
    `path` as PYTHONPATH. `requires` is what it needs installed. Without a version the package is one of tests/samples.
    """

    name: str
    version: str = ""
    sha256: str = ""
    requires: tuple[str, ...] = ()
    suite: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    folder: str = "."
    path: str = "."


class FetchError(Exception):
    """The archive could not be had: no network, no such release, or another digest than the pinned one."""


def cache() -> Path:
    """Give the folder in the user's cache that keeps archives and virtual environments."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
    return Path(base) / "parallel-refactor" / "packages"


def unpack(package: Package, into: Path) -> None:
    """Put the package's files into the new folder `into`; raises FetchError."""
    if not package.version:
        shutil.copytree(SAMPLES / package.name, into)
        return
    with (
        tempfile.TemporaryDirectory(dir=into.parent) as temporary,
        tarfile.open(_archive(package)) as archive,
    ):
        # Python before 3.11.4 has no filter; the digest of the archive is pinned in either case.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        archive.extractall(temporary)  # noqa: S202 (the filter above)
        (top,) = Path(temporary).iterdir()
        top.rename(into)


def _archive(package: Package) -> Path:
    kept = cache() / f"{package.name}-{package.version}.tar.gz"
    if not kept.is_file() or _digest(kept) != package.sha256:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as temporary:
            _download(package, Path(temporary)).replace(kept)
    return kept


def _download(package: Package, into: Path) -> Path:
    """Let pip fetch and check the archive. It also asks the archive for its metadata, in a build environment."""
    pinned = into / "pinned.txt"
    pinned.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--retries", "1"]
    done = subprocess.run(
        [*pip, "--no-deps", "--no-binary", package.name, "--dest", into, "--requirement", pinned],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    found = list(into.glob("*.tar.gz"))
    if done.returncode or len(found) != 1:
        reason = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip gave no reason"]
        raise FetchError(f"{package.name} {package.version} could not be fetched: {reason[-1]}")
    return found[0]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
