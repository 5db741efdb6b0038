"""`recipes` lists what can be done without a model, to people and to programs."""

from __future__ import annotations

from pathlib import Path

from tests.cli.program import answer, call, refusal


def test_recipes_are_listed_with_what_they_need(tmp_path: Path) -> None:
    listed = {recipe["name"]: recipe for recipe in answer("recipes", cwd=tmp_path)["recipes"]}
    assert listed["docstrings"].items() >= {"title": "Add docstrings to all functions"}.items()
    assert {option["name"] for option in listed["rewrite"]["options"] if option["required"]} >= {"pattern"}
    shown = call("recipes", cwd=tmp_path).stdout
    for recipe in listed.values():
        assert recipe["title"] in shown
        assert all(f"--option {option['name']}=" in shown for option in recipe["options"])


def test_a_pattern_is_rewritten(tmp_path: Path) -> None:
    for folder in ("src", "doc"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text("import old, new\nold(1, 2)\n")
    flags = ("--pattern", "old($X, $Y)", "--replace", "new($Y, x=$X)")
    report = answer("run", *flags, "src", "--yes", "--workers", "1", cwd=tmp_path)
    assert report["title"] == "Rewrite a pattern"
    assert (tmp_path / "src" / "a.py").read_text() == "import old, new\nnew(2, x=1)\n"
    assert (tmp_path / "doc" / "a.py").read_text() == "import old, new\nold(1, 2)\n"
    assert "needs the option replace" in refusal("run", "--pattern", "x", "--yes", cwd=tmp_path)
    assert "has no option 'pattern'" in refusal("run", "--recipe", "docstrings", *flags, "--yes", cwd=tmp_path)


def test_a_rule_file_is_run_wherever_it_is(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.py").write_text("import old, new\nold(1)\n")
    (tmp_path / "newer.yml").write_text("title: Newer\nrules:\n  - {pattern: old($X), replace: new($X)}\n")
    assert answer("run", "--recipe", "../newer.yml", "--yes", "--workers", "1", cwd=work)["title"] == "Newer"
    assert (work / "a.py").read_text() == "import old, new\nnew(1)\n"
    (tmp_path / "newer.yml").write_text("title: Newer\n")
    assert "newer.yml: it needs rules" in refusal("run", "--recipe", "../newer.yml", "--yes", cwd=work)
    assert "There is no recipe 'none.yml'" in refusal("run", "--recipe", "none.yml", "--yes", cwd=work)


def test_a_symbol_is_renamed_in_all_files_or_none(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("def price():\n    pass\n")
    (tmp_path / "use.py").write_text("from shop import price\n\nprice()  # the price\n")
    names = ("--option", "old=shop.price", "--option", "new=cost")
    plan = answer("run", "rename", *names, "--plan", cwd=tmp_path)
    assert {task["group"] for task in plan["tasks"]} == {"g1"}
    report = answer("run", "rename", *names, "--yes", "--workers", "2", cwd=tmp_path)
    assert [note["reason"] for note in report["left"]] == ["a comment mentions `price`"]
    assert (tmp_path / "use.py").read_text() == "from shop import cost\n\ncost()  # the price\n"
    assert "shop.py has no price" in refusal("run", "rename", *names, "--yes", cwd=tmp_path)
    answer("undo", report["run"], "--yes", cwd=tmp_path)
    assert (tmp_path / "use.py").read_text() == "from shop import price\n\nprice()  # the price\n"
