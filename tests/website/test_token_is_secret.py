"""The repository's token is in the settings and on the wire to GitHub, and nowhere else."""

import logging

import pytest

from tests.security.test_forgery import content
from tests.website.deeds import publish
from tests.website.fake_github import TOKEN


@pytest.mark.parametrize("status", [None, 401, 403, 422, 500])
def test_no_page_no_row_and_no_line_of_the_log_holds_it(status, wired, site, browser_of, caplog):
    caplog.set_level(logging.DEBUG)
    if status is not None:
        site.github.fail("GET", "/pulls$", status=status)
    document = publish(site.house)

    site.work()

    assert site.github.calls
    browser = browser_of(site.house.author)
    pages = [browser.get(path).text for path in ("/desk/web-site/", f"/desk/announcements/{document.slug}/")]
    for where in (*pages, caplog.text, str(content()), repr(site.settings), str(site.settings.model_dump())):
        assert TOKEN not in where
