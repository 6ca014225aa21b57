"""The file for the web site: what it says, and that nothing anybody wrote can run there.

What Jekyll 4.3 (Liquid 5, kramdown 2.4 with its GFM parser) makes of such files was compared by hand with our own
HTML, over the hostile strings and ten thousand random ones; these tests need no Ruby.
"""

import html
import re
from datetime import UTC, date, datetime
from urllib.parse import unquote

import pytest
import yaml
from bs4 import BeautifulSoup
from markdown import Markdown

from cass_portal.announcements.agreement import AgreementWay, Outcome
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState
from cass_portal.announcements.models import Announcement, Edition, EditionProduct
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product
from cass_portal.text import TextRefused, clean, markdown_to_html, sanitize
from cass_portal.website.kramdown import to_kramdown
from cass_portal.website.news_file import news_file
from tests import factories
from tests.hostile import NAUGHTY
from tests.website.deeds import correct, publish, withdraw

PORTAL = "https://portal.example.org"
AT = datetime(2026, 3, 12, 23, 30, tzinfo=UTC)
LIQUID = re.compile(r"\{\{|\{%")
"""What Liquid's tokenizer looks for (Liquid::TemplateParser): without it, it hands everything on as it is."""
TRICKS = [
    "{% raw %}{{ site.github.token }}{% endraw %}", "{% endraw %}{{ 1 }}", "{{", "}}", "{%", "{ {",
    "{\n{ x }}", "{\n% x %}",
    "&#123;{ x }}", "&lbrace;&lbrace; x }}", "`{`{ x }}", "<code>{</code>{ x }}", "{<b>{</b> x }}", "{\u200b{ x }}",
    "```\n{{ x }}\n```", "    {% include secret.html %}", "`{% x %}`", "{: onclick='alert(1)'}",
    "*a*{: .x onclick=alert(1)}",
    "{::nomarkdown}<script>alert(1)</script>{:/}", "{:toc}", "---\nlayout: evil\n---", "...", "^", "~~~\n{{ x }}\n~~~",
    "[a](http://x.example/{{x}})", "[a](http://x.example '{{x}}')", "<abbr title='{% x %}'>a</abbr>", "a | b", "$$x$$",
    "| a |\n|---|\n| {{ x }} |", "\\{{ x }}", "*[HTML]: x", "[^1]: x", "<!-- {{ x }} -->", "title: {{ x }}",
]  # fmt: skip


def parts_of(file):
    """Front matter and body, as Jekyll divides a file (YAML_FRONT_MATTER_REGEXP)."""
    found = re.match(r"\A(---\s*\n.*?\n?)^((?:---|\.\.\.)\s*$\n?)", file.content, re.MULTILINE | re.DOTALL)
    return yaml.safe_load(found[1].removeprefix("---\n")), file.content[found.end() :]


def shown(body):
    """The body as a reader of Markdown sees it, in another parser than kramdown."""
    plain = re.sub(r"\\([\"':=])", r"\1", body).replace("\n^\n", "\n<!-- -->\n")
    plain = re.sub(r"^ +(?=[*\d])", lambda blanks: blanks[0] * 2, plain, flags=re.MULTILINE)
    return Markdown(extensions=["fenced_code", "sane_lists"], output_format="html").convert(plain)


def words_of(markup):
    return re.sub(r"\s+", " ", BeautifulSoup(markup, "html.parser").get_text()).strip()


def structure_of(markup):
    """Tags in their order with their words and links."""
    return [
        (each.name, re.sub(r"\s+", " ", each.get_text()).strip(), unquote(each.get("href", "")))
        for each in BeautifulSoup(markup, "html.parser").find_all(True)
        if each.name not in ("tbody", "thead")
    ]


def file_of(document):
    db.session.flush()
    return news_file(document, public_url=PORTAL)


def unsaved(text):
    """A withdrawn document with `text` wherever somebody writes; no row of it is stored."""
    try:
        markup = markdown_to_html(text)
    except TextRefused:
        markup = "<p>It was refused.</p>"
    document = Announcement(
        slug="spack-release",
        kind=AnnouncementKind.NEWS,
        first_published_at=AT,
        withdrawn_at=AT,
        withdrawal_reason=text,
    )
    edition = Edition(
        number=2, state=EditionState.WITHDRAWN, title=text[:140] or "x", summary=text[:300], body=text, html=markup,
        change_note=text, published_at=AT, at_once_reason=text, is_minor=False,
        organizations=[Organization(short_name=text[:40], name=text)],
    )  # fmt: skip
    edition.affected = [EditionProduct(product=Product(name=text[:100], key="x", slug="x", published=True))]
    document.editions = [edition]
    return document


