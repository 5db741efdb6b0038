"""`python -m parallel_refactor`: the command line."""

from __future__ import annotations

import sys

from parallel_refactor.cli import main

if __name__ == "__main__":
    sys.exit(main())
