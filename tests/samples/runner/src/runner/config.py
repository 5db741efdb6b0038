from __future__ import annotations

import configparser
import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Config:
    host: str = "127.0.0.1"
    port: int = 8080
    interval: float = 1.0
    timeout: float = 60.0
    notify: str = "log"

    @classmethod
    def load(cls, path: Path) -> Config:
        parser = configparser.ConfigParser()
        parser.read_string(path.read_text(encoding="utf-8"))
        section = parser["runner"]
        return cls(
            section.get("host", cls.host),
            section.getint("port", cls.port),
            section.getfloat("interval", cls.interval),
            section.getfloat("timeout", cls.timeout),
            section.get("notify", cls.notify),
        )
