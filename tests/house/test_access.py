"""Closed by default: every route says who may use it, and addresses keep one shape."""

import re

from cass_portal import create_app
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.web.access import declared_access


def test_every_endpoint_declares_its_access(app):
    silent = {
        rule.endpoint for rule in app.url_map.iter_rules() if declared_access(app, rule.endpoint) is None
    }

    assert silent == set()


def test_a_route_without_a_declaration_answers_403(portal):
    other = create_app(
        Settings(
            instance=portal.extensions["settings"].instance,
            database_url=portal.config["SQLALCHEMY_DATABASE_URI"],
            public_url="http://localhost",
        )
    )
    other.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    answer = other.test_client().get("/forgotten")
    with other.app_context():
        db.engine.dispose()

    assert answer.status_code == 403
    assert "secret" not in answer.text


WORD, CONVERTER, FORMAT = (
    r"[a-z0-9.-]+",
    r"<[a-z:_]+(\(max=\d+\):[a-z_]+)?>",
    r"(\.<any\(atom, json\):format>|\.svg)?",
)
ADDRESS = re.compile(rf"(/({WORD}|{CONVERTER})({FORMAT}))*/?")


def test_addresses_are_kebab_case(app):
    odd = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not ADDRESS.fullmatch(rule.rule)
    }

    assert odd == set()


def test_only_safe_methods_and_post_are_used(app):
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods}

    assert methods <= {"GET", "HEAD", "OPTIONS", "POST"}
