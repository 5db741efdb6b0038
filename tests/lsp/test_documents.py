"""The server's text equals the editor's: random edits against a model editor, in all three position encodings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from parallel_refactor.lsp.documents import Document
from tests.lsp.model_editor import ENCODINGS, TEXTS, ModelEditor


@given(TEXTS, st.sampled_from(sorted(ENCODINGS)), st.data())
def test_the_text_equals_the_editors_after_every_change(text: str, encoding: str, data: st.DataObject) -> None:
    editor = ModelEditor(text, encoding)
    document = Document("file:///a.py", 0, text, encoding)
    for version in range(1, data.draw(st.integers(1, 6), "messages")):
        changes: list[types.TextDocumentContentChangePartial | types.TextDocumentContentChangeWholeDocument] = []
        for _ in range(data.draw(st.integers(1, 3), "changes")):
            new = data.draw(TEXTS, "new")
            if data.draw(st.integers(0, 9), "kind") == 0:
                editor.text = new
                changes.append(types.TextDocumentContentChangeWholeDocument(new))
            else:
                start, end = sorted(data.draw(st.integers(0, len(editor.text)), "place") for _ in range(2))
                changes.append(editor.edit(start, end, new))
        document.apply(changes, version)
        assert (document.text, document.version) == (editor.text, version)


@given(TEXTS, st.sampled_from(sorted(ENCODINGS)), st.data())
def test_every_place_is_found_again(text: str, encoding: str, data: st.DataObject) -> None:
    editor = ModelEditor(text, encoding)
    document = Document("file:///a.py", 0, text, encoding)
    place = data.draw(st.integers(0, len(text)), "place")
    assert document.offset(editor.position(place)) == place - (text[place - 1 : place + 1] == "\r\n")


@given(TEXTS, st.sampled_from(sorted(ENCODINGS)), st.integers(0, 50), st.integers(0, 2**31 - 1))
def test_a_position_beyond_the_text_is_its_nearest_place(text: str, encoding: str, line: int, column: int) -> None:
    document = Document("file:///a.py", 0, text, encoding)
    lines = ModelEditor(text, encoding).lines()
    place = document.offset(types.Position(line, column))
    if line >= len(lines):
        assert place == len(text)
    else:
        start = sum(map(len, lines[:line]))
        assert start <= place <= start + len(lines[line].rstrip("\r\n"))


def test_a_position_in_the_middle_of_a_character_is_before_it() -> None:
    for encoding, middle in (("utf-8", 3), ("utf-16", 2)):
        assert Document("file:///a.py", 0, "x🙂y", encoding).offset(types.Position(0, middle)) == 1


def test_the_first_character_is_measured_in_the_editors_units() -> None:
    measured = {name: Document("file:///a", 0, "🙂x\ry", name).first_character_length() for name in ENCODINGS}
    assert measured == {"utf-8": 4, "utf-16": 2, "utf-32": 1}
