from tests.delivery.conftest import outbox, relay

__all__ = ["outbox", "relay"]
