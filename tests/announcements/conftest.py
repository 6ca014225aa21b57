"""People and organizations that the announcement tests share."""

from types import SimpleNamespace

import pytest

from tests import factories


@pytest.fixture
def house(app):
    """One member with a lead and an agent, another member, two coordinators and a product."""
    alpha, beta = factories.organization("ALPHA"), factories.organization("BETA")
    return SimpleNamespace(
        alpha=alpha,
        beta=beta,
        product=factories.product("Solver", stewards=[alpha]),
        lead=factories.person("Lee Lead", lead_of=alpha),
        agent=factories.person("Avery Agent", agent_of=alpha),
        other=factories.person("Olu Other", lead_of=beta),
        author=factories.coordinator("Ada Author"),
        second=factories.coordinator("Sam Second"),
        third=factories.coordinator("Tess Third"),
    )