def test_a_file_is_named_and_headed_as_the_sites_own(house):
    file = file_of(publish(house, slug="spack-release", title="CASS's “new” release: 2.0", at=AT))

    head, _ = parts_of(file)

    assert file.path == "_news/2026-03-12-spack-release.md"
    assert file.content.startswith('---\ntitle: "CASS\'s “new” release: 2.0"\ndate: 2026-03-12\n')
    assert head == {
        "title": "CASS's “new” release: 2.0",
        "date": date(2026, 3, 12),
        "last_modified_at": date(2026, 3, 12),
    }


def test_the_text_comes_back_as_it_was_written(house):
    body = """Some *emphasis*, **weight**, `code` and a [link](https://spack.example.org/a_(b)?x=1&y=2).

## What changes – and what doesn't...

* one thing -- "quoted"
* another, at $5 | each
    1. inner
    2. numbers: 1. and 2.

1986\\. A great season; CMAKE_BUILD_TYPE=Release, a*b*c, ~~not struck~~

> A quotation
>
> of two paragraphs

| Product | Level |
|---------|-------|
| Spack   | fine  |

```
for each in ${LIST}; do
    echo "$each"   # ~~~ and ```
done
```

[Relative](/products/spack/), [beside](../other/) and [below](#here)."""
    document = publish(house, summary="It's *out* - at last.", body=body, at=AT)
    rendered = sanitize(document.public_edition.html, base=f"{PORTAL}/announcements/spack-release/")

    _, text = parts_of(file_of(document))
    summary, _, rest = text.partition("\n\n")
    middle = rest[: rest.rindex("\n\nWho speaks:")]

    assert words_of(shown(summary)) == "It's *out* - at last."
    assert structure_of(shown(middle)) == structure_of(rendered)
    assert "](https://portal.example.org/products/spack/)" in middle
    assert "](https://portal.example.org/announcements/other/)" in middle


def test_the_foot_says_who_speaks_and_where_it_stands(house):
    document = publish(house, at=AT, products=[factories.product("Spack")])

    _, text = parts_of(file_of(document))

    assert text.rstrip().split("\n\n")[-1].split("<br />") == [
        "Who speaks: ALPHA. Signed off by a second coordinator on 12 March 2026, bound to exactly this text.",
        "Affects: Spack.",
        f"[Read it, its editions and its state on the portal, and answer]({PORTAL}/announcements/spack-release/).",
    ]


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "line"),
    [
        (AT, AT.replace(day=13), "When: 12 March 2026, 23:30 UTC to 13 March 2026, 23:30 UTC."),
        (AT, None, "When: 12 March 2026, 23:30 UTC."),
        (None, AT, "When: expected to end 12 March 2026, 23:30 UTC."),
    ],
)
def test_the_foot_says_when_it_is(house, starts_at, ends_at, line):
    _, text = parts_of(file_of(publish(house, at=AT, starts_at=starts_at, ends_at=ends_at)))

    assert line in text.split("<br />")


def test_the_foot_says_how_the_members_agreed_and_why_it_could_not_wait(house):
    voted, hasty = (publish(house, slug=slug, at=AT) for slug in ("voted", "hasty"))
    for document, way, outcome in (
        (voted, AgreementWay.SENSE_VOTE, Outcome.AGREED),
        (hasty, AgreementWay.RATIFY, Outcome.RATIFIED),
    ):
        edition = document.public_edition
        made = factories.ballot(edition, way=way)
        made.outcome, made.closed_at, made.seats, made.for_it = outcome, AT, 7, 6
        edition.agreed_hash = made.text_hash
    hasty.public_edition.at_once_reason = "Data is {{ lost }}."
    db.session.flush()
    db.session.expire_all()

    feet = [
        parts_of(file_of(each))[1].rstrip().split("\n\n")[-1].split("<br />")[0] for each in (voted, hasty)
    ]

    committee = "seats of the Steering Committee on 12 March 2026"
    hasty_words = "Published at once on 12 March 2026, before the members agreed."
    lost = "&#123;&#123; lost &#125;&#125;"
    assert feet == [
        f"Who speaks: ALPHA. Agreed by 6 of 7 {committee}, bound to exactly this text.",
        f"Who speaks: ALPHA. {hasty_words} Ratified by 6 of 7 {committee}. It could not wait: Data is {lost}.",
    ]


def test_a_later_edition_says_what_changed_and_keeps_its_file(house):
    document = publish(house, at=AT)
    first = file_of(document)
    correct(
        document,
        house,
        title="Corrected",
        change_note="A *number* was wrong.",
        at=datetime(2026, 4, 1, 9, tzinfo=UTC),
    )

    file = file_of(document)
    head, text = parts_of(file)

    assert file.path == first.path
    assert (head["date"], head["last_modified_at"]) == (date(2026, 3, 12), date(2026, 4, 1))
    assert r"Edition 2, 1 April 2026: A \*number\* was wrong." in text
    assert (first.edition, file.edition) == (1, 2)
    assert first.digest != file.digest


