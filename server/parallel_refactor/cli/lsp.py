"""`parallel-refactor lsp`: the language server, for an editor to start."""

from __future__ import annotations

import argparse


def lsp(_: argparse.Namespace) -> int:
    """Serve the editor on standard input and output; does not return."""
    from parallel_refactor.lsp.entry import serve  # noqa: PLC0415  (only this command has any use for it)

    serve()
