"""What a request means: the engine that will do it, and what the planner must know about it.

Only the engine that is asked for is loaded: all of them together take longer than the rest of a command's start.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from parallel_refactor.engines.interface import Engine, EngineError
from parallel_refactor.planning.discover import discover
from parallel_refactor.planning.globs import globs_filter
from parallel_refactor.planning.interface import Order, PlanError, PlanRequest
from parallel_refactor.planning.listing import list_paths
from parallel_refactor.running.budget import require_sense
from parallel_refactor.running.places import narrowed
from parallel_refactor.running.reading import WorkspaceReader
from parallel_refactor.running.request import ENGINES, RequestError, RunRequest

if TYPE_CHECKING:
    from parallel_refactor.engines.recipes.recipe import Recipe

_TITLE = 80  # characters


@frozen
class Choice:
    """An engine and how to use it.

    `suffixes` are the endings of the files that it changes, empty for any text. `preload` are the modules that its
    workers need. `place` is the file or folder that the prompt names, "" for none.
    """

    engine: Engine
    title: str
    recipe: Recipe | None = None
    suffixes: tuple[str, ...] = ()
    order: Order = Order.NONE
    preload: tuple[str, ...] = ()
    place: str = ""


def resolve(request: RunRequest, root: Path) -> Choice:
    """Find out who does what is asked; raises RequestError where nobody can, or not within its limits."""
    choice = _choose(request, root)
    if request.command and request.engine != "command":
        raise RequestError(f"Engine {request.engine} runs no command: leave it out, or say --engine command.")
    require_sense(request)
    if request.engine != "claude" and (request.deny or request.check or request.interface or request.choose):
        raise RequestError(f"Engine {request.engine} asks no model: leave out deny, check, interface and choose.")
    return choice


def prepare(root: Path, request: RunRequest, choice: Choice) -> tuple[RunRequest, str]:
    """See to it that the engine can begin, and let a recipe check its options and look over the workspace.

    Gives the request with the options for every task, and the fingerprint of what it does ("" where no result of an
    earlier run can stand for a new one). Raises RequestError where the options make no sense.
    """
    require_means(root, request)
    if choice.recipe is None:
        return request, ""
    from parallel_refactor.engines.recipes import catalogue

    _check_options(choice.recipe, request.options)
    request = evolve(request, scope=narrowed(root, request.scope, choice.place))
    paths = [path for path in list_paths(root).paths if not choice.suffixes or path.endswith(choice.suffixes)]
    try:
        options = dict(_prepare_recipe(choice.recipe, paths, root, request, choice))
    except EngineError as error:
        raise RequestError(f"Recipe {choice.recipe.name}: {error}") from error
    return evolve(request, options=options), catalogue.fingerprint(choice.recipe, options)


def _prepare_recipe(
    recipe: Recipe, paths: Sequence[str], root: Path, request: RunRequest, choice: Choice
) -> Mapping[str, Any]:
    from parallel_refactor.engines.recipes.recipe import WholeWorkspace

    reader = WorkspaceReader(root)
    if not isinstance(recipe, WholeWorkspace):
        return recipe.prepare(request.options, paths, reader)
    visited = {file.path for file in discover(plan_request(root, request, choice)).files}
    return recipe.prepare_run(request.options, paths, visited, reader)


def plan_request(root: Path, request: RunRequest, choice: Choice) -> PlanRequest:
    """Give the planner's form of a request."""
    return PlanRequest(
        root=root,
        scope=request.scope,
        include=request.include,
        exclude=request.exclude,
        suffixes=choice.suffixes,
        interface=request.interface,
        order=choice.order,
        workers=request.workers,
    )


def joints(request: RunRequest, choice: Choice) -> Sequence[tuple[str, str]] | None:
    """Give the pairs of files that land together by a prepared request; None where the imports tell."""
    if choice.recipe is None or choice.order is not Order.NEEDS:
        return None
    from parallel_refactor.engines.recipes.recipe import WholeWorkspace

    return choice.recipe.joints(request.options) if isinstance(choice.recipe, WholeWorkspace) else None


def require_means(root: Path, request: RunRequest) -> None:
    """See to it that the run has what it needs from the environment; raises RequestError."""
    if request.programs:
        from parallel_refactor.running.program import require_program

        require_program(root, "command", request.command)
        require_program(root, "check", request.check)
        require_program(root, "gate", request.gate)
    if request.engine != "claude":
        return
    from parallel_refactor.engines.claude.settings import find_key, read_settings

    try:
        find_key(read_settings(request.options))
    except EngineError as error:
        raise RequestError(f"{_sentence(error)} Without a model: {_known_recipes(root)}") from error


def names_recipe(prompt: str, root: Path) -> bool:
    """Tell whether a prompt is the name or title of a recipe; raises RequestError for a workspace's faulty ones."""
    from parallel_refactor.engines.recipes import catalogue

    try:
        return catalogue.find_with_place(prompt, root) is not None
    except EngineError as error:
        raise RequestError(_sentence(error)) from error


