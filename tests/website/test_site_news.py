"""The site's own news, as people write it, becomes an archive of titles, days, first words and addresses."""

from datetime import date

import pytest
import sqlalchemy as sa

from cass_portal import site_import
from cass_portal.announcements.models import ArchiveEntry
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.catalog import NoSite
from cass_portal.directory.models import CatalogImport
from cass_portal.website.site_news import NewsItem, read_news
from tests.website.deeds import publish

CONFIG = "url: https://site.example.org\nbaseurl: ''\ncollections:\n  news:\n    output: true\n"
PLAIN = "---\ntitle: A poster\n---\nA *new* [poster](https://x.example.org/).\n\nMore.\n"


@pytest.fixture
def checkout(tmp_path):
    """checkout(name=text …) writes news; its `root` is the checkout."""
    (tmp_path / "_news").mkdir()
    (tmp_path / "_config.yml").write_text(CONFIG)

    def write(**files):
        for name, text in files.items():
            path = tmp_path / "_news" / f"{name.replace('_', '-')}.md"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return write


def entries():
    db.session.expire_all()
    return db.session.scalars(sa.select(ArchiveEntry).order_by(ArchiveEntry.key)).all()


def summary_of(checkout, body, front=""):
    news = read_news(checkout(**{"2026_01_02_x": f"---\ntitle: x\n{front}---\n{body}"}))
    assert news.problems == []
    return news.items[0].summary


def test_an_item_is_read_with_the_address_that_the_site_gives_it(checkout):
    assert read_news(checkout(**{"2026_07_21_poster": PLAIN})).items == [
        NewsItem(
            "2026-07-21-poster",
            "A poster",
            "A new poster.",
            date(2026, 7, 21),
            "https://site.example.org/news/2026-07-21-poster.html",
        )
    ]


@pytest.mark.parametrize(
    ("config", "front", "url"),
    [
        ("url: https://x.example.org\nbaseurl: /cass\n", "", "https://x.example.org/cass/news/2026-01-02-a.html"),
        ("url: https://x.example.org\npermalink: pretty\n", "", "https://x.example.org/news/2026-01-02-a/"),
        ("url: https://x.example.org\ncollections: {news: {permalink: '/:collection/:year/:title'}}\n", "",
         "https://x.example.org/news/2026/a"),
        ("url: https://x.example.org\n", "permalink: /the/poster/\n", "https://x.example.org/the/poster/"),
        ("url: https://x.example.org\n", "permalink: javascript:alert(1)\n", "https://x.example.org/news/2026-01-02-a.html"),
    ],
)  # fmt: skip
def test_addresses_follow_the_sites_permalinks(checkout, config, front, url):
    root = checkout(**{"2026_01_02_a": f"---\ntitle: x\n{front}---\nWords.\n"})
    (root / "_config.yml").write_text(config)

    assert [each.url for each in read_news(root).items] == [url]


@pytest.mark.parametrize(
    ("body", "summary"),
    [
        ("{% comment %}\nHidden.\n\nHidden too.\n{% endcomment %}\n\nSeen.", "Seen."),
        ("{% comment %}never ended\n\nHidden.", ""),
        ("<!-- hidden\n\nstill -->Seen.", "Seen."),
        ("<!-- never ended\n\nhidden", ""),
        ('{% capture x %}{% include y label="Hidden" %}{% endcapture %}\n\nSeen {{ x }}it.', "Seen it."),
        ("{%- assign a = site.time | date: '%Y' -%}\n\nSeen.", "Seen."),
        ("See the [group]({% link _working-groups/metrics.md %}).", "See the group."),
        ("# A heading\n\n<table><tr><td>cell</td></tr></table>\n\n* list\n\nSeen.", "Seen."),
        (
            "<script>alert(1)</script>\n\nA <b onclick=x>bold</b> word &amp; more{: .x onclick=y}",
            "A bold word & more",
        ),
        ("{{ unended\n\nHidden.", ""),
        ("![picture](x.png)\n\nSeen.", "Seen."),
        ("x" * 45_000 + "\n\nSeen.", "Seen."),
        ("{% raw %}{{ hidden }}{% endraw %}\n\nSeen.", "Seen."),
        ("", ""),
    ],
)
def test_neither_liquid_nor_comments_nor_markup_are_shown(checkout, body, summary):
    assert summary_of(checkout, body) == summary


def test_the_front_matters_own_words_win(checkout):
    assert summary_of(checkout, "Body.", 'excerpt: "The *gist* {{ x }}of it"\n') == "The gist of it"


