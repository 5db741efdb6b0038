"""Recipes are found by what people call them, and by nothing else."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_refactor.engines.recipes.catalogue import built_in, find, find_with_place, fingerprint
from parallel_refactor.engines.recipes.recipe import Recipe

RECIPES = built_in()
DOCSTRINGS, ALL_DOCSTRINGS, MODERNISE, REWRITE, TYPES, ASYNC = RECIPES[:6]
NOWHERE = Path("no such folder")


@pytest.mark.parametrize(
    ("said", "recipe"),
    [
        ("Add docstrings to all functions", DOCSTRINGS),
        ("add docstrings to all functions.", DOCSTRINGS),
        ('  "Add docstrings  to all functions!"\n', DOCSTRINGS),
        ("ADD-DOCSTRINGS-TO-ALL-FUNCTIONS", DOCSTRINGS),
        ("docstrings", DOCSTRINGS),
        ("Add docstrings", ALL_DOCSTRINGS),
        ("Add type hints to all Python files", TYPES),
        ("modernise", MODERNISE),
        ("Modernize Python code", MODERNISE),
        ("\u201crewrite a pattern\u201d", REWRITE),
    ],
)
def test_a_name_or_title_in_any_spelling(said: str, recipe: Recipe) -> None:
    assert find(said, NOWHERE) is recipe


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_the_first_sentence_of_a_description_fits_in_a_line(recipe: Recipe) -> None:
    """Editors show it, and cut what is longer."""
    assert len(recipe.description.split(". ")[0]) <= 80


@pytest.mark.parametrize(
    "said", ["", " ", ".", "add", "Add docstrings to all classes", "please modernise", "modern", "rewrite everything"]
)
def test_nothing_else_is_guessed(said: str) -> None:
    assert find(said, NOWHERE) is None


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Refactor all files in src/ to use async/await", (ASYNC, "src/")),
        ('refactor all files to use async/await in "my/lib".', (ASYNC, "my/lib")),
        ("Add docstrings to all functions in app", (DOCSTRINGS, "app")),
        ("Add docstrings to all functions", (DOCSTRINGS, "")),
        ("Add docstrings in app", (ALL_DOCSTRINGS, "app")),
        ("Add docstrings to all classes in app", None),
        ("Refactor all files in src/ and in lib/ to use async/await", None),
    ],
)
def test_a_prompt_may_say_where(said: str, found: tuple[Recipe, str] | None) -> None:
    assert find_with_place(said, NOWHERE) == found


@given(st.sampled_from(RECIPES), st.lists(st.sampled_from([" ", "-", "_", ".", "'", '"', "\t"]), min_size=2))
def test_punctuation_and_case_never_matter(recipe: Recipe, noise: list[str]) -> None:
    before, after = "".join(noise[::2]), "".join(noise[1::2])
    assert find(f"{before}{recipe.title.swapcase()}{after}", NOWHERE) is recipe
    assert find(f"{before}{recipe.name.upper()}{after}", NOWHERE) is recipe


def test_no_two_recipes_answer_to_one_name() -> None:
    said = [find(text, NOWHERE) for recipe in RECIPES for text in (recipe.name, recipe.title)]
    assert said == list(itertools.chain.from_iterable((recipe, recipe) for recipe in RECIPES))


def test_a_fingerprint_names_recipe_and_options() -> None:
    prints = {
        fingerprint(MODERNISE, {}),
        fingerprint(MODERNISE, {"target": "py311"}),
        fingerprint(MODERNISE, {"target": "py312"}),
        fingerprint(REWRITE, {}),
    }
    assert len(prints) == 4
    assert all(len(one) == 64 for one in prints)
    one, other = {"a": ["x"], "b": 1}, {"b": 1, "a": ["x"]}
    assert fingerprint(REWRITE, one) == fingerprint(REWRITE, other)


def test_a_fingerprint_names_the_versions_of_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {recipe.name: fingerprint(recipe, {}) for recipe in RECIPES}
    real = "importlib.metadata.version"
    monkeypatch.setattr(real, lambda name: "0.0.0" if name == "ruff" else "same")
    other_ruff = {recipe.name: fingerprint(recipe, {}) for recipe in RECIPES}
    monkeypatch.setattr(real, lambda name: "0.0.1" if name == "ruff" else "same")
    newer_ruff = {recipe.name: fingerprint(recipe, {}) for recipe in RECIPES}
    assert before["modernise"] != other_ruff["modernise"] != newer_ruff["modernise"]
    assert other_ruff["rewrite"] == newer_ruff["rewrite"] != before["rewrite"]
    assert before["docstrings"] == other_ruff["docstrings"]
