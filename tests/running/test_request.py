"""What a request may say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_refactor.engines.recipes import catalogue
from parallel_refactor.engines.recipes.recipe import Recipe
from parallel_refactor.running.request import RequestError, RunRequest, from_options, to_options
from parallel_refactor.running.start import plan_only, resolve

_TEXTS = st.lists(st.text(), max_size=3).map(tuple)


@given(
    st.builds(
        RunRequest,
        prompt=st.text(),
        recipe=st.text(),
        engine=st.text(),
        workers=st.integers(1, 256),
        include=_TEXTS,
        exclude=_TEXTS,
        scope=st.text(),
        held=st.sampled_from(["wait", "skip"]),
        confirm=st.booleans(),
        options=st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | st.lists(st.text())),
        attempts=st.integers(1, 1000),
        deadline=st.floats(0.1, 1e6),
        lease=st.floats(3, 1e6),
        max_cost=st.none() | st.floats(0.0001, 1e6),
        max_tokens=st.none() | st.integers(1, 10**12),
    )
)
def test_the_board_gives_a_request_back_as_it_was(request: RunRequest) -> None:
    assert from_options(json.loads(json.dumps(to_options(request)))) == request


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"workers": 0}, "workers is 0"),
        ({"workers": 257}, "workers is 257"),
        ({"held": "no"}, "held is 'no'"),
        ({"attempts": 0}, "attempts is 0"),
        ({"max_cost": 0.0}, "max_cost is 0"),
        ({"max_tokens": -1}, "max_tokens is -1"),
        ({"deadline": float("nan")}, "deadline is nan"),
        ({"lease": 1}, "lease is 1"),
    ],
)
def test_values_out_of_range_are_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        RunRequest(**values)
    with pytest.raises(RequestError):
        from_options({**to_options(RunRequest()), **values})


@pytest.mark.parametrize("options", [{}, {"workers": "many"}, {"colour": "red"}])
def test_a_damaged_request_is_refused(options: dict[str, Any]) -> None:
    kept = {**to_options(RunRequest()), **options} if options else {"workers": []}
    with pytest.raises(RequestError, match="keeps no request"):
        from_options(kept)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (RunRequest(), "Say what to change"),
        (RunRequest(prompt="Make it better"), "is no recipe. Anything else needs a model"),
        (RunRequest(recipe="magic"), "There is no recipe 'magic'"),
        (RunRequest(engine="claude"), "Say what the model should change"),
        (RunRequest(engine="claude", recipe="modernise"), "takes a prompt, not a recipe"),
        (RunRequest(engine="claude", prompt="x", options={"colour": "red"}), "Engine claude has no option 'colour'"),
        (RunRequest(engine="command", prompt="x"), "Say which program"),
        (RunRequest(engine="command", command="ls", recipe="modernise"), "not a recipe"),
        (RunRequest(recipe="modernise", command="ls"), "runs no command"),
        (RunRequest(engine="gpt"), "There is no engine 'gpt'"),
        (RunRequest(recipe="modernise", prompt="Make it better"), "takes no prompt"),
        (RunRequest(engine="simulate", options={"order": "random"}), "order is 'random'"),
    ],
)
def test_what_nobody_can_do_is_refused(request_: RunRequest, said: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=said):
        resolve(request_, tmp_path)


def test_a_refused_prompt_lists_every_recipe(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as refused:
        resolve(RunRequest(prompt="Make it better"), tmp_path)
    assert all(recipe.name in str(refused.value) for recipe in catalogue.built_in())


@pytest.mark.parametrize("recipe", catalogue.built_in(), ids=lambda recipe: str(recipe.name))
def test_a_recipe_is_found_by_name_and_by_title(recipe: Recipe, tmp_path: Path) -> None:
    options = {option.name: "x" for option in recipe.options if option.required}
    named = [RunRequest(recipe=recipe.name), RunRequest(prompt=recipe.name), RunRequest(prompt=recipe.title.upper())]
    for request in named:
        wanted = RunRequest(prompt=request.prompt, recipe=request.recipe, options=options)
        assert resolve(wanted, tmp_path).recipe is recipe


def test_a_missing_option_is_named(tmp_path: Path) -> None:
    recipe = next(recipe for recipe in catalogue.built_in() if any(option.required for option in recipe.options))
    missing = next(option.name for option in recipe.options if option.required)
    with pytest.raises(RequestError, match=f"needs the option {missing}"):
        plan_only(tmp_path, RunRequest(recipe=recipe.name))


def test_an_unknown_option_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="has no option 'colour'"):
        plan_only(tmp_path, RunRequest(recipe="modernise", options={"colour": "red"}))
