"""Reads of the directory. The catalog is public but for unpublished products, which only routing may name."""

from collections.abc import Iterable
from datetime import date
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only, selectinload

from cass_portal.db import db
from cass_portal.directory.lifecycle import Level
from cass_portal.directory.models import (
    Area,
    CatalogImport,
    Holiday,
    Organization,
    Product,
    ProductArea,
    Stewardship,
    Topic,
    TopicOwner,
    WorkingGroup,
)
from cass_portal.directory.records import AreaRecord, Catalog, GroupRecord, MemberRecord, ProductRecord
from cass_portal.workdays import Calendar

OF_PRODUCTS = (
    selectinload(Product.stewardships).joinedload(Stewardship.organization),
    selectinload(Product.product_areas).joinedload(ProductArea.area),
)
LISTED = sa.and_(Product.published, Product.retired_on.is_(None))
OTHER = "Other products"
VERSIONS = [
    sa.select(sa.func.aggregate_strings(name.concat(":").concat(sa.cast(version, sa.String)), " "))
    for name, version in (
        (Product.slug, Product.version),
        (Organization.short_name, Organization.version),
        (Topic.slug, Topic.version),
        (Area.name, Area.position),
    )
]
LINKS = [
    sa.select(sa.func.sum(Stewardship.product_id * 1_009 + Stewardship.organization_id)),
    sa.select(sa.func.sum(ProductArea.product_id * 1_009 + ProductArea.area_id)),
    sa.select(sa.func.count(CatalogImport.id)),
]
STAMP = sa.select(*(each.scalar_subquery() for each in [*VERSIONS, *LINKS]))
PickerGroups = list[tuple[str, list[tuple[str, str, str]]]]


def listed_products() -> list[Product]:
    """Products the public may see, by name, with stewards and areas."""
    return _by_name(sa.select(Product).where(LISTED))


def routable_products() -> list[Product]:
    """Products feedback may be about: the listed ones and those the site does not show yet."""
    return _by_name(sa.select(Product).where(Product.retired_on.is_(None)))


def product_names() -> list[Product]:
    """The routable ones with nothing but their names: for choosing one of them."""
    query = sa.select(Product).where(Product.retired_on.is_(None)).order_by(sa.func.lower(Product.name))
    return list(db.session.scalars(query.options(load_only(Product.slug, Product.name, raiseload=True))))


def house_names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How products and organizations are written, those outside of the catalog's pages included."""
    products = sa.select(Product.name).where(Product.retired_on.is_(None)).order_by(Product.name)
    members = sa.select(Organization.short_name).order_by(Organization.short_name)
    return tuple(db.session.scalars(products)), tuple(db.session.scalars(members))


def all_products() -> list[Product]:
    """Retired ones too, with stewards, areas and links."""
    return list(db.session.scalars(sa.select(Product).options(*OF_PRODUCTS, selectinload(Product.links))))


def product_by_slug(slug: str) -> sa.Select[Product]:
    """One product that the public may see, with stewards, areas and links."""
    return (
        sa.select(Product)
        .where(Product.slug == slug, LISTED)
        .options(*OF_PRODUCTS, selectinload(Product.links))
    )


def products_of(organization: Organization) -> list[Product]:
    """Listed products that `organization` stewards, by name."""
    stewarded = Product.stewardships.any(Stewardship.organization_id == organization.id)
    return _by_name(sa.select(Product).where(LISTED, stewarded))


def organizations() -> list[Organization]:
    """All organizations by short name, former ones last."""
    former = sa.case((Organization.level == Level.FORMER, 1), else_=0)
    query = sa.select(Organization).order_by(former, sa.func.lower(Organization.short_name))
    return list(db.session.scalars(query))


def current_members() -> list[Organization]:
    """Core and affiliate members by short name."""
    return [each for each in organizations() if not each.is_former]


def member_by_short_name(short_name: str) -> sa.Select[Organization]:
    """One organization, former ones included; letter case does not matter."""
    return sa.select(Organization).where(is_called(short_name)).limit(1)


