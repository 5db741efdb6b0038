"""What the tracker offers, as methods."""

from __future__ import annotations

from .errors import NotFoundError
from .models import Issue, Project
from .transport import Transport

PAGE = 2


class Tracker:
    def __init__(self, url: str, token: str | None = None):
        self.transport = Transport(url, token)
        self._projects: dict[str, Project] | None = None

    def __enter__(self) -> Tracker:
        self.transport.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.transport.__exit__(*exc)

    def projects(self) -> dict[str, Project]:
        """All projects by their keys; asked for once."""
        if self._projects is None:
            found = self.transport.get("/projects")
            self._projects = {item["key"]: Project(item["key"], item["name"]) for item in found}
        return self._projects

    def project(self, key: str) -> Project:
        try:
            return self.projects()[key]
        except KeyError:
            raise NotFoundError(f"there is no project {key}", 404) from None

    def issues(self, key: str, *, state: str | None = None) -> list[Issue]:
        """The issues of a project, from all pages."""
        found: list[Issue] = []
        page = 1
        while batch := self._page(key, page):
            found += [issue for issue in batch if state in (None, issue.state)]
            page += 1
        return found

    def _page(self, key: str, page: int) -> list[Issue]:
        answer = self.transport.get(f"/projects/{key}/issues", page=page, size=PAGE)
        return [Issue.from_json(item) for item in answer]

    def create(self, key: str, title: str, *labels: str) -> Issue:
        answer = self.transport.post(f"/projects/{key}/issues", {"title": title, "labels": labels})
        return Issue.from_json(answer)

    def exists(self, key: str) -> bool:
        try:
            self.project(key)
        except NotFoundError:
            return False
        return True
