"""Django's own test settings, and each test's outcome as JSON in the file that $OUTCOMES names.

Django's runner writes no report that a program can read, and its lines show docstrings, which a run changes.
"""

from __future__ import annotations

import importlib
import json
import os
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

globals().update(
    {name: value for name, value in vars(importlib.import_module("test_sqlite")).items() if name.isupper()}
)

_METHODS = {  # the worst last
    "addSuccess": "passed",
    "addSkip": "skipped",
    "addExpectedFailure": "expected failure",
    "addUnexpectedSuccess": "unexpected success",
    "addFailure": "failed",
    "addError": "error",
}
_RANK = list(_METHODS.values())


class RecordingResult(unittest.TextTestResult):
    """Remembers outcomes by test id; a test that reports several (its subtests) keeps the worst."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcomes: dict[str, str] = {}

    def record(self, test: unittest.TestCase, outcome: str) -> None:
        self.outcomes[test.id()] = max(outcome, self.outcomes.get(test.id(), outcome), key=_RANK.index)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: N802, ANN401
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.record(test, "failed")

    def stopTestRun(self) -> None:  # noqa: N802 (unittest's name)
        super().stopTestRun()
        Path(os.environ["OUTCOMES"]).write_text(json.dumps(self.outcomes), encoding="utf-8")


def _recorded(method: str, outcome: str) -> Callable[..., None]:
    """Give the method of that name of a result, which also records the outcome."""

    def add(self: RecordingResult, test: unittest.TestCase, *details: object) -> None:
        getattr(super(RecordingResult, self), method)(test, *details)
        self.record(test, outcome)

    return add


for _method, _outcome in _METHODS.items():
    setattr(RecordingResult, _method, _recorded(_method, _outcome))
importlib.import_module("django.test.runner").DiscoverRunner.get_resultclass = lambda _self: RecordingResult
