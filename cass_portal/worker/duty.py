"""What a step asks of the worker that does it."""

from contextlib import AbstractContextManager
from threading import Event
from typing import TYPE_CHECKING, Protocol

from flask import Flask

from cass_portal.delivery.calls.background import Calls

if TYPE_CHECKING:
    from cass_portal.worker.sending import Sender


class Duty(Protocol):
    app: Flask
    name: str
    sender: "Sender"
    calls: Calls
    stop: Event

    def going_on(self, what: str) -> AbstractContextManager[None]: ...

    def is_time(self, what: str, seconds: float) -> bool: ...
