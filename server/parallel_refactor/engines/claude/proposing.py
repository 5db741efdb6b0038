"""The edits that the model proposes in files that are not its own: tried in memory, made by a last task of the run."""

from __future__ import annotations

from parallel_refactor.engines.claude.calls import ToolError
from parallel_refactor.engines.claude.checks import find_damage
from parallel_refactor.engines.claude.drafts import Drafts
from parallel_refactor.engines.claude.looking import Looking
from parallel_refactor.engines.interface import SharedEdit

_MOST = 10
_LONGEST = 2_000  # characters: every process of the board reads them


class Proposing:
    """One task's proposals, `edits`, in the order in which they were made."""

    def __init__(self, drafts: Drafts, looking: Looking) -> None:
        self._drafts = drafts
        self._looking = looking
        self._now: dict[str, bytes] = {}
        self.edits: list[SharedEdit] = []

    @property
    def paths(self) -> set[str]:
        """The files that have proposals."""
        return set(self._now)

    def propose(self, path: str, old: str, new: str, why: str) -> str:
        """Take note of an edit and show what it gives; raises ToolError where it cannot be made as things stand."""
        if path in self._drafts.paths:
            raise ToolError(f"{path} is yours: edit it.")
        if len(self.edits) >= _MOST:
            raise ToolError(f"You have made {_MOST} proposals: do without this one.")
        if max(map(len, (old, new, why))) > _LONGEST:
            raise ToolError(f"old_str, new_str and why may have {_LONGEST:,} characters each: propose a smaller edit.")
        before = self._now[path] if path in self._now else self._looking.others(path)
        trial = Drafts({path: before})
        _, _, shown = trial.str_replace(path, old, new).partition("\n")
        after = trial.changed()[path]
        if damage := find_damage(path, before, after):
            raise ToolError(f"{path}: {damage.reason}.")
        self._now[path] = after
        self.edits.append(SharedEdit(path, old.replace("\r\n", "\n"), new.replace("\r\n", "\n"), why))
        return f"Noted: when all files of the workspace are done, {path} becomes\n{shown}"
