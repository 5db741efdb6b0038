"""Starts a run: reads what is asked for, finds the folder, and has everything that people hold on the board first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from attrs import evolve
from lsprotocol import types

from lockboard.board import Board
from parallel_refactor.lsp import messages
from parallel_refactor.lsp.arguments import Check, is_flag, is_mapping, is_number, is_text, is_texts, is_whole, read
from parallel_refactor.lsp.asking import confirm
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.lsp.messages import Began
from parallel_refactor.lsp.protocol import RequestFailedError
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.targets import named_files, named_folder
from parallel_refactor.lsp.telling import follow
from parallel_refactor.running.request import RunRequest

ASK, ALL_FILES = "Ask", "Change All"
"""The answers that a person can give before a model is asked which files need the change."""

FIELDS: dict[str, Check] = {
    "prompt": is_text,
    "recipe": is_text,
    "engine": is_text,
    "workers": is_whole,
    "include": is_texts,
    "exclude": is_texts,
    "files": is_texts,
    "interface": is_texts,
    "choose": is_flag,
    "held": is_text,
    "review": is_flag,
    "confirm": is_flag,
    "folder": is_text,
    "maxCost": is_number,
    "maxTokens": is_whole,
    "options": is_mapping,
}
"""What `parallelRefactor.startRun` takes."""


async def start_run(session: Session, *given: Any) -> Began:
    """Begin a run; its plan is shown for a yes or no, unless `confirm` is false."""
    wanted = read(messages.START_RUN, given, FIELDS)
    folder, scope = await choose_folder(session, wanted.pop("folder", ""))
    if files := wanted.pop("files", ()):
        wanted["files"] = named_files(session, folder, files)
    request = await asyncio.to_thread(lambda: _request(wanted, folder, scope))
    if request.choose and request.confirm:
        request = await _settle_question(session, folder, request)
    await asyncio.to_thread(lambda: folder.board(create=True))
    await session.settle(folder)
    run = await folder.write(lambda board: _begin(board, request, trusted=session.client.trusted))
    follow(session, folder, run)
    if request.confirm:
        session.start(confirm(session, folder, run))
    return Began(run)


def _request(wanted: Mapping[str, Any], folder: Folder, scope: str) -> RunRequest:
    from parallel_refactor.planning.globs import name_glob  # noqa: PLC0415  (as below)
    from parallel_refactor.running.choice import names_recipe  # noqa: PLC0415
    from parallel_refactor.running.settings import read_settings, with_settings  # noqa: PLC0415

    names = {"maxCost": "max_cost", "maxTokens": "max_tokens"}
    given = {names.get(name, name): value for name, value in wanted.items()}
    if files := given.pop("files", ()):
        given["include"] = tuple(map(name_glob, files))
    given |= {name: tuple(given[name]) for name in ("include", "exclude", "interface") if name in given}
    given = {"confirm": True, **given, "scope": scope}
    settings = read_settings(folder.root)
    said = given.get("engine") or given.get("recipe") or settings.values.get("engine")
    if given["confirm"] and given.get("prompt") and not said and not names_recipe(given["prompt"], folder.root):
        given["engine"] = "claude"  # its price is shown before anything is asked
    return with_settings(given, settings)


async def _settle_question(session: Session, folder: Folder, request: RunRequest) -> RunRequest:
    """Ask the person before a model is asked which files need the change: that sends something, and costs money."""

    def line() -> str:
        from parallel_refactor.running.choice import resolve  # noqa: PLC0415  (as below)
        from parallel_refactor.running.choosing import propose  # noqa: PLC0415

        resolve(request, folder.root)
        return propose(folder.root, request).line

    said = await asyncio.to_thread(line)
    offers = [types.MessageActionItem(ASK), types.MessageActionItem(ALL_FILES)]
    question = types.ShowMessageRequestParams(types.MessageType.Info, said, offers)
    answer = await session.window_show_message_request_async(question)
    if answer is None:
        raise RequestFailedError("Nobody said whether a model may be asked: nothing was started.")
    return request if answer.title == ASK else evolve(request, choose=False)


def _begin(board: Board, request: RunRequest, *, trusted: bool) -> str:
    from parallel_refactor.running import consent  # noqa: PLC0415  (slow, and the server starts fast)
    from parallel_refactor.running.start import start_run  # noqa: PLC0415

    for command in request.programs if trusted else ():
        consent.agree(board.root, command)
    return start_run(board, request)


async def choose_folder(session: Session, named: str) -> tuple[Folder, str]:
    """Give the folder that is named, or the person's choice of the open ones, and which part of it is meant."""
    if named:
        return named_folder(session, named)
    folders = session.folders
    if not folders:
        raise RequestFailedError("No folder is open: open the one to change.")
    if len(folders) == 1:
        return folders[0], folders[0].scope
    choices = {str(folder.root): folder for folder in folders}
    question = types.ShowMessageRequestParams(
        types.MessageType.Info, "Which folder is to be changed?", [types.MessageActionItem(name) for name in choices]
    )
    chosen = await session.window_show_message_request_async(question)
    if chosen is None or chosen.title not in choices:
        raise RequestFailedError("No folder was chosen: nothing was started.")
    return choices[chosen.title], choices[chosen.title].scope
