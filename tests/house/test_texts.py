"""What the repository says of itself: links that lead somewhere, no machine's paths, no strange hosts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

from tests.house.repository import ROOT, files, name

HOSTS = {
    *("keepachangelog.com", "semver.org", "bford.info", "docs.python.org", "github.com", "127.0.0.1", "localhost"),
    *("google.github.io", "numpydoc.readthedocs.io", "www.sphinx-doc.org"),
    "www.w3.org",  # names the format of an SVG picture
}
"""The hosts that a text may name. Those of package registries are never among them: a mirror must do as well."""


def test_only_known_hosts_are_named() -> None:
    host = re.compile(r"\b(?:https?|git|ssh)://(?:[^\s/@\"']*@)?([\w.-]+)")
    strange = {path: sorted(set(host.findall(text)) - HOSTS) for path, text in texts().items()}
    assert not {path: hosts for path, hosts in strange.items() if hosts}


def test_no_path_of_this_machine_is_named() -> None:
    here = "|".join(re.escape(folder.as_posix()) for folder in (ROOT, Path.home()) if len(folder.parts) > 1)
    named = re.compile(rf"(?<![\w./])(?:{here})(?![\w-])")
    assert not [path for path, text in texts().items() if named.search(text)]


def test_links_lead_somewhere() -> None:
    assert not [f"{name(page)}: {link}" for page in files("*.md") for link in links(page) if not leads(page, link)]


def texts() -> dict[str, str]:
    """Read all files of the repository that are text."""
    contents = {name(path): path.read_bytes() for path in files()}
    return {path: content.decode() for path, content in contents.items() if b"\0" not in content}


def links(page: Path) -> list[str]:
    """Give the links of a page that lead into the repository."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [link for link in re.findall(r"\]\(<?([^)>\s]+)>?\)", text) if not re.match(r"[a-z]+:", link)]


def leads(page: Path, link: str) -> bool:
    """Whether the file that a link names is there, and the heading in it."""
    target, _, anchor = link.partition("#")
    there = (page.parent / unquote(target)) if target else page
    return there.exists() and (not anchor or anchor in anchors(there.read_text(encoding="utf-8")))


def anchors(text: str) -> set[str]:
    """Give the anchors of a page's headings, as the usual viewers of Markdown make them."""
    headings = re.findall(r"^#+ +(.+?) *#*$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[Unreleased\]$", changelog, flags=re.MULTILINE)
    assert version in changelog
