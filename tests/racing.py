"""Several people at the same moment, each in a thread, a session and a transaction of their own."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.db import db
from cass_portal.policy import NotPermitted
from cass_portal.transitions import ActRefused

SECOND = (ActRefused, NotPermitted, StaleDataError, NoResultFound)
"""How who comes second is told so; what is not there any more is a 404."""
PATIENCE = 30


def together(app: Any, *acts: Callable[[], Callable[[], object]]) -> list[str]:
    """What came of each act, in its order: “done”, or the name of the refusal; anything else fails the test.

    Each reads first and is given back as what it then does: on PostgreSQL none acts before all have read. SQLite lets
    one in after the other.
    """
    db.session.commit()
    db.session.remove()
    have_read = threading.Barrier(len(acts), timeout=PATIENCE)
    came_of = ["nothing" for _ in acts]

    def take(place: int, prepare: Callable[[], Callable[[], object]]) -> None:
        with app.app_context():
            try:
                act = prepare()
                if db.engine.dialect.name == "postgresql":
                    have_read.wait()
                act()
                db.session.commit()
                came_of[place] = "done"
            except SECOND as refusal:
                came_of[place] = type(refusal).__name__
            except Exception as error:  # noqa: BLE001 any other is a failure, told by its words
                came_of[place] = f"failed: {error!r}"[:400]
            finally:
                db.session.remove()

    threads = [threading.Thread(target=take, args=each) for each in enumerate(acts)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE)
    assert [each for each in came_of if each.startswith(("failed", "nothing"))] == []
    return came_of
