"""What a recipe is: a named codemod that needs no model and no network."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from attrs import frozen

from parallel_refactor.engines.interface import FileResult, Job, Reader, Result, Stop


@frozen
class Option:
    """A setting of a recipe. The value comes as a string from the command line and is checked by the recipe."""

    name: str
    description: str
    required: bool = False


class Recipe(Protocol):
    """A deterministic change over a task's files. What it cannot do safely it leaves, and says why.

    Running a recipe over its own result changes nothing. `version` goes up whenever the result for some file may
    differ; `title` is what people say ("Add docstrings to all functions"); `suffixes` are file name endings with the
    dot, empty for any; `order` says how tasks of files that import each other hang together; `tools` are the
    distributions whose versions decide the result.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def description(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> int: ...  # noqa: D102
    @property
    def suffixes(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def order(self) -> Literal["none", "after", "needs"]: ...  # noqa: D102
    @property
    def tools(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def options(self) -> tuple[Option, ...]: ...  # noqa: D102

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:
        """Check the options and look over the workspace, once a run, before anything is planned.

        `paths` are the workspace's files with the recipe's suffixes, also those that the run does not visit. Gives the
        options for every task; raises EngineError where they make no sense.
        """
        ...

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:
        """Change the job's files; raises EngineError where the options make no sense, StoppedError when stopped."""
        ...

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:
        """Tell how a changed file breaks the recipe's promise (it parses; the AST differs only as promised), or ""."""
        ...


@runtime_checkable
class WholeWorkspace(Protocol):
    """What a recipe has, beside the rest, whose changes in one file call for changes in others."""

    def prepare_run(
        self, options: Mapping[str, Any], paths: Sequence[str], visited: Collection[str], reader: Reader
    ) -> Mapping[str, Any]:
        """Prepare as `prepare` does, and know which of the paths the run visits: no other can be changed."""
        ...

    def joints(self, options: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        """Give pairs of files that land together or not at all, by the prepared options; other files do not wait."""
        ...
