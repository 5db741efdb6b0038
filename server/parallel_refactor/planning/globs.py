"""Globs, in the syntax of .gitignore files."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.base import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from parallel_refactor.planning.interface import PlanError


def parse_glob(line: str) -> GitIgnoreSpecPattern | None:
    """Compile a line of an ignore file; None for a comment, an empty line and a mistake, which git skips over."""
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # `re` doubts about [[ and -- in a set
            pattern = GitIgnoreSpecPattern(line)
    except (GitIgnorePatternError, re.error):
        return None
    return pattern if pattern.include is not None else None


def globs_filter(globs: Iterable[str]) -> Callable[[str], bool]:
    """Make the test for paths that the globs name; raises PlanError for a glob that git would skip over."""
    patterns = []
    for glob in globs:
        pattern = parse_glob(glob.removeprefix("./"))
        if pattern is None:
            raise PlanError(f"The glob {glob!r} names nothing: write globs as in a .gitignore file")
        patterns.append(pattern)
    return GitIgnoreSpec(patterns).match_file


def name_glob(path: str) -> str:
    """Give the glob that names this file or folder, and no other."""
    return "/" + re.sub(r"([\\*?\[\]!# ])", r"\\\1", path)
