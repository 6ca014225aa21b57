"""One call to GitHub's REST API: what it answered, or why it could not be made. No secret is in any message.

Documented at https://docs.github.com/en/rest (version 2022-11-28).
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.outbound import create_trust
from cass_portal.text import clean_line, excerpt

VERSION = "2022-11-28"
STEP_SECONDS = 10.0
CALL_SECONDS = 20.0
"""Longest time for one call, however slowly its answer drips."""
ANSWER_BYTES = 2_000_000
ONE_MINUTE, ONE_DAY = timedelta(minutes=1), timedelta(days=1)


class GitHubFailed(Exception):
    """The request could not be made; the message is for an administrator and holds no secret.

    `permanent`: trying again cannot help. `wait_until`: when GitHub will answer again after a rate limit.
    `pull`: the request that was there before it failed.
    """

    def __init__(self, message: str, *, permanent: bool, wait_until: datetime | None = None) -> None:
        super().__init__(message)
        self.permanent, self.wait_until = permanent, wait_until
        self.pull: Any = None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: httpx.Headers
    data: Any

    @property
    def message(self) -> str:
        """What GitHub said in words, its list of errors included."""
        if not isinstance(self.data, dict):
            return ""
        errors = self.data.get("errors")
        more = [
            str(each.get("message") or each.get("code") or "") if isinstance(each, dict) else str(each)
            for each in (errors if isinstance(errors, list) else [])
        ]
        return clean_line(" ".join([str(self.data.get("message") or ""), *more]))


@contextmanager
def open_wire(settings: Settings) -> Iterator["Wire | None"]:
    """The configured repository for a while; None where none is configured."""
    if not (settings.github_repository and settings.github_token.get_secret_value()):
        yield None
        return
    headers = {
        "Authorization": f"Bearer {settings.github_token.get_secret_value()}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": VERSION,
        "User-Agent": "cass-portal",
    }
    # Nothing of the environment is read: a .netrc or a proxy there would get hold of the token.
    with httpx.Client(
        headers=headers, timeout=STEP_SECONDS, follow_redirects=False, trust_env=False, verify=create_trust()
    ) as client:
        yield Wire(client, settings)


class Wire:
    def __init__(self, client: httpx.Client, settings: Settings) -> None:
        self.client, self.repository = client, settings.github_repository
        self.owner = self.repository.partition("/")[0]
        self.root = f"{settings.github_api}/repos/{self.repository}"

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        parameters: dict[str, str] | None = None,
        expected: tuple[int, ...] = (200, 201),
    ) -> Answer:
        try:
            answer = self._answer(method, path, body, parameters)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GitHubFailed(
                f"GitHub does not answer ({type(error).__name__}).", permanent=False
            ) from None  # the original may quote the request's headers
        limited = _wait(answer)
        if limited is not None:
            raise GitHubFailed("GitHub's rate limit is used up.", permanent=False, wait_until=limited)
        if answer.status not in expected:
            raise self.refused(method, answer)
        return answer

    def _answer(
        self, method: str, path: str, body: dict[str, Any] | None, parameters: dict[str, str] | None
    ) -> Answer:
        until = time.monotonic() + CALL_SECONDS
        received = bytearray()
        with self.client.stream(method, f"{self.root}{path}", json=body, params=parameters) as response:
            for part in response.iter_bytes():
                received += part
                if len(received) > ANSWER_BYTES:
                    raise GitHubFailed("GitHub's answer is too long.", permanent=False)
                if time.monotonic() > until:
                    raise GitHubFailed("GitHub's answer takes too long.", permanent=False)
        try:
            data = json.loads(received) if received else None
        except (ValueError, RecursionError):
            if response.is_success:
                raise GitHubFailed("GitHub's answer is no JSON.", permanent=False) from None
            data = None
        return Answer(response.status_code, response.headers, data)

    def refused(self, method: str, answer: Answer) -> GitHubFailed:
        said = excerpt(answer.message, length=200)
        quoted = f" It says: “{said}”" if said else ""
        if answer.status == 408 or answer.status >= 500:
            return GitHubFailed(f"GitHub is not well ({answer.status}).", permanent=False)
        if answer.status == 401:
            words = "GitHub does not accept GITHUB_TOKEN; it may have run out."
        elif answer.status == 403:
            words = (
                f"GITHUB_TOKEN may not do this in {self.repository}: it needs to read and write contents and "
                "pull requests."
            )
        elif answer.status == 404:
            words = f"GitHub knows no {self.repository}, or GITHUB_TOKEN may not see it or write to it."
        elif 300 <= answer.status < 400:
            words = f"{self.repository} has moved: set GITHUB_REPOSITORY to its new name."
        else:
            words = f"GitHub refuses the request ({method}, {answer.status})."
        return GitHubFailed(words + quoted, permanent=True)


def _wait(answer: Answer) -> datetime | None:
    """Until when a rate limit asks to wait, as documented under “Exceeding the rate limit”; None for other answers."""
    if answer.status not in (403, 429):
        return None
    after, reset = answer.headers.get("retry-after", ""), answer.headers.get("x-ratelimit-reset", "")
    if after.isascii() and after.isdigit():
        until = now() + timedelta(seconds=min(int(after[:9]), ONE_DAY.total_seconds()))
    elif answer.headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdigit():
        until = datetime.fromtimestamp(int(reset[:11]), UTC)
    elif answer.status == 429 or "rate limit" in answer.message.lower():
        until = now() + ONE_MINUTE
    else:
        return None
    return min(max(until, now() + ONE_MINUTE), now() + ONE_DAY)


def text_in(data: Any, *names: str) -> str:
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    if not isinstance(data, str):
        raise GitHubFailed(f"GitHub's answer lacks “{'.'.join(names)}”.", permanent=False)
    return data
