import argparse
import sys

from bookshop.importers import read_catalogue
from bookshop.reports import render


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bookshop")
    parser.add_argument("stock", help="a CSV file of books")
    parser.add_argument("--kind", default="stock", choices=["stock", "prices"])
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    catalogue = read_catalogue(options.stock)
    sys.stdout.write(render(options.kind, catalogue))
    return 0


if __name__ == "__main__":
    sys.exit(main())
