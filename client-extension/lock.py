"""`python lock.py FOLDER...`: writes each folder's package-lock.json anew, naming no host, so that any mirror will do.

npm completes a lock file from what is installed beside it, and wrongly where that is for one platform: so each is made
in an empty folder.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Lock the folders of the command line."""
    for folder in map(Path, sys.argv[1:]):
        lock(folder)


def lock(folder: Path) -> None:
    """Lock one folder's packages; raises CalledProcessError, of which npm has said the reason."""
    npm = shutil.which("npm") or "npm"
    with tempfile.TemporaryDirectory() as name:
        empty = Path(name)
        for needed in ("package.json", ".npmrc"):
            shutil.copy(folder / needed, empty)
        subprocess.run([npm, "install", "--package-lock-only", "--no-audit", "--no-fund"], cwd=empty, check=True)
        found = json.loads((empty / "package-lock.json").read_text(encoding="utf-8"))
    for package in found["packages"].values():
        package.pop("funding", None)
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    (folder / "package-lock.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
