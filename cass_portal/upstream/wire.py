"""One question to a forge: how an issue or change request stands. No secret is in any message.

Members choose what is asked about, so it is asked as anybody may: our token would read them what is private to others.
The token serves only where the host has heard enough of that, and only for what is known to be public. Documented at
https://docs.github.com/en/rest (2022-11-28) and https://docs.gitlab.com/api/rest/. Redirects are followed by hand, on
the same host only, and never with a token.
"""

import json
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from cass_portal.clock import now
from cass_portal.config import LOOPBACK, Settings
from cass_portal.outbound import Answer, Fetch, OutboundFailed, OutboundRefused
from cass_portal.text import clean_line, excerpt
from cass_portal.upstream.addresses import Hosts, Named, named_in
from cass_portal.upstream.models import Forge, UpstreamKind, UpstreamState

VERSION = "2022-11-28"
ANSWER_BYTES = 1_000_000
CALL_SECONDS = 10.0
REDIRECTS = 3
TITLE_LENGTH = 300
ONE_MINUTE, ONE_DAY = timedelta(minutes=1), timedelta(days=1)
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Asked:
    """What is asked for, as it was last known. `is_public`: of the catalog, or shown before to whoever asked."""

    named: Named
    repository_id: int | None = None
    etag: str | None = None
    is_public: bool = False


@dataclass(frozen=True)
class Found:
    """How it stands. `named` is where it is now: it may have been renamed or moved."""

    named: Named
    upstream_id: int
    repository_id: int | None
    title: str
    state: UpstreamState
    etag: str | None


class UpstreamFailed(Exception):
    """No answer for now. `wait_until`: not to be asked before; of `is_all`, nor is anything else of the host."""

    def __init__(self, message: str, *, wait_until: datetime | None = None, is_all: bool = True) -> None:
        super().__init__(message)
        self.wait_until = wait_until
        self.is_all = is_all


class UpstreamGone(Exception):
    """The host says that there is none any more."""


class UpstreamHidden(Exception):
    """The host does not show it to whoever asks; whether there is one is not told."""


def ask(
    asked: Asked, *, settings: Settings, fetch: Fetch, spent: MutableMapping[str, datetime]
) -> Found | None:
    """None when nothing changed since `asked.etag`. Raises UpstreamFailed, UpstreamGone, UpstreamHidden.

    `spent`: until when which hosts answer nobody without a token; kept here. Outside of transactions.
    """
    host, token = asked.named.host, _token(asked.named, settings)
    until = spent.get(host, now())
    if not token or until <= now():
        try:
            return _answer(asked, {}, settings, fetch)
        except UpstreamFailed as error:
            if error.wait_until is None or not token:
                raise
            spent[host] = until = error.wait_until
    if not asked.is_public:
        raise UpstreamFailed("The host’s limit for whoever asks is used up.", wait_until=until, is_all=False)
    try:
        return _answer(asked, token, settings, fetch)
    except _Redirected:
        raise UpstreamFailed("It was moved; where is asked later.", wait_until=until, is_all=False) from None


class _Redirected(Exception):
    """Where to may be private, so a token is not sent there."""


def _answer(asked: Asked, token: dict[str, str], settings: Settings, fetch: Fetch) -> Found | None:
    url = _address(asked, settings)
    headers = _headers(asked) | token
    for _ in range(REDIRECTS + 1):
        answer = _fetched(url, headers, fetch)
        if answer.status not in (301, 302, 307, 308):
            return _read(asked, answer, settings)
        if token:
            raise _Redirected
        there = urljoin(url, answer.headers.get("location", ""))
        if urlsplit(there)[:2] != urlsplit(url)[:2]:
            raise UpstreamGone("It was moved to another host.")
        url = there
    raise UpstreamFailed("It is redirected again and again.")


def hosts_of(settings: Settings) -> Hosts:
    return Hosts.read(settings.github_hosts, settings.gitlab_hosts)


def _address(asked: Asked, settings: Settings) -> str:
    named = asked.named
    if named.forge == Forge.GITHUB:
        kind = "pulls" if named.kind == UpstreamKind.CHANGE else "issues"
        return f"{_base(named, settings)}/repos/{named.path}/{kind}/{named.number}"
    project = asked.repository_id or quote(named.path, safe="")
    kind = "merge_requests" if named.kind == UpstreamKind.CHANGE else "issues"
    return f"{_base(named, settings)}/projects/{project}/{kind}/{named.number}"


def _base(named: Named, settings: Settings) -> str:
    """Where the host's API is: GitHub's own as configured, the others' under the host's name."""
    if named.forge == Forge.GITHUB and named.host == "github.com":
        return settings.github_api
    scheme = "http" if named.host.partition(":")[0] in LOOPBACK else "https"
    return f"{scheme}://{named.host}/api/{'v3' if named.forge == Forge.GITHUB else 'v4'}"


