"""A board with jobs, over HTTP."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        if self.server.rude > 0:
            self.server.rude -= 1
            self.close_connection = True
            return
        if self.server.jobs:
            self.reply(200, self.server.jobs.pop(0))
        else:
            self.reply(404)

    def do_PUT(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.results[self.path.rpartition("/")[2]] = body
        self.reply(204)

    def do_GET(self):
        self.server.told.append(self.path)
        self.reply(204)

    def reply(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


class Jobs(ThreadingHTTPServer):
    """Use it as a context manager. The next `rude` requests for a job are not answered."""

    daemon_threads = True

    def __init__(self, *jobs):
        super().__init__(("127.0.0.1", 0), Handler)
        self.jobs, self.results, self.told, self.rude = list(jobs), {}, [], 0

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.shutdown()
        self.server_close()


def job(name, *steps, **more):
    return {"id": name, "steps": list(steps), **more}