def _choose(request: RunRequest, root: Path) -> Choice:
    if request.engine == "simulate":
        from parallel_refactor.engines.simulate import SimulateEngine

        order = _one_order(str(request.options.get("order", Order.NONE)))
        title = request.prompt or "Simulate edits"
        return Choice(SimulateEngine(), title, order=order, preload=(SimulateEngine.__module__,))
    if request.engine == "claude":
        return _choose_model(request)
    if request.engine == "command":
        return _choose_command(request)
    if request.engine != "recipe":
        raise RequestError(f"There is no engine {request.engine!r}. There are: {', '.join(ENGINES)}.")
    return _choose_recipe(request, root)


def _choose_command(request: RunRequest) -> Choice:
    from parallel_refactor.engines.command import CommandEngine

    if request.recipe:
        raise RequestError(f"Engine command runs a program, not a recipe: leave out {request.recipe!r} or the engine.")
    if not request.command:
        raise RequestError("Say which program: --command 'ruff check --fix {files}'.")
    title = shorten(request.prompt or request.command, _TITLE, placeholder=" ...")
    return Choice(CommandEngine(), title, preload=(CommandEngine.__module__, f"{__package__}.commanding"))


def _choose_recipe(request: RunRequest, root: Path) -> Choice:
    from parallel_refactor.engines.recipe import RecipeEngine
    from parallel_refactor.engines.recipes import catalogue

    try:
        (recipe, place), preload = _find_recipe(request, root), (RecipeEngine.__module__, catalogue.__name__)
    except EngineError as error:
        raise RequestError(_sentence(error)) from error
    order = Order(recipe.order)
    return Choice(RecipeEngine(recipe), recipe.title, recipe, recipe.suffixes, order, preload, place)


def _choose_model(request: RunRequest) -> Choice:
    from parallel_refactor.engines.claude.engine import CODE, ClaudeEngine
    from parallel_refactor.engines.claude.settings import read_settings

    if request.recipe:
        raise RequestError(f"Engine claude takes a prompt, not a recipe: leave out {request.recipe!r} or the engine.")
    if not request.prompt.strip():
        raise RequestError("Say what the model should change.")
    try:
        order = Order(read_settings(request.options).order)
    except EngineError as error:
        raise RequestError(_sentence(error)) from error
    for name, globs in (("deny", request.deny), ("interface", request.interface)):
        try:
            globs_filter(globs)
        except PlanError as error:
            raise RequestError(f"{name}: {error}") from error
    title = shorten(request.prompt, _TITLE, placeholder=" ...")
    preload = (
        ClaudeEngine.__module__,
        CODE,
        f"{__package__}.meter",
        f"{__package__}.records",
        f"{__package__}.context",
    )
    return Choice(ClaudeEngine(), title, order=order, preload=preload)


def _sentence(error: EngineError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


def _find_recipe(request: RunRequest, root: Path) -> tuple[Recipe, str]:
    """Find the recipe, and the place that the prompt names."""
    from parallel_refactor.engines.recipes import catalogue

    said = catalogue.find_with_place(request.prompt, root) if request.prompt.strip() else None
    if request.recipe:
        recipe = catalogue.find(request.recipe, root)
        if recipe is None:
            raise RequestError(f"There is no recipe {request.recipe!r}. {_known_recipes(root)}")
        if request.prompt and (said is None or said[0] != recipe):
            raise RequestError(f"Recipe {recipe.name} takes no prompt: leave out {request.prompt!r}.")
        return said or (recipe, "")
    if not request.prompt.strip():
        raise RequestError(f"Say what to change. {_known_recipes(root)}")
    if said is None:
        raise RequestError(
            f"{request.prompt!r} is no recipe. Anything else needs a model: --engine claude. {_known_recipes(root)}"
        )
    return said


def _check_options(recipe: Recipe, given: Mapping[str, Any]) -> None:
    known = {option.name: option for option in recipe.options}
    listed = f"It has: {', '.join(known)}." if known else "It has none."
    for name in given:
        if name not in known:
            raise RequestError(f"Recipe {recipe.name} has no option {name!r}. {listed}")
    for option in known.values():
        if option.required and option.name not in given:
            raise RequestError(f"Recipe {recipe.name} needs the option {option.name}: {option.description}")


def _known_recipes(root: Path) -> str:
    from parallel_refactor.engines.recipes import catalogue

    try:
        recipes = catalogue.all_recipes(root)
    except EngineError:  # it will be told to those who ask for one of them
        recipes = catalogue.built_in()
    return "The recipes are: " + ", ".join(f"{recipe.name} ({recipe.title})" for recipe in recipes) + "."


def _one_order(word: str) -> Order:
    try:
        return Order(word)
    except ValueError:
        raise RequestError(f"option order is {word!r}: it must be one of {', '.join(Order)}.") from None
