"""A task as a conversation with the model: asks, carries out its calls, checks what it hands in, asks again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anthropic import AsyncAnthropic
from anthropic.types import Message, ToolUseBlock
from attrs import evolve

from parallel_refactor.engines.claude.asking import Asker, Patience, can_be_sent_back, require_willing, tokens_of
from parallel_refactor.engines.claude.calls import ToolError
from parallel_refactor.engines.claude.drafts import Drafts
from parallel_refactor.engines.claude.handing_in import Report, read_report, result_of
from parallel_refactor.engines.claude.looking import Looking
from parallel_refactor.engines.claude.prompt import first_message, make_request, system_prompt
from parallel_refactor.engines.claude.settings import Settings
from parallel_refactor.engines.claude.tools import DONE, Toolbox
from parallel_refactor.engines.interface import EngineError, Job, Reader, Result

_REQUESTS_EACH = 20
_MOST_CUT = 3
_MOST_REMINDERS = 2
_REMINDER = f"Go on with your files. When all is done, call {DONE} with every one of them."
_CUT_OFF = "Your answer was cut off here, and this call was not carried out. Make smaller edits, one in each call."


class Conversation:
    """One task's talk with the model. `partial` is what it has come to so far."""

    def __init__(self, job: Job, reader: Reader, settings: Settings, patience: Patience) -> None:
        self._job = job
        self._settings = settings
        self._patience = patience
        self._drafts = Drafts(job.files, job.denied)
        self._toolbox = Toolbox(self._drafts, Looking(reader, self._drafts, job.denied), job.ask_for)
        self._messages: list[dict[str, Any]] = []
        self._recorded = 0
        self._repairs = settings.repairs
        self._reminders = _MOST_REMINDERS
        self._cut = 0
        self._result: Result | None = None

    @property
    def partial(self) -> Result:
        """Give the files as they are now; those that do not parse count as not changed."""
        result, _ = result_of(self._drafts, Report())
        return result

    async def hold(self, client: AsyncAnthropic) -> Result:
        """Talk until the task is done; raises EngineError where it cannot be, GivenBackError where not now."""
        if not self._drafts.paths:
            return self.partial
        most = _REQUESTS_EACH * (1 + len(self._drafts.paths))
        self._messages.append({"role": "user", "content": first_message(self._drafts, self._job.changed)})
        asker = Asker(client, self._job.meter, self._job.record, self._patience)
        for _ in range(most):
            request = self._request()
            self._record_request(request)
            message = await asker.ask(request)
            self._record_answer(message)
            self._take(message)
            if self._result is not None:
                return self._result
        raise EngineError(f"the model did not finish in {most} requests")

    def _request(self) -> Mapping[str, Any]:
        return make_request(self._settings, self._job.instructions, self._job.context, self._messages)

    def _record_request(self, request: Mapping[str, Any]) -> None:
        """Write down what is new in a request: what all have in common once, and no answer a second time."""
        first = self._recorded == 0
        new = [message for message in self._messages[self._recorded :] if message["role"] == "user"]
        self._recorded = len(self._messages)
        system = system_prompt(self._job.instructions, self._job.context)
        common = {"model": request["model"], "effort": self._settings.effort, "system": system}
        self._job.record.add("request", **(common if first else {}), content=[message["content"] for message in new])

    def _record_answer(self, message: Message) -> None:
        content = [block.to_dict() for block in message.content]
        tokens = tokens_of(message.usage)
        self._job.record.add("answer", stop_reason=message.stop_reason, content=content, tokens=tokens)

    # ---- the model's turn

    def _take(self, message: Message) -> None:
        """Do what an answer asks for; either the task has a result then, or the next request is ready."""
        require_willing(message, "the task's files and what the model read are")
        was_cut = message.stop_reason == "max_tokens"
        self._cut = self._cut + 1 if was_cut else 0
        if self._cut >= _MOST_CUT:
            raise EngineError(
                f"the model's answer was cut off {_MOST_CUT} times running, at {self._settings.max_tokens:,} tokens: "
                "raise --option max_tokens"
            )
        if content := [block for block in message.content if can_be_sent_back(block)]:
            self._messages.append({"role": "assistant", "content": content})
        if message.stop_reason == "pause_turn":
            return  # the server wants to go on, with nothing new from us
        answer = self._carry_out(message, was_cut=was_cut)
        if self._result is None and not answer:
            answer = self._remind(was_cut=was_cut)
        self._messages.append({"role": "user", "content": answer})

    def _carry_out(self, message: Message, *, was_cut: bool) -> list[dict[str, Any]]:
        """Carry out an answer's calls, `done` last; gives a result for each."""
        calls = [block for block in message.content if block.type == "tool_use"]
        results: dict[str, dict[str, Any]] = {}
        for call in sorted(calls, key=lambda call: call.name == DONE):
            result: dict[str, Any] = {"type": "tool_result", "tool_use_id": call.id}
            clean = not any("is_error" in other for other in results.values())
            try:
                result["content"] = self._call(call, cut=was_cut and call is message.content[-1], clean=clean)
            except ToolError as error:
                result |= {"content": str(error), "is_error": True}
            results[call.id] = result
        return [results[call.id] for call in calls]

    def _call(self, call: ToolUseBlock, *, cut: bool, clean: bool) -> str:
        if cut:
            raise ToolError(_CUT_OFF)
        if call.name != DONE:
            return self._toolbox.use(call.name, call.input)
        if not clean:
            raise ToolError("Another call of this answer failed. Look at it first.")
        try:
            report = read_report(call.input, self._drafts)
        except ToolError as error:
            self._toolbox.failed(DONE, call.input, str(error))
            raise
        if problem := self._finish(report):
            raise ToolError(problem)
        return ""

    def _remind(self, *, was_cut: bool) -> list[dict[str, Any]]:
        """Say what is missing to a model that calls nothing; after some reminders what it did is its result."""
        if was_cut:
            return [{"type": "text", "text": "Your answer was cut off. Go on."}]
        if self._reminders:
            self._reminders -= 1
            return [{"type": "text", "text": _REMINDER}]
        problem = self._finish(Report())
        return [{"type": "text", "text": problem}] if problem else []

    def _finish(self, report: Report) -> str:
        """Check the files; gives what the model must mend, or sets the result, with failures when it had its tries."""
        result, broken = result_of(self._drafts, report)
        changed = {file.path: file.new for file in result.files if file.new is not None}
        problem = broken or (self._job.check(changed) if changed else "")
        self._job.record.add("check", problem=problem)
        if problem and self._repairs:
            self._repairs -= 1
            return problem
        if problem and not broken:
            raise EngineError(f"the result does not pass the project's check: {problem}")
        self._result = evolve(result, shared_edits=tuple(self._toolbox.proposing.edits))
        return ""
