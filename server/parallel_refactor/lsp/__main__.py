"""`python -m parallel_refactor.lsp`: the language server on standard input and output."""

from __future__ import annotations

from parallel_refactor.lsp.entry import serve

if __name__ == "__main__":
    serve()
