"""A server that answers as GitHub's REST API is documented to (https://docs.github.com/en/rest, 2022-11-28).

One repository with its branches, commits, files, pull requests and labels; and faults that can be put in the way of
chosen calls.
"""

import base64
import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "github_pat_onlyfortests0123456789"
REPOSITORY = "example-site/example-site.github.io"
ROOT = f"/repos/{REPOSITORY}"


def blob_sha(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class Fault:
    """Answers the next `times` calls that fit instead of the repository. `lost`: it is done, but nobody hears of it.
    `before`: something that happens first.
    """

    method: str
    path: str
    status: int = 500
    body: object = field(default_factory=lambda: {"message": "Server Error"})
    headers: dict = field(default_factory=dict)
    times: int = 1
    lost: bool = False
    drip: float = 0.0
    before: object = None
    after: int = 0
    """So many fitting calls go through first."""


class Repository:
    def __init__(self):
        self.numbers = count(1)
        self.lock = threading.RLock()
        first = self.sha()
        self.branches = {"main": [first]}
        self.files = {first: {"_news/2025-03-03-siam-cse25.md": b"---\ntitle: x\n---\nOld.\n"}}
        self.pulls = []
        self.created_branches = []

    def sha(self):
        return hashlib.sha1(f"commit {next(self.numbers)}".encode()).hexdigest()

    def tree(self, branch):
        return self.files[self.branches[branch][-1]]

    def commit(self, branch, path, content):
        sha = self.sha()
        self.files[sha] = {**self.tree(branch), path: content}
        self.branches[branch].append(sha)
        return sha

    def open_pulls(self):
        return [each for each in self.pulls if each["state"] == "open"]

    def merge(self, number, *, squash=False):
        pull = self.pulls[number - 1]
        branch = pull["head"]["ref"]
        if not squash:
            known = set(self.branches["main"])
            self.branches["main"] += [each for each in self.branches[branch] if each not in known]
        sha = self.sha()
        self.files[sha] = {**self.tree("main"), **self.tree(branch)}
        self.branches["main"].append(sha)
        pull.update(state="closed", merged_at="2026-03-02T10:00:00Z", merged=True)

    def close(self, number):
        self.pulls[number - 1].update(state="closed", closed_at="2026-03-02T10:00:00Z")


class FakeGitHub:
    def __init__(self):
        self.repository = Repository()
        self.faults = []
        self.calls = []
        self.headers = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # an answer of two parts waits 40 ms for nothing

            def handle_any(self):
                fake.serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = handle_any  # noqa: N815 the library's names

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def fail(self, method, path, **more):
        self.faults.append(Fault(method, path, **more))

    def writes(self):
        """What was asked to change, in order, without addresses' common beginning."""
        return [call for call in self.calls if not call.startswith("GET")]

    def serve(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = json.loads(handler.rfile.read(length)) if length else None
        parts = urlsplit(handler.path)
        path, query = unquote(parts.path), {k: v[0] for k, v in parse_qs(parts.query).items()}
        shown = path.removeprefix(ROOT)
        self.calls.append(f"{handler.command} {shown}")
        self.headers.append(dict(handler.headers))
        fault = self._fault(handler.command, shown)
        if fault is not None and fault.before is not None:
            fault.before()
        if fault is not None and fault.status and not fault.lost:
            self._answer(handler, fault.status, fault.body, fault.headers, drip=fault.drip)
            return
        with self.repository.lock:
            status, answer = self._route(handler, path, query, body)
        if fault is not None and fault.lost:
            handler.close_connection = True
            handler.connection.close()
            return
        self._answer(handler, status, answer, {})

    def _fault(self, method, path):
        for each in self.faults:
            if each.method == method and re.search(each.path, path) and each.times > 0:
                if each.after > 0:
                    each.after -= 1
                    continue
                each.times -= 1
                return each
        return None

    def _answer(self, handler, status, answer, headers, *, drip=0.0):
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        try:
            for each in [content[i : i + 1] for i in range(len(content))] if drip else [content]:
                handler.wfile.write(each)
                time.sleep(drip)
        except OSError:
            handler.close_connection = True

    def _route(self, handler, path, query, body):
        if handler.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}
        if not path.startswith(f"{ROOT}/"):
            return 404, {"message": "Not Found", "status": "404"}
        rest, method = path.removeprefix(ROOT), handler.command
        for pattern, wanted, answer in (
            (r"/git/ref/heads/(.+)", "GET", self.get_ref),
            (r"/git/refs", "POST", self.create_ref),
            (r"/git/refs/heads/(.+)", "PATCH", self.update_ref),
            (r"/contents/(.+)", "GET", self.get_contents),
            (r"/contents/(.+)", "PUT", self.put_contents),
            (r"/pulls", "GET", self.list_pulls),
            (r"/pulls", "POST", self.create_pull),
            (r"/pulls/(\d+)", "GET", self.get_pull),
            (r"/issues/(\d+)/labels", "POST", self.add_labels),
        ):
            found = re.fullmatch(pattern, rest)
            if found and wanted == method:
                return answer(*found.groups(), query=query, body=body)
        return 404, {"message": "Not Found", "status": "404"}

    def get_ref(self, branch, **_):
        if branch not in self.repository.branches:
            return 404, {"message": "Not Found", "status": "404"}
        sha = self.repository.branches[branch][-1]
        return 200, {"ref": f"refs/heads/{branch}", "object": {"type": "commit", "sha": sha}}

    def create_ref(self, *, body, **_):
        branch = body["ref"].removeprefix("refs/heads/")
        if branch in self.repository.branches:
            return 422, {"message": "Reference already exists", "status": "422"}
        history = next((h for h in self.repository.branches.values() if body["sha"] in h), None)
        if history is None:
            return 422, {"message": "Object does not exist", "status": "422"}
        self.repository.branches[branch] = history[: history.index(body["sha"]) + 1]
        self.repository.created_branches.append(branch)
        return 201, {"ref": body["ref"], "object": {"type": "commit", "sha": body["sha"]}}

    def update_ref(self, branch, *, body, **_):
        history = next((h for h in self.repository.branches.values() if body["sha"] in h), None)
        if branch not in self.repository.branches or history is None or not body.get("force"):
            return 422, {"message": "Reference does not exist", "status": "422"}
        self.repository.branches[branch] = history[: history.index(body["sha"]) + 1]
        return 200, {"ref": f"refs/heads/{branch}", "object": {"type": "commit", "sha": body["sha"]}}

    def get_contents(self, path, *, query, **_):
        branch = query.get("ref", "main")
        content = self.repository.branches.get(branch) and self.repository.tree(branch).get(path)
        if content is None:
            return 404, {"message": "Not Found", "status": "404"}
        return 200, {"type": "file", "path": path, "sha": blob_sha(content), "encoding": "base64",
                     "content": base64.encodebytes(content).decode()}  # fmt: skip

    def put_contents(self, path, *, body, **_):
        branch = body["branch"]
        if branch not in self.repository.branches:
            return 404, {"message": f"Branch {branch} not found", "status": "404"}
        there = self.repository.tree(branch).get(path)
        if there is not None and "sha" not in body:
            return 422, {"message": 'Invalid request.\n\n"sha" wasn\'t supplied.', "status": "422"}
        if there is not None and body["sha"] != blob_sha(there):
            return 409, {"message": f"{path} does not match {body['sha']}", "status": "409"}
        content = base64.b64decode(body["content"], validate=True)
        commit = self.repository.commit(branch, path, content)
        answer = {"content": {"path": path, "sha": blob_sha(content)}, "commit": {"sha": commit}}
        return (200 if there is not None else 201), answer

    def list_pulls(self, *, query, **_):
        owner, _, branch = query["head"].partition(":")
        assert (owner, query["state"], query["base"]) == (REPOSITORY.partition("/")[0], "open", "main")
        return 200, [each for each in self.repository.open_pulls() if each["head"]["ref"] == branch]

    def create_pull(self, *, body, **_):
        head = body["head"]
        if any(each["head"]["ref"] == head for each in self.repository.open_pulls()):
            owner = REPOSITORY.partition("/")[0]
            words = f"A pull request already exists for {owner}:{head}."
            return 422, _invalid({"resource": "PullRequest", "code": "custom", "message": words})
        if head not in self.repository.branches:
            return 422, _invalid({"resource": "PullRequest", "field": "head", "code": "invalid"})
        if self.repository.branches[head][-1] in self.repository.branches["main"]:
            words = f"No commits between main and {head}"
            return 422, _invalid({"resource": "PullRequest", "code": "custom", "message": words})
        number = len(self.repository.pulls) + 1
        pull = {
            "number": number,
            "html_url": f"https://github.example.org/{REPOSITORY}/pull/{number}",
            "state": "open",
            "merged_at": None,
            "title": body["title"],
            "body": body["body"],
            "head": {"ref": head},
            "base": {"ref": body["base"]},
            "labels": [],
        }
        self.repository.pulls.append(pull)
        return 201, pull

    def get_pull(self, number, **_):
        if int(number) > len(self.repository.pulls):
            return 404, {"message": "Not Found", "status": "404"}
        return 200, self.repository.pulls[int(number) - 1]

    def add_labels(self, number, *, body, **_):
        if int(number) > len(self.repository.pulls):
            return 404, {"message": "Not Found", "status": "404"}
        labels = self.repository.pulls[int(number) - 1]["labels"]
        labels += [each for each in body["labels"] if each not in labels]
        return 200, [{"name": each} for each in labels]


def _invalid(error):
    return {"message": "Validation Failed", "errors": [error], "status": "422"}
