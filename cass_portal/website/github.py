"""What is asked of GitHub: a file on a branch of its own, and one pull request that asks for it.

Each step may be repeated: what is there already is found and used, so that a crash or an answer that was lost never
leads to a second branch or a second request.
"""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cass_portal.config import Settings
from cass_portal.website.lifecycle import RequestState
from cass_portal.website.wire import GitHubFailed, Wire, open_wire, text_in

LABEL = "preview"


@dataclass(frozen=True)
class Parcel:
    """What is to be on the site: one file, the branch that carries it there, and what is said about it."""

    path: str
    content: str
    branch: str
    message: str
    title: str
    description: str

    @property
    def blob(self) -> str:
        """The name git gives the content."""
        content = self.content.encode()
        return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Pull:
    number: int
    url: str
    state: RequestState


@contextmanager
def open_github(settings: Settings) -> Iterator["GitHub | None"]:
    """The configured repository for a while; None where none is configured."""
    with open_wire(settings) as wire:
        yield GitHub(wire, base=settings.github_base) if wire is not None else None


class GitHub:
    def __init__(self, wire: Wire, *, base: str) -> None:
        self.wire, self.base = wire, base

    def offer(self, parcel: Parcel) -> Pull | None:
        """The open request for `parcel`, its file up to date; None where the site has this very file already."""
        pull = self.open_pull(parcel.branch)
        if pull is None and self._blob(parcel.path, ref=self.base) == parcel.blob:
            return None
        if pull is None:
            self._ready_branch(parcel)
        self._put(parcel)
        pull = pull or self._create_pull(parcel)
        try:
            self.wire.call("POST", f"/issues/{pull.number}/labels", {"labels": [LABEL]})
        except GitHubFailed as failure:
            failure.pull = pull
            raise
        return pull

    def pull(self, number: int) -> Pull:
        return _pull(self.wire.call("GET", f"/pulls/{number}").data)

    def open_pull(self, branch: str) -> Pull | None:
        """The open request from `branch` to the base branch."""
        wanted = {"state": "open", "head": f"{self.wire.owner}:{branch}", "base": self.base}
        found = self.wire.call("GET", "/pulls", parameters=wanted).data
        heads = [each for each in _list(found) if text_in(each, "head", "ref") == branch]
        return _pull(heads[0]) if heads else None

    def _ready_branch(self, parcel: Parcel) -> None:
        """A branch without a request starts from the base again, unless it holds what this very run put there."""
        start = self._head(self.base)
        if start is None:
            raise GitHubFailed(
                f"There is no branch “{self.base}” in {self.wire.repository}, or the token may not see it: check "
                "GITHUB_REPOSITORY, GITHUB_BASE and GITHUB_TOKEN.",
                permanent=True,
            )
        if self._head(parcel.branch) is None:
            new = {"ref": f"refs/heads/{parcel.branch}", "sha": start}
            answer = self.wire.call("POST", "/git/refs", new, expected=(201, 422))
            if answer.status == 422 and "already exists" not in answer.message:
                raise self.wire.refused("POST", answer)
        elif self._blob(parcel.path, ref=parcel.branch) != parcel.blob:
            self._reset_branch(parcel.branch, start)

    def _reset_branch(self, branch: str, start: str) -> None:
        self.wire.call("PATCH", f"/git/refs/heads/{quote(branch)}", {"sha": start, "force": True})

    def _put(self, parcel: Parcel) -> None:
        """The file on its branch. Somebody else's change in between is seen and overwritten: the branch is ours."""
        for _ in range(3):
            there = self._blob(parcel.path, ref=parcel.branch)
            if there == parcel.blob:
                return
            content = base64.b64encode(parcel.content.encode()).decode()
            change = {"message": parcel.message, "content": content, "branch": parcel.branch}
            change |= {"sha": there} if there is not None else {}
            answer = self.wire.call(
                "PUT", f"/contents/{quote(parcel.path)}", change, expected=(200, 201, 409, 422)
            )
            if answer.status in (200, 201):
                return
            if answer.status == 422 and "sha" not in answer.message:
                raise self.wire.refused("PUT", answer)
        raise GitHubFailed(f"The file on branch {parcel.branch} keeps changing.", permanent=False)

    def _create_pull(self, parcel: Parcel) -> Pull:
        wanted = {
            "title": parcel.title,
            "body": parcel.description,
            "head": parcel.branch,
            "base": self.base,
            "maintainer_can_modify": True,
        }
        for is_last in (False, True):
            answer = self.wire.call("POST", "/pulls", wanted, expected=(201, 422))
            if answer.status == 201:
                return _pull(answer.data)
            there = self.open_pull(parcel.branch)
            if there is not None:
                return there
            if is_last or "No commits between" not in answer.message:
                break
            # What the branch brings was on the site once and was taken back there: it needs a commit of its own.
            self._reset_branch(parcel.branch, self._head(self.base) or "")
            self._put(parcel)
        raise self.wire.refused("POST", answer)

    def _head(self, branch: str) -> str | None:
        """The commit a branch is at; None where there is no such branch."""
        answer = self.wire.call("GET", f"/git/ref/heads/{quote(branch)}", expected=(200, 404))
        return text_in(answer.data, "object", "sha") if answer.status == 200 else None

    def _blob(self, path: str, *, ref: str) -> str | None:
        """What git calls the content of a file; None where there is none."""
        answer = self.wire.call(
            "GET", f"/contents/{quote(path)}", parameters={"ref": ref}, expected=(200, 404)
        )
        return text_in(answer.data, "sha") if answer.status == 200 else None


def _pull(data: Any) -> Pull:
    number, url = data.get("number") if isinstance(data, dict) else None, text_in(data, "html_url")
    if not isinstance(number, int) or not url.startswith(("https://", "http://")):
        raise GitHubFailed("GitHub's answer names no pull request.", permanent=False)
    if data.get("merged_at"):
        state = RequestState.MERGED
    else:
        state = RequestState.OPEN if data.get("state") == "open" else RequestState.CLOSED
    return Pull(number, url, state)


def _list(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise GitHubFailed("GitHub's answer is no list.", permanent=False)
    return data
