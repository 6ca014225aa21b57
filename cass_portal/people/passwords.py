"""Hashing of passwords (argon2id, by Flask-Security), never while a transaction is open.

One hash takes a good part of a second under load. Inside a SQLite write transaction it would hold up every
other writer of the house, so these functions refuse to run there.
"""

import unicodedata
from functools import lru_cache
from typing import Any

from flask import current_app
from flask_security import hash_password, verify_password

from cass_portal import tokens
from cass_portal.db import db


class TransactionOpen(RuntimeError):
    """A password was about to be hashed while a transaction was open."""


def hashed(password: str) -> str:
    """What is stored of `password`. Raises TransactionOpen."""
    _refuse_inside_transaction()
    return hash_password(_as_typed_anywhere(password))


def matches(password: str, stored: str | None) -> bool:
    """Whether `password` is the stored one. Takes the same time where nothing is stored. Raises TransactionOpen."""
    _refuse_inside_transaction()
    nobody = _nobodys(current_app.extensions["security"])
    return verify_password(_as_typed_anywhere(password), stored or nobody) and stored is not None


@lru_cache(maxsize=4)
def _nobodys(_security: Any) -> str:
    """A hash that no password fits, with the parameters in force; made before the first comparison of any kind."""
    return hash_password(tokens.new_secret())


def _as_typed_anywhere(password: str) -> str:
    """One spelling for what different keyboards compose differently (NIST SP 800-63B §5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _refuse_inside_transaction() -> None:
    if db.session().in_transaction():
        raise TransactionOpen
