from typing import Protocol


class Listener(Protocol):
    def __call__(self, name: str, **details: object) -> None: ...


class Bus:
    _listeners: "dict[str, list[Listener]]"

    def __init__(self):
        self._listeners = {}

    def on(self, name):
        def register(listener):
            self._listeners.setdefault(name, []).append(listener)
            return listener

        return register

    def emit(self, name, **details):
        for listener in self._listeners.get(name, ()):
            listener(name, **details)

    if hasattr(dict, "clear"):

        def clear(self): self._listeners.clear()


silent = lambda name, **details: None
