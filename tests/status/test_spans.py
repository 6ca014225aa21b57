"""Spans: what products are put to, replayed. Sequences that anybody might bring about, and the cases by name."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cass_portal.announcements.lifecycle import OVER, ProductLevel, Stage
from cass_portal.status import spans
from cass_portal.status.lifecycle import UPDATE
from cass_portal.status.spans import EditionFact, NoticeFacts, Span, UpdateFact, standing

L, S = ProductLevel, Stage
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE, TWO = 1, 2


def incident(levels=None, *, stage=S.INVESTIGATING, at=NOON, **fields):
    return EditionFact(at, stage, levels if levels is not None else {ONE: L.OUTAGE}, **fields)


def maintenance(*, starts=2, ends=4, follows=True, at=NOON):
    return EditionFact(
        at, S.SCHEDULED, {ONE: L.MAINTENANCE}, NOON + starts * HOUR, NOON + ends * HOUR, follows
    )


def of(*facts, withdrawn_at=None, at=NOON + 100 * HOUR, **options):
    editions = [each for each in facts if isinstance(each, EditionFact)]
    updates = [each for each in facts if isinstance(each, UpdateFact)]
    return standing(NoticeFacts(7, editions, updates, withdrawn_at), at, **options)


def drawn(found):
    """(product, level, hours from noon, until) of the spans."""

    def hours(instant):
        return None if instant is None else (instant - NOON) / HOUR

    return sorted((s.product, s.level, hours(s.since), hours(s.until)) for s in found.spans)


def test_an_incident_counts_from_its_publication_until_it_is_resolved():
    found = of(incident(), UpdateFact(NOON + HOUR, S.IDENTIFIED), UpdateFact(NOON + 5 * HOUR, S.RESOLVED))

    assert drawn(found) == [(ONE, L.OUTAGE, 0, 5)]
    assert (found.stage, found.is_open, found.counting) == (S.RESOLVED, False, {})
    assert found.before_end == {ONE: L.OUTAGE}


def test_levels_move_with_the_updates():
    found = of(
        incident({ONE: L.OUTAGE, TWO: L.ADVISORY}), UpdateFact(NOON + HOUR, S.MONITORING, {ONE: L.DEGRADED})
    )

    assert drawn(found) == [(ONE, L.DEGRADED, 1, None), (ONE, L.OUTAGE, 0, 1), (TWO, L.ADVISORY, 0, None)]
    assert found.is_open


def test_what_is_said_to_be_left_at_the_end_goes_on():
    found = of(
        incident({ONE: L.OUTAGE, TWO: L.OUTAGE}), UpdateFact(NOON + HOUR, S.RESOLVED, {TWO: L.ADVISORY})
    )

    assert drawn(found) == [(ONE, L.OUTAGE, 0, 1), (TWO, L.ADVISORY, 1, None), (TWO, L.OUTAGE, 0, 1)]
    assert found.is_open


def test_a_post_mortem_after_the_end_does_not_end_it_again():
    found = of(
        incident(),
        UpdateFact(NOON + HOUR, S.RESOLVED, {ONE: L.ADVISORY}),
        UpdateFact(NOON + 9 * HOUR, S.RESOLVED),
    )

    assert drawn(found) == [(ONE, L.ADVISORY, 1, None), (ONE, L.OUTAGE, 0, 1)]
    assert found.ended_at == NOON + HOUR


def test_withdrawal_ends_everything():
    found = of(incident(), withdrawn_at=NOON + 3 * HOUR)

    assert drawn(found) == [(ONE, L.OUTAGE, 0, 3)]
    assert (found.is_withdrawn, found.is_open, found.is_upcoming) == (True, False, False)


def test_a_withdrawal_in_the_future_of_the_question_does_not_count_yet():
    assert of(incident(), withdrawn_at=NOON + 3 * HOUR, at=NOON + HOUR).counting == {ONE: L.OUTAGE}


def test_an_edition_that_no_longer_names_a_product_ends_its_span():
    found = of(incident({ONE: L.OUTAGE, TWO: L.OUTAGE}), incident({TWO: L.OUTAGE}, at=NOON + 2 * HOUR))

    assert drawn(found) == [(ONE, L.OUTAGE, 0, 2), (TWO, L.OUTAGE, 0, None)]


def test_a_corrected_text_does_not_undo_updates():
    found = of(
        incident({ONE: L.OUTAGE}, ends_at=NOON + 8 * HOUR),
        UpdateFact(NOON + HOUR, S.MONITORING, {ONE: L.ADVISORY}, NOON + 9 * HOUR),
        incident({ONE: L.OUTAGE}, at=NOON + 2 * HOUR, ends_at=NOON + 8 * HOUR),
    )

    assert drawn(found) == [(ONE, L.ADVISORY, 1, None), (ONE, L.OUTAGE, 0, 1)]
    assert (found.stage, found.ends_at) == (S.MONITORING, NOON + 9 * HOUR)


def test_an_edition_that_says_something_new_counts():
    found = of(
        incident({ONE: L.ADVISORY}),
        UpdateFact(NOON + HOUR, S.IDENTIFIED),
        incident({ONE: L.OUTAGE, TWO: L.DEGRADED}, at=NOON + 2 * HOUR, ends_at=NOON + 8 * HOUR),
    )

    assert found.counting == {ONE: L.OUTAGE, TWO: L.DEGRADED}
    assert (found.stage, found.ends_at) == (S.IDENTIFIED, NOON + 8 * HOUR)


def test_an_edition_after_the_end_opens_nothing():
    found = of(
        incident({ONE: L.OUTAGE}),
        UpdateFact(NOON + HOUR, S.RESOLVED),
        incident({ONE: L.DEGRADED, TWO: L.OUTAGE}, at=NOON + 2 * HOUR),
    )

    assert drawn(found) == [(ONE, L.OUTAGE, 0, 1)]


def test_maintenance_counts_from_its_start_by_the_clock_until_its_end():
    assert drawn(of(maintenance())) == [(ONE, L.MAINTENANCE, 2, 4)]
    assert of(maintenance(), at=NOON + HOUR).is_upcoming
    assert of(maintenance(), at=NOON + 3 * HOUR).stage == S.IN_PROGRESS
    assert of(maintenance()).stage == S.COMPLETED


def test_maintenance_without_the_clock_waits_for_its_update():
    assert drawn(of(maintenance(follows=False))) == []
    assert of(maintenance(follows=False)).stage == S.SCHEDULED
    assert of(maintenance(), by_clock=False).stage == S.SCHEDULED


def test_maintenance_published_late_counts_from_its_publication():
    assert drawn(of(maintenance(at=NOON + 3 * HOUR))) == [(ONE, L.MAINTENANCE, 3, 4)]


def test_an_update_moves_the_end_of_a_maintenance_by_the_clock():
    found = of(maintenance(), UpdateFact(NOON + 3 * HOUR, S.IN_PROGRESS, {}, NOON + 7 * HOUR))

    assert drawn(found) == [(ONE, L.MAINTENANCE, 2, 7)]


def test_the_most_serious_of_open_spans_counts():
    spans_ = [
        Span(1, ONE, L.ADVISORY, NOON, None),
        Span(2, ONE, L.OUTAGE, NOON, None),
        Span(3, ONE, L.DEGRADED, NOON, None),
        Span(4, TWO, L.OUTAGE, NOON, NOON + HOUR),
    ]

    assert spans.levels(spans_) == {ONE: L.OUTAGE}


def test_a_day_ends_at_midnight_utc():
    midnight = datetime(2026, 3, 11, tzinfo=UTC)
    until_midnight = Span(1, ONE, L.OUTAGE, NOON, midnight)
    past_midnight = Span(1, TWO, L.OUTAGE, NOON, midnight + timedelta(seconds=1))

    found = spans.days(
        [until_midnight, past_midnight], first=date(2026, 3, 1), last=date(2026, 3, 31), now=midnight + DAY
    )

    assert found == {
        ONE: {date(2026, 3, 10): L.OUTAGE},
        TWO: {date(2026, 3, 10): L.OUTAGE, date(2026, 3, 11): L.OUTAGE},
    }


def test_days_do_not_depend_on_clocks_that_are_set_forward():
    """The day on which Berlin and New York skip an hour has as many hours in UTC as any other."""
    for day in (date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25)):
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        whole = Span(1, ONE, L.OUTAGE, begin, begin + DAY)

        found = spans.days([whole], first=day - 9 * DAY, last=day + 9 * DAY, now=begin + 5 * DAY)

        assert found == {ONE: {day: L.OUTAGE}}


def test_days_are_cut_to_the_window_and_to_now():
    open_span = Span(1, ONE, L.DEGRADED, NOON - 200 * DAY, None)

    found = spans.days([open_span], first=date(2026, 3, 9), last=date(2026, 3, 31), now=NOON)

    assert found == {ONE: {date(2026, 3, 9): L.DEGRADED, date(2026, 3, 10): L.DEGRADED}}


LEVELS = st.sampled_from(L)
SAID = st.dictionaries(st.integers(1, 4), LEVELS, max_size=4)


@st.composite
def notices(draw):
    """A notice as the acts would let it become: stages by the table, times that go on."""
    is_planned = draw(st.booleans())
    at = NOON
    first = EditionFact(
        at,
        S.SCHEDULED if is_planned else draw(st.sampled_from([S.INVESTIGATING, S.IDENTIFIED])),
        draw(SAID),
        draw(st.none() | st.integers(-5, 30).map(lambda h: NOON + h * HOUR)),
        draw(st.none() | st.integers(-5, 60).map(lambda h: NOON + h * HOUR)),
        is_planned and draw(st.booleans()),
    )
    editions, updates = [first], []
    for _ in range(draw(st.integers(0, 8))):
        at += draw(st.integers(0, 20)) * HOUR
        if draw(st.integers(0, 3)) == 0:
            editions.append(editions[-1]._replace(at=at, levels=draw(SAID)))
            continue
        stage = standing(NoticeFacts(7, editions, updates), at).stage
        target = draw(st.sampled_from([each.target for each in UPDATE.open_acts(stage)]))
        updates.append(UpdateFact(at, target, draw(SAID), draw(st.none() | st.just(at + 5 * HOUR))))
    withdrawn_at = draw(st.none() | st.just(at + HOUR))
    return NoticeFacts(7, editions, updates, withdrawn_at)


@given(notices(), st.integers(0, 300))
def test_spans_never_overlap_and_never_last_nothing(notice, hours):
    found = standing(notice, NOON + hours * HOUR)

    for product in {span.product for span in found.spans}:
        mine = sorted((s for s in found.spans if s.product == product), key=lambda s: s.since)
        assert all(span.until is None or span.since < span.until for span in mine)
        assert all(one.until is not None and one.until <= two.since for one, two in pairwise(mine))
        assert all(one.level != two.level for one, two in pairwise(mine) if one.until == two.since)
        assert all(span.level != L.NO_KNOWN_ISSUES for span in mine)


@given(notices(), st.integers(0, 300))
def test_the_level_now_is_that_of_the_last_span_if_it_is_open(notice, hours):
    at = NOON + hours * HOUR
    found = standing(notice, at)

    for product in range(1, 5):
        mine = sorted((s for s in found.spans if s.product == product), key=lambda s: s.since)
        last = mine[-1].level if mine and mine[-1].until is None else L.NO_KNOWN_ISSUES
        assert spans.levels(found.spans).get(product, L.NO_KNOWN_ISSUES) == last


@given(notices(), st.integers(0, 200), st.integers(0, 200))
def test_the_past_does_not_change(notice, early, more):
    """What was drawn up to an instant is drawn so later too, but that what was open may have been closed since."""
    before, after = standing(notice, NOON + early * HOUR), standing(notice, NOON + (early + more) * HOUR)

    known = {(s.product, s.level, s.since): s.until for s in after.spans}
    for span in before.spans:
        key = (span.product, span.level, span.since)
        if key not in known:  # changed at the very instant it began
            assert span.since == NOON + early * HOUR
            continue
        assert span.until in (None, known[key])
        assert span.until is not None or known[key] is None or known[key] >= NOON + early * HOUR


@given(notices())
def test_nothing_counts_ahead_of_its_start_or_after_its_withdrawal(notice):
    found = standing(notice, NOON + 500 * HOUR)

    assert all(span.since >= notice.editions[0].at for span in found.spans)
    if notice.withdrawn_at is not None:
        assert all(span.until is not None and span.until <= notice.withdrawn_at for span in found.spans)


@given(notices(), st.integers(0, 300))
def test_days_are_exactly_those_that_spans_touch(notice, hours):
    """Compared with a count hour by hour."""
    now = NOON + hours * HOUR
    found = standing(notice, now)
    first, last = date(2026, 3, 1), now.date()

    expected = {}
    for span in found.spans:
        at, until = span.since, span.until or now
        while at < until or (span.until is None and at <= until):
            day = expected.setdefault(span.product, {})
            day[at.date()] = max(
                day.get(at.date(), L.NO_KNOWN_ISSUES), span.level, key=lambda each: each.severity
            )
            at += HOUR
    assert spans.days(found.spans, first=first, last=last, now=now) == expected


@given(notices())
def test_an_ended_notice_is_open_only_where_something_was_left(notice):
    found = standing(notice, NOON + 500 * HOUR)

    if found.stage in OVER:
        assert found.is_open == bool(found.counting)
        assert found.ended_at is not None


def test_the_clock_begins_nothing_twice():
    """What was ended by hand before its time stays ended; what is verified stays so until its end."""
    ended = of(maintenance(), UpdateFact(NOON + 3 * HOUR, S.COMPLETED))
    verified = of(maintenance(), UpdateFact(NOON + 3 * HOUR, S.VERIFYING), at=NOON + 3.5 * HOUR)

    assert drawn(ended) == [(ONE, L.MAINTENANCE, 2, 3)]
    assert (ended.stage, ended.is_open) == (S.COMPLETED, False)
    assert verified.stage == S.VERIFYING
