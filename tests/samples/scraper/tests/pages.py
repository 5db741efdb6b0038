"""A small web site: a few pages, one that is missing, one that fails at first, one that always does."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGES = {
    "/": '<title>Home</title><a href="/a">A</a> <a href="/gone">G</a> <a href="/secret/x">S</a> <a href="/flaky">F</a>',
    "/a": '<title>A</title><a href="/#top">Home</a> <a href="b.txt">B</a> <a href="http://elsewhere.invalid/">E</a>',
    "/flaky": "<title>Flaky</title><a href='/broken'>B</a>",
    "/secret/x": "<title>Secret</title>",
    "/b.txt": "plain",
    "/robots.txt": "User-agent: *\nDisallow: /secret/\n",
}


class Site(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        self.hits = []


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self):
        self.server.hits.append(self.path)
        if self.path == "/broken" or (self.path == "/flaky" and self.server.hits.count("/flaky") < 3):
            self.reply(503, "try later")
        elif self.path in PAGES:
            self.reply(200, PAGES[self.path])
        else:
            self.reply(404, "<title>Nothing</title>")

    def reply(self, status, text):
        body = text.encode()
        self.send_response(status)
        plain = self.path.endswith(".txt")
        self.send_header("Content-Type", "text/plain" if plain else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass
