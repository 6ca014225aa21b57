"""A database that goes away in the middle of a fan-out and comes back loses nobody, and repeats next to nothing."""

import os
import time

import pytest

from cass_portal.config import Settings
from tests.crash.mail_list import mail_list
from tests.delivery.script import Script, following
from tests.postgres import SURVIVING, NoPostgres, cluster

pytestmark = [pytest.mark.once, pytest.mark.slow]

RECIPIENTS = 3_000
RESTARTS = 3
PATIENCE_SECONDS = 60


@pytest.fixture
def own_cluster():
    try:
        with cluster(SURVIVING) as made:
            yield made
    except NoPostgres as missing:
        if os.environ.get("CASS_REQUIRE_POSTGRES"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def wait_for(condition):
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_restart_in_mid_fan_out_loses_nobody(nursery, own_cluster):
    with following(Script()) as script:
        house = nursery(
            smtp_url=f"smtp://127.0.0.1:{script.port}",
            mails_per_minute="1000000",
            worker_seconds="0.05",
            database_url=own_cluster.url,
        )
        with mail_list(
            Settings(instance=house.instance, database_url=own_cluster.url), RECIPIENTS
        ) as readers:
            readers.publish()
            worker = house.start("worker")
            for number in range(RESTARTS):
                gone = (number + 1) * RECIPIENTS // (RESTARTS + 2)
                wait_for(lambda gone=gone: len(script.mails) >= gone)
                own_cluster.restart_at_once()
                readers.forget_connections()
            assert len(script.mails) < RECIPIENTS, "the restarts came too late"
            wait_for(lambda: readers.unfinished() == 0)

            assert house.runs(worker)
            house.kill(worker)
            # The mail under way at each restart; all others are noted again by the worker that sent them.
            readers.check(script.mails, repeats=RESTARTS)
