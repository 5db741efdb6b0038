"""How things are put in words: names, numbers, times."""

from __future__ import annotations

import time

from parallel_refactor.planning.show import printable


def shortened(name: str, width: int) -> str:
    """Cut a name at its front to `width` columns: its end says more."""
    name = printable(name)
    return name if len(name) <= width else f"…{name[len(name) - width + 1 :]}"


def all_lines(reason: str, indent: str) -> str:
    """Give all lines of a reason, those after the first indented."""
    return f"\n{indent}".join(map(printable, reason.splitlines()))


def count(number: int, word: str) -> str:
    """Say how many there are: `1 file`, `1,234 files`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def percent(share: float) -> str:
    """Say which part something is; only all of it is 100 %."""
    return f"{int(share * 100)} %"


def duration(seconds: float) -> str:
    """Say how long something takes: `0.4 s`, `12 s`, `3:07 min`, `1:02:45 h`."""
    if seconds < 10:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02} h" if hours else f"{minutes}:{second:02} min"


def since(moment: float) -> str:
    """Say for how long something has been so, in whole seconds: tenths only flicker where they are shown live."""
    seconds = max(0.0, time.time() - moment)
    return f"for {int(seconds)} s" if seconds < 10 else f"for {duration(seconds)}"


def ago(moment: float) -> str:
    """Say how long ago a moment was: `now`, `5 min ago`, `3 h ago`, then the date."""
    seconds = time.time() - moment
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86400:
        return f"{seconds // 3600:.0f} h ago"
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