def test_a_withdrawn_document_says_so_first_with_the_reason(house):
    document = publish(house, at=AT)
    withdraw(document, house, reason="It was *not* so.\n{{ x }}")
    document.withdrawn_at = datetime(2026, 5, 2, tzinfo=UTC)

    head, text = parts_of(file_of(document))

    assert head["title"] == "Withdrawn: A release of Spack"
    assert head["last_modified_at"] == date(2026, 5, 2)
    assert text.startswith(
        "**This announcement was withdrawn on 2 May 2026 and no longer counts.** It was \\*not\\* so. &#123;&#123; x"
    )


def test_a_draft_has_no_file(house):
    document = factories.announcement(by=house.author, state=EditionState.DRAFT)

    assert file_of(document) is None


def test_the_same_rows_give_the_same_bytes(app, house):
    document = publish(house, products=[factories.product("Zeta"), factories.product("Alpha")], at=AT)
    first = file_of(document)
    db.session.expire_all()

    assert file_of(document) == first


@pytest.mark.parametrize("text", [*NAUGHTY, *TRICKS], ids=lambda text: ascii(text)[:40])
def test_nothing_that_anybody_wrote_runs_on_the_site(text):
    document = unsaved(clean(text))  # as every form does

    file = news_file(document, public_url=PORTAL)
    head, content = parts_of(file)

    assert not LIQUID.search(file.content)
    assert list(head) == ["title", "date", "last_modified_at"]
    assert isinstance(head["title"], str)
    assert not re.search(r"[<>{}\[\]|*_`\\]", head["title"])
    assert file.content.count("\n---\n") == 1
    outside_code = re.sub(r"^(~{3,})$.*?^\1$|`[^`\n]+`", "", content, flags=re.MULTILINE | re.DOTALL)
    assert "{" not in outside_code
    tags = set(re.findall(r"<([^\s>]*)", outside_code))
    assert {each.strip("/") for each in tags} <= {
        "a", "abbr", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "hr", "li", "ol", "p",
        "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul", "caption",
    }  # fmt: skip
    named = {
        name for tag in re.findall(r"<\w+([^>]*)>", outside_code) for name in re.findall(r"([\w-]+)=\"", tag)
    }
    assert named <= {"href", "title", "scope", "start"}
    assert not re.search(r"\]\((?!https?://|mailto:)", outside_code)


@pytest.mark.parametrize(
    "title",
    ["{{ site.secret }}", "<script>alert(1)</script>", "*a*{: onclick=alert(1)}", "1. first", "- x", "yes",
     "null", ":symbol",
     "12:30:45", "0x10", "R&D &copy; &amp;", '"q" \'q\'', "[a](javascript:alert(1))", "a | b",
     "---", "C:\\new", "x: y # z"],
)  # fmt: skip
def test_a_title_reads_the_same_as_html_and_as_markdown(house, title):
    """The theme shows titles in both ways, and in attributes."""
    head, _ = parts_of(file_of(publish(house, title=title)))

    assert html.unescape(head["title"]) == title
    assert words_of(shown(head["title"])) == title
    assert words_of(f"<p>{head['title']}</p>") == title
    assert BeautifulSoup(f'<p title="{head["title"]}"></p>', "html.parser").p["title"] == title


def test_code_that_liquid_would_run_keeps_its_signs():
    markup = markdown_to_html("```\nif {{ x }}:\n\n    {% y %} <b>\n```\n\nand `{{ z }}`")

    written = to_kramdown(markup)

    assert written == (
        "<pre><code>if &#123;&#123; x &#125;&#125;:\n\n    &#123;% y %&#125; &lt;b&gt;\n</code></pre>\n\n"
        "and <code>&#123;&#123; z &#125;&#125;</code>"
    )


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("- a\n- b\n\n<!-- -->\n\n1. c", "* a\n* b\n\n1. c"),
        ("> a\n\n<hr>\n\n> b", "> a\n\n<hr />\n\n> b"),
        ("a  \nb", "a<br />b"),
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", "* a\n\n^\n\n* b"),
        ("\\# no heading", "\\# no heading"),
        ("2026\\. A year", "2026\\. A year"),
        ("## Ends in C&#35;", "## Ends in C\\#"),
        ("- a\n\n    b", "<ul><li><p>a</p><p>b</p></li></ul>"),
        ("~~~\n~~~~ {x}\n~~~", "~~~~~\n~~~~ {x}\n~~~~~"),
        ("&nbsp;x", "\xa0x"),
        ("**a *b* c**", "<strong>a *b* c</strong>"),
        ("![picture](x.png) beside", "beside"),
        ("a -- b --- c ... d", "a \\-\\- b \\-\\-\\- c \\.\\.\\. d"),
    ],
)
def test_what_kramdown_reads_otherwise_is_written_so_that_it_does_not(source, written):
    assert re.sub(r">\s+<", "><", to_kramdown(markdown_to_html(source))) == written
