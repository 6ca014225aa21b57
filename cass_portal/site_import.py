"""Edge: the catalog's journeys that touch more than the directory, each in one transaction."""

from dataclasses import dataclass, field
from pathlib import Path

from cass_portal.casework.departures import number_owed_by
from cass_portal.db import db
from cass_portal.directory import catalog, queries
from cass_portal.directory.lifecycle import Level
from cass_portal.feedback.prompting import seed_prompts
from cass_portal.people import actions as people
from cass_portal.website import archiving as website
from cass_portal.website.site_news import read_news


@dataclass
class Report:
    """What an import did or would do, line by line, and what it could not read."""

    changes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    owed: int = 0
    """Open assignments of members that departed now: a coordinator chooses who takes them over."""


def seed() -> None:
    """What a first start needs: catalog, topics, the core members' seats, and what stops the form."""
    if catalog.seed_bundled():
        _give_seats()
        seed_prompts()
    db.session.commit()


def import_site(root: Path, *, dry_run: bool = False) -> Report:
    """Bring the directory to what the checkout at `root` says. Raises catalog.NoSite where it is none."""
    wanted = catalog.read_site(root)
    changes = catalog.changes_to(wanted)
    report = Report([str(each) for each in changes], [str(each) for each in wanted.problems])
    if dry_run:
        db.session.rollback()
        return report
    departed = catalog.import_catalog(wanted, changes, source=catalog.source_of(root))
    report.owed = sum(number_owed_by(each) for each in departed)
    _give_seats()
    db.session.commit()
    return report


def import_news(path: Path, *, site_url: str | None = None, dry_run: bool = False) -> Report:
    """Keep the news of the checkout at `path` as archive. Raises catalog.NoSite where there is none."""
    news = read_news(path, site_url=site_url)
    report = Report(website.changes_to(news), list(news.problems))
    if dry_run:
        db.session.rollback()
        return report
    website.import_archive(news, source=f"news {path.resolve().name}")
    db.session.commit()
    return report


def _give_seats() -> None:
    people.ensure_seats([each for each in queries.current_members() if each.level == Level.CORE])
