"""The log: one record is one line or one object, whatever people sent, and no secret stands in it."""

import json
import logging

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from cass_portal import logs, tokens
from cass_portal.db import db
from tests.hostile import NAUGHTY


@pytest.fixture
def written(monkeypatch, capsys):
    """written(format, message, *args): what a record is written as, and nothing else."""
    logger = logging.getLogger("cass_portal.test")
    others = logging.getLogger().handlers[:]

    def write(log_format, message, *args, error=None):
        logging.getLogger().handlers[:] = []
        logs.install(log_format)
        logs.install(log_format)
        logger.error(message, *args, exc_info=error)
        return capsys.readouterr().err

    yield write
    logging.getLogger().handlers[:] = others


@pytest.mark.parametrize("text", NAUGHTY)
def test_whatever_is_logged_a_record_is_one_line(text, written):
    as_text, as_json = written("text", "got %s", text), written("json", "got %s", text)

    assert len(as_text.splitlines()) == len(as_json.splitlines()) == 1
    assert json.loads(as_json)["message"].startswith("got ")
    assert all(character.isprintable() or ord(character) > 0x9F for character in as_text.strip())


def test_an_object_says_when_how_bad_where_and_what(written):
    found = json.loads(written("json", "the worker failed: %s", "deliver"))

    assert set(found) == {"at", "level", "logger", "message"}
    assert found | {"at": ""} == {
        "at": "",
        "level": "error",
        "logger": "cass_portal.test",
        "message": "the worker failed: deliver",
    }
    assert found["at"].endswith("+00:00")


def test_a_traceback_belongs_to_its_record(written):
    error = ValueError("first\n2026-01-01T00:00:00 ERROR forged: line")

    lines = written("text", "failed", error=error).splitlines()
    found = json.loads(written("json", "failed", error=error))

    assert [each for each in lines if not each.startswith("    ")] == lines[:1]
    assert "ValueError: first" in found["error"]


PRIVATE = ("/f/{}", "/f/{}/replies", "/f/confirm/{}", "/invitation/{}", "/sign-in/new-password/{}?x=1")


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("where", PRIVATE)
def test_no_private_address_is_written(log_format, where, written):
    secret = tokens.new_secret() if "f/{}" in where else tokens.sign("key", "purpose", 1)
    address = where.format(secret)

    line = written(log_format, "failed at %s", address, error=LookupError(f"http://localhost{address}"))

    assert secret not in line
    assert where.partition("{}")[0] in line


def test_a_failing_statement_does_not_tell_what_people_wrote(app):
    statement = sa.text("SELECT :words FROM no_such_table")

    with pytest.raises(DBAPIError) as failure:
        db.session.execute(statement, {"words": "zanzibarcanary"})

    assert "zanzibarcanary" not in str(failure.value)
