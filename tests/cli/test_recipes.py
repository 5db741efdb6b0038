"""`recipes` lists what can be done without a model, to people and to programs."""

from __future__ import annotations

from pathlib import Path

from tests.cli.program import answer, call


def test_recipes_are_listed_with_what_they_need(tmp_path: Path) -> None:
    listed = {recipe["name"]: recipe for recipe in answer("recipes", cwd=tmp_path)["recipes"]}
    assert listed["docstrings"].items() >= {"title": "Add docstrings to all functions"}.items()
    assert {option["name"] for option in listed["rewrite"]["options"] if option["required"]} >= {"pattern"}
    shown = call("recipes", cwd=tmp_path).stdout
    for recipe in listed.values():
        assert recipe["title"] in shown
        assert all(f"--option {option['name']}=" in shown for option in recipe["options"])
