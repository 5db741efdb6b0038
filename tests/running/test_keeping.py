"""What a worker had done of a file that a person took back is kept for them, as a patch that applies."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from lockboard.model import RunState
from lockboard.taking import Taken, take
from parallel_refactor.running.keeping import keep, patch_file
from tests.running.runs import Runs, before, edits


def test_what_a_worker_had_done_of_a_taken_file_is_kept(runs: Runs) -> None:
    runs.write(1)
    server = runs.person()
    run = runs.start(workers=1, options={"seconds": 0.5, "ignore_stop": ["m0000.py"]})
    runs.until(lambda: runs.busy(run), "the worker has the file")
    taking = take(runs.board, "m0000.py", "anna", server)
    assert taking.how is Taken.TAKEN
    patch = patch_file(runs.board, run, taking.task, taking.token)
    runs.until(patch.exists, "the patch is there")
    runs.reach(run, RunState.WAITING)
    assert (runs.root / "m0000.py").read_text() == before(0)
    apply(runs.root, patch)
    assert edits(runs.root / "m0000.py") == 1
    runs.board.unhold("m0000.py", server)
    assert runs.end(run).files == {"changed": 0, "unchanged": 1, "left": 0, "failed": 0}


LINES = st.lists(st.binary(max_size=6).map(lambda line: line.replace(b"\n", b"")), max_size=6)
CONTENTS = st.one_of(
    st.none(), st.builds(lambda lines, end: b"\n".join(lines) + end, LINES, st.sampled_from([b"", b"\n"]))
)


@given(CONTENTS, CONTENTS)
@settings(max_examples=30, deadline=None)  # each starts git
def test_every_patch_applies(old: bytes | None, new: bytes | None) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        file, patch = root / "a b.py", root / "kept" / "t1.4.patch"
        if old is not None:
            file.write_bytes(old)
        changed = (old or b"") != (new or b"")  # that an empty file comes or goes, a patch cannot say
        assert keep(patch, {"a b.py": old}, {"a b.py": new}) == patch.exists() == changed
        if changed:
            apply(root, patch)
            assert (file.read_bytes() if file.exists() else None) == new


def apply(root: Path, patch: Path) -> None:
    subprocess.run(["git", "apply", "--whitespace=nowarn", patch], cwd=root, check=True)
