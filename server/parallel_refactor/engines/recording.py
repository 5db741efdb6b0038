"""Where an engine writes down what it does, for people who ask later why a file became what it is."""

from __future__ import annotations

from typing import Any, Protocol


class Record(Protocol):
    """One task's transcript. What is added is kept at once, so that it is there although the process is killed."""

    def add(self, kind: str, **facts: Any) -> None:
        """Write a line; facts are values that JSON has. Secrets in them are masked by whoever keeps the record."""
        ...


class Unrecorded:
    """Keeps nothing."""

    def add(self, kind: str, **facts: Any) -> None:
        """Take no notice."""
