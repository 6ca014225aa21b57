"""From a publication to one pull request, whatever GitHub and the network do on the way."""

import logging
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal import worker
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.history import Event, EventKind
from cass_portal.website import actions, background, wire
from cass_portal.website.github import open_github
from cass_portal.website.lifecycle import RequestState
from cass_portal.website.models import SiteRequest
from cass_portal.website.news_file import news_file
from cass_portal.website.wire import GitHubFailed
from tests.website.conftest import strictly
from tests.website.deeds import correct, publish, reinstate, say, withdraw
from tests.website.fake_github import TOKEN, blob_sha

S = RequestState
BRANCH = "portal/spack-release"
RESET = str(2_000_000_000)
WRITES = {
    "the branch": ("POST", "/git/refs$"),
    "the file": ("PUT", "/contents/"),
    "the request": ("POST", "/pulls$"),
    "the label": ("POST", "/labels$"),
}


def request_of(document):
    db.session.expire_all()
    return db.session.scalars(sa.select(SiteRequest).where(SiteRequest.announcement_id == document.id)).one()


def said_of(document):
    query = sa.select(Event).where(
        Event.announcement_id == document.id, Event.kind == EventKind.ANNOUNCEMENT_SITE_REQUEST
    )
    return [each.detail["state"] for each in db.session.scalars(query.order_by(Event.id))]


def wanted(document, settings):
    db.session.expire_all()
    return news_file(document, public_url=settings.public_url)


def assert_one_request(github, document, settings, *, commits=1):
    """One branch, one open request with its label, and on the branch the file as it should be."""
    file = wanted(document, settings)
    branch = f"portal/{document.slug}"
    assert github.repository.created_branches == [branch]
    assert [(each["head"]["ref"], each["labels"]) for each in github.repository.open_pulls()] == [
        (branch, ["preview"])
    ]
    assert github.repository.tree(branch)[file.path] == file.content.encode()
    assert len(set(github.repository.branches[branch]) - set(github.repository.branches["main"])) == commits


def until_done(work, document, *, rounds=12):
    """The worker's rounds, each after the wait that it asked for."""
    for _ in range(rounds):
        work()
        request = request_of(document)
        if request.state != S.WAITING:
            return
        request.due_at = now()
        request.leased_until = None
    raise AssertionError("it is never sent")


def test_a_publication_becomes_one_request_with_its_label(github, settings, house, work):
    document = publish(house)

    first, second = work(), work()

    assert (first, second) == (True, False)
    assert_one_request(github, document, settings)
    assert github.writes() == [
        "POST /git/refs",
        f"PUT /contents/{wanted(document, settings).path}",
        "POST /pulls",
        "POST /issues/1/labels",
    ]
    request = request_of(document)
    assert (request.state, request.number, request.branch) == (S.OPEN, 1, BRANCH)
    assert request.url == "https://github.example.org/example-site/example-site.github.io/pull/1"
    assert (request.sent_digest, request.sent_edition) == (request.wanted_digest, 1)
    assert (request.attempts, request.error, request.leased_until) == (0, None, None)
    assert said_of(document) == ["open"]


def test_no_words_of_anybody_stand_outside_of_the_file(github, house, work):
    publish(house, title="Fixes #12, says @somebody", summary="closes #13", body="resolves #14 @anybody")

    work()

    (pull,) = github.repository.pulls
    assert pull["title"] == "News from the portal: spack-release"
    assert "#" not in pull["body"]
    assert "@" not in pull["body"]


def test_nothing_is_asked_without_a_token_or_a_repository(app, github, settings, house):
    publish(house)
    db.session.commit()

    for missing in ("github_token", "github_repository"):
        bare = Settings(**(settings.model_dump() | {missing: ""}))
        assert background.work(bare, strictly) is False

    assert github.calls == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SiteRequest)) == 0


def test_drafts_and_acts_of_long_ago_lead_to_no_request(github, house, work):
    from cass_portal.announcements.lifecycle import EditionState

    publish(house, slug="a-draft", state=EditionState.DRAFT)
    with time_machine.travel(now() - timedelta(days=8), tick=False):
        publish(house, slug="of-last-week")
    kept = publish(house, slug="of-today")

    work()

    assert [each["head"]["ref"] for each in github.repository.pulls] == [f"portal/{kept.slug}"]


