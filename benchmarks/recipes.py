"""What a recipe does to code that nobody here wrote: `python -m benchmarks.recipes [PACKAGE...]`; `--smoke`, seconds.

Each package is an archive with a pinned digest. A recipe runs over all of it with 8 workers, through the command line;
then the result is measured by other means than the recipe's own: does it parse, what do ruff (undefined names) and
pyrefly (errors) say before and after, do the package's own tests end as before, does a second run change nothing, does
undo give back every byte; of the recipe `async`, is each function that blocks and is left told of. With `--beside`,
pyrefly alone is measured in the same way. Each package gets a table.
"""

from __future__ import annotations

import argparse
import ast
import json
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from attrs import Factory, define, frozen

from benchmarks import blocking
from benchmarks.judges import checker_errors, infer, undefined_names
from tests.packages import fetch, measures, suites
from tests.packages.catalogue import PACKAGES, SAMPLE
from tests.packages.check import Trial
from tests.packages.fetch import Package

USUAL = ("requests", "flask", "jinja2", "attrs")


@frozen
class State:
    """What is measured of a tree: how many functions have all types, results and parameters that, a docstring."""

    parses: int
    functions: int
    typed: int
    documented: int
    results: int
    parameters: int
    all_parameters: int
    undefined: Counter[str]
    errors: Counter[str]

    @classmethod
    def of(cls, root: Path) -> State:
        """Measure a tree."""
        trees = [tree for source in measures.sources(root).values() if (tree := measures.parse(source)) is not None]
        functions = [function for tree in trees for function in _functions(tree)]
        parameters = [argument for function in functions for argument in _parameters(function)]
        return cls(
            parses=len(trees),
            functions=len(functions),
            typed=sum(_is_typed(function) for function in functions),
            documented=sum(ast.get_docstring(function, clean=False) is not None for function in functions),
            results=sum(function.returns is not None for function in functions),
            parameters=sum(argument.annotation is not None for argument in parameters),
            all_parameters=len(parameters),
            undefined=undefined_names(root),
            errors=checker_errors(root),
        )


@define
class Cost:
    """What a run took: seconds, and the most memory of all its processes at one time, in MB."""

    seconds: float = 0.0
    memory: float = 0.0
    done: threading.Event = Factory(threading.Event)


def measure(
    package: Package, arguments: Sequence[str], workers: int, *, suite: bool, beside: bool
) -> Iterator[tuple[str, str, str]]:
    """Run the recipe over a package; gives lines of what, before, after."""
    with tempfile.TemporaryDirectory() as scratch:
        trial = Trial(package, Path(scratch, package.name), Path(scratch), workers)
        fetch.unpack(package, trial.tree)
        if beside:
            shutil.copytree(trial.tree, Path(scratch, "beside"))
        tree, before = measures.tree(trial.tree), State.of(trial.tree)
        coroutines = blocking.coroutines(trial.tree)
        outcomes = suites.outcomes(package, trial.tree, trial.scratch) if suite and package.suite else {}
        with _watched(trial.tree) as cost:
            report = run(trial, arguments)
        after = State.of(trial.tree)
        yield from _told(report, cost)
        yield from _compared(before, after)
        if "async" in arguments:
            yield "coroutine functions", str(coroutines), str(blocking.coroutines(trial.tree))
            found = blocking.unexplained(trial.tree, report)
            yield (
                "functions that block and are left without a reason",
                "",
                f"{len(found)} {' '.join(found[:3])}".strip(),
            )
        if outcomes:
            yield from _same_tests(outcomes, trial.outcomes_against(outcomes))
        yield "files that a second run changes", "", str(run(trial, arguments)["files"]["changed"])
        trial.command("undo", report["run"], "--yes")
        yield "differences after undo", "", str(len(measures.differences(tree, measures.tree(trial.tree))))
        if beside:
            began = time.monotonic()
            infer(Path(scratch, "beside"))
            seconds = time.monotonic() - began
            for what, _, figure in _compared(before, State.of(Path(scratch, "beside"))):
                yield f"pyrefly alone: {what}", "", figure
            yield "pyrefly alone: seconds", "", f"{seconds:.1f}"


def run(trial: Trial, arguments: Sequence[str]) -> dict[str, Any]:
    """Run a recipe over the tree and give its report; `arguments` name it, and its options."""
    command = ("run", *arguments, ".", "--workers", str(trial.workers), "--yes", "--json")
    report: dict[str, Any] = json.loads(trial.command(*command, accepted=(0, 1)))
    return report


