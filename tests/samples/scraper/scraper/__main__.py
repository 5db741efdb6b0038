import argparse
import logging
import sys

from scraper.crawl import Crawler
from scraper.fetch import Fetcher, Throttle
from scraper.writer import Writer


def crawl(args):
    fetcher = Fetcher(Throttle(args.pause), args.tries)
    with Writer(args.output) as writer:
        crawler = Crawler(fetcher, writer, depth=args.depth)
        pages = sum([crawler.crawl(url) for url in args.urls])
    print(f"{pages} pages, {fetcher.requests} requests, {len(crawler.failed)} failed")
    return 1 if crawler.failed else 0


def main():
    parser = argparse.ArgumentParser(prog="scraper")
    parser.add_argument("urls", nargs="+")
    parser.add_argument("--output", default="pages.jsonl")
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--pause", type=float, default=0.5)
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO if args.verbose else logging.ERROR, format="%(message)s")
    return crawl(args)


if __name__ == "__main__":
    sys.exit(main())