def test_later_editions_and_a_withdrawal_are_commits_on_the_open_request(github, settings, house, work):
    document = publish(house)
    work()
    correct(document, house, title="A corrected release")
    work()
    withdraw(document, house)
    work()

    assert_one_request(github, document, settings, commits=3)
    assert (
        b"Withdrawn: A corrected release" in github.repository.tree(BRANCH)[wanted(document, settings).path]
    )
    assert said_of(document) == ["open", "open", "open"]
    assert request_of(document).sent_edition == 2


def test_what_changes_nothing_in_the_file_asks_nothing(github, house, work):
    document = publish(house)
    work()
    before = list(github.calls)

    say(document, EventKind.ANNOUNCEMENT_RATIFIED, house.second)

    assert work() is True
    assert work() is False
    assert github.calls == before


@pytest.mark.parametrize("squash", [False, True], ids=["merged", "squashed"])
def test_after_a_merge_the_branch_starts_anew_and_asks_again(github, settings, house, work, squash):
    document = publish(house)
    work()
    github.repository.merge(1, squash=squash)
    with time_machine.travel(now() + actions.POLL, tick=False):
        work()
    assert request_of(document).state == S.MERGED

    correct(document, house, title="A corrected release")
    work()

    assert_one_request(github, document, settings)
    assert len(github.repository.pulls) == 2
    assert (request_of(document).state, request_of(document).number) == (S.OPEN, 2)
    assert said_of(document) == ["open", "merged", "open"]


def test_a_request_that_was_closed_stays_closed_until_there_is_news_or_somebody_asks(
    github, settings, house, work
):
    document = publish(house)
    work()
    github.repository.close(1)
    with time_machine.travel(now() + actions.POLL, tick=False):
        work()
        assert request_of(document).state == S.CLOSED
        assert work() is False

        actions.send_again(document, wanted(document, settings), by=house.author)
        work()

    assert_one_request(github, document, settings)
    assert request_of(document).number == 2
    assert said_of(document) == ["open", "closed", "waiting", "open"]


def test_what_the_site_has_already_is_not_asked_for(github, settings, house, work):
    document = publish(house)
    file = wanted(document, settings)
    github.repository.commit("main", file.path, file.content.encode())

    work()

    assert github.writes() == []
    assert request_of(document).state == S.MERGED


def test_what_the_site_took_back_can_be_asked_for_again(github, settings, house, work):
    """The branch holds nothing that the base has not seen, though the file is gone there."""
    document = publish(house)
    work()
    github.repository.merge(1)
    path = wanted(document, settings).path
    github.repository.commit("main", path, b"taken back by hand\n")
    withdraw(document, house)
    with time_machine.travel(now() + actions.POLL, tick=False):
        work()
    github.repository.close(2)
    github.repository.branches[BRANCH] = github.repository.branches["main"][:]
    github.repository.files[github.repository.branches[BRANCH][-1]][path] = wanted(
        document, settings
    ).content.encode()
    github.repository.commit("main", path, b"taken back again\n")
    with time_machine.travel(now() + 3 * actions.POLL, tick=False):
        work()
        actions.send_again(document, wanted(document, settings), by=house.author)
        work()

    assert [each["number"] for each in github.repository.open_pulls()] == [3]
    assert github.repository.tree(BRANCH)[path] == wanted(document, settings).content.encode()


def test_a_reinstated_document_is_sent_as_it_was(github, settings, house, work):
    document = publish(house)
    work()
    original = github.repository.tree(BRANCH)[wanted(document, settings).path]
    withdraw(document, house)
    work()
    reinstate(document, house)
    work()

    assert github.repository.tree(BRANCH)[wanted(document, settings).path] == original
    assert_one_request(github, document, settings, commits=3)


@pytest.mark.parametrize("write", WRITES)
def test_an_answer_that_was_lost_leads_to_no_second_of_anything(github, settings, house, work, write):
    github.fail(*WRITES[write], lost=True)
    document = publish(house)

    until_done(work, document)

    assert_one_request(github, document, settings)
    assert len(github.repository.pulls) == 1


@pytest.mark.parametrize(
    ("write", "status"), [("the branch", 500), ("the file", 502), ("the request", 503), ("the label", 408)]
)
def test_a_server_that_is_not_well_is_asked_again(site, write, status):
    site.github.fail(*WRITES[write], status=status, times=2)
    document = publish(site.house)

    site.work()
    request = request_of(document)
    assert (request.state, request.attempts, request.error) == (
        S.WAITING,
        1,
        f"GitHub is not well ({status}).",
    )
    assert timedelta(minutes=1) <= request.due_at - now() + timedelta(seconds=5) <= timedelta(minutes=1.3)
    until_done(site.work, document)

    assert_one_request(site.github, document, site.settings)


