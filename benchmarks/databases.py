"""The same board in SQLite and in Redis, for `benchmarks.board`. Redis keeps nothing on disk."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.contenders import Contender, task_files

_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE task (id INTEGER PRIMARY KEY, state TEXT NOT NULL, token INTEGER);
CREATE INDEX task_by_state ON task (state, id);
CREATE TABLE file (task INTEGER NOT NULL, path TEXT NOT NULL, PRIMARY KEY (task, path)) WITHOUT ROWID;
CREATE TABLE lock (path TEXT PRIMARY KEY, task INTEGER NOT NULL, token INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE counter (token INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
"""
_CLAIMABLE = """
SELECT id FROM task WHERE state = 'ready' AND NOT EXISTS (
  SELECT 1 FROM file JOIN lock USING (path) WHERE file.task = task.id) ORDER BY id LIMIT 1
"""


class _Sqlite:
    def __init__(self, folder: Path) -> None:
        self._base = sqlite3.connect(folder / "board.sqlite", timeout=60.0, isolation_level=None)
        self._base.execute("PRAGMA synchronous = NORMAL")
        self._task = self._token = 0

    def claim(self) -> str | None:
        run = self._base.execute
        run("BEGIN IMMEDIATE")
        found = run(_CLAIMABLE).fetchone()
        if found is not None:
            (self._task,) = found
            (self._token,) = run("UPDATE counter SET token = token + 1 RETURNING token").fetchone()
            run("UPDATE task SET state = 'claimed', token = ? WHERE id = ?", (self._token, self._task))
            taken = (self._task, self._token, self._task)
            run("INSERT INTO lock SELECT path, ?, ? FROM file WHERE task = ?", taken)
        run("COMMIT")
        return None if found is None else str(self._task)

    def submit(self) -> None:
        run = self._base.execute
        run("BEGIN IMMEDIATE")
        own = (self._task, self._token)
        done = run("UPDATE task SET state = 'done' WHERE id = ? AND token = ? AND state = 'claimed'", own).rowcount
        assert done == 1
        run("DELETE FROM lock WHERE path IN (SELECT path FROM file WHERE task = ?) AND token = ?", own)
        run("COMMIT")

    def leave(self) -> None:
        self._base.close()


def _fill_sqlite(folder: Path, tasks: int) -> None:
    base = sqlite3.connect(folder / "board.sqlite")
    base.executescript(_SCHEMA)
    base.executemany("INSERT INTO task VALUES (?, 'ready', NULL)", [(number,) for number in range(tasks)])
    rows = [(number, path) for number in range(tasks) for path in task_files(number)]
    base.executemany("INSERT INTO file VALUES (?, ?)", rows)
    base.commit()
    base.close()


# ---- Redis

_CLAIM = """
for _ = 1, redis.call('LLEN', 'ready') do
  local task = redis.call('LPOP', 'ready')
  local files = redis.call('LRANGE', 'files:' .. task, 0, -1)
  local free = true
  for _, file in ipairs(files) do free = free and redis.call('EXISTS', 'lock:' .. file) == 0 end
  if free then
    local token = redis.call('INCR', 'token')
    for _, file in ipairs(files) do redis.call('SET', 'lock:' .. file, task .. ':' .. token) end
    redis.call('HSET', 'claimed', task, token)
    return {task, tostring(token)}
  end
  redis.call('RPUSH', 'ready', task)
end
return {}
"""
_SUBMIT = """
if redis.call('HGET', 'claimed', ARGV[1]) ~= ARGV[2] then return {} end
redis.call('HDEL', 'claimed', ARGV[1])
for _, file in ipairs(redis.call('LRANGE', 'files:' .. ARGV[1], 0, -1)) do redis.call('DEL', 'lock:' .. file) end
redis.call('SADD', 'done', ARGV[1])
return {ARGV[1]}
"""


class _Redis:
    """Speaks as much of Redis' protocol as this needs."""

    def __init__(self, folder: Path) -> None:
        port = int((folder / "port").read_text(encoding="ascii"))
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")
        self._claiming, self._submitting = self.ask("SCRIPT", "LOAD", _CLAIM), self.ask("SCRIPT", "LOAD", _SUBMIT)
        self._own: list[str] = []

    def claim(self) -> str | None:
        self._own = self.ask("EVALSHA", *self._claiming, "0")
        return self._own[0] if self._own else None

    def submit(self) -> None:
        assert self.ask("EVALSHA", *self._submitting, "0", *self._own) == self._own[:1]

    def leave(self) -> None:
        self._answers.close()
        self._socket.close()

    def ask(self, *words: str) -> list[str]:
        """Give one command, and its answer as a list of words."""
        parts = [word.encode() for word in words]
        self._socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return self._read()

    def _read(self) -> list[str]:
        kind, value = (line := self._answers.readline())[:1], line[1:].strip()
        if kind == b"-":
            raise RuntimeError(value.decode())
        if kind == b"*":
            return [word for _ in range(int(value)) for word in self._read()]
        if kind == b"$":
            return [self._answers.read(int(value) + 2)[:-2].decode()]
        return [value.decode()]


def _fill_redis(folder: Path, tasks: int) -> None:
    seat = _Redis(folder)
    for number in range(tasks):
        seat.ask("RPUSH", f"files:{number}", *task_files(number))
        seat.ask("RPUSH", "ready", str(number))
    seat.leave()


@contextmanager
def _redis_server(folder: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL) as server:
        try:
            while True:
                if server.poll() is not None:
                    raise RuntimeError(f"redis-server ended with {server.returncode}")
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.01)
            (folder / "port").write_text(str(port), encoding="ascii")
            yield server.pid
        finally:
            server.terminate()


SQLITE = Contender("SQLite", _fill_sqlite, _Sqlite)
REDIS = Contender("Redis", _fill_redis, _Redis, _redis_server)
