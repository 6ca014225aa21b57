"""What everybody reads: the board and each product's page. They are the same for everybody and touch no session."""

from flask import request
from markupsafe import escape

from cass_portal.announcements.lifecycle import ProductLevel
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Product
from cass_portal.status import queries
from cass_portal.status.views.blueprint import bp
from cass_portal.status.words import LEVELS
from cass_portal.text import clean_line
from cass_portal.web import get_or_404, public, public_url, render


@bp.get("/status/")
@public(cached=True)
def index() -> str:
    member = clean_line(request.args.get("member", ""))[:40] or None
    chosen = request.args.get("level", "")
    level = ProductLevel(chosen) if chosen in set(ProductLevel) else None
    return render(
        "status/index.html",
        board=queries.board(member=member, level=level),
        member=member,
        level=level,
        levels=LEVELS,
        days=queries.DAYS,
    )


@bp.get("/status/<slug>/")
@public(cached=True)
def product(slug: str) -> str:
    found = get_or_404(directory.product_by_slug(clean_line(slug)))
    return render(
        "status/product.html",
        product=found,
        page=queries.page_of(found),
        days=queries.DAYS,
        embed=embed_codes(found),
    )


def embed_codes(product: Product) -> dict[str, str]:
    """How others show the badge, by the language of their page."""
    badge, page = public_url(".badge", slug=product.slug), public_url(".product", slug=product.slug)
    words = clean_line(f"Status of {product.name}")
    in_markdown = words.translate({ord(sign): f"\\{sign}" for sign in "\\[]!`*_<"})
    return {
        "HTML": f'<a href="{escape(page)}"><img src="{escape(badge)}" alt="{escape(words)}"></a>',
        "Markdown": f"[![{in_markdown}]({badge})]({page})",
    }
