"""Applying a catalog, and what leads and administrators keep themselves."""

from datetime import date

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal.db import db
from cass_portal.directory import actions, catalog, queries
from cass_portal.directory.lifecycle import GroupStatus, Level
from cass_portal.directory.models import Area, Organization, Product, Stewardship, WorkingGroup
from cass_portal.directory.site import read_site
from cass_portal.history import Event, EventKind
from cass_portal.policy import SYSTEM, NotPermitted
from tests import factories

pytestmark = pytest.mark.usefixtures("app")


def apply(site):
    departed = actions.apply(catalog.changes_to(read_site(site.root)), by=SYSTEM)
    db.session.commit()
    return departed


def events():
    return list(db.session.scalars(sa.select(Event).order_by(Event.id)))


def product(key):
    return db.session.scalar(sa.select(Product).where(Product.key == key))


def organization(short_name):
    return db.session.scalar(sa.select(Organization).where(Organization.short_name == short_name))


def test_a_new_catalog_becomes_rows(site):
    apply(site)

    kokkos = product("kokkos")
    assert (kokkos.slug, kokkos.name, kokkos.published, kokkos.retired_on) == ("kokkos", "Kokkos", True, None)
    assert [each.short_name for each in kokkos.stewards] == ["S4PST", "RAPIDS"]
    assert [each.name for each in kokkos.areas] == ["Programming models and runtimes"]
    assert [(each.label, each.url) for each in kokkos.links] == [("Website", "https://kokkos.example.org/")]
    assert {each.short_name: each.level for each in queries.organizations()} == {
        "S4PST": "core",
        "RAPIDS": "core",
    }


def test_applied_once_nothing_is_left_to_change(site):
    apply(site)

    assert catalog.changes_to(read_site(site.root)) == []


def test_each_organization_concerned_has_one_event(site):
    site.change(
        "_data/organization.yml",
        "officers:",
        "  - {short_name: STEP, name: Step, membership_level: core}\nofficers:",
    )
    apply(site)
    first = {(each.kind, each.organization.short_name, each.actor_role) for each in events()}
    before = len(events())

    site.change("_software/kokkos.md", "license_spdx", "# license_spdx")
    apply(site)

    later = events()[before:]
    assert first == {(EventKind.ORGANIZATION_CHANGED, name, "system") for name in ("S4PST", "RAPIDS", "STEP")}
    assert {each.organization.short_name: each.detail for each in later} == {
        name: {"changes": ["~ product Kokkos: license spdx Apache-2.0 WITH LLVM-exception → none"]}
        for name in ("S4PST", "RAPIDS")
    }
    assert len(later) == 2


@time_machine.travel("2026-03-05 12:00Z", tick=False)
def test_a_member_that_disappears_becomes_former_and_keeps_everything(site):
    apply(site)
    site.change(
        "_data/organization.yml",
        '  - short_name: RAPIDS\n    name: "RAPIDS2: An Institute"\n    membership_level: core\n',
        "",
    )
    site.change("_software/kokkos.md", "  - RAPIDS\n", "")

    departed = apply(site)

    rapids = organization("RAPIDS")
    assert departed == [rapids]
    assert (rapids.level, rapids.former_since, rapids.name) == (
        Level.FORMER,
        date(2026, 3, 5),
        "RAPIDS2: An Institute",
    )
    assert [each.short_name for each in product("kokkos").stewards] == ["S4PST"]
    assert catalog.changes_to(read_site(site.root)) == []


def test_a_member_that_was_former_does_not_depart_again_and_may_come_back(site):
    apply(site)
    site.change("_data/organization.yml", "core\nofficers", "former\nofficers")
    assert apply(site) == [organization("RAPIDS")]
    site.change("_data/organization.yml", 'name: "RAPIDS2: An Institute"', "name: RAPIDS again")
    assert apply(site) == []

    site.change("_data/organization.yml", "former\nofficers", "affiliate\nofficers")
    apply(site)

    assert (organization("RAPIDS").level, organization("RAPIDS").former_since) == (Level.AFFILIATE, None)


