"""`python -m tests.e2e.hold FOLDER COUNT`: a worker that has COUNT files of a workspace, until its input ends."""

from __future__ import annotations

import sys
from pathlib import Path

from lockboard.model import TaskSpec
from tests.lsp.team import Team


def main() -> None:
    """Hold the files, say so, and give them back at the end."""
    root, count = Path(sys.argv[1]), int(sys.argv[2])
    files = tuple(sorted(path.relative_to(root).as_posix() for path in root.glob("many/*.py"))[:count])
    team = Team(root, TaskSpec("t1", files))
    team.claim(team.worker())
    print(len(files), flush=True)
    sys.stdin.read()
    team.close()


if __name__ == "__main__":
    main()
