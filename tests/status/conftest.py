"""Members, people, products and notices that the status tests share."""

from types import SimpleNamespace

import pytest

from cass_portal.announcements.lifecycle import AnnouncementKind, ProductLevel, Stage
from tests import factories


@pytest.fixture
def house(app):
    """Two members with an agent each, two coordinators, a product of each member and one of both."""
    alpha, beta = factories.organization("ALPHA"), factories.organization("BETA")
    return SimpleNamespace(
        alpha=alpha,
        beta=beta,
        solver=factories.product("Solver", stewards=[alpha]),
        mesher=factories.product("Mesher", stewards=[beta]),
        shared=factories.product("Shared", stewards=[alpha, beta]),
        agent=factories.person("Avery Agent", agent_of=alpha),
        other=factories.person("Olu Other", agent_of=beta),
        author=factories.coordinator("Ada Author"),
        second=factories.coordinator("Sam Second"),
    )


@pytest.fixture
def incident(house):
    """incident(levels, …): a published notice; by default the solver is out."""

    def publish(levels=None, *, title="Solver is down", slug="solver-is-down", **fields):
        levels = {house.solver: ProductLevel.OUTAGE} if levels is None else levels
        return factories.announcement(
            title, by=house.author, slug=slug, kind=AnnouncementKind.STATUS, products=list(levels), levels=levels,
            organizations=[house.alpha], **({"stage": Stage.INVESTIGATING} | fields),
        )  # fmt: skip

    return publish


@pytest.fixture
def maintenance(incident, house):
    """maintenance(starts_at, ends_at, …): a published maintenance of the solver, by the clock unless told otherwise."""

    def publish(starts_at, ends_at, *, title="Solver moves", slug="solver-moves", **fields):
        return incident(
            {house.solver: ProductLevel.MAINTENANCE}, title=title, slug=slug, stage=Stage.SCHEDULED,
            starts_at=starts_at, ends_at=ends_at, **({"follows_clock": True} | fields),
        )  # fmt: skip

    return publish
