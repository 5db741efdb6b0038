#!/usr/bin/env python3
import sys


def main(paths):
    for path in paths:
        print("would import", path)


if __name__ == "__main__":
    main(sys.argv[1:])
