"""JSON-RPC as this server speaks it: pygls' own, with its holes closed.

Every request is answered, however malformed; a request out of turn is refused; nothing that a person typed is logged;
errors are sentences for a person. What takes long never lives in a request, so `$/cancelRequest` ends only what waits.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import logging
from collections.abc import Generator
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import cattrs
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcParseError,
    JsonRpcRequestCancelled,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, lsp_method

from lockboard.errors import BoardError
from parallel_refactor.lsp import messages
from parallel_refactor.planning.interface import PlanError
from parallel_refactor.running.request import RequestError

if TYPE_CHECKING:
    from parallel_refactor.lsp.session import Session

_NAMES = ("id", "token", "partial_result_token", "work_done_token")
"""Parameters that are a number or a string, which lsprotocol takes for granted."""

_WAITING = frozenset({types.WORKSPACE_DIAGNOSTIC})
"""Requests that stay open until something happens."""

log = logging.getLogger(__name__)


class RequestFailedError(JsonRpcException):
    """The request was understood and cannot be done; the message tells the person why."""

    CODE = types.LSPErrorCodes.RequestFailed


class _Stage(Enum):
    FRESH = auto()
    RUNNING = auto()
    SHUT_DOWN = auto()


class Protocol(LanguageServerProtocol):
    """One editor's connection."""

    _server: Session

    def __init__(self, server: Session, converter: cattrs.Converter) -> None:
        self._stage = _Stage.FRESH  # first: pygls looks at all attributes while it is made
        self._open: dict[str | int, str] = {}
        super().__init__(server, converter)

    @property
    def shut_down(self) -> bool:
        """Whether the editor asked for the end."""
        return self._stage is _Stage.SHUT_DOWN

    async def finish(self, patience: float) -> None:
        """Let open requests come to their end, for some seconds."""
        futures = [self._request_futures[name] for name in self._open if name in self._request_futures]
        if futures:
            await asyncio.wait(map(_awaitable, futures), timeout=patience)

    def plain(self, message: object) -> Any:  # noqa: ANN401  (JSON)
        """Give a message in values that JSON has."""
        return self._converter.unstructure(message)

    # ---- what comes in

    def receive(self, body: bytes) -> None:
        """Handle one message from the editor."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            return self._refuse(None, JsonRpcParseError("The message is not JSON."))
        if not isinstance(message, dict):
            return self._refuse(None, JsonRpcInvalidRequest("The message is not a JSON object."))
        if "method" not in message:
            return self._take_answer(message)
        method, name = message["method"], message.get("id")
        if isinstance(name, bool) or not isinstance(name, int | str):
            name = None
        try:
            if not isinstance(method, str) or message.get("jsonrpc") != self.VERSION:
                raise JsonRpcInvalidRequest("The message is not JSON-RPC 2.0.")
            self._server.turns.doing = method
            if "id" not in message:
                self._take_notification(method, message.get("params"))
            elif name is None:
                raise JsonRpcInvalidRequest("The id of a request is a number or a string.")
            else:
                self._take_request(name, method, message.get("params"))
        except JsonRpcException as error:
            if "id" in message:
                self._refuse(name, error)
            else:
                log.warning("A notification is ignored: %s", error)

    def _take_request(self, name: int | str, method: str, params: object) -> None:
        if self._stage is _Stage.FRESH and method != types.INITIALIZE:
            raise JsonRpcServerNotInitialized("The server is not initialized.")
        if self._stage is _Stage.SHUT_DOWN:
            raise JsonRpcInvalidRequest("The server is shut down.")
        if self._stage is _Stage.RUNNING and method == types.INITIALIZE:
            raise JsonRpcInvalidRequest("The server is initialized already.")
        if name in self._open:
            raise JsonRpcInvalidRequest(f"There is an open request of id {name!r}.")
        if not _is_request(method):
            raise JsonRpcMethodNotFound(f"{method} is no request.")
        handler, structured = self._get_handler(method), self._structure(method, params)
        self._open[name] = method
        self._execute_handler(
            name, handler, lambda future: self._send_handler_result(future, msg_id=name), (structured,)
        )

    def _take_notification(self, method: str, params: object) -> None:
        if _is_request(method):
            raise JsonRpcInvalidRequest("It is a request, and has no id.")
        if method == types.EXIT or (self._stage is _Stage.RUNNING and method != types.CANCEL_REQUEST):
            handler, structured = self._get_handler(method), self._structure(method, params)
            self._execute_handler(f"notification {id(structured)}", handler, self._check_handler_result, (structured,))
        elif self._stage is _Stage.RUNNING:
            name = self._structure(method, params).id
            if self._open.get(name) in _WAITING:
                self._handle_cancel_notification(name)

    def _take_answer(self, message: dict[str, Any]) -> None:
        """Take the editor's answer to a request of ours."""
        name = message.get("id")
        if not isinstance(name, str) or name not in self._result_types:
            log.warning("An answer to no request is ignored.")
            return
        result_type, future = self._result_types.pop(name), self._request_futures.pop(name)
        try:
            if "error" in message:
                refused = self._converter.structure(message["error"], types.ResponseError)
                future.set_exception(JsonRpcException.from_error(refused))
            else:
                result = message.get("result")
                future.set_result(self._converter.structure(message, result_type).result if result_type else result)
        except Exception as error:  # noqa: BLE001  (whatever the editor sent, who asked must hear of it)
            if not future.done():
                future.set_exception(error)

    def _structure(self, method: str, params: object) -> Any:  # noqa: ANN401  (each method has its own type)
        cls: Any = messages.PARAMS[method] if method in messages.PARAMS else types.METHOD_TO_TYPES[method][2]
        if cls is None:
            return None
        if params is None:
            raise JsonRpcInvalidParams(f"{method} needs parameters.")
        try:
            structured = self._converter.structure(params, cls)
            if all(isinstance(getattr(structured, name, None), int | str | None) for name in _NAMES):
                return structured
        except cattrs.BaseValidationError as error:
            raise JsonRpcInvalidParams(f"{method}: {'; '.join(cattrs.transform_error(error, 'params'))}") from None
        except Exception as error:  # noqa: BLE001  (the edge: there is no telling what comes in, and how it fails)
            raise JsonRpcInvalidParams(f"{method}: the parameters make no sense ({type(error).__name__}).") from None
        raise JsonRpcInvalidParams(f"{method}: an id or token is neither a number nor a string.")

    # ---- what goes out

    def _refuse(self, name: int | str | None, error: JsonRpcException) -> None:
        self._send_data({"jsonrpc": self.VERSION, "id": name, "error": error.to_response_error()})

    def _send_handler_result(self, future: Any, *, msg_id: int | str) -> None:  # noqa: ANN401  (of two kinds)
        self._open.pop(msg_id, None)
        self._request_futures.pop(msg_id, None)
        try:
            self._send_response(msg_id, result=future.result())
        except (asyncio.CancelledError, concurrent.futures.CancelledError):
            self._refuse(msg_id, JsonRpcRequestCancelled("The request was cancelled."))
        except JsonRpcException as error:
            self._refuse(msg_id, error)
        except (BoardError, RequestError, PlanError) as error:
            self._refuse(msg_id, RequestFailedError(str(error)))
        except Exception as error:
            log.exception("A request failed.")
            self._refuse(msg_id, JsonRpcInternalError(f"An unexpected error: {error!r}. The server's log has more."))

    def _check_handler_result(self, future: Any) -> None:  # noqa: ANN401
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("A notification could not be handled.", exc_info=error)

    # ---- the life of the connection, and the documents

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Agree with the editor on who can do what."""
        result = yield from super().lsp_initialize(params)
        self._stage = _Stage.RUNNING
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *_: object) -> None:  # type: ignore[override]  # there a generator, for a user's handler
        """Take no more requests. Those that wait for something to happen are over; those at work are answered."""
        self._stage = _Stage.SHUT_DOWN
        for name in [name for name, method in self._open.items() if method in _WAITING]:
            self._handle_cancel_notification(name)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: object) -> None:  # type: ignore[override]
        """End the process."""
        self._server.end()

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take a document over from the disk."""
        self._server.open_document(params.text_document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Follow an edit."""
        self._server.change_document(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Give a document back to the disk."""
        self._server.close_document(params.text_document.uri)


def _is_request(method: str) -> bool:
    """Whether a method is one that is answered."""
    known = types.METHOD_TO_TYPES.get(method)
    return method in messages.REQUESTS or (known is not None and known[1] is not None)


def _awaitable(future: Any) -> asyncio.Future[Any]:  # noqa: ANN401  (of two kinds)
    return asyncio.wrap_future(future) if isinstance(future, concurrent.futures.Future) else future
