"""Asks a model once which files need the change; an answer that cannot be read is asked for again, and that is all."""

from __future__ import annotations

from typing import Any

from anthropic.types import Message

from parallel_refactor.engines.claude.asking import Asker, Patience, can_be_sent_back, require_willing, tokens_of
from parallel_refactor.engines.claude.calls import ToolError
from parallel_refactor.engines.claude.candidates import Answer, Question, read_answer
from parallel_refactor.engines.claude.client import open_client
from parallel_refactor.engines.claude.prompt import make_request, system_prompt
from parallel_refactor.engines.claude.settings import Settings
from parallel_refactor.engines.claude.tools import DONE
from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.metering import Meter
from parallel_refactor.engines.recording import Record

_TRIES = 3


async def ask_which(settings: Settings, question: Question, meter: Meter, record: Record, patience: Patience) -> Answer:
    """Give the model's answer; raises EngineError where there is none, GivenBackError where it may not be asked."""
    problem = ""
    messages: list[dict[str, Any]] = [{"role": "user", "content": question.message()}]
    system = system_prompt(question.instructions, question.context)
    record.add("request", model=settings.model, effort=settings.effort, system=system, content=[messages[0]["content"]])
    async with open_client(settings) as client:
        asker = Asker(client, meter, record, patience)
        for _ in range(_TRIES):
            message = await asker.ask(make_request(settings, question.instructions, question.context, messages))
            content = [block.to_dict() for block in message.content]
            record.add("answer", stop_reason=message.stop_reason, content=content, tokens=tokens_of(message.usage))
            require_willing(message, "the list of files is")
            try:
                return _answer(message, question, settings)
            except ToolError as error:
                problem = str(error)
                messages += _asked_again(message, problem)
            record.add("request", content=[messages[-1]["content"]])
    raise EngineError(f"the model gave no answer that could be read, {_TRIES} times: {problem}")


def _answer(message: Message, question: Question, settings: Settings) -> Answer:
    if message.stop_reason == "max_tokens":
        raise EngineError(
            f"the model's answer was cut off at {settings.max_tokens:,} tokens: raise --option max_tokens, or ask "
            "about fewer files"
        )
    calls = [block for block in message.content if block.type == "tool_use"]
    if len(calls) != 1 or calls[0].name != DONE:
        raise ToolError(f"Call {DONE} once, and nothing else, with the files that need the change.")
    return read_answer(calls[0].input, question.files)


def _asked_again(message: Message, problem: str) -> list[dict[str, Any]]:
    """Give the model its answer back, with what was wrong with it."""
    calls = [block for block in message.content if block.type == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": problem, "is_error": True} for call in calls]
    said = [block for block in message.content if can_be_sent_back(block)]
    again = results or [{"type": "text", "text": problem}]
    return [*([{"role": "assistant", "content": said}] if said else []), {"role": "user", "content": again}]