def is_called(short_name: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(Organization.short_name) == short_name.lower()


def managed_by(actor: Any) -> sa.Select[Organization]:
    """Organizations whose contact and policies `actor` keeps: all for administrators, else those they lead."""
    query = sa.select(Organization).order_by(sa.func.lower(Organization.short_name))
    if actor.is_administrator:
        return query
    return query.where(Organization.id.in_(actor.led_organization_ids))


def areas() -> list[Area]:
    """All areas in the Consortium's order."""
    return list(db.session.scalars(sa.select(Area).order_by(Area.position, Area.name)))


def working_groups() -> list[WorkingGroup]:
    """All working groups by name, retired ones too."""
    return list(db.session.scalars(sa.select(WorkingGroup).order_by(WorkingGroup.name)))


def topics() -> list[Topic]:
    """All topics in their order, with who looks after them."""
    return list(db.session.scalars(_topics().order_by(Topic.position, Topic.id)))


def topic_by_slug(slug: str) -> sa.Select[Topic]:
    return _topics().where(Topic.slug == slug)


def topics_of(organization: Organization) -> list[Topic]:
    """Topics that `organization` looks after."""
    owned = Topic.owners.any(TopicOwner.organization_id == organization.id)
    return list(db.session.scalars(sa.select(Topic).where(owned).order_by(Topic.position)))


def about_by_slugs(slugs: Iterable[str], *, listed: bool = True) -> tuple[list[Product], list[Topic]]:
    """Products and topics named by `slugs`; unknown ones are left out. Staff may name unlisted products."""
    wanted = list(slugs)
    visible = LISTED if listed else Product.retired_on.is_(None)
    products = sa.select(Product).where(Product.slug.in_(wanted), visible)
    topics = sa.select(Topic).where(Topic.slug.in_(wanted)).order_by(Topic.position)
    by_name = products.order_by(sa.func.lower(Product.name))
    return list(db.session.scalars(by_name)), list(db.session.scalars(topics))


def about_groups() -> PickerGroups:
    """What feedback can be about, for the picker: topics, then listed products under their first area.

    Each option is (slug, label, further words to find it by). Reads columns, for it is asked before every
    submission.
    """
    topics = sa.select(Topic.slug, Topic.name, Topic.description).order_by(Topic.position, Topic.id)
    products = sa.select(
        Product.id, Product.slug, Product.name, Product.key, Product.spack_names, Product.e4s_names
    ).where(LISTED)
    stewards = sa.select(Stewardship.product_id, Organization.short_name).join(Stewardship.organization)
    fields = sa.select(ProductArea.product_id, Area.name).join(ProductArea.area)
    stewards_of = _names_by_product(stewards.order_by(Stewardship.position))
    fields_of = _names_by_product(fields.order_by(ProductArea.position))
    groups: dict[str, list[tuple[str, str, str]]] = {
        "Topics": [(slug, name, description) for slug, name, description in db.session.execute(topics)]
    }
    for name in db.session.scalars(sa.select(Area.name).order_by(Area.position, Area.name)):
        groups[name] = []
    groups[OTHER] = []
    for id_, slug, name, key, spack_names, e4s_names in db.session.execute(
        products.order_by(sa.func.lower(Product.name))
    ):
        fields_here = fields_of.get(id_, [])
        words = _words(key, spack_names, e4s_names, stewards_of.get(id_, []), fields_here)
        groups[fields_here[0] if fields_here else OTHER].append((slug, name, words))
    return [(heading, options) for heading, options in groups.items() if options]


def words_of(product: Product) -> str:
    """What else a product is known by: file, packages, stewards and areas."""
    stewards = [each.short_name for each in product.stewards]
    fields = [each.name for each in product.areas]
    return _words(product.key, product.spack_names, product.e4s_names, stewards, fields)


def calendars() -> dict[int, Calendar]:
    """The calendar of every organization by its id."""
    off: dict[int | None, set[date]] = {}
    for id_, day in db.session.execute(sa.select(Holiday.organization_id, Holiday.on)):
        off.setdefault(id_, set()).add(day)
    for_all = off.get(None, set())
    return {
        id_: Calendar(zone, frozenset(workdays), frozenset(for_all | off.get(id_, set())))
        for id_, zone, workdays in db.session.execute(
            sa.select(Organization.id, Organization.time_zone, Organization.workdays)
        )
    }


def holidays_of(organization: Organization | None) -> list[Holiday]:
    """Its own, or those of everybody, the earliest first."""
    whose = Holiday.organization_id == organization.id if organization else Holiday.organization_id.is_(None)
    return list(db.session.scalars(sa.select(Holiday).where(whose).order_by(Holiday.on)))


def common_calendar() -> Calendar:
    """The Consortium's own: Monday to Friday but for the holidays of everybody."""
    off = sa.select(Holiday.on).where(Holiday.organization_id.is_(None))
    return Calendar(holidays=frozenset(db.session.scalars(off)))


def is_empty() -> bool:
    """Whether no catalog was ever applied."""
    return not db.session.scalar(sa.select(sa.exists().where(Organization.id.is_not(None))))


def present_catalog() -> Catalog:
    """The rows as records, to compare with what a source says."""
    members = [MemberRecord(o.short_name, o.name, o.level, o.website) for o in organizations()]
    fields = [AreaRecord(each.name, each.position) for each in areas()]
    groups = [GroupRecord(each.key, each.name, each.status, each.status_on) for each in working_groups()]
    return Catalog([*members, *fields, *groups, *map(_record, all_products())])


def _record(product: Product) -> ProductRecord:
    return ProductRecord(
        key=product.key,
        name=product.name,
        published=product.published,
        areas=tuple(each.name for each in product.areas),
        stewards=tuple(each.short_name for each in product.stewards),
        links=tuple((each.label, each.url) for each in product.links),
        license_spdx=product.license_spdx,
        foundation=product.foundation,
        spack_names=tuple(product.spack_names),
        e4s_names=tuple(product.e4s_names),
        openssf_id=product.openssf_id,
        retired=product.retired_on is not None,
    )


def _topics() -> sa.Select[Topic]:
    owners = selectinload(Topic.owners)
    return sa.select(Topic).options(
        owners.options(joinedload(TopicOwner.organization), joinedload(TopicOwner.working_group))
    )


def _by_name(query: sa.Select[Product]) -> list[Product]:
    ordered = query.order_by(sa.func.lower(Product.name)).options(*OF_PRODUCTS)
    return list(db.session.scalars(ordered))


def catalog_stamp() -> tuple[Any, ...]:
    """Differs whenever `about_groups` might: one small statement, so that its answer can be kept between requests."""
    return tuple(db.session.execute(STAMP).one())


def _names_by_product(query: sa.Select[int, str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for product_id, name in db.session.execute(query):
        found.setdefault(product_id, []).append(name)
    return found


def _words(key: str, *names: Iterable[str]) -> str:
    return " ".join(dict.fromkeys([key, *chain.from_iterable(names)]))
