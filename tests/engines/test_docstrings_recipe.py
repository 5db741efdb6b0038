"""The recipe as the engine sees it: counts, safe points, and the check of its own promise."""

from __future__ import annotations

import attrs
import pytest

from parallel_refactor.engines.interface import FileResult, Job, Outcome, StoppedError
from tests.engines.documenting import RECIPE, NoReader, run

PLAIN = b"def close():\n    return 1\n"


def test_counts_add_up() -> None:
    source = b'def a_b(): "x"\ndef c_d():\n    for x in y: pass\ndef close(): return 1\ndef e_f(): return 1  # noqa\n'
    result = run({"a.py": source, "b.py": PLAIN})
    assert result.counts == {"functions": 5, "documented_before": 1, "added": 3, "name_only": 1, "left": 1}


def test_it_stops_at_a_file_and_hands_in_what_it_has() -> None:
    answers = iter([False, True])
    with pytest.raises(StoppedError) as stopped:
        RECIPE.apply(
            Job({"a.py": PLAIN, "b.py": PLAIN}, options={"style": "google"}), NoReader(), lambda: next(answers)
        )
    assert [file.path for file in stopped.value.partial.files] == ["a.py"]
    assert stopped.value.partial.counts["added"] == 1


@pytest.mark.parametrize(
    "after",
    [
        b"def close(): return 2\n",
        b'def close():\n    """Close."""\n    return 1.0\n',
        b'def close():\n    """Close."""\n    return True\n',
        b'def close(x):\n    """Close."""\n    return 1\n',
        b'def close():\n    """Close."""\n    """Twice."""\n    return 1\n',
        b'def close():\n    """Close."""\n    return 1\ndef open():\n    """Open."""\n',
        b"def close():\n    return 1\nx = 1\n",
        b'"""Module."""\ndef close():\n    """Close."""\n    return 1\n',
        b"def close(:\n",
        b"return 1\n",
        None,
    ],
)
def test_check_finds_what_is_not_an_added_docstring(after: bytes | None) -> None:
    assert RECIPE.check(PLAIN, FileResult("a.py", Outcome.CHANGED, after), {}) != ""


def test_check_finds_a_changed_docstring() -> None:
    before = b'def close():\n    """Close."""\n    return 1\n'
    after = FileResult("a.py", Outcome.CHANGED, before.replace(b"Close", b"Shut"))
    assert RECIPE.check(before, after, {}) != ""
    assert RECIPE.check(before, attrs.evolve(after, new=before.replace(b'    """Close."""\n', b"")), {}) != ""


def test_check_accepts_code_that_did_not_compile_before() -> None:
    (result,) = run({"a.py": b"return 1\ndef close(): return 1\n"}).files
    assert result.outcome is Outcome.CHANGED
    assert RECIPE.check(b"return 1\ndef close(): return 1\n", result, {}) == ""