@pytest.mark.parametrize("calls", range(9))
def test_a_worker_killed_after_any_call_is_followed_by_one_that_finishes(site, calls, monkeypatch):
    """Killed: nothing is caught, nothing is noted, and its lease runs out."""

    class Killed(BaseException):
        pass

    document = publish(site.house)
    db.session.commit()
    left = [calls]
    call = wire.Wire.call

    def until_killed(self, *args, **kwargs):
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        return call(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(wire.Wire, "call", until_killed)
        try:
            background.work(site.settings, strictly)
        except Killed:
            db.session.rollback()
    with time_machine.travel(now() + actions.LEASE + timedelta(seconds=1), tick=False):
        until_done(site.work, document)

    assert_one_request(site.github, document, site.settings)
    assert len(site.github.repository.pulls) == 1


def test_a_branch_that_somebody_made_meanwhile_is_used(github, settings, house, work):
    def made_by_somebody():
        github.repository.branches[BRANCH] = github.repository.branches["main"][:]
        github.repository.created_branches.append(BRANCH)

    github.fail("POST", "/git/refs$", lost=False, status=0, before=made_by_somebody)
    document = publish(house)

    work()

    assert_one_request(github, document, settings)


def test_a_request_that_somebody_made_meanwhile_is_used(github, settings, house, work):
    def made_by_somebody():
        github.repository.pulls.append(
            {"number": 1, "html_url": "https://github.example.org/x/y/pull/1", "state": "open", "merged_at": None,
             "head": {"ref": BRANCH}, "labels": []}
        )  # fmt: skip

    github.fail("POST", "/pulls$", status=0, before=made_by_somebody)
    document = publish(house)

    work()

    assert_one_request(github, document, settings)


def test_a_file_that_changes_under_the_hand_is_read_again(github, settings, house, work):
    document = publish(house)
    path = wanted(document, settings).path
    github.fail(
        "PUT", "/contents/", status=0, before=lambda: github.repository.commit(BRANCH, path, b"somebody's\n")
    )
    github.fail(
        "PUT", "/contents/", status=0, before=lambda: github.repository.commit(BRANCH, path, b"more\n")
    )

    work()

    assert_one_request(github, document, settings, commits=3)
    assert [call.partition(" ")[0] for call in github.writes()].count("PUT") == 3


def test_a_file_that_keeps_changing_is_left_for_later(github, settings, house, work):
    document = publish(house)
    path = wanted(document, settings).path
    for number in range(3):
        content = f"{number}\n".encode()
        github.fail(
            "PUT", "/contents/", status=0, before=lambda c=content: github.repository.commit(BRANCH, path, c)
        )

    work()

    assert request_of(document).error == f"The file on branch {BRANCH} keeps changing."
    until_done(work, document)
    assert_one_request(github, document, settings)


@pytest.mark.once
@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (403, {"Retry-After": "600"}, 600),
        (429, {"Retry-After": "90"}, 90),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772534000"}, 1_000),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772534000"}, 1_000),
        (429, {}, 60),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": RESET}, 86_400),
        (429, {"Retry-After": "99999999999999"}, 86_400),
        (429, {"Retry-After": "-5"}, 60),
        (429, {"Retry-After": "soon", "X-RateLimit-Reset": "later"}, 60),
    ],
)
def test_a_rate_limit_is_waited_for_and_is_no_failure(site, status, headers, wait):
    body = {"message": "API rate limit exceeded for user ID 1."}
    with time_machine.travel(1_772_533_000, tick=False):
        site.github.fail("GET", "/pulls$", status=status, headers=headers, body=body)
        one, other = publish(site.house), publish(site.house, slug="another")
        site.work()
        calls = list(site.github.calls)

        assert [request_of(each).due_at.timestamp() for each in (one, other)] == [1_772_533_000 + wait] * 2
        assert [(request_of(each).state, request_of(each).attempts) for each in (one, other)] == [
            (S.WAITING, 0)
        ] * 2
        assert site.work() is False
        assert site.github.calls == calls == ["GET /pulls"]
    with time_machine.travel(1_772_533_000 + wait, tick=False):
        site.work()

    assert len(site.github.repository.open_pulls()) == 2


