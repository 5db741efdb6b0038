from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from attrs import evolve

from tests.packages.fetch import FetchError, Package, cache, unpack

BACKEND = """
from pathlib import Path
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = Path(folder, "small-1.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: small\\nVersion: 1\\n")
    return info.name
"""
FILES = {
    "PKG-INFO": "Metadata-Version: 2.1\nName: small\nVersion: 1\n",
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": BACKEND,
    "small.py": "x = 1\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Make a package whose archive pip finds in a folder, without a network; the cache is empty."""
    archive = tmp_path / "index" / "small-1.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as file:
        for name, text in FILES.items():
            member = tarfile.TarInfo(f"small-1/{name}")
            member.size = len(text)
            file.addfile(member, io.BytesIO(text.encode()))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(archive.parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Package("small", "1", hashlib.sha256(archive.read_bytes()).hexdigest())


def test_the_archive_is_fetched_once_and_unpacked(package: Package, tmp_path: Path) -> None:
    unpack(package, tmp_path / "first")
    assert (tmp_path / "first" / "small.py").read_text(encoding="utf-8") == "x = 1\n"
    (tmp_path / "index" / "small-1.tar.gz").unlink()
    unpack(package, tmp_path / "second")
    assert sorted(path.name for path in (tmp_path / "second").iterdir()) == sorted(FILES)


def test_another_archive_than_the_pinned_one_is_refused(package: Package, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="small 1 could not be fetched"):
        unpack(evolve(package, sha256="0" * 64), tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
    assert not list(cache().glob("*.tar.gz"))
