"""One run in detail: its plan before it starts, its tasks while it goes on, what became of each file afterwards."""

from __future__ import annotations

from typing import Any

from attrs import frozen


@frozen
class FileNote:
    """Why a file was left out, left as it was, or needs a look. `line` counts from 1; 0: no line in particular."""

    uri: str
    path: str
    reason: str
    line: int = 0


@frozen
class HeldFile:
    """A file of the run that a person holds. `mine`: the one in front of this editor."""

    uri: str
    path: str
    owner: str
    mine: bool = False


@frozen
class TaskFile:
    """A file of a task.

    `outcome` is `changed`, `unchanged`, `left`, `taken back`, or the state of a task that is not done. `before` is the
    URI of the text that landing replaced, `after` of one that is handed in and has not landed; "" where there is none.
    """

    uri: str
    path: str
    outcome: str
    before: str = ""
    after: str = ""


@frozen
class TaskStatus:
    """A task and where it stands; `state` as on the board. `cost` is in words; `waits_for` are names of tasks.

    `token` names its newest claim, and so what it proposes. `shared`: it makes the edits that other tasks want in files
    that are not theirs.
    """

    task: str
    group: str
    state: str
    reason: str
    worker: str
    since: float
    cost: str
    summary: str
    token: int = 0
    waits_for: tuple[str, ...] = ()
    files: tuple[TaskFile, ...] = ()
    shared: bool = False


@frozen
class RunDetails:
    """The answer to `parallelRefactor.showRun`; `text` says all of it in Markdown.

    `tasks` are those that a person looks for first, `more_tasks` how many others there are. `unchanged` files needed
    no visit. `left` says what was left out or left as it was; `notes` what a person should look at. `chosen` says
    which files a model named when it was asked which need the change. `estimate` is there before the start, `cost`
    after it, where a model is asked.
    """

    folder: str
    run: str
    tasks: tuple[TaskStatus, ...]
    more_tasks: int
    unchanged: int
    left: tuple[FileNote, ...]
    notes: tuple[FileNote, ...]
    held: tuple[HeldFile, ...]
    chosen: tuple[str, ...]
    estimate: tuple[str, ...]
    cost: str
    text: str


@frozen
class UndoPreview:
    """The answer to `parallelRefactor.previewUndo`: URIs of what would be put back, and what not. `text`: in words.

    `mergeable` are URIs of files among `left` that an undo with `merge` puts back around a person's later edits.
    """

    run: str
    files: tuple[str, ...]
    left: tuple[FileNote, ...]
    mergeable: tuple[str, ...]
    text: str


@frozen
class ProposedFile:
    """A file that a run proposes to change. `after` is the URI of what it would become, "" where it would be deleted.

    `conflict` says why it cannot be accepted as the file is now; then `after` is the text as it was proposed.
    """

    uri: str
    path: str
    task: str
    after: str
    conflict: str


@frozen
class Proposal:
    """The answer to `parallelRefactor.showProposal`. `doubt`: why something is proposed that was accepted before."""

    folder: str
    run: str
    files: tuple[ProposedFile, ...]
    doubt: str = ""


@frozen
class Commit:
    """One commit that was made; `files` are URIs."""

    id: str
    subject: str
    files: tuple[str, ...]


@frozen
class Committed:
    """The answer to `parallelRefactor.commitRun`: what was committed, and what was not and why."""

    run: str
    commits: tuple[Commit, ...]
    left: tuple[FileNote, ...]
    text: str


@frozen
class RecipeOption:
    """Something that a person can say to a recipe."""

    name: str
    description: str
    required: bool


@frozen
class RecipeInfo:
    """A recipe as a person can choose it. The first sentence of `description` fits in a line."""

    name: str
    title: str
    description: str
    options: tuple[RecipeOption, ...]


@frozen
class Recipes:
    """The answer to `parallelRefactor.listRecipes`; `problem` says why the workspace's own are not among them."""

    recipes: tuple[RecipeInfo, ...]
    problem: str = ""


TYPES: tuple[type[Any], ...] = (
    FileNote, HeldFile, TaskFile, TaskStatus, RunDetails, UndoPreview, ProposedFile, Proposal, Commit, Committed,
    RecipeOption, RecipeInfo, Recipes,
)  # fmt: skip
"""All types of this part of the protocol."""
