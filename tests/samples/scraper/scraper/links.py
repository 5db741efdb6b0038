from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.hrefs, self.title, self._in_title = [], "", False

    def handle_starttag(self, tag, attrs):
        self._in_title = tag == "title"
        if tag == "a":
            self.hrefs += [value for name, value in attrs if name == "href" and value]

    def handle_data(self, data):
        if self._in_title:
            self.title += data

    def handle_endtag(self, tag):
        self._in_title = False


def extract(base: str, text: str):
    """Gives title and links of a page."""
    reader = _Reader()
    reader.feed(text)
    links = dict.fromkeys(urldefrag(urljoin(base, href)).url for href in reader.hrefs)
    return reader.title.strip(), [link for link in links if urlsplit(link).scheme in ("http", "https")]


def same_site(one: str, other: str) -> bool:
    return urlsplit(one).netloc == urlsplit(other).netloc
