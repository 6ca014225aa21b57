"""Which parameters of an address a view looks at: seen while it answers, so that a new one is known at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict


@contextmanager
def watched() -> Iterator[set[str]]:
    """The names that views ask their request's parameters for while the block runs."""
    asked: set[str] = set()

    class Watched(ImmutableMultiDict):
        def __contains__(self, name: Any) -> bool:
            asked.add(name)
            return super().__contains__(name)

        def __getitem__(self, name: Any) -> Any:
            asked.add(name)
            return super().__getitem__(name)

        def getlist(self, name: Any, *args: Any, **kwargs: Any) -> Any:
            asked.add(name)
            return super().getlist(name, *args, **kwargs)

    usual = Request.parameter_storage_class
    Request.parameter_storage_class = Watched  # type: ignore[misc]
    try:
        yield asked
    finally:
        Request.parameter_storage_class = usual  # type: ignore[misc]
