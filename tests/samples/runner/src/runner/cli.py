import argparse
import logging
import signal
import sys
from pathlib import Path

from runner.board import BoardError
from runner.config import Config
from runner.service import Service
from runner.status import StatusPage


def main(argv=None):
    parser = argparse.ArgumentParser(prog="runner")
    parser.add_argument("config", type=Path)
    parser.add_argument("--jobs", type=int, help="end after so many")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        service = Service(Config.load(args.config))
    except (OSError, KeyError, ValueError) as error:
        print(f"runner: {args.config}: {error}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, service.stop)
    try:
        with StatusPage(service.statistics) as page:
            print(f"status on port {page.port}", flush=True)
            count = service.serve(args.jobs)
    except BoardError as error:
        print(f"runner: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"{count} jobs")
    return 0
