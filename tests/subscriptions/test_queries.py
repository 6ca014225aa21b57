"""What a subscriber's page and mails say, and what can be subscribed to."""

from datetime import timedelta

import pytest

from cass_portal.announcements.lifecycle import EditionState
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.lifecycle import Level
from cass_portal.feedback.models import Visibility
from cass_portal.subscriptions import actions, queries
from cass_portal.subscriptions.lifecycle import EndedReason, Matter, Scope
from cass_portal.subscriptions.offer import groups
from cass_portal.subscriptions.rules import name_of_target, target_named
from cass_portal.subscriptions.zones import offered_zones, time_zones
from tests import factories
from tests.subscriptions.rows import F, about, everything_of, rule, subscribed

pytestmark = pytest.mark.usefixtures("app")


def reason(of):
    return queries.reason_words(of.made())


@pytest.mark.once
def test_reason_says_what_was_asked_for():
    kokkos, alpha = factories.product("Kokkos"), factories.organization("ALPHA")
    shown = factories.announcement("It moves", by=factories.coordinator())
    item = factories.public_feedback("Somebody's own words")
    some = Matter.STATUS.bit | Matter.YOU_SAID_WE_DID.bit | Matter.ANSWER.bit

    assert [
        reason(rule()),
        reason(about(kokkos)),
        reason(about(kokkos, matters=Matter.NEWS.bit, frequency=F.DAILY)),
        reason(rule(alpha, Scope.ORGANIZATION, matters=some, frequency=F.WEEKLY)),
        reason(rule(factories.area("Solvers"), Scope.AREA)),
        reason(rule(factories.topic("Training"), Scope.TOPIC)),
        reason(rule(shown, Scope.ANNOUNCEMENT)),
        reason(rule(item, Scope.FEEDBACK)),
    ] == [
        "You asked to hear at once of everything from the Consortium.",
        "You asked to hear at once of everything about Kokkos.",
        "You asked to hear once a day of news about Kokkos.",
        (
            "You asked to hear once a week of status notices, “You said, we did” and answers to public feedback "
            "about ALPHA."
        ),
        "You asked to hear at once of everything about the area Solvers.",
        "You asked to hear at once of everything about the topic Training.",
        "You asked to hear at once of every change to the announcement “It moves”.",
        f"You asked to hear at once of every public answer to {item.reference}.",
    ]


def test_only_what_everybody_may_see_has_a_name():
    editor = factories.coordinator()
    alpha, solvers = factories.organization("ALPHA"), factories.area("Solvers & Meshes")
    shown = {
        (Scope.EVERYTHING, None),
        (Scope.PRODUCT, factories.product("Kokkos")),
        (Scope.ORGANIZATION, alpha),
        (Scope.AREA, solvers),
        (Scope.TOPIC, factories.topic("Training")),
        (Scope.ANNOUNCEMENT, factories.announcement(by=editor)),
        (Scope.FEEDBACK, factories.public_feedback()),
    }
    withdrawn = factories.announcement(by=editor)
    withdrawn.withdrawn_at = now()
    hidden = {
        (Scope.PRODUCT, factories.product(published=False)),
        (Scope.PRODUCT, factories.product(retired_on=now().date())),
        (Scope.ORGANIZATION, factories.organization(level=Level.FORMER)),
        (Scope.ANNOUNCEMENT, withdrawn),
        (Scope.ANNOUNCEMENT, factories.announcement(by=editor, state=EditionState.DRAFT)),
        (Scope.ANNOUNCEMENT, factories.announcement(by=editor, state=EditionState.SCHEDULED)),
        *((Scope.FEEDBACK, factories.feedback(visibility=each)) for each in Visibility),
    }  # fmt: skip

    assert {target_named(name_of_target(*each)) for each in shown} == shown
    assert {target_named(name_of_target(*each)) for each in hidden} == {None}
    assert {
        target_named(each)
        for each in ("", ":", "product", "product:", "planet:mars", "person:1", "everything:x")
    } == {None}


def test_everything_offered_can_be_subscribed_to():
    alpha = factories.organization("ALPHA")
    factories.organization("GONE", level=Level.FORMER)
    factories.product("Kokkos", stewards=[alpha], areas=[factories.area("Solvers")])
    factories.product("Hidden", published=False)
    factories.topic("Training")
    db.session.commit()

    names = [name for _, options in groups() for name, _, _ in options]

    assert set(names) == {"organization:ALPHA", "area:solvers", "topic:training", "product:kokkos"}
    assert all(target_named(each) for each in names)


def test_lately_ended_can_be_taken_back_while_it_is_there(time_machine):
    time_machine.move_to(now(), tick=False)
    kokkos, retired = factories.product("Kokkos"), factories.product("Retired")
    reader = subscribed(rule(), about(kokkos), about(retired))
    first, *_ = everything_of(reader)
    actions.change(first, matters=first.matters, frequency=F.DAILY)
    actions.end_all(reader, reason=EndedReason.UNSUBSCRIBED)
    actions.add(reader, rules=[about(kokkos, frequency=F.WEEKLY)])
    retired.published = False

    there = [(each.scope, each.frequency) for each in queries.lately_ended(reader)]
    time_machine.shift(timedelta(days=28))

    assert there == [(Scope.EVERYTHING, F.DAILY)]
    assert queries.lately_ended(reader) == []


@pytest.mark.once
def test_time_zones_are_of_the_database_and_the_offered_ones_among_them():
    assert {"UTC", "Europe/Berlin", "America/New_York", "Asia/Calcutta", "US/Pacific"} < time_zones()
    assert set(offered_zones()) < time_zones()
    assert 300 < len(offered_zones()) < 500
    assert {"Factory", "posixrules", "localtime"} & time_zones() == set()
