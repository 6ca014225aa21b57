"""States of a request to the web site's repository. Pure."""

from enum import StrEnum


class RequestState(StrEnum):
    """`waiting`: something has to be sent; the others are what the repository said last."""

    WAITING = "waiting"
    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"
    FAILED = "failed"
