"""How a feed is answered, in either format."""

from werkzeug.wrappers import Response

from cass_portal.announcements.feeds import Feed, atom, json_feed

TYPES = {"atom": "application/atom+xml", "json": "application/feed+json"}


def answer(feed: Feed, format: str) -> Response:  # noqa: A002 - the word of the address
    content = atom(feed) if format == "atom" else json_feed(feed)
    return Response(content, content_type=f"{TYPES[format]}; charset=utf-8")
