"""`parallel-refactor lsp`: one language server for one editor, on standard input and output, from beginning to end."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import BinaryIO, Never

from parallel_refactor.lsp import lifetime
from parallel_refactor.lsp.server import make_session
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.stdio import Reader, Writer, take_over
from parallel_refactor.lsp.turns import Turns, new_loop

_PATIENCE = 1.5
"""Seconds that commands at work have to come to their end: VS Code kills a server after two."""

_LEAVE = 0.3
"""Seconds for taking leave of the boards: one may be kept by somebody."""


def serve() -> Never:
    """Serve the editor until it is gone; exit code 0 if it asked for the end first, as the protocol says, else 1."""
    source, sink = take_over()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # pygls logs whole messages, with people's text and prompts in them; what we want to know we log ourselves.
    logging.getLogger("pygls").setLevel(logging.WARNING)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    turns = Turns()
    loop = new_loop(turns)
    code = loop.run_until_complete(_live(make_session(turns, loop), source, sink))
    logging.getLogger(__name__).info("The end. The longest turn of the loop took %.3f s.", turns.longest)
    sys.stderr.flush()
    # Threads may sit in a read that nothing ends, or wait for a board that somebody keeps: nobody waits for them.
    os._exit(code)


async def _live(session: Session, source: BinaryIO, sink: BinaryIO) -> int:
    writer = Writer(sink)
    session.protocol.set_writer(writer)
    lifetime.on_signals(session.end)
    Reader(source, session.protocol.receive, session.end)
    await session.ended
    await session.protocol.finish(_PATIENCE)
    await asyncio.wait((asyncio.ensure_future(session.leave()),), timeout=_LEAVE)
    writer.close()
    return 0 if session.protocol.shut_down else 1