def _headers(asked: Asked) -> dict[str, str]:
    version = {"X-GitHub-Api-Version": VERSION} if asked.named.forge == Forge.GITHUB else {}
    return version | ({"If-None-Match": asked.etag} if asked.etag else {})


def _token(named: Named, settings: Settings) -> dict[str, str]:
    """The header with the token that is for this host; empty where none is."""
    if named.forge == Forge.GITHUB:
        token = settings.github_token.get_secret_value() if named.host == "github.com" else ""
        return {"Authorization": f"Bearer {token}"} if token else {}
    first = settings.gitlab_hosts.partition(",")[0].strip().lower()
    token = settings.gitlab_token.get_secret_value() if named.host == first else ""
    return {"PRIVATE-TOKEN": token} if token else {}


def _fetched(url: str, headers: dict[str, str], fetch: Fetch) -> Answer:
    try:
        answer = fetch(url, headers=headers, timeout=CALL_SECONDS, max_bytes=ANSWER_BYTES)
    except (OutboundFailed, OutboundRefused) as error:
        raise UpstreamFailed(excerpt(str(error), length=200)) from None
    limited = _wait(answer)
    if limited is not None:
        raise UpstreamFailed("The host's rate limit is used up.", wait_until=limited)
    return answer


def _wait(answer: Answer) -> datetime | None:
    """Until when the host asks to be left alone."""
    after = answer.headers.get("retry-after", "")
    left = answer.headers.get("x-ratelimit-remaining", answer.headers.get("ratelimit-remaining", ""))
    reset = answer.headers.get("x-ratelimit-reset", answer.headers.get("ratelimit-reset", ""))
    if answer.status not in (403, 429):
        return None
    if after.isascii() and after.isdigit():
        until = now() + timedelta(seconds=min(int(after[:9]), ONE_DAY.total_seconds()))
    elif left == "0" and reset.isascii() and reset.isdigit():
        until = datetime.fromtimestamp(int(reset[:11]), UTC)
    elif answer.status == 429:
        until = now() + ONE_MINUTE
    else:
        return None
    return min(max(until, now() + ONE_MINUTE), now() + ONE_DAY)


def _read(asked: Asked, answer: Answer, settings: Settings) -> Found | None:
    if answer.status == 304:
        return None
    if answer.status in (401, 403, 404):
        raise UpstreamHidden
    if answer.status in (410, 451):
        raise UpstreamGone(f"The host shows it no more ({answer.status}).")
    if answer.status != 200 or not answer.is_whole:
        raise UpstreamFailed(f"The host answers oddly ({answer.status}).")
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise UpstreamFailed("The host's answer is no JSON object.")
    if _is_private(data):
        raise UpstreamHidden
    return _found(asked, data, answer.headers.get("etag"), settings)


def _found(asked: Asked, data: dict[str, Any], etag: str | None, settings: Settings) -> Found:
    """A page of another host, or of nothing we know, leaves the address as it was."""
    page = data.get("html_url" if asked.named.forge == Forge.GITHUB else "web_url")
    named = named_in(page, hosts_of(settings)) if isinstance(page, str) else None
    if named is None or (named.forge, named.host) != (asked.named.forge, asked.named.host):
        named = asked.named
    upstream_id, title = data.get("id"), data.get("title")
    if not _is_id(upstream_id) or not isinstance(title, str):
        raise UpstreamFailed("The host's answer lacks an id or a title.")
    return Found(
        named=named,
        upstream_id=int(upstream_id or 0),
        repository_id=_repository(asked, data),
        title=excerpt(clean_line(title), length=TITLE_LENGTH),
        state=_state(data),
        etag=etag[:200] if etag and etag.isascii() and etag.isprintable() else None,
    )


def _is_private(data: dict[str, Any]) -> bool:
    """What a token may show of a public project, or of one that is public no more."""
    return data.get("confidential") is True or _base_of(data).get("private") is True


def _repository(asked: Asked, data: dict[str, Any]) -> int | None:
    found = _base_of(data).get("id", data.get("project_id"))
    return found if _is_id(found) else asked.repository_id


def _base_of(data: dict[str, Any]) -> dict[str, Any]:
    """The repository that a pull request would change."""
    base = data.get("base")
    repository = base.get("repo") if isinstance(base, dict) else None
    return repository if isinstance(repository, dict) else {}


def _state(data: dict[str, Any]) -> UpstreamState:
    """GitLab's “locked” is a merge that is under way; what was moved goes on elsewhere."""
    pull = data.get("pull_request")
    merged = data.get("merged_at") or (pull.get("merged_at") if isinstance(pull, dict) else None)
    if data.get("state") == "merged" or (data.get("state") == "closed" and merged):
        return UpstreamState.MERGED
    if data.get("state") == "closed":
        return UpstreamState.GONE if data.get("moved_to_id") else UpstreamState.CLOSED
    return UpstreamState.OPEN


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID
