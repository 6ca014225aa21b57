"""A server that answers as the REST APIs of GitHub and GitLab are documented to, for single issues and changes."""

import hashlib
import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cass_portal.outbound import fetch


class FakeForge:
    """`pages` are answers by path: a dictionary, or (status, headers, body).

    Whoever sends no token gets the page of `to_anybody` first, where there is one.
    """

    def __init__(self):
        self.pages, self.to_anybody, self.calls = {}, {}, []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # an answer of two parts waits 40 ms for nothing

            def do_GET(self):
                fake.serve(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def host(self):
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def url(self):
        return f"http://{self.host}"

    @property
    def fetch(self):
        """As the portal fetches, but for the one inner address at which this listens."""
        return partial(fetch, permits=lambda _address: True)

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def serve(self, call):
        self.calls.append((call.path, {name.lower(): value for name, value in call.headers.items()}))
        page = self.pages.get(call.path, (404, {}, {"message": "Not Found"}))
        if not {"Authorization", "PRIVATE-TOKEN"} & set(call.headers):
            page = self.to_anybody.get(call.path, page)
        status, headers, data = page if isinstance(page, tuple) else (200, {}, page)
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        etag = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
        if status == 200 and call.headers.get("If-None-Match") == etag:
            status, body = 304, b""
        call.send_response(status)
        for name, value in {"ETag": etag, "Content-Length": str(len(body)), **headers}.items():
            call.send_header(name, value)
        call.end_headers()
        call.wfile.write(body)

    def issue(self, path, number, **fields):
        found = {
            "id": 1000 + number, "number": number, "title": f"Issue {number}", "state": "open", "closed_at": None,
            "html_url": f"https://github.com/{path}/issues/{number}",
        }  # fmt: skip
        self.pages[f"/repos/{path}/issues/{number}"] = found | fields

    def pull(self, path, number, **fields):
        found = {
            "id": 5000 + number, "number": number, "title": f"Change {number}", "state": "open", "merged_at": None,
            "html_url": f"https://github.com/{path}/pull/{number}", "base": {"repo": {"id": 77}},
        }  # fmt: skip
        self.pages[f"/repos/{path}/pulls/{number}"] = found | fields

    @property
    def tokens(self):
        """What each call sent for one."""
        return [each.get("authorization") or each.get("private-token") for _, each in self.calls]
