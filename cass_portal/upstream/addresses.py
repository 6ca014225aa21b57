"""Addresses of issues and change requests on the hosts that are allowed: read, and written. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from cass_portal.upstream.models import Forge, UpstreamKind

PATH_LENGTH = 255
LARGEST = 2**31 - 1
_PART = r"[A-Za-z0-9_.-]+"
_GITHUB = re.compile(rf"/({_PART}/{_PART})/(issues|pull)/(\d{{1,10}})(?:/[\w/-]*)?", re.ASCII)
_GITLAB = re.compile(
    rf"/({_PART}(?:/{_PART})+?)/(?:-/)?(issues|work_items|merge_requests)/(\d{{1,10}})(?:/[\w/-]*)?", re.ASCII
)
_GITHUB_PROJECT = re.compile(rf"/({_PART}/{_PART}?)(?:\.git)?/?", re.ASCII)
_GITLAB_PROJECT = re.compile(rf"/({_PART}(?:/{_PART}?)+?)(?:\.git)?/?", re.ASCII)
CHANGES = ("pull", "merge_requests")


@dataclass(frozen=True)
class Hosts:
    """Which hosts may be linked to and asked, by the software that runs there."""

    github: Collection[str]
    gitlab: Collection[str]

    @staticmethod
    def read(github: str, gitlab: str) -> "Hosts":
        return Hosts(_listed(github), _listed(gitlab))

    def forge_of(self, host: str) -> Forge | None:
        if host in self.github:
            return Forge.GITHUB
        return Forge.GITLAB if host in self.gitlab else None


@dataclass(frozen=True)
class Named:
    """One issue or change request. `path` is owner/name, on GitLab with as many groups as there are."""

    forge: Forge
    host: str
    path: str
    kind: UpstreamKind
    number: int

    @property
    def url(self) -> str:
        return url_of(self.forge, self.host, self.path, self.kind, self.number)


def url_of(forge: Forge, host: str, path: str, kind: UpstreamKind, number: int) -> str:
    """The page for people."""
    is_change = kind == UpstreamKind.CHANGE
    if forge == Forge.GITHUB:
        return f"https://{host}/{path}/{'pull' if is_change else 'issues'}/{number}"
    return f"https://{host}/{path}/-/{'merge_requests' if is_change else 'issues'}/{number}"


def named_in(text: str, hosts: Hosts) -> Named | None:
    """What an address that somebody pasted names; None for all else, other hosts among it."""
    host, path = _taken_apart(text)
    forge = hosts.forge_of(host)
    pattern = {Forge.GITHUB: _GITHUB, Forge.GITLAB: _GITLAB}.get(forge) if forge else None
    match = pattern.fullmatch(path) if pattern else None
    if forge is None or match is None:
        return None
    project, kind, number = match[1], match[2], int(match[3])
    if not 0 < number <= LARGEST or len(project) > PATH_LENGTH or _is_odd(project):
        return None
    return Named(forge, host, project, UpstreamKind.CHANGE if kind in CHANGES else UpstreamKind.ISSUE, number)


def project_in(text: str, hosts: Hosts) -> tuple[Forge, str, str] | None:
    """Software, host and path of a repository whose address somebody gave; None for all else."""
    host, path = _taken_apart(text)
    forge = hosts.forge_of(host)
    pattern = {Forge.GITHUB: _GITHUB_PROJECT, Forge.GITLAB: _GITLAB_PROJECT}.get(forge) if forge else None
    match = pattern.fullmatch(path) if pattern else None
    if forge is None or match is None or _is_odd(match[1]):
        return None
    return forge, host, match[1]


def new_issue_url(forge: Forge, host: str, path: str, *, title: str, body: str) -> str:
    """The host's own form with these words in it; nothing is sent before a person presses its button."""
    if forge == Forge.GITHUB:
        words = urlencode({"title": title, "body": body}, quote_via=quote)
        return f"https://{host}/{path}/issues/new?{words}"
    words = urlencode({"issue[title]": title, "issue[description]": body}, quote_via=quote)
    return f"https://{host}/{path}/-/issues/new?{words}"


def _taken_apart(text: str) -> tuple[str, str]:
    """Host with its port, and path; empty for anything but a plain web address."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return "", ""
    if parts.scheme not in ("https", "http") or "@" in parts.netloc or not parts.hostname:
        return "", ""
    host = parts.hostname.lower()
    return (f"{host}:{port}" if port else host), parts.path


def _is_odd(path: str) -> bool:
    return any(each.strip(".") == "" or each == "-" for each in path.split("/"))


def _listed(names: str) -> frozenset[str]:
    return frozenset(each.strip().lower() for each in names.split(",") if each.strip())