@time_machine.travel("2026-03-05 12:00Z", tick=False)
def test_a_product_that_disappears_is_retired_and_comes_back_at_its_address(site):
    site.product("x", "name: X\ncass_members: [S4PST]\n")
    apply(site)
    site.remove("_software/x.md")

    apply(site)
    retired = product("x")
    assert (retired.retired_on, retired.slug, len(retired.stewardships)) == (date(2026, 3, 5), "x", 1)

    site.product("x", "name: X again\ncass_members: [S4PST]\n")
    apply(site)
    assert (product("x").retired_on, product("x").slug, product("x").name) == (None, "x", "X again")


def test_a_working_group_that_disappears_is_retired(site):
    site.write("_working-groups/old.md", "---\nname: Old\ncharter: {status: Active}\n---\n")
    apply(site)
    site.remove("_working-groups/old.md")

    apply(site)

    assert {each.key: each.status for each in db.session.scalars(sa.select(WorkingGroup))} == {
        "metrics": GroupStatus.ACTIVE,
        "old": GroupStatus.RETIRED,
    }


def test_stewards_areas_and_links_may_come_go_and_change_places(site):
    apply(site)
    site.change("_software/kokkos.md", "  - S4PST\n  - RAPIDS\n", "  - RAPIDS\n  - S4PST\n")
    site.change("_software/kokkos.md", "areas:\n", "areas:\n  - Development tools\n")
    site.change(
        "_software/kokkos.md",
        "  - label: Website\n",
        "  - {label: Repository, url: https://git.example.org}\n  - label: Home\n",
    )

    apply(site)

    kokkos = product("kokkos")
    assert [each.short_name for each in kokkos.stewards] == ["RAPIDS", "S4PST"]
    assert [each.name for each in kokkos.areas] == ["Development tools", "Programming models and runtimes"]
    assert [each.label for each in kokkos.links] == ["Repository", "Home"]
    assert catalog.changes_to(read_site(site.root)) == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Stewardship)) == 2


def test_addresses_are_never_taken_twice(site):
    factories.topic("Training")
    site.product("chipStar", "name: chipStar\n")
    site.product("chip+star", "name: Other\n")
    site.product("chip star", "name: Third\n")
    site.product("training", "name: Training\n")
    site.product("日本", "name: UPC++\n")
    site.product("++", "name: ++\n")

    apply(site)

    assert {each.key: each.slug for each in db.session.scalars(sa.select(Product))} == {
        "kokkos": "kokkos",
        "chipStar": "chipstar",
        "chip star": "chip-star",
        "chip+star": "chip-star-2",
        "training": "training-2",
        "日本": "upc",
        "++": "product",
    }


def test_an_area_that_is_gone_stays_for_the_products_of_the_past(site):
    apply(site)
    site.change("_data/sw-areas.yml", 'Development tools:\n  description: "Help address challenges"\n', "")

    apply(site)

    assert {each.name for each in db.session.scalars(sa.select(Area))} == {
        "Programming models and runtimes",
        "Development tools",
    }


def edit(found, *, by, **changed):
    wanted = {
        "contact_email": found.contact_email,
        "answers_need_second_person": found.answers_need_second_person,
        "acknowledge_days": found.acknowledge_days,
        "answer_days": found.answer_days,
    }
    actions.edit_organization(found, by=by, **(wanted | changed))
    db.session.flush()


