"""What a project's files of settings say about its functions: which a script calls, and what runs tests that await."""

from __future__ import annotations

import re
from collections import defaultdict

from attrs import frozen

from parallel_refactor.engines.interface import Reader

_SETTINGS = re.compile(
    r"(^|/)(pyproject\.toml|setup\.(cfg|py)|Procfile|[^/]*Dockerfile[^/]*|[^/]*\.(ini|ya?ml|sh)|[^/]*requirements[^/]*\.(txt|in)"
    r"|requirements/[^/]*\.(txt|in))$"
)
_SCRIPT = re.compile(rb"\b([A-Za-z_][\w.]*):([A-Za-z_]\w*)")
_PLUGIN = re.compile(rb"\bpytest[-_]asyncio\b|\basyncio_mode\b")
_AUTO = re.compile(rb"\b(?:asyncio|anyio)_mode\s*=\s*[\"']?auto\b")
_ANYIO = re.compile(rb"def anyio_backend\(\)[^:\n]*:\s*return [\"']asyncio[\"']")


@frozen
class Settings:
    """`scripts` are pairs of module and function. `_runners`: by folder, the marker of tests that await there."""

    scripts: frozenset[tuple[str, str]]
    _runners: dict[str, str]

    @classmethod
    def read(cls, reader: Reader) -> Settings:
        """Read the files of settings of a workspace, and its conftest.py; those that cannot be read say nothing."""
        scripts: set[tuple[str, str]] = set()
        texts: defaultdict[str, bytes] = defaultdict(bytes)
        for path in reader.paths():
            folder, _, name = path.rpartition("/")
            if _SETTINGS.search(path) or name == "conftest.py":
                try:
                    text = reader.read(path)
                except OSError:
                    continue
                texts[folder.removesuffix("requirements").rstrip("/")] += text + b"\n"
                if name != "conftest.py":
                    scripts |= {(match[1].decode(), match[2].decode()) for match in _SCRIPT.finditer(text)}
        runners = {folder: marker for folder, text in texts.items() if (marker := _marker(text)) is not None}
        return cls(frozenset(scripts), runners)

    def marker(self, path: str) -> str | None:
        """Name what marks a test of a file that awaits, "" if nothing need; None where nothing runs such tests."""
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in self._runners:
                return self._runners[folder]
        return None


def _marker(text: bytes) -> str | None:
    """Say how tests that await are marked, by the settings of a folder; None if they name nothing that runs them.

    anyio runs tests in several kinds of event loops; it serves where it is told to use that of asyncio.
    """
    plugin = "asyncio" if _PLUGIN.search(text) else "anyio" if _ANYIO.search(text) else None
    return "" if plugin and _AUTO.search(text) else plugin
