"""The paths that file URIs name, for any bytes that a file name may have."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit


def path_of(uri: str) -> Path | None:
    """Give the absolute path that a URI names; None for one that is no file of this machine."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file":
        return None
    if sys.platform == "win32":
        from urllib.request import url2pathname  # noqa: PLC0415  (slow, and the server starts fast)

        name = url2pathname(f"//{parts.netloc}{parts.path}" if parts.netloc else parts.path)
    elif parts.netloc in ("", "localhost"):
        name = os.fsdecode(unquote_to_bytes(parts.path))
    else:
        return None
    path = Path(name)
    return path if path.is_absolute() and "\0" not in name else None
