"""Every blueprint, in the order of the rule of imports. A new room is one line here."""

from flask import Flask

import cass_portal.tables  # noqa: F401
from cass_portal import design, desk, ops, outbox
from cass_portal.announcements.views import blueprints as announcements
from cass_portal.casework.views import blueprints as casework
from cass_portal.config import Settings
from cass_portal.delivery.calls.views import blueprints as calls
from cass_portal.delivery.views import blueprints as delivery
from cass_portal.directory.views import blueprints as directory
from cass_portal.feedback.views import blueprints as feedback
from cass_portal.front.views import bp as front
from cass_portal.hooks.views import blueprints as hooks
from cass_portal.mailroom.views import blueprints as mailroom
from cass_portal.people.views import blueprints as people
from cass_portal.status import views as status
from cass_portal.subscriptions.views import blueprints as subscriptions
from cass_portal.themes.views import blueprints as themes
from cass_portal.upstream.views import blueprints as upstream
from cass_portal.website.views import blueprints as website

ROOMS = [
    *directory,
    *people,
    *feedback,
    *casework,
    *upstream,
    *announcements,
    *themes,
    *status.blueprints,
    *website,
    *subscriptions,
    *hooks,
    *delivery,
    *mailroom,
    *calls,
    front,
    desk.bp,
    ops.bp,
]


def install(app: Flask, settings: Settings) -> None:
    for blueprint in ROOMS:
        app.register_blueprint(blueprint)
    status.install(app)
    if settings.is_local:
        app.register_blueprint(design.bp)
    if outbox.exists_for(settings):
        app.register_blueprint(outbox.bp)
    if settings.demo:
        from cass_portal.demo.views import bp  # the demonstration's routes exist nowhere else

        app.register_blueprint(bp)
