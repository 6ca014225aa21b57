"""Whatever stands in an address, in its path or behind its question mark: an answer, never a failure."""

import re
from urllib.parse import quote

import pytest

from tests import factories, hostile
from tests.security import world as worlds
from tests.security.overrides import overrides_of
from tests.security.parameters import watched
from tests.security.routes import address, calls

NUMBERS = ["-1", "²", "9223372036854775808", "9" * 5_000]
PLACES = ["a99999999999999999-1", "99991231-999999999", "CASS-00000"]
"""Nearly what pages use to say where a list goes on."""
BYTES = ["a%00b", "%ED%A0%80", "%0d%0aX-Evil:1"]
"""As they stand in the address: bytes that are no text, text that is no prose."""
LONG = ["wide word " * 500]
OF_URL_FOR = "endpoint=x&self=x&values=x&_method=X&_scheme=x&_external=&_anchor=x"
"""Names that mean something to whoever builds an address from what stands in one."""
TEXTS = [*hostile.INJECTION[6:14:4], hostile.CHARACTERS[3], hostile.MARKUP[0], *LONG, *NUMBERS, *PLACES]
ENCODED = [*(quote(each.encode("utf-8", "surrogatepass"), safe="") for each in TEXTS), *BYTES]


SHARP = sorted({*BYTES, *NUMBERS[2:4], quote(TEXTS[0])})
"""What can differ between databases: bytes, large numbers, and a quotation mark or two."""
ALONE = (BYTES[0], NUMBERS[2])


@pytest.fixture
def values(database_kind):
    return ENCODED if database_kind == "sqlite" else SHARP


@pytest.fixture
def world(app):
    return worlds.build()


@pytest.fixture
def browser(app, world, browser_of):
    """Of somebody with every role, so that no page is closed."""
    everything = factories.person(
        "Omni Potent", lead_of=[world.people["lead"].organizations[0]], is_coordinator=True, is_administrator=True
    )  # fmt: skip
    signed_in = browser_of(everything)
    signed_in.checks_pages = False
    return signed_in


def pages(app, world):
    """(rule, address) of everything that is looked at."""
    return [
        (rule, address(app, rule, world.values, overrides_of(world)))
        for _, method, rule in calls(app)
        if method == "GET"
    ]


def failures(browser, addresses):
    return {each[:120]: status for each in addresses if (status := failure(browser.get(each))) is not None}


def failure(answer):
    is_one = answer.status_code >= 500 or "\n" in answer.headers.get("Location", "")
    return answer.status_code if is_one else None


def together(names, value, *, ending=""):
    return "&".join(f"{quote(name)}{ending}={value}" for name in sorted(names))


def test_no_parameter_makes_a_page_fail(app, world, browser, values, database_kind):
    """Every value for all parameters of a page; on the first engine also each twice, and the sharpest values for each
    alone where, given together, one of them kept the page from looking at the others.
    """
    found, known = {}, 0
    for _, page in pages(app, world):
        with watched() as asked:
            found |= failures(browser, [f"{page}?&=&=="])
        known += len(asked)
        if asked and database_kind == "sqlite":
            one = together(asked, "9" * 40)
            found |= failures(
                browser, [f"{page}?{one}&{one}", f"{page}?{together(asked, '9' * 40, ending='[]')}"]
            )
        for value in values if asked else ():
            address_of_all = f"{page}?{together(asked, value)}"
            with watched() as reached:
                answer = browser.get(address_of_all)
            if failure(answer):
                found[address_of_all[:120]] = answer.status_code
            if value in ALONE and database_kind == "sqlite":
                left = asked if answer.status_code != 200 else asked - reached
                found |= failures(browser, [f"{page}?{together([name], value)}" for name in sorted(left)])

    assert known > 20
    assert found == {}


def test_no_value_in_a_path_makes_a_page_fail(app, world, browser, values):
    addresses = []
    for rule, page in pages(app, world):
        named = {**world.values, **overrides_of(world).get(rule.endpoint, {})}
        for name in rule.arguments:
            piece = quote(str(named[name]), safe="")
            head, found, tail = page.rpartition(piece) if name != "slug" else page.partition(piece)
            if not found:
                continue
            addresses += [f"{head}{value}{tail}" for value in values]

    assert failures(browser, addresses) == {}


def test_no_number_in_a_path_makes_an_act_fail(app, world, browser):
    found = {}
    for _, method, rule in calls(app):
        numbers = [name for name in rule.arguments if name.endswith(("_id", "number"))]
        if method != "POST" or not numbers:
            continue
        values = {**world.values, **overrides_of(world).get(rule.endpoint, {})}
        for number in (0, 2**31, 2**63, 10**40):
            page = filled(rule, {**values, numbers[-1]: number})
            answer = browser.send(page)
            if answer.status_code >= 500:
                found[page] = answer.status_code

    assert found == {}


def filled(rule, values):
    """The rule's address with `values`, also those that it would not match."""
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda match: str(values[match.group(1)]), rule.rule)
