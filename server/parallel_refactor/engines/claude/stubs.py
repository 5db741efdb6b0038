"""How the public signatures of a file have changed: stubs of what differs, before and after."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

from parallel_refactor.engines.claude.document import PYTHON
from parallel_refactor.engines.claude.secrets import has_secret_contents
from parallel_refactor.engines.recipes.python_source import PythonSourceError, parse

_MOST = 20_000  # characters
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

_Names = tuple[str, ...]
_Signatures = dict[_Names, str]


def changed_signatures(changed: Mapping[str, tuple[bytes | None, bytes | None]]) -> str:
    """Tell a model what has changed for those who use some files, given before and after; "" for nothing.

    Of Python files it tells the signatures that differ, of others only that they have changed.
    """
    parts, others, size = list[str](), list[str](), 0
    for path, (before, after) in sorted(changed.items()):
        if not path.endswith(PYTHON):
            others.append(path)
        elif part := _difference(path, before or b"", after or b""):
            size += len(part)
            parts.append(part if size <= _MOST else f"{path} (too long to show here: read it)")
    told = []
    if parts:
        told.append("Files that yours may use have other signatures now. Use the new ones:\n\n" + "\n\n".join(parts))
    if others:
        told.append("These have changed before yours; read them where yours use them: " + ", ".join(others))
    return "\n\n".join(told)


def _difference(path: str, before: bytes, after: bytes) -> str:
    if has_secret_contents(before) or has_secret_contents(after):
        return ""
    try:
        old, new = _signatures(parse(before).body), _signatures(parse(after).body)
    except PythonSourceError:
        return ""
    gone = [names for names in old if old[names] != new.get(names)]
    come = [names for names in new if new[names] != old.get(names)]
    if not (gone or come):
        return ""
    return f'<signatures path="{path}">\nbefore:\n{_stub(old, gone)}\nafter:\n{_stub(new, come)}\n</signatures>'


def _signatures(body: Sequence[ast.stmt], *, in_class: bool = False) -> _Signatures:
    """Give what a module or class defines for others, also on a condition; overloads count as one."""
    found: _Signatures = {}
    for node in _flat(body):
        if isinstance(node, ast.ClassDef) and _is_public(node.name):
            given = ", ".join(map(ast.unparse, [*node.bases, *node.keywords]))
            found[node.name,] = _decorated(node, f"class {node.name}" + (f"({given})" if given else ""))
            members = _signatures(node.body, in_class=True)
            found |= {(node.name, *names): text for names, text in members.items()}
        elif isinstance(node, _FUNCTIONS) and _is_public(node.name):
            word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
            result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
            text = _decorated(node, f"{word} {node.name}({ast.unparse(node.args)}){result}: ...")
            found[node.name,] = f"{found[node.name,]}\n{text}" if (node.name,) in found else text
        elif in_class and isinstance(node, ast.AnnAssign):  # the field of a data class is a parameter
            name = ast.unparse(node.target)
            found |= {(name,): ast.unparse(node)} if _is_public(name) else {}
    return found


def _flat(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If):
            yield from _flat([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _flat([*node.body, *(one for handler in node.handlers for one in handler.body), *node.orelse])
        else:
            yield node


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _decorated(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, text: str) -> str:
    return "\n".join([*(f"@{ast.unparse(decorator)}" for decorator in node.decorator_list), text])


def _stub(signatures: Mapping[_Names, str], shown: Collection[_Names]) -> str:
    """Write some of the signatures, those of members below the names of their classes."""
    lines: list[str] = []
    inside: _Names = ()
    for names in shown:
        if any(other[: len(names)] == names != other for other in shown):
            continue  # a class, named with its first member
        for depth in range(1, len(names)):
            if inside[:depth] != names[:depth]:
                lines += _indented(f"{signatures[names[:depth]]}:", depth - 1)
        inside = names[:-1]
        text = signatures[names]
        is_class = text.rpartition("\n")[2].startswith("class ")
        lines += _indented(f"{text}: ..." if is_class else text, len(names) - 1)
    return "\n".join(lines) or "(nothing)"


def _indented(text: str, depth: int) -> list[str]:
    return [f"{'    ' * depth}{line}" for line in text.split("\n")]