def test_a_lead_keeps_the_promises_of_its_organization():
    own = factories.organization("S4PST")
    lead = factories.person(lead_of=own)

    edit(own, by=lead, contact_email="help@example.org", answers_need_second_person=True, answer_days=20)

    assert (own.contact_email, own.answers_need_second_person, own.acknowledge_days, own.answer_days) == (
        "help@example.org", True, 5, 20,
    )  # fmt: skip
    (event,) = events()
    assert (event.kind, event.organization, event.actor, event.acting_for) == (
        EventKind.ORGANIZATION_CHANGED, own, lead, own,
    )  # fmt: skip
    assert event.detail == {"changes": ["contact_email", "answers_need_second_person", "answer_days"]}


def test_an_administrator_keeps_them_for_anybody_and_speaks_for_nobody():
    own = factories.organization()
    administrator = factories.administrator()

    edit(own, by=administrator, contact_email=None)

    assert [(each.actor, each.acting_for) for each in events()] == [(administrator, None)]


def test_saving_what_is_there_already_is_no_act():
    own = factories.organization()

    edit(own, by=factories.administrator())

    assert (events(), own.version) == ([], 1)


@pytest.mark.parametrize("role", ["agent", "other lead", "coordinator", "stranger"])
def test_nobody_else_keeps_the_promises_of_an_organization(role):
    own, other = factories.organization(), factories.organization()
    actor = {
        "agent": lambda: factories.person(agent_of=own),
        "other lead": lambda: factories.person(lead_of=other),
        "coordinator": factories.coordinator,
        "stranger": lambda: SYSTEM,
    }[role]()

    with pytest.raises(NotPermitted):
        edit(own, by=actor, answer_days=90)

    assert (own.answer_days, events()) == (15, [])


def topics_in_order():
    return [each.name for each in queries.topics()]


def edit_topic(topic, *, by=None, **changed):
    wanted = {
        "description": topic.description,
        "position": queries.topics().index(topic),
        "organizations": topic.organizations,
        "working_groups": topic.working_groups,
    }
    actions.edit_topic(topic, by=by or factories.administrator(), **(wanted | changed))
    db.session.flush()


def test_an_administrator_says_who_looks_after_a_topic():
    first, second, group = factories.organization(), factories.organization(), factories.working_group()
    topic = factories.topic("Training", organizations=[first])

    edit_topic(topic, description="New words.", organizations=[second, first], working_groups=[group])

    db.session.expire_all()
    assert topic.description == "New words."
    assert topic.organizations == [second, first]
    assert topic.working_groups == [group]
    assert [(each.kind, each.topic) for each in events()] == [(EventKind.TOPIC_CHANGED, topic)]


def test_topics_move_within_their_list():
    owner = factories.organization()
    a, b, c = (factories.topic(name, organizations=[owner]) for name in "ABC")

    edit_topic(c, position=0)
    assert topics_in_order() == ["C", "A", "B"]

    edit_topic(c, position=99)
    assert topics_in_order() == ["A", "B", "C"]
    assert [each.position for each in (a, b, c)] == [0, 1, 2]


def test_a_topic_always_has_a_current_member():
    former, group = factories.organization(level=Level.FORMER), factories.working_group()
    topic = factories.topic(organizations=[factories.organization()])

    for organizations in ([], [former]):
        with pytest.raises(actions.NoCurrentOwner):
            edit_topic(topic, organizations=organizations, working_groups=[group])

    assert (len(topic.organizations), events()) == (1, [])


def test_saving_a_topic_as_it_is_is_no_act():
    topic = factories.topic(organizations=[factories.organization()], groups=[factories.working_group()])
    actions.edit_topic(
        topic, description=topic.description, position=0, organizations=topic.organizations,
        working_groups=topic.working_groups, by=factories.administrator(),
    )  # fmt: skip
    before = len(events())

    edit_topic(topic)

    assert len(events()) == before


def test_only_administrators_edit_topics():
    own = factories.organization()
    topic = factories.topic(organizations=[own])

    for actor in (factories.coordinator(), factories.person(lead_of=own)):
        with pytest.raises(NotPermitted):
            edit_topic(topic, by=actor, description="Mine.")

    assert events() == []