@pytest.mark.parametrize(
    ("status", "more", "words"),
    [
        (401, {"body": {"message": "Bad credentials"}}, "GitHub does not accept GITHUB_TOKEN"),
        (403, {"body": {"message": "Resource not accessible by personal access token"}}, "GITHUB_TOKEN may not"),
        (404, {"body": {"message": "Not Found"}}, "GitHub knows no example-site/"),
        (422, {"body": {"message": "Invalid", "errors": [{"code": "x"}]}}, "GitHub refuses the request"),
        (301, {"headers": {"Location": "https://elsewhere.example.org/"}}, "example-site/example-site.github.io has"),
        (410, {"body": [1]}, "GitHub refuses the request (GET, 410)."),
    ],
)  # fmt: skip
def test_what_cannot_help_itself_fails_with_words_and_is_told_once(site, status, more, words, caplog):
    caplog.set_level(logging.DEBUG)
    site.github.fail("GET", "/pulls$", status=status, **more)
    document = publish(site.house)

    site.work()

    request = request_of(document)
    assert (request.state, request.due_at) == (S.FAILED, None)
    assert request.error.startswith(words)
    assert site.work() is False
    assert said_of(document) == ["failed"]
    assert [call for call in site.github.calls if "elsewhere" in call] == []
    assert TOKEN not in caplog.text + request.error

    actions.send_again(document, wanted(document, site.settings), by=site.house.author)
    site.work()
    assert_one_request(site.github, document, site.settings)


def test_a_wrong_token_and_a_wrong_base_are_named(app, github, settings, house, work):
    document = publish(house)
    db.session.commit()
    background.work(Settings(**(settings.model_dump() | {"github_token": "wrong"})), strictly)
    assert "does not accept GITHUB_TOKEN" in request_of(document).error

    actions.send_again(document, wanted(document, settings), by=house.author)
    db.session.commit()
    other = Settings(**(settings.model_dump() | {"github_base": "main"}))
    del github.repository.branches["main"]
    background.work(other, strictly)

    assert request_of(document).error.startswith("There is no branch “main” in example-site/")


def test_a_label_that_is_refused_does_not_hide_the_request(github, house, work):
    github.fail("POST", "/labels$", status=403, body={"message": "Resource not accessible by integration"})
    document = publish(house)

    work()

    request = request_of(document)
    assert (request.state, request.number) == (S.FAILED, 1)
    assert request.url.endswith("/pull/1")


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[" * 100_000, b"{}", b"[{}]", b'{"message": 1}', b"", b'[{"head": {"ref": "portal/spack-release"}}]'],
    ids=["html", "deep", "object", "other", "odd", "nothing", "no number"],
)  # fmt: skip
def test_an_answer_that_is_none_is_a_failure_of_the_moment(github, settings, house, work, body):
    github.fail("GET", "/pulls$", status=200, body=body)
    document = publish(house)

    work()

    request = request_of(document)
    assert (request.state, request.attempts) == (S.WAITING, 1)
    assert request.error.startswith("GitHub's answer ")
    until_done(work, document)
    assert_one_request(github, document, settings)


def test_a_slow_and_an_endless_answer_are_cut_off(github, settings, house, work, monkeypatch):
    monkeypatch.setattr(wire, "CALL_SECONDS", 0.3)
    github.fail("GET", "/pulls$", status=200, body=b"[" + b" " * 50 + b"]", drip=0.05)
    document = publish(house)
    work()
    assert request_of(document).error == "GitHub's answer takes too long."

    monkeypatch.setattr(wire, "CALL_SECONDS", 20)
    github.fail("GET", "/pulls$", status=200, body=b" " * (wire.ANSWER_BYTES + 1))
    request_of(document).due_at = now()
    work()
    assert request_of(document).error == "GitHub's answer is too long."


def test_a_server_that_is_not_there_is_tried_eight_times(app, github, settings, house, work):
    document = publish(house)
    db.session.commit()
    nowhere = Settings(**(settings.model_dump() | {"github_api": "http://127.0.0.1:9"}))

    waits = []
    for _ in range(8):
        db.session.commit()
        background.work(nowhere, strictly)
        request = request_of(document)
        if request.due_at:
            waits.append(round((request.due_at - now()).total_seconds() / 60))
            request.due_at = now()

    assert (request_of(document).state, request_of(document).attempts) == (S.FAILED, 8)
    assert request_of(document).error == "GitHub does not answer (ConnectError)."
    assert [
        least <= wait <= least * 1.2
        for least, wait in zip((1, 5, 15, 60, 240, 720, 1440), waits, strict=True)
    ]
    assert said_of(document) == ["failed"]