def _told(report: Mapping[str, Any], cost: Cost) -> Iterator[tuple[str, str, str]]:
    files = report["files"]
    yield "files", "", str(sum(files.values()))
    yield "... changed / unchanged / left / failed", "", " / ".join(str(count) for count in files.values())
    yield "counts", "", ", ".join(f"{name} {count}" for name, count in report["counts"].items())
    for reason, count in Counter(note["reason"] for note in report["left"]).most_common(3):
        yield f"left: {reason}", "", str(count)
    yield "seconds", "", f"{cost.seconds:.1f}"
    yield "MB at most, all processes", "", f"{cost.memory:.0f}"


def _compared(before: State, after: State) -> Iterator[tuple[str, str, str]]:
    yield "files that parse", str(before.parses), str(after.parses)
    yield "functions with all types", _share(before.typed, before.functions), _share(after.typed, after.functions)
    yield "results with a type", _share(before.results, before.functions), _share(after.results, after.functions)
    yield (
        "parameters with a type",
        _share(before.parameters, before.all_parameters),
        _share(after.parameters, after.all_parameters),
    )
    yield "functions with a docstring", str(before.documented), str(after.documented)
    yield "undefined names (ruff)", str(before.undefined.total()), str(after.undefined.total())
    yield "errors (pyrefly)", str(before.errors.total()), str(after.errors.total())
    worse = [path for path in after.errors if after.errors[path] > before.errors[path]]
    yield "files with more errors", "", str(len(worse)) + (f": {', '.join(sorted(worse)[:3])}" if worse else "")


def _same_tests(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    other = sorted(test for test in before.keys() | after.keys() if before.get(test) != after.get(test))
    passed = [sum(outcome == "passed" for outcome in tests.values()) for tests in (before, after)]
    yield "own tests that pass", f"{passed[0]} of {len(before)}", f"{passed[1]} of {len(after)}"
    yield "own tests with another outcome", "", str(len(other)) + (f": {', '.join(other[:3])}" if other else "")


@contextmanager
def _watched(tree: Path) -> Iterator[Cost]:
    """Time what is done, and watch the memory of all processes that have the tree on their command line."""
    cost, began = Cost(), time.monotonic()
    thread = threading.Thread(target=_watch, args=(tree, cost))
    thread.start()
    try:
        yield cost
    finally:
        cost.seconds = time.monotonic() - began
        cost.done.set()
        thread.join()


def _watch(tree: Path, cost: Cost) -> None:
    while not cost.done.wait(0.2):
        memory = 0
        for process in psutil.process_iter():
            try:
                if process.cwd() == str(tree) or str(tree) in " ".join(process.cmdline()):
                    family = [process, *process.children(recursive=True)]
                    memory += sum(member.memory_info().rss for member in family)
            except (psutil.Error, OSError):
                continue
        cost.memory = max(cost.memory, memory / 1e6)


def _functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    a = function.args
    found = [*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg]
    return [argument for argument in found if argument is not None and argument.arg not in {"self", "cls"}]


def _is_typed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.returns is not None and all(argument.annotation for argument in _parameters(function))


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / max(whole, 1):.1f} %)"


def main() -> int:
    """Measure the packages that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipes", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="PACKAGE", help=f"{', '.join(PACKAGES)}; else {', '.join(USUAL)}")
    parser.add_argument("--recipe", default="types")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="an option of the recipe")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--no-suite", action="store_true", help="leave out the packages' own tests")
    parser.add_argument("--beside", action="store_true", help="measure pyrefly alone, too")
    parser.add_argument("--smoke", action="store_true", help="the bundled sample only")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(PACKAGES):
        parser.error(f"no such package: {', '.join(sorted(unknown))}")
    packages = [SAMPLE] if arguments.smoke else [PACKAGES[name] for name in arguments.names or USUAL]
    for package in packages:
        title = " ".join([arguments.recipe, *arguments.option])
        print(f"\n{package.name} {package.version}, {title}\n\n| | before | after |\n| --- | ---: | ---: |")
        options = {"suite": not arguments.no_suite and not arguments.smoke, "beside": arguments.beside}
        recipe = ["--recipe", arguments.recipe, *(word for each in arguments.option for word in ("--option", each))]
        for line in measure(package, recipe, arguments.workers, **options):
            print(f"| {' | '.join(line)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
