"""House style: each rule finds what it is for and leaves alone what only looks like it; nothing hostile stops it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.announcements.lint import CHECKS, FindingLevel, Where, Written, findings, remedies, rules
from cass_portal.announcements.lint.style import grade_of
from tests.hostile import NAUGHTY, slow_texts
from tests.house.source import ROOT

CATALOG = (
    "Kokkos", "Kokkos Kernels", "PETSc/TAO", "Open MPI", "UPC++", "VisIt", "TAU", "Legion", "hypre", "E4S", "Darshan",
)  # fmt: skip
MEMBERS = ("PESO", "RAPIDS", "S4PST")
DOCUMENT = ROOT / "docs" / "lint.md"
HEAD = """# House style

Generated from `cass_portal/announcements/lint/rules.yaml` and compared with it by `tests/announcements/test_lint.py`;
write it anew with `python -m tests.announcements.test_lint`. An **error** blocks the request for sign-off and
publication at once, a **warning** does not. Of each rule at most 20 places are shown; who mends them sees the next.

What the rules cannot do: they read Markdown as announcements use it, so a reference link counts as plain words. A
product whose name is a word of English (Legion, VisIt) is only recognized by its capitals or a version behind it. The
reading level counts syllables by groups of vowels, which is right for about nine of ten English words, and takes names
of products and acronyms for words; it says nothing of texts below 60 words. Sentences end at a full stop, question or
exclamation mark, so an abbreviation may divide one in two. Whatever stands in code is left alone.

"""


def found(body="", *, title="Something new", summary="It is new.", kind=AnnouncementKind.NEWS, **more):
    text = Written(title, summary, body, more.pop("change_note", None))
    return findings(text, kind=kind, catalog=CATALOG, members=MEMBERS, **more)


def rules_in(body, **more):
    return [each.rule for each in found(body, **more)]


LONG_SENTENCE = "We " + "really " * 34 + "did."
HARD = "Interoperability considerations necessitate comprehensive organizational reconfiguration. " * 12
EASY = "We met and we ate. It was fun. The sun was up. " * 8

CAUGHT = [
    ("member-organizations", "All SSOs agreed."),
    ("member-organizations", "The SSO agreed."),
    ("member-organizations", "Our Software Stewardship\nOrganizations agreed."),
    ("member-organizations", "A software-stewardship organisation agreed."),
    ("name-of-the-consortium", "The Consortium for Advancement of Scientific Software met."),
    ("name-of-the-consortium", "The Consortium for the Advancement of Research Software met."),
    ("not-doe-only", "The DOE consortium met."),
    ("not-doe-only", "DOE's CASS met."),
    ("not-doe-only", "CASS is a DOE project."),
    ("not-doe-only", "CASS, a Department of Energy initiative, met."),
    ("not-doe-only", "It is only for DOE."),
    ("not-doe-only", "This is a DOE-only effort."),
    ("not-doe-only", "It strengthens the DOE software ecosystem."),
    ("product-names", "We like kokkos."),
    ("product-names", "We like KOKKOS."),
    ("product-names", "We like kokkos kernels."),
    ("product-names", "We like Kokkos-Kernels."),
    ("product-names", "We like KokkosKernels."),
    ("product-names", "We like Petsc."),
    ("product-names", "We like petsc/tao."),
    ("product-names", "We like OpenMPI."),
    ("product-names", "We like upc++."),
    ("product-names", "We like Hypre."),
    ("product-names", "We like VISIT."),
    ("product-names", "Use Visit now."),
    ("product-names", "Use visit 3.4 now."),
    ("product-names", "Use Tau now."),
    ("product-names", "See [kokkos](https://example.org/)."),
    ("product-names", "- one\n- kokkos"),
    ("product-names", "| name |\n|---|\n| kokkos |"),
    ("product-names", "## About kokkos"),
    ("product-names", "> quoted kokkos"),
    ("doi-resolver", "See [the paper](https://dx.doi.org/10.1145/123.45)."),
    ("doi-resolver", "See [the paper](http://doi.org/10.1145/123.45)."),
    ("doi-resolver", "See [the paper](https://dl.acm.org/doi/10.1145/123.45)."),
    ("doi-resolver", "See https://example.org/doi/full/10.1145/123.45 now."),
    ("doi-resolver", "See [the paper][1].\n\n[1]: https://dx.doi.org/10.1145/123.45"),
    ("doi-linked", "See doi:10.1145/123.45."),
    ("doi-linked", "See DOI 10.1145/123.45."),
    ("heading-start", "# Top\n\nText."),
    ("heading-start", "### Deep\n\nText."),
    ("heading-start", "Top\n===\n\nText."),
    ("heading-skipped", "## One\n\n#### Two\n\nText."),
    ("heading-deep", "## One\n\n### Two\n\n#### Three\n\n##### Four\n\nText."),
    ("heading-case", "## What The Members Decided\n\nText."),
    ("heading-case", "## Next Steps\n\nThe steps are small."),
    ("image-alt", "![](chart.png)"),
    ("image-alt", "![chart.png](chart.png)"),
    ("image-alt", "![Image](chart.png)"),
    ("image-alt", "An <img src=x> here."),
    ("image-left-out", "![Growth of use since the first of January](chart.png)"),
    ("link-text", "[Click here](https://example.org/) now."),
    ("link-text", "[here](https://example.org/) now."),
    ("link-text", "[**here**](https://example.org/) now."),
    ("link-text", "[](https://example.org/) now."),
    ("acronyms", "The XYZ met."),
    ("acronyms", "All XYZs met."),
    ("acronyms", "The XYZ met. Later: the XYZ Group (XYZ)."),
    ("sentence-length", LONG_SENTENCE),
    ("sentence-length", f"Short. {LONG_SENTENCE} Short."),
    ("reading-level", HARD),
    ("date-year", "We meet on 3 March."),
    ("date-year", "We meet on March 3rd at noon."),
    ("date-year", "We meet 10–12 February."),
    ("date-year", "We meet on 3 Mar. again."),
    ("date-numbers", "We meet on 3/4/2026."),
    ("time-zone", "We meet at 3:00 pm."),
    ("time-zone", "We meet at 15:00."),
    ("time-zone", "We meet at 3 pm."),
    ("time-zone", "We meet at 11 a.m. sharp."),
    ("us-spelling", "Every organisation met."),
    ("us-spelling", "The programme is out."),
    ("us-spelling", "In colour."),
    ("unfilled", "We fixed [what was broken]."),
    ("unfilled", "[What happened] on Monday."),
]
LEFT_ALONE = [
    ("member-organizations", "The member organizations agreed; sign in by single sign-on. `SSO`"),
    ("name-of-the-consortium", "The Consortium for the Advancement of Scientific Software met."),
    ("not-doe-only", "It is funded by DOE and open to everybody. CASS is a federation. DOE and CASS met."),
    ("product-names", "Kokkos, Kokkos Kernels, PETSc, TAO, PETSc/TAO, Open MPI, UPC++, VisIt, TAU, hypre and Legion."),
    ("product-names", "Run `kokkos` and\n\n```\nkokkos\n```\n\n    kokkos in code\n\nnow."),
    ("product-names", "See [the code](https://example.org/kokkos) and https://example.org/kokkos/ too."),
    ("product-names", "See kokkos.example.org, kokkos/core, kokkos@4.4, py-kokkos, kokkos_tools, me@kokkos.example"),
    ("product-names", "Visit us. We visit you: a legion of users, tau leptons. Visit 3 rooms. A Darshan-based tool."),
    ("product-names", "<a href=\"kokkos\">Kokkos</a> and KokkosX"),
    ("doi-resolver", "See [the paper](https://doi.org/10.1145/123.45) and https://example.org/10.html."),
    ("doi-linked", "See [doi:10.1145/123.45](https://doi.org/10.1145/123.45) and `doi:10.1145/1`."),
    ("heading-start", "## One\n\nText.\n\n## Two\n\nText #1."),
    ("heading-start", "```\n# comment\n```"),
    ("heading-skipped", "## One\n\n### Two\n\n## Three\n\n### Four\n\n#### Five\n\n## Six"),
    ("heading-deep", "## One\n\n### Two\n\n#### Three"),
    ("heading-case", "## What PETSc, Kokkos Kernels and the GPU teams decided\n\nText."),
    ("heading-case", "## Meeting in St. Louis: What we heard on Monday"),
    ("image-alt", "![Use has doubled within a year](chart.png)"),
    ("image-left-out", "[Use has doubled](chart.png) `![x](y)`"),
    ("link-text", "[The minutes](https://example.org/), and [here is the list](https://example.org/)."),
    ("acronyms", "The GPU, the API and PESO. The Extra Young Zebras (XYZ) met, XYZ and XYZs again."),
    ("acronyms", "The XYZ (Extra Young Zebras) met. `ABCD` too. Look at https://example.org/ABC and v-XY3."),
    ("sentence-length", "We " + "really " * 33 + "did. " + "We " + "really " * 33 + "did."),
    ("sentence-length", "| " + "word " * 50 + "|"),
    ("reading-level", EASY),
    ("reading-level", HARD[:200]),
    ("date-year", "We meet on 3 March 2026, on March 3, 2027, 10–12 February 2026 and February 10-12, 2026."),
    ("date-year", "We may meet 5 people. May 2026 is far. In March we march 3 miles."),
    ("date-numbers", "Version 3/4 of 2026, https://example.org/3/4/2026 and 3 April 2026."),
    ("time-zone", "We meet at 3:00 pm UTC and from 9:00 am to 10 am EDT."),
    ("time-zone", "| time (UTC) |\n|---|\n| 15:00 |"),
    ("time-zone", "A ratio of 1:2:30 and release 4:99."),
    ("us-spelling", "Every organization has a program, in color."),
    ("unfilled", "A [link](https://example.org/), [a label][x]. [1] and [ ] and (a remark of mine)."),
    ("unfilled", "See [the full list].\n\n[the full list]: https://example.org/"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "body"), CAUGHT)
def test_rule_finds(rule, body):
    assert rule in rules_in(body)


@pytest.mark.parametrize(("rule", "body"), LEFT_ALONE)
def test_rule_leaves_alone(rule, body):
    assert rule not in rules_in(body)


def test_every_rule_is_shown_to_catch_and_to_leave_alone():
    named = {each.id for each in rules()} - {"names-feedback"}

    assert {rule for rule, _ in CAUGHT} == named
    assert {rule for rule, _ in LEFT_ALONE} == named


def test_you_said_we_did_names_what_was_said():
    kind = AnnouncementKind.YOU_SAID_WE_DID

    assert rules_in("Text.", kind=kind, names_feedback=False) == ["names-feedback"]
    assert rules_in("Text.", kind=kind, names_feedback=True) == []
    assert rules_in("Text.", names_feedback=False) == []


def test_a_finding_says_where_what_and_whence():
    (finding,) = found(
        "A first line.\n\nA second\nwith kokkos in it, and a good deal of other words after that."
    )

    assert finding.level == FindingLevel.ERROR
    assert finding.where == Where("body", 4)
    assert str(finding.where) == "Text, line 4"
    assert finding.message == "The catalog writes “Kokkos”, not “kokkos”"
    assert finding.suggestion.startswith("Copy the name from the catalog")
    assert finding.source == "CASS catalog: the name of each product"
    assert finding.excerpt == "A second with kokkos in it, and a good deal of…"


def test_every_field_is_read_and_errors_come_first():
    all_found = found("SSOs", title="SSOs met on 3 March", summary="SSOs", change_note="SSOs")

    assert [(each.rule, str(each.where)) for each in all_found] == [
        ("member-organizations", "Title"),
        ("member-organizations", "Summary"),
        ("member-organizations", "Text, line 1"),
        ("member-organizations", "What changed"),
        ("date-year", "Title"),
    ]


def test_many_places_of_one_rule_are_shown_twenty_at_a_time():
    assert len(found("kokkos. " * 500)) == 20


def test_places_with_one_remedy_stand_together_in_the_order_of_the_text():
    listed = remedies(found("kokkos and SSOs and VISIT.", title="The SSOs met on 3 March"))

    assert [([str(each.where) for each in one.places], one.first.rule) for one in listed] == [
        (["Title", "Text, line 1"], "member-organizations"),
        (["Text, line 1", "Text, line 1"], "product-names"),
        (["Title"], "date-year"),
    ]
    assert [one.is_error for one in listed] == [True, True, False]


def test_braces_of_the_author_are_no_placeholders():
    (finding,) = [each for each in found("[put {better} and {found} here]") if each.rule == "unfilled"]

    assert finding.message == "“[put {better} and {found} here]” is left from the template"


def test_the_grade_is_the_one_of_the_formula():
    sentence = "The cat sat on the mat. "

    assert grade_of([sentence * 10]) == pytest.approx(0.39 * 6 + 11.8 * 1 - 15.59)
    assert grade_of([sentence * 9]) is None


def test_the_rules_are_complete_and_name_checks_that_exist():
    assert len({each.id for each in rules()}) == len(rules())
    assert {each.check for each in rules()} == set(CHECKS)
    assert [
        each.id for each in rules() if not (each.what and each.message and each.suggestion and each.source)
    ] == []
    errors = {each.id for each in rules() if each.level == FindingLevel.ERROR}
    assert errors == {
        "member-organizations", "name-of-the-consortium", "not-doe-only", "product-names", "doi-resolver", "doi-linked",
        "heading-start", "heading-skipped", "heading-deep", "image-alt", "unfilled",
    }  # fmt: skip


@pytest.mark.parametrize("text", NAUGHTY)
def test_hostile_text_is_read_to_its_end(text):
    assert isinstance(found(text, title=text, summary=text, change_note=text), tuple)


@pytest.mark.parametrize("name", slow_texts())
def test_a_shape_that_makes_parsers_slow_is_read_to_its_end(name):
    text = slow_texts(50_000)[name]

    assert isinstance(found(text, title=text[:140], summary=text[:300]), tuple)


PIECES = st.sampled_from(
    ["[", "](", ")", "`", "``", "#", "\n", "\n\n", "* ", "kokkos", "10.1145/", "http://", "3 March", "12:00", "<", "|",
     "===", "    ", "> ", "```", "\x00", "ß", "İ", "ABC", "(", "[a b]", "{found}", "doi:", "@", "."]
)  # fmt: skip


@given(
    st.text(max_size=300) | st.lists(PIECES | st.text(max_size=4), max_size=60).map("".join),
    st.sampled_from(AnnouncementKind),
)
def test_no_text_at_all_stops_it(text, kind):
    for each in found(text, title=text, summary=text, kind=kind, names_feedback=False):
        assert each.message
        assert str(each.where)
        assert each.where.line is None or 1 <= each.where.line <= text.count("\n") + 1
        assert replace(each) == each


def table():
    lines = ["| rule | level | what | source |", "| --- | --- | --- | --- |"]
    lines += [f"| `{each.id}` | {each.level.value} | {each.what} | {each.source} |" for each in rules()]
    return HEAD + "\n".join(lines) + "\n"


def test_the_document_is_what_the_rules_say():
    assert DOCUMENT.read_text() == table()


if __name__ == "__main__":
    DOCUMENT.write_text(table())