def test_a_poll_that_fails_leaves_an_open_request_open(github, house, work):
    document = publish(house)
    work()
    github.fail("GET", "/pulls/1$", status=401, body={"message": "Bad credentials"})

    with time_machine.travel(now() + actions.POLL, tick=False):
        work()
        request = request_of(document)
        assert (request.state, request.attempts) == (S.OPEN, 1)
        assert request.due_at - now() >= timedelta(hours=24)
    assert said_of(document) == ["open"]


def test_a_text_that_changes_while_it_is_sent_is_sent_next(app, github, settings, house, work):
    document = publish(house)

    def another_act():
        with app.app_context():
            fresh = db.session.get(type(document), document_id)
            correct(fresh, house_of(fresh), title="Newer")
            db.session.commit()
            background._mark(settings, strictly)

    def house_of(fresh):
        class House:
            author, second = fresh.created_by, fresh.created_by
            alpha = fresh.public_edition.organizations[0]

        return House

    db.session.commit()
    document_id = document.id
    github.fail("POST", "/labels$", status=0, before=another_act)

    work()
    assert request_of(document).state == S.WAITING
    work()

    assert_one_request(github, document, settings, commits=2)
    assert b"Newer" in github.repository.tree(BRANCH)[wanted(document, settings).path]
    assert request_of(document).state == S.OPEN


def test_two_workers_at_once_make_one_request_each_document(app, github, settings, house):
    documents = [publish(house, slug=f"item-{number}") for number in range(4)]
    db.session.commit()
    start = threading.Barrier(3)
    failures = []

    def one_worker():
        with app.app_context():
            start.wait()
            try:
                while background.work(settings, strictly):
                    pass
            except Exception as error:
                failures.append(error)
                raise

    workers = [threading.Thread(target=one_worker) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert failures == []
    assert sorted(each["head"]["ref"] for each in github.repository.pulls) == [
        f"portal/item-{number}" for number in range(4)
    ]
    assert [request_of(each).state for each in documents] == [S.OPEN] * 4
    assert [said_of(each) for each in documents] == [["open"]] * 4


def test_two_that_offer_the_same_at_once_still_make_one(github, settings, house):
    """As after a lease that ran out while its holder was still at it."""
    document = publish(house)
    db.session.flush()
    file = wanted(document, settings)
    actions.mark(document, file)
    db.session.flush()
    parcel = background.parcel_of(request_of(document), file, public_url=settings.public_url)
    start = threading.Barrier(2)
    found, failures = [], []

    def offer():
        with open_github(settings) as there:
            start.wait()
            try:
                found.append(there.offer(parcel).number)
            except GitHubFailed as failure:
                failures.append(failure.permanent)

    threads = [threading.Thread(target=offer) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert set(found) == {1}
    assert True not in failures
    assert len(github.repository.pulls) == 1
    assert github.repository.created_branches == [BRANCH]
    assert github.repository.tree(BRANCH)[file.path] == file.content.encode()


def test_the_worker_does_it_among_its_other_steps(wired, github, settings, house, outbox):
    document = publish(house)
    db.session.commit()

    worker.tick(wired)

    assert_one_request(github, document, settings)


def test_coordinators_and_administrators_hear_of_a_failure(wired, github, house, outbox):
    from tests import factories

    factories.administrator(email="root@example.org")
    github.fail("GET", "/pulls$", status=401, body={"message": "Bad credentials"})
    publish(house)
    db.session.commit()
    worker.tick(wired)

    mails = {mail["To"]: mail for mail in outbox()}

    assert set(mails) == {"ada@example.org", "sam@example.org", "tess@example.org", "root@example.org"}
    mail = mails["root@example.org"]
    assert mail["Subject"] == "Not on the web site: A release of Spack"
    assert "does not accept GITHUB_TOKEN" in mail.get_body(("plain",)).get_content()
    assert "/desk/web-site/" in mail.get_body(("plain",)).get_content()


def test_every_call_carries_the_token_and_the_version(github, house, work):
    publish(house)

    work()

    assert {
        (
            each["Authorization"],
            each["X-Github-Api-Version"] if "X-Github-Api-Version" in each else each["X-GitHub-Api-Version"],
        )
        for each in github.headers
    } == {(f"Bearer {TOKEN}", "2022-11-28")}


def test_the_blob_is_named_as_git_names_it(settings, house):
    document = publish(house, body="naïve — ✓")
    db.session.flush()
    file = wanted(document, settings)
    actions.mark(document, file)
    db.session.flush()
    parcel = background.parcel_of(request_of(document), file, public_url=settings.public_url)

    assert parcel.blob == blob_sha(file.content.encode())
