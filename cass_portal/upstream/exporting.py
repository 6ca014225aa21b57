"""A matter as the beginning of an issue elsewhere: what everybody may read, or nothing but its reference. Pure."""

from urllib.parse import quote

from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import NEVER_SHOWN_AROUND
from cass_portal.upstream.addresses import Hosts, new_issue_url, project_in

BODY_LENGTH = 5_000
"""Of the text as an address has it. Longer addresses are cut off by servers and browsers."""


def new_issues(item: Feedback, hosts: Hosts, *, public_url: str) -> list[tuple[str, str]]:
    """For each repository of the products it is about: its name, and its host's form with the words filled in."""
    title, body = _words(item, public_url)
    found: dict[tuple[str, str], str] = {}
    for product in item.products:
        for each in product.links:
            project = project_in(each.url, hosts)
            if project is not None:
                forge, host, path = project
                found.setdefault(
                    (host, path.lower()), new_issue_url(forge, host, path, title=title, body=body)
                )
    return [(f"{host}/{path}", url) for (host, path), url in found.items()]


def _words(item: Feedback, public_url: str) -> tuple[str, str]:
    """Subject and text only, never a name, an address or a note; of what is not public neither."""
    if not item.is_public or item.state in NEVER_SHOWN_AROUND:
        return f"Feedback {item.reference}", f"(Reference {item.reference} of the CASS portal.)\n"
    quoted = "\n".join(f"> {line}".rstrip() for line in _cut(item.body).splitlines())
    return item.subject, f"{quoted}\n\n{public_url.rstrip('/')}/feedback/{item.reference}/\n"


def _cut(text: str) -> str:
    cut = text
    while len(quote(cut)) > BODY_LENGTH:
        cut = cut[: len(cut) * 4 // 5]
    return cut if cut == text else f"{cut.rstrip()} …"
