"""The tracker itself, as far as its client needs it."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.seen = []
        self.projects = [{"key": "WEB", "name": "Website"}]
        self.issues = [
            {"number": 1, "title": "Slow", "labels": ["speed"]},
            {"number": 2, "title": "Typo", "state": "closed", "labels": ["text", "speed"]},
            {"number": 3, "title": "Crash", "labels": ["bug"]},
        ]


class Handler(BaseHTTPRequestHandler):
    """Two projects; each second request is told to come back later."""

    def do_GET(self):
        if self.busy():
            return
        path, _, query = self.path.partition("?")
        if path == "/projects":
            self.answer(200, self.server.projects)
        elif path == "/projects/WEB/issues":
            page = int(dict(pair.split("=") for pair in query.split("&"))["page"])
            self.answer(200, self.server.issues[2 * (page - 1) : 2 * page])
        else:
            self.answer(404, {"error": "no such thing"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.busy():
            return
        if self.headers.get("Authorization") != "Bearer secret":
            self.answer(403, {"error": "not allowed"})
            return
        issue = {"number": len(self.server.issues) + 1, **body}
        self.server.issues.append(issue)
        self.answer(201, issue)

    def busy(self):
        self.server.seen.append(f"{self.command} {self.path}")
        if len(self.server.seen) % 2:
            self.answer(503, {})
            return True
        return False

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass
