"""Files with feedback and with replies: stored before the commit, served to whom they are for, removed and tidied."""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback import actions
from cass_portal.feedback.attachments import background, checking
from cass_portal.feedback.models import Attachment
from cass_portal.storage import Folder, new_key
from cass_portal.web import uploads
from tests import factories
from tests.feedback import files
from tests.feedback.pages import TYPED, events, form_key, give, link_to, soup, stored, words

SERVED = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@pytest.fixture
def store(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.extensions, "attachments", Folder(tmp_path / "files"))
    return app.extensions["attachments"]


def sent(*named):
    return [(io.BytesIO(octets), name) for name, octets in named]


def rows():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Attachment).order_by(Attachment.id)))


def keys(store):
    return sorted(name for name, _ in store.listed())


def test_files_come_with_feedback_and_their_author_gets_them_back(client, store):
    log, picture = ("run.log", b"no compiler\n"), ("ada@home.png", files.telling_picture("PNG"))

    location = give(client, files=sent(log, picture)).location

    first, second = rows()
    assert [(each.name, each.media_type, each.state, each.message_id) for each in (first, second)] == [
        ("run.log", "text/plain", "ready", None),
        ("ada@home.png", "image/png", "ready", None),
    ]
    assert keys(store) == sorted([first.key, second.key])
    assert files.CANARY.encode() not in b"".join(store.read(second.key))
    page = client.get(location.partition("?")[0])
    links = [each["href"] for each in soup(page).select(".files a")]
    assert links == [f"{location.partition('?')[0]}/attachments/{each.id}" for each in (first, second)]
    answer = client.get(links[0])
    assert answer.data == b"no compiler\n"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (
        answer.headers["Content-Disposition"] == "attachment; filename=\"run.log\"; filename*=UTF-8''run.log"
    )
    assert {name: answer.headers[name] for name in SERVED} == SERVED
    assert "Set-Cookie" not in answer.headers


def test_files_come_with_a_reply(client, store):
    item = factories.feedback()
    link = link_to(item)

    answer = client.send(
        f"{link}/replies", {"text": "The log you asked for.", "files": sent(("run.log", b"x\n"))}
    )

    (row,) = rows()
    assert answer.status_code == 303
    assert (row.feedback_id, row.message_id) == (item.id, item.messages[0].id)
    assert client.get(f"{link}/attachments/{row.id}").data == b"x\n"


def test_a_refused_file_is_said_with_its_reason_and_nothing_is_stored(client, store):
    answer = give(client, files=sent(("page.html", b"<html>"), ("fine.log", b"x")))

    assert answer.status_code == 422
    said = soup(answer).select_one("#files-error").get_text()
    assert "page.html: This kind of file is not taken" in said
    assert "choose your files once more" in said
    assert (stored(), rows(), keys(store)) == ([], [], [])


def test_other_errors_say_that_the_files_have_to_be_chosen_again(client, store):
    answer = give(client, subject="", files=sent(("fine.log", b"x")))

    assert answer.status_code == 422
    assert "choose your files once more" in soup(answer).select_one("#files-error").get_text()
    assert keys(store) == []


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (("page.html", b"<html>"), "page.html: This kind of file is not taken"),
        (("nothing.log", b""), "nothing.log: This file is empty"),
        (("long.log", b"x" * 21), "long.log: This file is larger than 10 MB"),
    ],
)
def test_what_the_beginning_shows_is_said_beside_other_errors(client, store, monkeypatch, file, why):
    monkeypatch.setattr(checking, "LARGEST", 20)

    answer = give(client, subject="", files=sent(("fine.log", b"x"), file))

    said = soup(answer).select_one("#files-error").get_text()
    assert why in said
    assert "fine.log" not in said
    assert "choose your files once more" in said
    assert keys(store) == []


def test_at_most_five_are_taken_at_a_time(client, store):
    answer = give(client, files=sent(*((f"{each}.log", b"x") for each in range(6))))

    assert answer.status_code == 422
    assert "at most 5 files" in words(answer)
    assert keys(store) == []


def test_the_same_form_again_stores_no_file_twice(client, store):
    key = form_key(client)
    locations = {give(client, form_key=key, files=sent(("a.log", b"x"))).location for _ in range(2)}

    assert len(locations) == 1
    assert len(rows()) == len(keys(store)) == 1

    answer = give(client, form_key=key, files=sent(("a.log", b"another")))
    assert answer.status_code == 422
    assert "with another text" in words(answer)
    assert len(rows()) == len(keys(store)) == 1


def test_bodies_are_long_only_where_files_are_taken(app, client):
    long = b"x" * 450_000
    token = {"csrf_token": client.csrf()}
    link = link_to(factories.feedback())

    def send(path):
        return client.post(path, data={**token, "files": (io.BytesIO(long), "x.log")}).status_code

    assert [send(path) for path in ("/feedback/new", f"{link}/replies")] == [422, 422]
    assert [send(path) for path in (f"{link}/verdict", f"{link}/withdrawal", "/feedback/return")] == [413] * 3
    form = "multipart/form-data; boundary=x"
    too_long = client.post(
        "/feedback/new", content_type=form, environ_overrides={"CONTENT_LENGTH": "60000000"}
    )
    assert too_long.status_code == 413


def test_14_a_flood_of_parts_or_of_text_is_refused(client):
    field = b'--x\r\nContent-Disposition: form-data; name="subject"\r\n\r\nx\r\n'
    text = b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\n' + b"x" * 400_000 + b"\r\n"

    for body in (field * 100_000, text):
        answer = client.post(
            "/feedback/new", data=body + b"--x--\r\n", content_type="multipart/form-data; boundary=x"
        )
        assert answer.status_code == 413


@pytest.fixture
def matter(store):
    """A matter of ALPHA with a file of its own, of a message, of a note of ALPHA's and of one of coordinators."""
    alpha, bravo = factories.organization("ALPHA"), factories.organization("BRAVO")
    item = factories.feedback(visibility="private")
    factories.assignment(item, alpha)
    message = actions.reply(item, "More.")
    db.session.flush()
    made = {}
    for name, of in {
        "own": {},
        "message": {"message": message},
        "waiting": {"state": "waiting"},
        "removed": {"state": "removed"},
    }.items():
        made[name] = an_attachment(store, item, name, **of)
    db.session.commit()
    return item, alpha, bravo, made


def an_attachment(store, item, name, **of):
    key = new_key()
    store.put(key, io.BytesIO(name.encode()))
    fields = {"state": "ready", "media_type": "text/plain", "size": len(name), "digest": "0" * 64} | of
    return factories.made(Attachment(feedback=item, key=key, name=f"{name}.log", added_at=now(), **fields))


def opened(browser, prefix, made):
    return {
        name
        for name, each in made.items()
        if browser.get(f"{prefix}/attachments/{each.id}").status_code == 200
    }


def test_who_may_open_what(app, client, browser_of, matter):
    item, alpha, bravo, made = matter
    desk = f"/feedback/{item.reference}"

    assert opened(client, desk, made) == set()
    assert opened(browser_of(factories.person("B", agent_of=bravo)), desk, made) == set()
    assert opened(browser_of(factories.person("A", agent_of=alpha)), desk, made) == {"own", "message"}
    assert opened(browser_of(factories.coordinator()), desk, made) == {"own", "message"}
    assert opened(client, link_to(item), made) == {"own", "message"}
    assert opened(client, link_to(factories.feedback("Another")), made) == set()
    assert opened(browser_of(factories.coordinator()), "/feedback/CASS-00000", made) == set()


def test_everybody_opens_what_came_with_a_public_matter_and_no_more(client, browser_of, matter):
    item, _, bravo, made = matter
    item.visibility = item.author_visibility = "public"
    db.session.commit()
    desk = f"/feedback/{item.reference}"
    assert opened(client, desk, made) == set()  # no coordinator has published it

    item.published_at = now()
    db.session.commit()

    assert opened(client, desk, made) == {"own"}
    assert opened(browser_of(factories.person("B", agent_of=bravo)), desk, made) == {"own"}
    assert [each.get_text() for each in soup(client.get(f"{desk}/")).select(".files a")] == ["own.log"]


def test_what_is_for_coordinators_alone_opens_for_no_member(browser_of, matter):
    item, alpha, _, made = matter
    item.visibility = "coordinators"
    db.session.commit()

    assert (
        opened(browser_of(factories.person("A", agent_of=alpha)), f"/feedback/{item.reference}", made)
        == set()
    )


def test_a_members_own_note_keeps_its_file_to_itself(client, browser_of, store):
    from cass_portal.casework import actions as casework

    alpha, bravo = factories.organization("ALPHA"), factories.organization("BRAVO")
    item = factories.feedback()
    for each in (alpha, bravo):
        factories.assignment(item, each)
    agent = factories.person("A", agent_of=alpha)
    note = casework.note(item, "See the log.", by=agent, organization=alpha)
    db.session.flush()
    made = {
        "note": an_attachment(store, item, "note", note_id=note.id, organization=alpha, person_id=agent.id)
    }
    db.session.commit()
    desk = f"/feedback/{item.reference}"

    assert (
        opened(browser_of(agent), desk, made)
        == opened(browser_of(factories.coordinator()), desk, made)
        == {"note"}
    )
    assert opened(browser_of(factories.person("B", agent_of=bravo)), desk, made) == set()
    assert opened(client, link_to(item), made) == set()


def test_a_coordinator_removes_a_file_with_a_reason(client, browser_of, matter, store):
    item, alpha, _, made = matter
    path = f"/feedback/{item.reference}/attachments/{made['own'].id}/removal"
    browser = browser_of(factories.coordinator())

    assert browser_of(factories.person("A", agent_of=alpha)).send(path, {"reason": "x"}).status_code == 403
    assert browser.send(path, {"reason": ""}).status_code == 422
    assert browser.send(path, {"reason": "It shows a password."}).status_code == 303

    gone = db.session.get(Attachment, made["own"].id)
    assert (gone.state, gone.detail) == ("removed", "It shows a password.")
    assert events()[-1] == "feedback.attachment_removed"
    assert gone.key not in keys(store)
    assert browser.send(path, {"reason": "Again"}).status_code == 404
    page = client.get(link_to(item))
    assert "It shows a password." in words(page)
    assert opened(client, link_to(item), made) == {"message"}


def test_the_desk_lists_the_files(browser_of, matter):
    item, alpha, _, _ = matter
    assignment = item.assignments[0]

    for browser, path in (
        (browser_of(factories.coordinator()), f"/desk/triage/{item.reference}/"),
        (browser_of(factories.person("A", agent_of=alpha)), f"/desk/inbox/{assignment.id}/"),
    ):
        page = soup(browser.get(path))
        assert [each.get_text() for each in page.select(".files bdi")] == [
            "own.log", "message.log", "waiting.log", "removed.log",
        ]  # fmt: skip


def test_what_no_row_names_is_tidied_once_it_is_old(store, matter):
    made = matter[3]
    store.put("f" * 32, io.BytesIO(b"never committed"))
    kept = sorted(made[name].key for name in ("own", "message", "waiting"))

    assert background.tidy(store, now()) == 0
    assert background.tidy(store, now() + timedelta(hours=2)) == 2

    assert keys(store) == kept


def test_the_files_of_purged_feedback_go_with_it(app, client, store):
    give(client, email="ada@example.org", files=sent(("a.log", b"x")))
    assert len(keys(store)) == 1

    assert actions.purge_unconfirmed(now() + timedelta(days=31)) == 1
    db.session.commit()
    background.tidy(store, now() + timedelta(hours=2))

    assert (rows(), keys(store), stored()) == ([], [], [])


def test_a_file_missing_in_the_store_is_a_404(client, matter, store):
    item, made = matter[0], matter[3]
    store.delete(made["own"].key)

    assert client.get(f"{link_to(item)}/attachments/{made['own'].id}").status_code == 404


def test_hostile_names_stay_names(client, store):
    from tests import hostile

    name = "".join(hostile.MARKUP[:3]) + '"\r\nSet-Cookie: x=1;\u202e.log'
    location = give(client, **TYPED, files=sent((name, b"x"))).location.partition("?")[0]

    (row,) = rows()
    answer = client.get(f"{location}/attachments/{row.id}")
    assert "Set-Cookie" not in answer.headers
    assert soup(client.get(location)).select(".files script") == []


def test_14_looking_at_files_has_a_limit_of_its_own(client, rate_limited, monkeypatch):
    monkeypatch.setattr(uploads, "UPLOADS", "3 per hour")
    key = form_key(client)

    refused = [give(client, form_key=key, files=sent(("a.html", b"<html>"))).status_code for _ in range(3)]

    assert refused == [422] * 3
    assert give(client, form_key=key).status_code == 303
    assert give(client, form_key=key, files=sent(("a.log", b"x"))).status_code == 429
    assert give(client, form_key=key, files=sent(("", b""), ("a.log", b"x"))).status_code == 429


def test_few_forms_with_files_are_looked_at_at_once(client, monkeypatch):
    """Else a few small pictures with many pixels would keep every thread of the server waiting."""
    monkeypatch.setattr(uploads, "LOOKED_AT", uploads.Places(6, 1))
    key, a_file = form_key(client), sent(("a.html", b"<html>"))
    uploads.LOOKED_AT.take("127.0.0.1")

    answer = give(client, form_key=key, files=a_file)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert TYPED["body"] in answer.get_data(as_text=True)

    uploads.LOOKED_AT.leave("127.0.0.1")
    assert [give(client, form_key=key, files=sent(("a.html", b"<html>"))).status_code for _ in range(2)] == [
        422
    ] * 2
