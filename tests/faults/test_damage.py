"""Whatever happens to a file of the board, no workspace file is lost: the short form of `damage`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lockboard.board import Board
from lockboard.errors import DamagedBoardError
from tests.faults.beginnings import submitted
from tests.faults.damage import BEGINNINGS, Damage, files, try_damage

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="some beginnings fork")
RUBBISH = st.none() | st.just(b"") | st.binary(max_size=200) | st.sampled_from((b"\n", b"\n\n", b"{}\n", b"\0" * 600))


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make a board for each beginning."""
    roots = {name: tmp_path_factory.mktemp("board").resolve() for name in BEGINNINGS}
    for name, root in roots.items():
        BEGINNINGS[name](root)
    return roots


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(BEGINNINGS)), st.integers(0), st.integers(0, 5000), st.none() | st.integers(0, 300), RUBBISH
)
@example("submitted", -1, 6, None, b"rubbish after what was handed in for a new file")
@example("submitted", -4, 0, None, b"what was handed in for a file is rubbish")
@example("died in landing", -4, 0, None, None)
def test_no_damage_costs_a_byte(
    boards: dict[str, Path], beginning: str, file: int, start: int, length: int | None, rubbish: bytes | None
) -> None:
    template = boards[beginning]
    found = files(template)
    if file < 0:  # the examples count the files of the submission
        found = {name: size for name, size in found.items() if "/exchange/" in name}
    name = sorted(found)[file % len(found)]
    start = min(start, found[name])
    end = found[name] if length is None else min(start + length, found[name])
    root = template.parent / "damaged"
    shutil.rmtree(root, ignore_errors=True)
    try_damage(template, root, Damage(name, start, end, rubbish))


def test_a_line_that_is_missing_is_named(tmp_path: Path) -> None:
    submitted(tmp_path.resolve())
    log = tmp_path / ".task_board/log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:3] + lines[4:]))
    with pytest.raises(DamagedBoardError, match=rf"log.jsonl, at byte {len(b''.join(lines[:3]))}: line 5 comes after"):
        Board(tmp_path.resolve())
