"""A page that shows what the service has done; served by a thread."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer


class Statistics:
    def __init__(self):
        self._lock = threading.Lock()
        self._counts = Counter()

    def add(self, status):
        with self._lock:
            self._counts[status] += 1

    def snapshot(self):
        with self._lock:
            return dict(self._counts)


class StatusPage:
    def __init__(self, statistics, port=0):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(statistics.snapshot()).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    def _serve(self):
        self.server.serve_forever(poll_interval=0.02)
