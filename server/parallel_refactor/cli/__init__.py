"""The command line: every action, headless."""

from parallel_refactor.cli.main import main

__all__ = ["main"]
