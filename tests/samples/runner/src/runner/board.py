"""The board that jobs come from, over one connection that is opened again when it breaks."""

from __future__ import annotations

import http.client
import json
import socket
import time

RETRIES = 3


class BoardError(Exception):
    pass


class Board:
    def __init__(self, host: str, port: int):
        self.host, self.port = host, port
        self._connection = http.client.HTTPConnection(host, port, timeout=10)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self._connection.close()

    def next_job(self):
        """Asks for a job; None if there is none."""
        status, job = self._call("POST", "/jobs/next")
        return job if status == 200 else None

    def report(self, job, **result):
        status, _ = self._call("PUT", f"/jobs/{job['id']}", result)
        if status != 204:
            raise BoardError(f"the board did not take the result of {job['id']}: {status}")

    def _call(self, method, path, body=None):
        for attempt in range(RETRIES):
            try:
                return self._exchange(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                problem = error
            time.sleep(0.02 * attempt)
        raise BoardError(f"{self.host}:{self.port}: {problem}")

    def _exchange(self, method, path, body):
        data = None if body is None else json.dumps(body)
        self._connection.request(method, path, data, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None


def wait_until_up(host, port, seconds):
    """Waits until somebody listens there."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise BoardError(f"nobody listens on {host}:{port}") from None
        time.sleep(0.02)
