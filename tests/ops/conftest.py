from typing import Any

import pytest
from flask import Flask

from tests.delivery.conftest import outbox
from tests.delivery.rows import LISTENER

__all__ = ["outbox"]


@pytest.fixture
def with_settings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """with_settings(name=value, …): the portal as it is with other settings."""

    def change(**values: Any) -> None:
        changed = app.extensions["settings"].model_copy(update=values)
        monkeypatch.setitem(app.extensions, "settings", changed)

    return change


@pytest.fixture
def listener(with_settings: Any) -> str:
    with_settings(listener_addresses=LISTENER, reply_address="reply@example.org")
    return LISTENER
