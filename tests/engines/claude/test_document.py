"""A text with the line ends of its file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_refactor.engines.claude.document import Document, UnreadableError

_WORDS = st.sampled_from(["a", "b", "", "é", "\x0c", "\u2028", "long line"])


def _texts(*ends: str) -> st.SearchStrategy[str]:
    return st.lists(st.tuples(_WORDS, st.sampled_from(ends)), max_size=8).map(
        lambda lines: "".join(word + end for word, end in lines)
    )


_FILES = st.one_of(_texts("\n"), _texts("\r\n"), _texts("\r"), _texts("\n", "\r\n"), _texts("\n", "\r\n", "\r"))
_NEW = _texts("\n", "")


@given(_FILES, st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_a_file_is_written_back_as_it_was(raw: str, bom: bytes) -> None:
    data = bom + raw.encode()
    document = Document.read("x.txt", data)
    assert document.encode() == data
    if "\r" not in document.text:
        assert document.rewritten(document.text).encode() == data


@given(_texts("\n", "\r\n") | _texts("\r"), _NEW, st.data())
def test_an_edit_changes_its_place_only(raw: str, new: str, data: st.DataObject) -> None:
    document = Document.read("x.txt", raw.encode())
    text = document.text
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    edited = document.replaced(start, end, new)
    kept_before = len(raw) - len(_tail(raw, text[start:]))
    assert edited.raw.startswith(raw[:kept_before])
    assert edited.raw.endswith(_tail(raw, text[end:]))
    if "\n" in raw or "\r" not in raw:
        assert edited.text == text[:start] + new + text[end:]


@given(_texts("\n", "\r\n") | _texts("\r\n"), _NEW)
def test_a_rewritten_file_has_the_new_text(raw: str, new: str) -> None:
    document = Document.read("x.txt", raw.encode())
    assert document.rewritten(new).text == new
    if raw and raw.count("\r\n") == raw.count("\n"):
        assert document.rewritten(new).raw == new.replace("\n", "\r\n")


def test_lines_that_stay_keep_their_ends() -> None:
    document = Document.read("x.txt", b"one\r\ntwo\nthree\r\nfour\r\n")
    assert document.rewritten("zero\none\ntwo\n3\nfour\n").raw == "zero\r\none\r\ntwo\n3\r\nfour\r\n"
    assert document.replaced(4, 7, "2\n2").raw == "one\r\n2\n2\nthree\r\nfour\r\n"


def test_the_encoding_is_the_one_that_the_text_declares() -> None:
    document = Document.read("x.py", b"# coding: latin-1\ns = '\xe9'\n")
    assert document.rewritten("s = 'é'\n").encode() == b"s = '\xc3\xa9'\n"
    with pytest.raises(UnicodeEncodeError):
        document.rewritten("# coding: latin-1\ns = '€'\n").encode()


@pytest.mark.parametrize("data", [b"\xff", b"a\0b"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        Document.read("x.txt", data)


def _tail(raw: str, text: str) -> str:
    """Give the end of `raw` that is `text` but for line ends."""
    at = len(raw)
    for character in reversed(text):
        at -= 2 if character == "\n" and raw[at - 2 : at] == "\r\n" else 1
    return raw[at:]
