from tests import factories


def test_a(app):
    from cass_portal.db import db
    o = factories.organization("S4PST")
    p = factories.person(agent_of=o)
    item = factories.feedback()
    a = factories.assignment(item, o)
    factories.answer(a, p)
    factories.announcement(by=p)
    db.session.commit()
    assert item.state == "routed"
    from cass_portal.search import best_first
    import sqlalchemy as sa
    assert db.session.scalars(best_first("runs happened", sa.true(), limit=5)).all() == [item.id]


def test_b(client):
    assert client.get("/design").status_code == 200
