"""The bundled catalog, and how it goes together with imports."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal import site_import
from cass_portal.casework import departures
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.directory import bundled, catalog, queries
from cass_portal.directory.models import CatalogImport, Organization, Product
from cass_portal.directory.records import Catalog, differences
from cass_portal.directory.site import NoSite, read_site
from cass_portal.history import Event, EventKind
from cass_portal.people.models import Seat, SeatTerm, TermKind
from tests import factories

pytestmark = pytest.mark.usefixtures("app")

TOPICS = [
    "training", "licensing-and-foundations", "metrics-and-impact", "packaging-and-integration",
    "ai-for-science", "funding-and-membership", "web-site-and-accessibility", "security", "other",
]  # fmt: skip


def count(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def kinds():
    return set(db.session.scalars(sa.select(Event.kind)))


def test_a_new_instance_is_filled_with_catalog_topics_and_seats():
    site_import.seed()

    products = queries.routable_products()
    assert len(products) == 64
    assert len(queries.listed_products()) == 59
    assert {
        each.slug: [o.short_name for o in each.stewards] for each in products if len(each.stewards) != 1
    } == {
        "kokkos": ["S4PST", "RAPIDS"],
        "tau": ["RAPIDS", "STEP"],
    }
    assert [each.short_name for each in queries.current_members()] == [
        "CORSA", "FASTMath", "LEADS", "PESO", "RAPIDS", "S4PST", "STEP",
    ]  # fmt: skip
    assert len(queries.areas()) == 8
    assert [each.status for each in queries.working_groups()].count("retired") == 1
    assert len(queries.working_groups()) == 7
    assert [each.slug for each in queries.topics()] == TOPICS
    assert sorted(db.session.scalars(sa.select(Organization.short_name).join(Seat))) == [
        each.short_name for each in queries.current_members()
    ]
    assert kinds() == {EventKind.ORGANIZATION_CHANGED, EventKind.TOPIC_CHANGED}


def test_every_bundled_topic_has_a_current_member_and_one_sentence():
    site_import.seed()

    for topic in queries.topics():
        assert [each for each in topic.organizations if not each.is_former], topic.slug
        assert topic.description.endswith(".")
        assert topic.description.count(".") == 1


def test_every_bundled_owner_exists():
    site_import.seed()

    named = {
        (name, each.slug) for each in bundled.topics() for name in (*each.organizations, *each.working_groups)
    }
    found = {(o.short_name, t.slug) for t in queries.topics() for o in t.organizations}
    found |= {(g.key, t.slug) for t in queries.topics() for g in t.working_groups}
    assert found == named


def test_a_second_start_does_nothing_at_all():
    site_import.seed()
    before = count(Event)

    assert catalog.seed_bundled() is False
    site_import.seed()

    assert (count(Event), count(CatalogImport)) == (before, 1)


def test_an_edited_topic_is_left_alone_by_a_newer_bundle(monkeypatch):
    site_import.seed()
    topic = queries.topics()[0]
    topic.description = "The administrator's words."
    monkeypatch.setattr(bundled, "digest", lambda: "0" * 64)

    assert catalog.seed_bundled() is True

    assert queries.topics()[0].description == "The administrator's words."
    assert len(queries.topics()) == 9


def test_a_newer_bundle_does_not_undo_an_import(site, monkeypatch):
    site_import.seed()
    site_import.import_site(site.root)
    monkeypatch.setattr(bundled, "digest", lambda: "0" * 64)

    site_import.seed()

    assert catalog.changes_to(read_site(site.root)) == []
    assert [each.key for each in queries.routable_products()] == ["kokkos"]


def test_topics_come_too_where_the_site_was_imported_first(site):
    site_import.import_site(site.root)

    site_import.seed()

    assert [each.slug for each in queries.topics()] == TOPICS
    assert {o.short_name for t in queries.topics() for o in t.organizations} == {"RAPIDS"}
    assert [each.key for each in queries.routable_products()] == ["kokkos"]


def test_the_bundle_holds_no_sentences_and_no_persons():
    text = (bundled.FOLDER / "catalog.yaml").read_text()

    assert "@" not in text
    assert "description" not in text
    assert max(len(line) for line in text.splitlines()) < 200


def test_the_bundle_differs_from_the_snapshot_only_in_links(shared):
    found = differences(bundled.catalog(), read_site(shared / "cass-site"))

    assert {field for each in found for field in each.fields} == {"links"}
    assert all(each.before is not None for each in found)


def test_the_snapshot_is_imported_once_and_then_differs_in_nothing(shared):
    first = site_import.import_site(shared / "cass-site")
    second = site_import.import_site(shared / "cass-site")

    assert (len(first.changes), first.problems) == (86, [])
    assert (second.changes, second.problems, second.owed) == ([], [], 0)
    assert (count(Organization), count(Product), count(Seat)) == (7, 64, 7)
    imported = db.session.scalars(sa.select(CatalogImport)).one()
    assert imported.source == "site cass-site"
    assert imported.counts == {"member": 7, "area": 8, "working group": 7, "product": 64}


def test_a_dry_run_says_the_same_and_changes_nothing(site):
    dry = site_import.import_site(site.root, dry_run=True)
    assert (count(Organization), count(Event), count(CatalogImport)) == (0, 0, 0)

    assert site_import.import_site(site.root).changes == dry.changes != []


def test_problems_are_told_and_the_rest_is_applied(site):
    site.product("broken", "name: [\n")

    report = site_import.import_site(site.root)

    assert report.problems == ["_software/broken.md: it is not valid YAML in line 2"]
    assert [each.key for each in queries.routable_products()] == ["kokkos"]


def test_a_product_whose_file_broke_is_not_retired(site):
    site_import.import_site(site.root)
    site.write("_software/kokkos.md", "broken")

    report = site_import.import_site(site.root)

    assert (report.changes, report.problems) == ([], ["_software/kokkos.md: it has no front matter"])
    assert [each.key for each in queries.listed_products()] == ["kokkos"]


def test_a_folder_that_is_no_site_changes_nothing(site, tmp_path):
    site_import.import_site(site.root)

    with pytest.raises(NoSite):
        site_import.import_site(tmp_path)

    assert len(queries.current_members()) == 2


def test_a_departed_member_votes_no_more_until_it_comes_back(site, time_machine):
    def standing():
        query = sa.select(Organization.short_name).join(Seat).where(Seat.until.is_(None))
        return sorted(db.session.scalars(query))

    time_machine.move_to("2026-03-02 10:00Z", tick=False)
    site_import.import_site(site.root)
    assert standing() == ["RAPIDS", "S4PST"]
    seat = db.session.scalars(
        sa.select(Seat).join(Organization).where(Organization.short_name == "RAPIDS")
    ).one()
    holder = factories.person(agent_of=seat.organization)
    factories.made(SeatTerm(seat=seat, person=holder, kind=TermKind.HOLDER, starts_on=today()))
    assert holder.seat_ids == {seat.id}

    time_machine.shift(timedelta(days=1))
    site.change("_data/organization.yml", "core\nofficers", "former\nofficers")
    site_import.import_site(site.root)
    assert (standing(), seat.until, holder.seat_ids) == (["S4PST"], now(), frozenset())

    time_machine.shift(timedelta(days=1))
    site.change("_data/organization.yml", "former\nofficers", "core\nofficers")
    site_import.import_site(site.root)

    assert (standing(), seat.since, seat.until) == (["RAPIDS", "S4PST"], now(), None)
    assert (holder.seat_ids, seat.terms[0].ends_on) == (frozenset(), today() - timedelta(days=1))


def test_what_a_departed_member_owes_waits_for_a_successor(site):
    site_import.import_site(site.root)
    s4pst, rapids = db.session.scalars(sa.select(Organization).order_by(Organization.short_name.desc()))
    kept = factories.assignment(factories.feedback(), s4pst)
    owed = factories.assignment(factories.feedback(), rapids, state=AssignmentState.ACKNOWLEDGED)
    answered = factories.assignment(factories.feedback(), rapids, state=AssignmentState.ANSWERED)
    db.session.commit()
    site.change("_data/organization.yml", "core\nofficers", "former\nofficers")

    report = site_import.import_site(site.root)

    assert report.owed == 1
    assert {each.id: each.state for each in db.session.scalars(sa.select(Assignment))} == {
        kept.id: AssignmentState.SENT,
        owed.id: AssignmentState.ACKNOWLEDGED,
        answered.id: AssignmentState.ANSWERED,
    }
    assert departures.departed_in_debt() == [(rapids, 1)]
    assert site_import.import_site(site.root).owed == 0


def test_changes_to_an_empty_directory_are_everything():
    assert len(catalog.changes_to(bundled.catalog())) == 86
    assert catalog.import_catalog(Catalog(), [], source="nothing") == []
    assert count(CatalogImport) == 0
