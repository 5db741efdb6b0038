"""The main job on a real package, as a person would see it: `make run`, or `python -m tests.packages.demo`.

It adds docstrings to all functions of a package with 8 workers: plan, run, locks and result as the command line shows
them, then a summary of the differences by git. The package's files stay in build/run to look at.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.packages import fetch
from tests.packages.catalogue import NETWORKX, SAMPLE

_GIT = ("git", "-c", "user.name=demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false")
_SHOWN = 12


def main() -> int:
    """Fetch, run, show; gives the exit code of the run."""
    folder = prepare(Path("build", "run"))
    program = os.path.relpath(Path(sys.executable).with_name("parallel-refactor"))
    run = [program, "run", "Add docstrings to all functions", str(folder), "--workers", "8"]
    step("The plan", [*run, "--plan"])
    code = step("The run", [*run, "--yes"], [program, "status", str(folder)])
    say("The difference")
    difference(folder)
    say("What next")
    print(f"Look at it:  git -C {folder} diff")
    print(f"Undo it:     {program} undo --path {folder}")
    return code


def prepare(home: Path) -> Path:
    """Put the package into a new folder below `home`, under git; the bundled sample where it cannot be fetched."""
    home.mkdir(parents=True, exist_ok=True)
    package = NETWORKX
    folder = home / package.name
    shutil.rmtree(folder, ignore_errors=True)
    try:
        print(f"Fetching {package.name} {package.version} ...", flush=True)
        fetch.unpack(package, folder)
    except fetch.FetchError as error:
        print(f"{error}\nUsing the bundled sample instead.")
        package, folder = SAMPLE, home / SAMPLE.name
        shutil.rmtree(folder, ignore_errors=True)
        fetch.unpack(package, folder)
    for arguments in (
        ["init", "--quiet"],
        ["add", "--all", "--force"],
        ["commit", "--quiet", "--no-verify", "--message", package.name],
    ):
        subprocess.run([*_GIT, "-c", "core.autocrlf=false", *arguments], cwd=folder, check=True)
    return folder


def difference(folder: Path) -> None:
    """Print the totals, the files that changed most, and the beginning of one difference."""
    counts = git(folder, "diff", "--numstat").splitlines()
    print(git(folder, "diff", "--shortstat").strip() or "no file differs")
    for line in sorted(counts, key=lambda line: -int(line.split()[0]))[:_SHOWN]:
        added, removed, path = line.split("\t")
        print(f"  +{added:<5}-{removed:<5}{path}")
    if len(counts) > _SHOWN:
        print(f"  ... and {len(counts) - _SHOWN} more")
    if counts:
        path = counts[len(counts) // 2].split("\t")[2]
        print("\nFor example:\n" + "\n".join(git(folder, "diff", "-U1", "--", path).splitlines()[2 : 2 + 2 * _SHOWN]))


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "core.quotepath=false", *arguments], cwd=folder, stdout=subprocess.PIPE, check=True
    )
    return done.stdout.decode(errors="replace")


def step(title: str, command: list[str], status: list[str] | None = None, locks: int = 1) -> int:
    """Run a command; gives its exit code.

    When so many files are locked `status` is shown, once, unless a terminal has the live view.
    """
    say(title)
    print(f"$ {shlex.join(command)}", flush=True)
    with subprocess.Popen(command) as running:
        if status and not sys.stdout.isatty():
            folder = Path(status[-1], ".task_board", "locks")
            while running.poll() is None and len(list(folder.glob("*.lock"))) < locks:
                time.sleep(0.05)
            print(f"$ {shlex.join(status)}", flush=True)
            subprocess.run(status, check=False)
    return running.returncode


def say(title: str) -> None:
    """Print a heading."""
    print(f"\n=== {title} ===", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
