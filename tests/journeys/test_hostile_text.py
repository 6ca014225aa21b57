"""Threat 3: hostile text in every field, read in Chromium with the policy that would catch it switched off."""

from itertools import islice

import pytest
import sqlalchemy as sa

from cass_portal.announcements import actions as announcing
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import AnnouncementKind, SignOff, SignOffStance
from cass_portal.casework import actions as casework
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.models import Visibility
from cass_portal.people.models import Person
from cass_portal.text import TextRefused, check_markdown, clean, clean_line
from tests.hostile import NAUGHTY
from tests.journeys.people import sign_in_for
from tests.journeys.polyglots import POLYGLOTS
from tests.journeys.portals import inside, running_demonstration

pytestmark = [pytest.mark.once, pytest.mark.browser]

STRINGS = tuple(dict.fromkeys([*POLYGLOTS, *NAUGHTY]))
ITEMS = 12
"""Matters and announcements that share the strings among them."""
ACTIVE = """() => [...document.querySelectorAll('*')].flatMap(e => {
  const name = e.localName, found = [];
  const never = 'iframe object embed base math video audio marquee plaintext noscript style'.split(' ');
  if (never.includes(name)) found.push(name);
  if (name === 'img' && !/^\\/products\\/[a-z0-9-]+\\/feedback\\.svg$/.test(e.getAttribute('src'))) found.push(name);
  if (name === 'script' && !(e.src.startsWith(location.origin + '/static/') && !e.textContent)) found.push(name);
  if (name === 'svg' && !e.classList.contains('icon') && !e.closest('.wordmark')) found.push(name);
  if (name === 'meta' && e.httpEquiv) found.push('meta refresh');
  for (const a of e.attributes) {
    if (/^on/i.test(a.name) || a.name === 'style' || a.name === 'srcdoc') found.push(`${name}[${a.name}]`);
    if (['href', 'src', 'action', 'formaction', 'xlink:href', 'data'].includes(a.name)) {
      const target = new URL(a.value, location.href);
      const isForeign = name !== 'a' && target.origin !== location.origin;
      const isPlain = ['http:', 'https:', 'mailto:'].includes(target.protocol);
      if (isForeign || !isPlain) found.push(`${name}[${a.name}=${a.value.slice(0, 40)}]`);
    }
  }
  return found;
})"""


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory, shared_by_workers):
    """One of its own: nobody else wants to meet these strings."""
    with running_demonstration(shared_by_workers, tmp_path_factory.mktemp("hostile")) as portal:
        yield portal


