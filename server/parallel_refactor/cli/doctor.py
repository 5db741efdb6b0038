"""`parallel-refactor doctor`: says what is wrong with a board, and repairs what can be repaired without risk."""

from __future__ import annotations

import argparse

from parallel_refactor.cli.places import workspace
from parallel_refactor.cli.terminal import can_ask, confirm
from parallel_refactor.cli.text import count
from parallel_refactor.running.checkup import examine

_UNWELL = 1


def doctor(args: argparse.Namespace) -> int:
    """Examine the board, and repair if the person wants it. The exit code is 1 where something stays wrong."""
    root, _ = workspace(args.path)
    findings = examine(root)
    for finding in findings:
        print(f"{finding.problem}\n    {finding.advice}")
    repairs = [finding.repair for finding in findings if finding.repair]
    if not findings:
        print(f"The task board of {root} is well.")
    elif repairs and (args.yes or (can_ask() and confirm(f"\nRepair {len(repairs)} of these?"))):
        for repair in repairs:
            repair()
        print(f"{count(len(repairs), 'thing')} repaired.")
        return _UNWELL if len(repairs) < len(findings) else 0
    return _UNWELL if findings else 0
