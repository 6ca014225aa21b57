"""What other rooms and pages read of the directory."""

from datetime import date

import pytest

from cass_portal.db import db
from cass_portal.directory import queries
from cass_portal.directory.lifecycle import Level
from cass_portal.directory.search import Directory, narrowed
from tests import factories

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def federation():
    """Two members and a former one; a shown, a hidden and a retired product; two topics."""
    s4pst = factories.organization("S4PST", name="Stewardship for Programming Systems")
    rapids = factories.organization("rapids")
    left = factories.organization("ALEFT", level=Level.FORMER)
    runtimes, tools = factories.area("Programming models"), factories.area("Development tools")
    factories.product(
        "Open MPI",
        stewards=[s4pst, rapids],
        areas=[runtimes, tools],
        spack_names=["openmpi"],
        e4s_names=["OMPI"],
    )
    factories.product("aml", stewards=[rapids], areas=[tools])
    factories.product("Loose")
    factories.product("Hidden", stewards=[s4pst], published=False)
    factories.product("Gone", stewards=[s4pst], retired_on=date(2026, 1, 1))
    group = factories.working_group("Workforce")
    factories.topic("Training", organizations=[rapids], groups=[group])
    factories.topic("Metrics", organizations=[s4pst, left])
    db.session.commit()
    return {"S4PST": s4pst, "rapids": rapids, "ALEFT": left}


def names(rows):
    return [each.name for each in rows]


def one(query):
    return db.session.scalars(query).unique().one_or_none()


def test_the_public_sees_listed_products_by_name_and_routing_hidden_ones_too(federation):
    assert names(queries.listed_products()) == ["aml", "Loose", "Open MPI"]
    assert names(queries.routable_products()) == ["aml", "Hidden", "Loose", "Open MPI"]


def test_the_names_alone_are_those_that_routing_knows(federation):
    assert names(queries.product_names()) == ["aml", "Hidden", "Loose", "Open MPI"]


@pytest.mark.parametrize(
    ("slug", "is_found"),
    [("aml", True), ("hidden", False), ("gone", False), ("AML", False), ("nothing", False)],
)
def test_a_product_is_found_by_its_address(federation, slug, is_found):
    assert (one(queries.product_by_slug(slug)) is not None) == is_found


def test_members_come_by_short_name_whatever_the_case_former_ones_last(federation):
    assert [each.short_name for each in queries.organizations()] == ["rapids", "S4PST", "ALEFT"]
    assert [each.short_name for each in queries.current_members()] == ["rapids", "S4PST"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("S4PST", "S4PST"), ("s4pst", "S4PST"), ("aleft", "ALEFT"), ("%", None), ("_4PST", None)],
)
def test_a_member_is_found_in_any_letter_case(federation, asked, found):
    row = one(queries.member_by_short_name(asked))

    assert (row.short_name if row else None) == found


def test_administrators_manage_all_organizations_and_leads_their_own(federation):
    def managed(actor):
        return {each.short_name for each in db.session.scalars(queries.managed_by(actor))}

    assert managed(factories.administrator()) == {"S4PST", "rapids", "ALEFT"}
    assert managed(factories.person(lead_of=federation["S4PST"])) == {"S4PST"}
    assert managed(factories.person(agent_of=federation["S4PST"])) == set()
    assert managed(factories.coordinator()) == set()


def test_what_an_organization_stewards_and_looks_after(federation):
    assert names(queries.products_of(federation["S4PST"])) == ["Open MPI"]
    assert names(queries.topics_of(federation["S4PST"])) == ["Metrics"]
    assert names(queries.products_of(federation["rapids"])) == ["aml", "Open MPI"]
    assert names(queries.topics_of(federation["rapids"])) == ["Training"]
    assert queries.products_of(federation["ALEFT"]) == []


def test_products_and_topics_are_found_by_what_a_form_sends(federation):
    sent = ["open-mpi", "training", "nothing", "hidden", "gone", "open-mpi", "%"]

    assert [names(rows) for rows in queries.about_by_slugs(sent)] == [["Open MPI"], ["Training"]]
    assert [names(rows) for rows in queries.about_by_slugs(sent, listed=False)] == [
        ["Hidden", "Open MPI"],
        ["Training"],
    ]
    assert queries.about_by_slugs([]) == ([], [])


def test_the_picker_offers_topics_and_each_listed_product_once(federation):
    groups = queries.about_groups()

    assert [(heading, [option[:2] for option in options]) for heading, options in groups] == [
        ("Topics", [("training", "Training"), ("metrics", "Metrics")]),
        ("Programming models", [("open-mpi", "Open MPI")]),
        ("Development tools", [("aml", "aml")]),
        ("Other products", [("loose", "Loose")]),
    ]
    words = {option[0]: option[2] for _, options in groups for option in options}
    assert words["open-mpi"] == "open-mpi openmpi OMPI S4PST rapids Programming models Development tools"


def found_by(text):
    whole = Directory(
        members=queries.current_members(),
        former=[each for each in queries.organizations() if each.is_former],
        topics=queries.topics(),
        groups=queries.working_groups(),
        products=queries.listed_products(),
    )
    found = narrowed(whole, text.split())
    rows = [*found.members, *found.former, *found.topics, *found.groups, *found.products]
    return {getattr(each, "short_name", each.name) for each in rows}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("open mpi", {"Open MPI"}),
        ("openmpi", {"Open MPI"}),
        ("OMP", {"Open MPI"}),
        ("mpi s4", {"Open MPI"}),
        ("programming", {"S4PST", "Open MPI"}),
        ("development tools", {"Open MPI", "aml"}),
        ("rapids", {"rapids", "Training", "Open MPI", "aml"}),
        ("train", {"Training"}),
        ("workforce", {"Training", "Workforce"}),
        ("left", set()),
        ("aleft", {"ALEFT", "Metrics"}),
        ("pi", set()),
        ("nothing", set()),
    ],
)
def test_a_search_finds_beginnings_of_words_of_names_packages_areas_stewards_and_topics(
    federation, text, expected
):
    assert found_by(text) == expected


def test_an_empty_search_shows_everything(federation):
    assert found_by("") == {
        "S4PST", "rapids", "ALEFT", "Training", "Metrics", "Workforce", "Open MPI", "aml", "Loose",
    }  # fmt: skip
