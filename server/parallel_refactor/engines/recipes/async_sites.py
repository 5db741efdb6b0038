"""Where a function is called, and whether `await` can be written there."""

from __future__ import annotations

import ast
import re
from functools import cached_property

from attrs import frozen

from parallel_refactor.engines.recipes.python_source import PythonSource
from parallel_refactor.engines.recipes.python_words import FileIndex, Mention, Place

_PRINTED = re.compile(rb"[\s)]*=")


@frozen(eq=False, slots=False)
class CallSite:
    """A call of a function."""

    file: FileIndex
    mention: Mention
    call: ast.Call

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.mention.place

    @cached_property
    def obstacle(self) -> str:
        """Why it cannot be awaited there, "" if only the function decides."""
        return self.place.obstacle or ("" if self.can_change else "in an f-string")

    @cached_property
    def can_change(self) -> bool:
        """Whether it stands where its position says, and is not itself printed (`{f()=}`), if it is in an f-string."""
        if not self.place.formatted:
            return True
        source, outer = self.file.source, self.file.parents[self.call]
        if not _is_at_its_position(source, self.call):
            return False
        while not isinstance(outer, ast.FormattedValue):
            outer = self.file.parents[outer]
        return _is_at_its_position(source, outer.value) and not _PRINTED.match(source.data, source.end(outer.value))

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.file.path}:{self.mention.line}"


def _is_at_its_position(source: PythonSource, node: ast.expr) -> bool:
    text = source.data[source.start(node) : source.end(node)]
    try:
        return ast.dump(ast.parse(b"(" + text + b")", mode="eval").body) == ast.dump(node)
    except (SyntaxError, ValueError):
        return False
