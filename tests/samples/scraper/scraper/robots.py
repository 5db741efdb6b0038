from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

from .fetch import AGENT, Fetcher


class Robots:
    """Who may fetch what; one robots.txt for each site, asked for when it is needed."""

    def __init__(self, fetcher: Fetcher):
        self._fetcher = fetcher
        self._parsers = {}

    def allows(self, url: str) -> bool:
        site = urljoin(url, "/robots.txt")
        if site not in self._parsers:
            self._parsers[site] = self._load(site)
        return self._parsers[site].can_fetch(AGENT, url)

    def _load(self, site: str) -> RobotFileParser:
        parser = RobotFileParser(site)
        parser.parse(self._fetcher.text(site).splitlines())
        return parser
