"""Finds the places in a program's source that write, create, move or delete files."""

from __future__ import annotations

import ast

_OS = """
    chflags chmod chown fchmod fchown ftruncate lchmod lchown link makedirs mkdir mkfifo mknod pwrite remove removedirs
    removexattr rename renames replace rmdir sendfile setxattr symlink truncate unlink utime write writev
"""
_SHUTIL = "chown copy copy2 copyfile copyfileobj copymode copystat copytree move rmtree unpack_archive"
_METHODS = "chmod hardlink_to lchmod mkdir rename rmdir symlink_to touch unlink write_bytes write_text"
_MODULES = {"os": _OS.split(), "shutil": _SHUTIL.split()}
_READING = frozenset({"O_RDONLY", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY", "O_NONBLOCK", "O_PATH"})
_UNSEEN = frozenset({"ctypes", "mmap"})


def writes(source: str) -> dict[int, str]:
    """Give line -> what is called there that writes, as far as the text tells.

    Modules that can write unseen (`ctypes`, `mmap`) count where they are imported, and so do the writing functions of
    `os` and `shutil` imported by their bare names.
    """
    found = ((node, _written(node)) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.expr | ast.stmt))
    return {node.lineno: what for node, what in found if what}


def _written(node: ast.AST) -> str:
    found = ""
    match node:
        case ast.Import(names=names):
            found = next((name.name for name in names if name.name.split(".")[0] in _UNSEEN), "")
        case ast.ImportFrom(module=str(module), names=names):
            hits = (name.name for name in names if module in _UNSEEN or name.name in _MODULES.get(module, ()))
            found = next((f"{module}.{name}" for name in hits), "")
        case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="open")):
            found = "" if _flags_read(node) else "os.open"
        case ast.Call(func=ast.Name(id="open")):
            found = "" if _mode_reads(node, 1) else "open"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="os" | "io" | "codecs"), attr="open" | "fdopen")):
            found = "" if _mode_reads(node, 1) else "open"
        case ast.Call(func=ast.Attribute(attr="open")):
            found = "" if _mode_reads(node, 0) else ".open"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="os" | "shutil" as module), attr=name)):
            found = f"{module}.{name}" if name in _MODULES[module] else ""
        case ast.Call(func=ast.Attribute(attr="replace"), args=[_], keywords=[]):
            found = ".replace with one argument, as of a path"
        case ast.Call(func=ast.Attribute(attr=name), args=args) if name in _METHODS.split():
            found = "" if name == "touch" and args else f".{name}"  # a path's `touch` takes none
    return found


def _mode_reads(call: ast.Call, place: int) -> bool:
    """Whether the mode of an `open`, its argument at `place`, is absent or a literal that does not write."""
    modes = [keyword.value for keyword in call.keywords if keyword.arg == "mode"] + call.args[place : place + 1]
    return all(isinstance(mode, ast.Constant) and not set(str(mode.value)) & set("wax+") for mode in modes)


def _flags_read(call: ast.Call) -> bool:
    """Whether the flags of an `os.open` are names of `os` written out, none of which writes."""
    inside = [node for flags in call.args[1:2] for node in ast.walk(flags)]
    names = {node.attr for node in inside if isinstance(node, ast.Attribute)}
    others = {node.id for node in inside if isinstance(node, ast.Name)} - {"os"}
    return bool(names) and names <= _READING and not others
