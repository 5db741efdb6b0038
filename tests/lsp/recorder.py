# ruff: noqa: ANN401  (what goes over the wire is anything)
"""The client's end of the wire: notes all that comes and goes, and what came that nobody asked for."""

from __future__ import annotations

import json
from typing import Any

from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.exceptions import JsonRpcMethodNotFound
from pygls.protocol import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage
from pytest_lsp.protocol import LanguageClientProtocol


class Recorder(LanguageClientProtocol):
    """Handles messages as pytest-lsp does, and notes them."""

    _server: Any  # the Editor, which imports this

    def _handle_request(self, msg_id: str | int, method_name: str, params: Any) -> None:
        self._server.arrive(method_name, params)
        super()._handle_request(msg_id, method_name, params)  # type: ignore[no-untyped-call]

    def _handle_notification(self, method_name: str, params: Any) -> None:
        self._server.arrive(method_name, params)
        super()._handle_notification(method_name, params)  # type: ignore[no-untyped-call]

    def _get_handler(self, feature_name: str) -> Any:
        try:
            return super()._get_handler(feature_name)
        except JsonRpcMethodNotFound:
            self._server.problems.append(f"the server sent {feature_name}, which this editor never asked for")
            raise

    def _send_data(self, data: Any) -> None:
        self._server.exchange.append(f"-> {json.dumps(data, default=self._serialize_message)}")
        super()._send_data(data)


def make_converter() -> Any:
    """Make a converter that leaves messages unknown to the protocol as they are."""
    converter = get_converter()
    converter.register_structure_hook(types.Command | types.CodeAction, _structure_action)
    for cls in (JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage):
        converter.register_structure_hook(cls, lambda message, cls: cls(**message))
    return converter


def _structure_action(given: dict[str, Any], _: Any) -> types.Command | types.CodeAction:
    """Tell the two apart: both may have a `command`, and lsprotocol looks no further."""
    if isinstance(given.get("command"), str):
        return get_converter().structure(given, types.Command)
    return get_converter().structure(given, types.CodeAction)
