"""The SDK's client, as every task opens one."""

from __future__ import annotations

import ssl
from functools import cache

import httpx2
from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

from parallel_refactor.engines.claude.settings import Settings, find_key


def open_client(settings: Settings) -> AsyncAnthropic:
    """Give a client, for one event loop of one process; raises EngineError where there is no key."""
    return AsyncAnthropic(
        api_key=find_key(settings),
        base_url=settings.base_url or None,
        timeout=settings.timeout,
        max_retries=0,  # our own retry also covers what happens within a stream
        http_client=DefaultAsyncHttpxClient(verify=trusted()),
    )


@cache
def trusted() -> ssl.SSLContext:
    """Load the certificates that servers are judged by: 3 MB, for all clients and, before the fork, all workers."""
    return httpx2.create_ssl_context()