def test_a_long_paragraph_is_cut_at_a_word(checkout):
    summary = summary_of(checkout, "word " * 200)

    assert len(summary) <= 300
    assert summary.endswith("word…")


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(checkout):
    root = checkout(
        **{
            "2026_01_01_good": PLAIN,
            "2026_01_02_no_title": "---\nlayout: x\n---\nWords.\n",
            "2026_01_03_no_front": "Words.\n",
            "2026_01_04_bad_yaml": "---\ntitle: [\n---\nWords.\n",
            "2026_01_05_twice": "---\ntitle: a\ntitle: b\n---\n",
            "2026_01_06_binary": b"---\ntitle: \xff\n---\n",
            "no_day": PLAIN,
            "2026_13_45_odd_day": PLAIN,
            "2026_01_07_not_there": "---\ntitle: x\npublished: false\n---\n",
            "README": "Read me.",
            "TEMPLATE": PLAIN,
        }
    )

    news = read_news(root)

    assert [each.key for each in news.items] == ["2026-01-01-good"]
    assert news.problems == [
        "_news/2026-01-02-no-title.md: it has no title",
        "_news/2026-01-03-no-front.md: it has no front matter",
        "_news/2026-01-04-bad-yaml.md: it is not valid YAML in line 2",
        "_news/2026-01-05-twice.md: “title” is given twice",
        "_news/2026-01-06-binary.md: it is not UTF-8 text",
        "_news/2026-13-45-odd-day.md: neither its name nor its front matter says its day",
        "_news/no-day.md: neither its name nor its front matter says its day",
    ]


def test_liquid_in_a_title_is_not_shown(checkout):
    root = checkout(**{"2026_01_02_x": "---\ntitle: 'A {{ x }}title {% y %}'\n---\n"})

    assert read_news(root).items[0].title == "A title"


@pytest.mark.parametrize(("config", "words"), [("title: x\n", "--site-url"), (None, "--site-url")])
def test_an_address_is_needed_from_somewhere(checkout, config, words):
    root = checkout(**{"2026_01_02_a": PLAIN})
    (root / "_config.yml").unlink()
    if config:
        (root / "_config.yml").write_text(config)

    with pytest.raises(NoSite, match=words):
        read_news(root)
    assert read_news(root, site_url="https://y.example.org/").items[0].url == (
        "https://y.example.org/news/2026-01-02-a.html"
    )


def test_a_folder_without_news_is_refused(tmp_path):
    with pytest.raises(NoSite, match="_news"):
        read_news(tmp_path)


@pytest.mark.usefixtures("app")
def test_an_import_is_kept_once_and_follows_the_site(checkout):
    root = checkout(**{"2026_01_01_a": PLAIN, "2026_01_02_b": PLAIN, "2026_01_03_c": PLAIN})
    dry = site_import.import_news(root, dry_run=True)
    assert entries() == []

    first, second = site_import.import_news(root / "_news"), site_import.import_news(root)
    assert dry.changes == first.changes == [f"new: 2026-01-0{day} A poster" for day in (1, 2, 3)]
    assert second.changes == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CatalogImport)) == 1

    (root / "_news" / "2026-01-01-a.md").unlink()
    third = site_import.import_news(
        checkout(**{"2026_01_02_b": "---\ntitle: Renamed\n---\n", "2026_01_03_c": "broken"})
    )
    assert third.changes == ["changed: 2026-01-02 Renamed", "gone: 2026-01-01 A poster"]
    assert len(third.problems) == 1
    assert [(each.key, each.title) for each in entries()] == [
        ("2026-01-02-b", "Renamed"),
        ("2026-01-03-c", "A poster"),
    ]


def test_what_came_from_the_portal_is_no_archive(checkout, house):
    document = publish(house)
    own = f"{now():%Y_%m_%d}_{document.slug}"

    site_import.import_news(checkout(**{own: PLAIN, "2026_01_02_b": PLAIN}))

    assert [each.key for each in entries()] == ["2026-01-02-b"]


@pytest.mark.usefixtures("app")
def test_the_sites_six_items_import(shared, client):
    report = site_import.import_news(shared / "cass-site")

    assert report.problems == []
    assert [(each.title, each.url.rpartition("/")[2]) for each in entries()] == [
        ("CASS at SIAM CSE25", "2025-03-03-siam-cse25.html"),
        ("CASS at SC25", "2025-11-16-sc25.html"),
        ("2026 CASS BoF Days", "2026-02-10-cass-bof-days.html"),
        ("CASS Featured in NLS³C Community of Practice Webinar", "2026-06-09-nls3c-cop-webinar.html"),
        (
            "CASS Metrics and Impact Framework Efforts Discussed in ADAC Webinar",
            "2026-07-16-adac-metrics-webinar.html",
        ),
        ("New CASS Poster", "2026-07-21-ascr-ci-pi-meeting-poster.html"),
    ]
    said = " ".join(f"{each.title} {each.summary}" for each in entries())
    assert not [sign for sign in ("{%", "{{", "<", "Register now", "Mark your calendars") if sign in said]
    assert all(20 < len(each.summary) <= 300 for each in entries())
    page = client.get("/announcements/archive/").text
    assert page.count("https://cass.community/news/") == 6
