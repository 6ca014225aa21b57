"""Flask-Security, set up our way: own pages, neutral answers, sessions that the server can end."""

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore

from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.people.models import Person

datastore = SQLAlchemyUserDatastore(db, Person, None)


def install(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECURITY_PASSWORD_SALT=app.config["SECRET_KEY"],
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_RECOVERABLE=True,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_STATIC_FOLDER=None,
    )
    Security(app, datastore)
