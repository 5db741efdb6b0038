"""The check of changes of signatures, on the bundled sample; and what the workers of users are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doubles.model_api import double
from tests.doubles.strict import KEY
from tests.packages.check import Trial
from tests.packages.signatures import CHANGES, check

CHANGE = CHANGES["bookshop"]


def test_a_signature_and_its_users_change_together_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with double() as served:
        lines = list(check(CHANGE, Trial(CHANGE.package, tmp_path / "sample", tmp_path, workers=8), served))
    assert len(lines) == 12
    assert not [line for line in lines if not line.holds]
    first = {str(body["messages"][0]["content"]) for body in served.books.requests if len(body["messages"]) == 1}
    (told,) = {message for message in first if message.startswith("Your files:\n- bookshop/orders.py\n")}
    assert told.endswith(
        "Files that yours may use have other signatures now. Use the new ones:\n\n"
        '<signatures path="bookshop/money.py">\n'
        "before:\ndef total(amounts, currency='EUR'): ...\n"
        "after:\ndef total(amounts, *, currency): ...\n"
        "</signatures>"
    )
