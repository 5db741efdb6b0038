"""Docstrings are written in the style that is asked for, that the project is set to, or that it writes in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.recipes.docstring_style import Style, choose_style
from tests.engines.documenting import run
from tests.engines.engine_runs import MemoryReader

SOURCE = b'''"""Fetches."""


def fetch_page(url, *parts, timeout=3):
    if not url:
        raise ValueError("an address is needed")
    page = Page(url, timeout=timeout)
    page.load(parts)
    return page.text
'''
WRITTEN: dict[Style, str] = {
    "google": '''    """Fetch the page.

    Args:
        url: Passed to `Page`.
        *parts: Passed to `page.load`.
        timeout: Passed to `Page`; `3` by default.

    Returns:
        `page.text`.

    Raises:
        ValueError: If `not url`.
    """
''',
    "numpy": '''    """Fetch the page.

    Parameters
    ----------
    url
        Passed to `Page`.
    *parts
        Passed to `page.load`.
    timeout
        Passed to `Page`; `3` by default.

    Returns
    -------
    `page.text`.

    Raises
    ------
    ValueError
        If `not url`.
    """
''',
    "rest": '''    """Fetch the page.

    :param url: Passed to `Page`.
    :param \\\\*parts: Passed to `page.load`.
    :param timeout: Passed to `Page`; `3` by default.
    :returns: `page.text`.
    :raises ValueError: If `not url`.
    """
''',
}


@pytest.mark.parametrize("style", get_args(Style))
def test_each_style(style: Style) -> None:
    (file,) = run({"m.py": SOURCE}, style).files
    assert file.new is not None
    assert WRITTEN[style] in file.new.decode()


@pytest.mark.parametrize("style", ["google", "numpy"])
def test_linters_find_nothing_in_it(style: Style, tmp_path: Path) -> None:
    (file,) = run({"m.py": SOURCE}, style).files
    (tmp_path / "m.py").write_bytes(file.new or b"")
    options = ["--select=D", "--ignore=D401", f'--config=lint.pydocstyle.convention="{style}"']
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", *options, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


GOOGLE = b'def f():\n    """Do.\n\n    Args:\n        x: An x.\n    """\n'
NUMPY = b'def f():\r\n    """Do.\r\n\r\n    Parameters\r\n    ----------\r\n    x\r\n        An x.\r\n    """\r\n'
REST = b'def f():\n    """Do.\n\n    :param x: An x.\n    """\n'


@pytest.mark.parametrize(
    ("files", "style"),
    [
        ({"a.py": b""}, "google"),
        ({"a.py": GOOGLE, "b.py": NUMPY, "c.py": NUMPY}, "numpy"),
        ({"a.py": GOOGLE, "b.py": REST, "c.py": REST}, "rest"),
        ({"a.py": NUMPY, "pyproject.toml": b"[tool.ruff.lint.pydocstyle]\nconvention = 'google'\n"}, "google"),
        ({"a.py": GOOGLE, "pyproject.toml": b"[tool.pydocstyle]\nconvention = 'numpy'\n"}, "numpy"),
        ({"a.py": REST, "pyproject.toml": b"[tool.pydocstyle]\nconvention = 'pep257'\n"}, "rest"),
        ({"a.py": REST, "pyproject.toml": b"not TOML"}, "rest"),
    ],
)
def test_the_project_decides(files: dict[str, bytes], style: Style) -> None:
    paths = [path for path in files if path.endswith(".py")]
    assert choose_style(None, paths, MemoryReader(files)) == style
    assert choose_style("rest", paths, MemoryReader(files)) == "rest"


def test_another_style_is_refused() -> None:
    with pytest.raises(EngineError, match="option style: 'javadoc' is none of google, numpy, rest"):
        choose_style("javadoc", [], MemoryReader({}))
