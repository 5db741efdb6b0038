"""A pytest plugin that writes each test's outcome as JSON to the file that $OUTCOMES names.

It runs in the packages' own environments, so it needs nothing but pytest.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        _outcomes[report.nodeid] = report.outcome if report.when == "call" else f"{report.outcome} in {report.when}"


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.outcome != "passed":
        _outcomes[report.nodeid] = f"{report.outcome} in collection"


def pytest_sessionfinish() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        Path(os.environ["OUTCOMES"]).write_text(json.dumps(_outcomes), encoding="utf-8")
