"""People's unsaved text as holds: from the first character to the last, and not a moment longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types

from lockboard.board import Board
from lockboard.model import TaskSpec
from parallel_refactor.lsp import messages
from tests.lsp.editor import Editor, editor
from tests.lsp.team import Team

pytestmark = pytest.mark.asyncio


@pytest.fixture
def board(root: Path) -> Iterator[Board]:
    board = Board(root, create=True)
    yield board
    board.close()


def holders(board: Board) -> dict[str, int]:
    """Tell how many processes hold each file."""
    board.refresh()
    return {key: len(holds) for key, holds in board.state.holds.items()}


async def until_held(one: Editor, board: Board, *names: str) -> None:
    """Wait until exactly these files are held."""
    await one.until(lambda: holders(board) == dict.fromkeys(names, 1), f"held are {names}, once each")


async def test_a_file_is_held_from_the_first_change_to_the_save(root: Path, board: Board) -> None:
    async with editor(root) as one:
        uri = one.open(root / "a.py")
        one.change(uri, "mine\n")
        await until_held(one, board, "a.py")
        assert board.state.holds["a.py"].popitem()[1].owner.endswith("(Neovim)")
        one.save(uri, root / "a.py", "mine\n")
        await until_held(one, board)


async def test_a_server_that_ends_is_off_the_board_but_for_what_it_holds(root: Path, board: Board) -> None:
    def servers() -> int:
        board.refresh()
        return len(board.state.processes)

    async with editor(root) as one:
        uri = one.open(root / "a.py", "restored\n")
        await until_held(one, board, "a.py")
        one.close(uri)
        await until_held(one, board)
        assert servers() == 1
    assert servers() == 0
    async with editor(root) as one:
        one.open(root / "a.py", "restored\n")
        await until_held(one, board, "a.py")
    assert (servers(), holders(board)) == (1, {"a.py": 1})


async def test_a_file_is_held_until_it_is_as_on_disk_again_or_closed(root: Path, board: Board) -> None:
    async with editor(root) as one:
        uris = [one.open(root / name) for name in ("a.py", "b.py")]
        text = (root / "a.py").read_text()
        for uri in uris:
            one.change(uri, "mine\n")
        await until_held(one, board, "a.py", "b.py")
        one.change(uris[0], text)
        await until_held(one, board, "b.py")
        one.close(uris[1])
        await until_held(one, board)


async def test_unsaved_text_that_the_editor_restored_is_held_from_the_start(root: Path, board: Board) -> None:
    async with editor(root) as one:
        one.open(root / "a.py", "restored\n")
        await until_held(one, board, "a.py")


async def test_a_new_file_that_was_never_saved_is_held_with_its_first_text(root: Path, board: Board) -> None:
    async with editor(root) as one:
        uri = one.open(root / "new.py", "")
        one.open(root / "other.py", "text\n")
        await until_held(one, board, "other.py")
        one.change(uri, "x")
        await until_held(one, board, "other.py", "new.py")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\r\nb\r\n", "a\nb\n"),
        (b"a\nb\n", "a\r\nb\r\n"),
        (b"\xef\xbb\xbfa\n", "a\n"),
        (b"\xef\xbb\xbfa\n", "\ufeffa\n"),
        ("ä\n".encode("utf-16"), "ä\n"),
        (b"# coding: cp1251\n\xe4\n", "# coding: cp1251\n\u0434\n"),
        (b"\xe4\n", "\xe4\n"),
        (b"\x80\n", "\u20ac\n"),
        (b"\xe4\n", "\ufffd\n"),
        (b"no end", "no end\n"),
    ],
)
async def test_what_an_editor_makes_of_the_bytes_is_no_edit(root: Path, board: Board, data: bytes, text: str) -> None:
    (root / "a.py").write_bytes(data)
    async with editor(root) as one:
        uri = one.open(root / "a.py", text)
        other = one.open(root / "b.py", "restored\n")  # comes after the other: once it is held, that was looked at
        await until_held(one, board, "b.py")
        one.change(uri, f"{text}x")
        await until_held(one, board, "a.py", "b.py")
        one.change(uri, text)
        one.close(other)
        await until_held(one, board)


async def test_a_text_that_landed_and_was_reloaded_is_no_edit(root: Path, board: Board) -> None:
    async with editor(root) as one:
        uri = one.open(root / "a.py")
        before = (root / "a.py").read_text()
        team = Team(root, TaskSpec("t1", ("a.py",)))
        worker = team.worker()
        assert team.land(team.claim(worker), b"landed\n")
        for text in ("landed\n", before, "landed\n"):  # reloaded, undone by the person, redone
            one.change(uri, text)
            marker = one.open(root / "b.py", "marker\n")
            await until_held(one, board, "b.py")
            one.close(marker)
            await until_held(one, board)
        one.change(uri, "landed\nmine\n")
        await until_held(one, board, "a.py")
        team.close()


async def test_the_editors_own_word_goes_before_a_comparison(root: Path, board: Board) -> None:
    (root / "c.py").write_bytes(b"\x8f\xff")  # no text in any encoding that is tried

    def tell(uri: str, *, dirty: bool) -> None:
        one.protocol.notify(messages.DIRTY, {"uri": uri, "dirty": dirty})

    async with editor(root) as one:
        uri = one.open(root / "c.py", "\u7121\u7406")
        await until_held(one, board, "c.py")
        tell(uri, dirty=False)
        await until_held(one, board)
        one.change(uri, "\u7121")
        await until_held(one, board, "c.py")
        tell(uri, dirty=False)
        await until_held(one, board)
        notebook = (root / "a.ipynb").as_uri()
        tell(notebook, dirty=True)
        await until_held(one, board, "a.ipynb")
        tell(notebook, dirty=False)
        await until_held(one, board)


async def test_a_board_that_comes_up_gets_the_holds_that_are_there(root: Path) -> None:
    async with editor(root) as one:
        one.open(root / "a.py", "restored\n")
        assert await one.until_text((root / "a.py").as_uri()) == "restored\n"
        assert not (root / ".task_board").exists()
        with_board = Board(root, create=True)
        await until_held(one, with_board, "a.py")
        with_board.close()


async def test_only_files_of_the_workspace_are_held(root: Path, board: Board) -> None:
    outside = root.parent / "outside.py"
    outside.write_text("x")
    (root / "link.py").symlink_to(outside)
    async with editor(root) as one:
        one.open(outside, "changed")
        one.open(root / ".task_board" / "log.jsonl", "changed")
        for uri in ("untitled:Untitled-1", "vscode-notebook-cell:/a.ipynb#1", "file://elsewhere/a.py", "git:/a.py"):
            item = types.TextDocumentItem(uri, types.LanguageKind.Python, 1, "changed")
            one.text_document_did_open(types.DidOpenTextDocumentParams(item))
        one.open(root / "a.py", "changed")
        await until_held(one, board, "a.py")


async def test_holds_outlive_the_server_and_are_adopted_by_the_next(root: Path, board: Board) -> None:
    async with editor(root) as first:
        first.open(root / "a.py", "restored\n")
        first.open(root / "b.py", "restored\n")
        await until_held(first, board, "a.py", "b.py")
        (dead,) = board.state.holds["a.py"]
        await first.kill()
    assert holders(board) == {"a.py": 1, "b.py": 1}
    async with editor(root) as second:
        assert await second.locks((root / "a.py").as_uri()) == []  # it is this very person's
        uri = second.open(root / "a.py", "restored\n")
        await second.until(lambda: holders(board) and dead not in board.state.holds["a.py"], "the hold is adopted")
        assert set(board.state.holds["b.py"]) == {dead}
        second.save(uri, root / "a.py", "restored\n")
        await until_held(second, board, "b.py")


async def test_who_types_in_a_locked_file_is_warned_once_and_nothing_lands(root: Path, board: Board) -> None:
    async with editor(root) as one:
        uri = one.open(root / "a.py")
        team = Team(root, TaskSpec("t1", ("a.py",)))
        worker = team.worker()
        claim = team.claim(worker)
        await one.until_locks(uri, worker)
        for text in ("m", "mi", "mine"):
            one.change(uri, text)
            await until_held(one, board, "a.py")
        assert worker in await one.message("is changing a.py")
        before = (root / "a.py").read_bytes()
        assert not team.land(claim, b"landed\n")
        assert (root / "a.py").read_bytes() == before
        team.close()


async def test_two_documents_of_one_file(root: Path, board: Board) -> None:
    (root / "folder").symlink_to(root)
    async with editor(root) as one:
        uri, other = one.open(root / "a.py"), one.open(root / "folder" / "a.py")
        one.change(other, "mine\n")
        await until_held(one, board, "a.py")
        one.close(uri)
        await one.until_text(other)
        assert holders(board) == {"a.py": 1}
        one.close(other)
        await until_held(one, board)
