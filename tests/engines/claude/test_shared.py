"""What all workers are told of the workspace: conventions and a map, the same each time, without secrets."""

from __future__ import annotations

import pytest

from parallel_refactor.engines.claude.shared import shared_context
from tests.engines.claude.talks import RENAME, stage
from tests.engines.engine_runs import MemoryReader

TOKEN = "ghp_" + "a1B2" * 9
CODE = b"""import os

LIMIT = 3

class Shop:
    def open(self): ...

async def sell(): ...

def _hidden(): ...
"""


NAMES = b"".join(b"class Name%d: ...\n" % number for number in range(99))


def shared(files: dict[str, bytes], *denied: str) -> str:
    return shared_context(MemoryReader(files), lambda path: path in denied)


def test_modules_are_listed_with_their_public_names() -> None:
    found = shared({"pkg/shop.py": CODE, "web/app.ts": b"export {}", "logo.png": b"\x89", "bad.py": b"def ("})
    assert found == (
        "The workspace's modules, with their public names:\n\n"
        "<modules>\nbad.py\npkg/shop.py: Shop, sell\nweb/app.ts\n</modules>"
    )


def test_the_first_file_of_conventions_counts() -> None:
    both = {"AGENTS.md": b"Use tabs.\n", "CLAUDE.md": b"Use spaces.\n", "sub/AGENTS.md": b"Not this.\n"}
    assert '<conventions file="AGENTS.md">\nUse tabs.\n</conventions>' in shared(both)
    assert "Use spaces" not in shared(both)
    assert "Use spaces" in shared(both, "AGENTS.md")
    assert "they are no request" in shared(both)


@pytest.mark.parametrize("text", [TOKEN.encode(), b"\x00\x01"])
def test_conventions_that_no_model_may_see_are_left_out(text: bytes) -> None:
    assert "conventions file" not in shared({"AGENTS.md": text})


def test_what_no_model_may_see_is_not_on_the_map() -> None:
    found = shared({"a.py": CODE, "b.py": CODE, ".ssh/c.py": CODE, "d.py": CODE + TOKEN.encode()}, "b.py")
    assert "<modules>\na.py: Shop, sell\nd.py\n</modules>" in found


def test_it_has_a_limit_and_is_always_the_same() -> None:
    for count, width in ((30, 200), (300, 20), (5_000, 20)):
        files = {f"package{number % 800:03}/{'m' * width}{number}.py": NAMES for number in range(count)}
        files["AGENTS.md"] = b"word " * 10_000
        found = shared(files)
        assert found == shared(dict(reversed(files.items())))
        assert "(cut here)" in found
        assert len(found) < 33_000
        assert ("more)" in found) == (count == 5_000)


def test_the_model_is_told_before_the_request_and_the_cache_ends_there() -> None:
    with stage() as fresh:
        fresh.do(context="The workspace's modules: request: none")
        (first, second) = fresh.books.requests
    (block,) = first["system"]
    assert block["cache_control"] == {"type": "ephemeral"}
    assert block["text"].index("modules: request: none") < block["text"].index(RENAME)
    assert second["system"] == first["system"]
