"""Rewrite a pattern in any language that ast-grep knows.

What matches inside of a match is rewritten too. Left, with the reason: a match whose comments or words would be lost,
that would need parentheses to mean the same (in Python what a variable stands for gets them), or whose file would not
parse any more. A file's language is that of its ending.
"""

from __future__ import annotations

import contextlib
import io
import tokenize
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal

from parallel_refactor.engines.interface import (
    EngineError,
    FileResult,
    Job,
    Left,
    Outcome,
    Reader,
    Result,
    Stop,
    StoppedError,
)
from parallel_refactor.engines.recipes.python_source import PythonSourceError, parse
from parallel_refactor.engines.recipes.recipe import Option
from parallel_refactor.engines.recipes.rewrite_rule import Rule, compile_rule
from parallel_refactor.engines.recipes.rewrite_syntax import LANGUAGES, errors, language_of, tree
from parallel_refactor.engines.recipes.rewrite_text import EndlessError, is_broken, is_endless, rewrite, swallows_code


class Rewrite:
    """The recipe `rewrite`."""

    name = "rewrite"
    title = "Rewrite a pattern"
    description = (
        "Replace code of one form by code of another, in any of 29 languages. $X is one node, $$$X any number."
    )
    version = 2
    suffixes = tuple(suffix for suffixes in LANGUAGES.values() for suffix in suffixes)
    order: Literal["none"] = "none"
    tools = ("ast-grep-py",)
    options = (
        Option("pattern", "the code to replace, as $A.assertEquals($$$ARGS)", required=True),
        Option("replace", "what to put in its place, as $A.assertEqual($$$ARGS)", required=True),
        Option("language", f"only files of this language: {', '.join(LANGUAGES)}"),
    )

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:  # noqa: ARG002
        """Check the options; raises EngineError where the pattern fits none of the workspace's languages."""
        wanted = _checked(options)
        languages = sorted({language_of(path, wanted) for path in paths} - {""})
        rules = [_rule(options, language) for language in languages]  # all: each may be refused
        if rules and not any(rules):
            raise EngineError(f"the pattern does not parse as {', '.join(languages)}: {options['pattern']!r}")
        return options

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002
        """Rewrite the job's files; raises EngineError where the options make no sense, StoppedError when stopped."""
        wanted = _checked(job.options)
        results: list[FileResult] = []
        places = 0
        for path, data in job.files.items():
            if stop():
                raise StoppedError(_result(results, places))
            rule = _rule(job.options, language_of(path, wanted))
            result, changed = rewritten(path, data or b"", rule)
            results.append(result)
            places += changed
        return _result(results, places)

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:
        """Tell whether a changed file parses worse than before, has swallowed code, or is not done; or ""."""
        rule = _rule(options, language_of(after.path, _checked(options)))
        if rule is None or after.new is None:
            return "nothing in it was to be rewritten"
        try:
            old, new = (_decoded(data, rule.language)[0] for data in (before, after.new))
        except ValueError as error:
            return f"the result cannot be decoded: {error}"
        if is_broken(new, rule.language, than=old):
            return "the result does not parse"
        if swallows_code(new, old, rule):
            return "the result has code in a comment"
        if rewrite(new, rule).text != new:
            return "the result still has the pattern"
        return ""


@cache
def compile_for(pattern: str, replacement: str, language: str) -> Rule | None:
    """Compile a rule; None where the pattern does not parse in the language, EngineError where it makes no sense."""
    rule = compile_rule(pattern, replacement, language)
    if rule is not None and is_endless(rule):
        raise EngineError(
            f"the replacement {replacement!r} matches the pattern {pattern!r} again, so that each run would change the "
            "code once more: make the pattern narrower"
        )
    return rule


def rewritten(path: str, data: bytes, rule: Rule | None) -> tuple[FileResult, int]:
    """Apply a rule, None for one that is not of the file's language; gives the result and how many places changed."""
    if rule is None or not data:
        return FileResult(path, Outcome.UNCHANGED), 0
    outcome, line = Outcome.LEFT, 0
    try:
        text, encoding = _decoded(data, rule.language)
        _refuse_broken(data, text, rule.language)
        done = rewrite(text.removeprefix(_MARK), rule)
        new = (_MARK if text.startswith(_MARK) else "").encode(encoding) + done.text.encode(encoding)
    except PythonSourceError as error:
        outcome, line = Outcome.FAILED, error.line
        reason = str(error)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"it is not {error.encoding} here, as the file should be"
    except UnicodeEncodeError as error:
        reason = f"{error.object[error.start : error.end]!r} of the replacement is not in the file's {error.encoding}"
    except EndlessError:
        reason = "the replacement matches the pattern again and again"
    else:
        if new != data:
            return FileResult(path, Outcome.CHANGED, new, left=done.left), done.places
        return FileResult(path, Outcome.LEFT if done.left else Outcome.UNCHANGED, left=done.left), 0
    return FileResult(path, outcome, left=(Left(reason, line),)), 0


_MARK = "\ufeff"


def _checked(options: Mapping[str, Any]) -> str:
    """Give the language that was asked for, or ""; raises EngineError for options that make no sense."""
    for name in ("pattern", "replace"):
        if not isinstance(options.get(name), str):
            raise EngineError(f"recipe rewrite needs the option {name}")
    if not options["pattern"].strip():
        raise EngineError("option pattern is empty: it would match nothing")
    wanted = options.get("language", "")
    if wanted and wanted not in LANGUAGES:
        raise EngineError(f"option language: {wanted!r} is none of {', '.join(LANGUAGES)}")
    return str(wanted)


def _rule(options: Mapping[str, Any], language: str) -> Rule | None:
    return compile_for(options["pattern"], options["replace"], language) if language else None


def _decoded(data: bytes, language: str) -> tuple[str, str]:
    """Decode a file, byte order mark and all: Python as it declares, others as UTF-8; raises UnicodeDecodeError."""
    encoding = "utf-8"
    if language == "python":
        with contextlib.suppress(SyntaxError):
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    encoding = encoding.removesuffix("-sig")
    return data.decode(encoding), encoding


def _refuse_broken(data: bytes, text: str, language: str) -> None:
    """Raise PythonSourceError for Python that neither this version nor the grammar (of 2 and 3) can read.

    In other languages errors are no proof: of C, macros expand to what the grammar cannot foresee. Only matches beside
    an error are left there.
    """
    if language == "python" and errors(tree(text.removeprefix(_MARK), language)):
        parse(data)


def _result(files: Sequence[FileResult], places: int) -> Result:
    changed = sum(file.outcome is Outcome.CHANGED for file in files)
    summary = f"rewrote {places} places in {changed} of {len(files)} files"
    return Result(tuple(files), summary, counts={"places rewritten": places})
