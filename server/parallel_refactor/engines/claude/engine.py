"""The `claude` engine: any instruction, carried out by a model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from attrs import frozen

from parallel_refactor.engines.claude.settings import Settings, read_settings
from parallel_refactor.engines.interface import Job, Reader, Result, Stop, StoppedError
from parallel_refactor.engines.metering import GivenBackError

if TYPE_CHECKING:
    from parallel_refactor.engines.claude.asking import Patience
    from parallel_refactor.engines.claude.conversation import Conversation

CODE = "parallel_refactor.engines.claude.rehearsal"
"""The module that loads all that a task needs, which takes a second: for those who want that to be over before."""


@frozen
class ClaudeEngine:
    """Has a model change a task's files, and hands in what passes the checks.

    `patience` is how requests that fail are tried again, None for the usual.
    """

    patience: Patience | None = None

    @property
    def name(self) -> str:
        """The word that `--engine` takes."""
        return "claude"

    def run(self, job: Job, reader: Reader, stop: Stop) -> Result:
        """Talk to the model until the task is done; raises EngineError and StoppedError."""
        from parallel_refactor.engines.claude.asking import Patience  # noqa: PLC0415  loads the SDK
        from parallel_refactor.engines.claude.conversation import Conversation  # noqa: PLC0415

        settings = read_settings(job.options)
        conversation = Conversation(job, reader, settings, self.patience or Patience())
        return asyncio.run(_hold(conversation, settings, stop))


_POLL = 0.1  # seconds between two looks whether the task should end


async def _hold(conversation: Conversation, settings: Settings, stop: Stop) -> Result:
    """Hold a conversation to its end, or until asked to stop: a request or a wait is then broken off."""
    from parallel_refactor.engines.claude.client import open_client  # noqa: PLC0415  loads the SDK

    async with open_client(settings) as client:
        talk = asyncio.create_task(conversation.hold(client))
        while not talk.done():
            if stop():
                talk.cancel()
                await asyncio.wait({talk})
                raise StoppedError(conversation.partial)
            await asyncio.wait({talk}, timeout=_POLL)
    try:
        return talk.result()
    except GivenBackError as error:
        raise StoppedError(conversation.partial, str(error)) from error