def shares():
    """The strings in ITEMS equal shares."""
    turns = iter(STRINGS)
    size = -(-len(STRINGS) // ITEMS)
    return [list(islice(turns, size)) for _ in range(ITEMS)]


def is_taken(text):
    try:
        check_markdown(clean(text))
    except TextRefused:
        return False
    return True


def plant(demonstration):
    """Every string in every field that takes it. The addresses of the pages that show them, by who reads them."""
    with inside(demonstration):
        robin, sam = db.session.scalars(
            sa.select(Person).where(Person.is_coordinator).order_by(Person.id).limit(2)
        )
        agent = db.session.scalar(sa.select(Person).where(Person.email == "agent.s4pst@example.org"))
        s4pst = db.session.scalar(sa.select(Organization).where(Organization.short_name == "S4PST"))
        kokkos = db.session.scalar(sa.select(Product).where(Product.slug == "kokkos"))
        public, desk, inbox = [], [], []
        for share in shares():
            item, assignment, secret = live_through(share, s4pst, kokkos, coordinator=robin, agent=agent)
            slug = announce(share, s4pst, kokkos, author=robin, second=sam)
            public += [f"/feedback/{item.reference}/", f"/f/{secret}", f"/announcements/{slug}/"]
            desk += [f"/desk/triage/{item.reference}/", f"/desk/announcements/{slug}/1/"]
            inbox += [f"/desk/inbox/{assignment.id}/"]
        db.session.commit()
    public += ["/", "/feedback/", "/announcements/", "/products/kokkos/", "/members/S4PST/"]
    return (
        public,
        [*desk, "/desk/triage/?tab=all", "/desk/announcements/?show=published", "/desk/"],
        [*inbox, "/desk/inbox/"],
    )


def live_through(share, s4pst, kokkos, *, coordinator, agent):
    """One matter whose subject, texts and answers are made of `share`."""
    everything = clean("\n\n".join(share))
    line = next((clean_line(each)[:190] for each in share if 3 < len(clean_line(each)) < 190), "x")
    item = feedback.submit(
        subject=line, body=everything, visibility=Visibility.PUBLIC, products=[kokkos],
        name=clean_line(share[1])[:110] or "x", affiliation=clean_line(share[2])[:190] or "x",
    )  # fmt: skip
    db.session.flush()
    secret = feedback.mint_follow_link(item)
    casework.accept(item, by=coordinator)
    casework.publish_item(item, by=coordinator)
    casework.note(item, everything, by=coordinator)
    reason = clean(share[3])
    because = [clean_line(each) for each in share]
    casework.route(item, s4pst, role=AssignmentRole.LEAD, by=coordinator, reason=reason, because=because)
    db.session.flush()
    (assignment,) = item.assignments
    casework.note(item, everything, by=agent, organization=s4pst)
    casework.ask(item, everything, by=agent, acting_for=s4pst)
    feedback.reply(item, everything)
    answer = clean("\n\n".join(each for each in share if is_taken(each)))
    casework.draft_answer(
        assignment,
        answer,
        outcome=Outcome.DECLINED,
        target=clean_line(share[4])[:190],
        reason=everything[:2000],
        by=agent,
    )
    db.session.flush()
    casework.release_answer(assignment, by=agent)
    return item, assignment, secret


def announce(share, s4pst, kokkos, *, author, second):
    texts = [clean_line(each) for each in share if clean_line(each)]
    document = announcing.create(
        kind=AnnouncementKind.NEWS,
        title=min(texts, key=lambda text: abs(len(text) - 100))[:140],
        summary=" ".join(texts)[:300],
        body=clean("\n\n".join(each for each in share if is_taken(each))),
        organizations=[s4pst],
        products=[kokkos],
        by=author,
    )
    db.session.flush()
    edition = document.latest_edition
    # House style would send such texts back: what keeps them harmless must not depend on it.
    edition.state, edition.agreed_hash = EditionState.AGREED, edition.text_hash
    edition.sign_offs.append(
        SignOff(
            person=second, stance=SignOffStance.AGREE, text_hash=edition.text_hash, at=now(),
            remark=clean("\n\n".join(share))[:1000],
        )
    )  # fmt: skip
    announcing.publish(edition, by=second)
    return document.slug


def test_no_string_becomes_active_on_any_page_that_shows_it(visit, demonstration):
    assert len(STRINGS) >= 300
    public, desk, inbox = plant(demonstration)
    reader, coordinator, agent = (visit(bypass_csp=True) for _ in range(3))
    coordinator.sign_in_as("Robin Coordinator")
    sign_in_for(agent, "Agent", "S4PST")

    found = {}
    for window, paths in ((reader, public), (coordinator, desk), (agent, inbox)):
        for path in paths:
            window.open(path)
            hits = window.page.evaluate("() => window.__hit || 0")
            active = window.page.evaluate(ACTIVE)
            if hits or active:
                found[path] = (hits, active)
    assert found == {}


def test_a_page_without_escaping_would_be_noticed(chromium):
    """The watch itself: the strings are alive where nobody escapes them."""
    page = chromium.new_page()
    alive = 0
    for text in POLYGLOTS[::9]:
        page.set_content(f"<!doctype html><title>x</title><main>{text}</main>")
        alive += bool(page.evaluate("() => window.__hit || 0") or page.evaluate(ACTIVE))
    page.close()

    assert alive > len(POLYGLOTS[::9]) / 2
