"""A thread that writes results, so that fetching need not wait for the disk."""

import json
import queue
import threading

_END = object()


class Writer:
    def __init__(self, path):
        self.path = path
        self.count = 0
        self._results = queue.Queue(maxsize=100)
        self._thread = threading.Thread(target=self._write, name="writer", daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._results.put(_END)
        self._thread.join()

    def add(self, **record):
        self._results.put(record)

    def _write(self):
        with open(self.path, "w", encoding="utf-8") as file:
            while (record := self._results.get()) is not _END:
                file.write(json.dumps(record, sort_keys=True) + "\n")
                self.count += 1
