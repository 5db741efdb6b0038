"""Tables of what is open."""

from collections import Counter

from .api import Tracker


def summary(tracker: Tracker, keys=None) -> str:
    lines = []
    for key in sorted(keys or tracker.projects()):
        issues = tracker.issues(key)
        labels = Counter(label for issue in issues for label in issue.labels)
        common = ", ".join(label for label, _ in labels.most_common(2)) or "-"
        lines.append(f"{tracker.project(key).name:<12} {sum(not issue.closed for issue in issues):>3} open  {common}")
    return "\n".join(lines)


def titles(tracker: Tracker, *keys: str) -> list[str]:
    return sorted({issue.title for key in keys for issue in tracker.issues(key)})
