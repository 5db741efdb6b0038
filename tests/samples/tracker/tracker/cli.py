from __future__ import annotations

import argparse
import os
import sys

from .api import Tracker
from .errors import ApiError
from .report import summary, titles


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tracker")
    parser.add_argument("--url", default=os.environ.get("TRACKER_URL", "http://localhost:8000"))
    parser.add_argument("--token", default=os.environ.get("TRACKER_TOKEN"))
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list")
    listing.add_argument("project")
    listing.add_argument("--state", choices=["open", "closed"])
    new = commands.add_parser("new")
    new.add_argument("project")
    new.add_argument("title")
    new.add_argument("--label", action="append", default=[])
    report = commands.add_parser("report")
    report.add_argument("projects", nargs="*")
    report.add_argument("--titles", action="store_true")
    return parser.parse_args(argv)


def show_issues(tracker: Tracker, args: argparse.Namespace) -> None:
    for issue in tracker.issues(args.project, state=args.state):
        mark = "x" if issue.closed else " "
        print(f"[{mark}] #{issue.number} {issue.title}")


def run(args: argparse.Namespace) -> None:
    with Tracker(args.url, args.token) as tracker:
        if args.command == "list":
            show_issues(tracker, args)
        elif args.command == "new":
            issue = tracker.create(args.project, args.title, *args.label)
            print(f"#{issue.number}")
        elif args.titles:
            print(*titles(tracker, *args.projects), sep="\n")
        else:
            print(summary(tracker, args.projects))


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    try:
        run(args)
    except ApiError as error:
        print(f"tracker: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
