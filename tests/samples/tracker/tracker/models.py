from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Issue:
    number: int
    title: str
    state: str = "open"
    labels: list[str] = field(default_factory=list)

    @classmethod
    def from_json(cls, data: dict) -> Issue:
        return cls(data["number"], data["title"], data.get("state", "open"), list(data.get("labels", ())))

    @property
    def closed(self) -> bool:
        return self.state == "closed"


@dataclass
class Project:
    key: str
    name: str

    def __str__(self) -> str:
        return f"{self.key}: {self.name}"
