"""Workers that are killed in the middle of a fan-out leave nobody out, and repeat at most the mail under way."""

import random
import time

import pytest

from cass_portal.config import Settings
from tests.crash.mail_list import mail_list
from tests.delivery.script import Script, following

pytestmark = pytest.mark.slow

RECIPIENTS = 10_000
KILLS = 30
PATIENCE_SECONDS = 60


def wait_for_more(script, chance):
    """Until some mails more have gone out than when this was called, or nothing seems to be left."""
    wanted, until = len(script.mails) + chance.randrange(1, 150), time.monotonic() + 5
    while len(script.mails) < wanted and time.monotonic() < until:
        time.sleep(0.001)


def test_everybody_gets_it_once_though_workers_are_killed(nursery, own_database):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    with following(Script()) as script:
        house = nursery(
            smtp_url=f"smtp://127.0.0.1:{script.port}", mails_per_minute="1000000", **own_database
        )
        settings = Settings(instance=house.instance, **own_database)
        with mail_list(settings, RECIPIENTS) as readers:
            readers.publish()
            interrupted = 0
            for _ in range(KILLS):
                pid = house.start("worker")
                wait_for_more(script, chance)
                house.kill(pid)
                interrupted += readers.unfinished() != 0
                readers.expire_leases()
            last = house.start("worker")
            readers.wait_until_sent(PATIENCE_SECONDS)
            house.kill(last)

            assert interrupted == KILLS, f"the kills came too late, seed {seed}"
            readers.check(script.mails, repeats=KILLS)
