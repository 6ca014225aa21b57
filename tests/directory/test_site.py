"""Reading a checkout of the site: every oddity that people's files have shown, and some they have not yet."""

import pytest

from cass_portal.directory.lifecycle import GroupStatus, Level
from cass_portal.directory.records import AreaRecord, GroupRecord, MemberRecord, ProductRecord
from cass_portal.directory.site import NoSite, Unreadable, parse, read_site

KOKKOS = ProductRecord(
    key="kokkos",
    name="Kokkos",
    areas=("Programming models and runtimes",),
    stewards=("S4PST", "RAPIDS"),
    links=(("Website", "https://kokkos.example.org/"),),
    license_spdx="Apache-2.0 WITH LLVM-exception",
    foundation="High Performance Software Foundation",
    spack_names=("kokkos",),
    e4s_names=("Kokkos",),
    openssf_id=9344,
)


def read(site):
    return read_site(site.root)


def product_of(site, key):
    return next(each for each in read(site).of(ProductRecord) if each.key == key)


def problems_of(site):
    return {str(each) for each in read(site).problems}


def test_a_plain_site_is_read_whole(site):
    catalog = read(site)

    assert catalog.of(MemberRecord) == [
        MemberRecord(
            "S4PST", "Stewardship for Programming Systems and Tools", Level.CORE, "https://s4pst.example.org/"
        ),
        MemberRecord("RAPIDS", "RAPIDS2: An Institute", Level.CORE, None),
    ]
    assert catalog.of(AreaRecord) == [
        AreaRecord("Programming models and runtimes", 0),
        AreaRecord("Development tools", 1),
    ]
    assert [(g.key, g.name, g.status, str(g.status_on)) for g in catalog.of(GroupRecord)] == [
        ("metrics", "Metrics", GroupStatus.ACTIVE, "2025-10-14")
    ]
    assert catalog.of(ProductRecord) == [KOKKOS]
    assert (catalog.problems, catalog.unread) == ([], set())


def test_a_folder_that_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(NoSite):
        read_site(tmp_path)


def test_unpublished_products_are_read_and_marked(site):
    site.product("ginkgo", "published: false\nname: Ginkgo\n")

    assert product_of(site, "ginkgo").published is False
    assert product_of(site, "kokkos").published is True


@pytest.mark.parametrize(
    "path",
    [
        "_software/README.md",
        "_software/TEMPLATE.md",
        "_software/2026-02-TEMPLATE.md",
        "_software/test-event-1.md",
        "_software/.hidden.md",
        "_software/.DS_Store",
        "_software/notes.txt",
        "_working-groups/TEMPLATE.md",
        "_working-groups/README.md",
    ],
)
def test_templates_instructions_and_foreign_files_are_skipped_by_name(site, path):
    before = read(site)

    site.write(path, "---\nname: Not a product\nstatus: Provisional\n---\n")

    assert read(site) == before


def test_a_product_whose_name_only_sounds_like_a_template_is_kept(site):
    site.product("template-toolkit", "name: Template Toolkit\n")

    assert product_of(site, "template-toolkit").name == "Template Toolkit"


def test_the_stem_is_the_key_and_the_name_only_a_label(site):
    site.product("upcxx", "name: UPC++\n")
    site.product("petsc-tao", "name: PETSc/TAO\n")
    site.product("chipStar", "name: chipStar\nrepository: https://example.org\nsource: {deep: [1]}\n")

    found = {(each.key, each.name) for each in read(site).of(ProductRecord)}

    assert found == {
        ("kokkos", "Kokkos"),
        ("upcxx", "UPC++"),
        ("petsc-tao", "PETSc/TAO"),
        ("chipStar", "chipStar"),
    }
    assert problems_of(site) == set()


def test_comments_name_no_stewards(site):
    assert product_of(site, "kokkos").stewards == ("S4PST", "RAPIDS")


def test_an_unknown_steward_or_area_is_reported_and_the_known_ones_kept(site):
    site.product("x", "name: X\ncass_members: [S4PST, s4pst, COLABS]\nareas: [Development tools, Tools]\n")

    product = product_of(site, "x")

    assert (product.stewards, product.areas) == (("S4PST",), ("Development tools",))
    assert problems_of(site) == {
        "_software/x.md: there is no member “s4pst”",
        "_software/x.md: there is no member “COLABS”",
        "_software/x.md: there is no area “Tools”",
    }


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("kokkos", ("kokkos",)),
        ("[darshan-runtime, darshan-util, darshan-util]", ("darshan-runtime", "darshan-util")),
        ("null", ()),
        ("", ()),
        ("nil", ()),
        ("[null, {a: b}, 2]", ("2",)),
        ("{a: b}", ()),
    ],
)
def test_package_names_may_be_text_list_or_nothing(site, value, names):
    site.product("x", f"name: X\nspack_name: {value}\ne4s_product: {value}\n")

    assert product_of(site, "x").spack_names == names
    assert product_of(site, "x").e4s_names == names


@pytest.mark.parametrize(
    ("value", "license_spdx"),
    [
        ('"Apache-2.0 OR MIT"', "Apache-2.0 OR MIT"),
        ('"per-member-package"', "per-member-package"),
        ("", None),
        ("[MIT]", None),
        ("true", None),
    ],
)
def test_licenses_may_be_expressions_placeholders_or_nothing(site, value, license_spdx):
    site.product("x", f"name: X\nlicense_spdx: {value}\n")

    assert product_of(site, "x").license_spdx == license_spdx


@pytest.mark.parametrize(
    ("value", "number"),
    [("9344", 9344), ('"12"', 12), ("", None), ("-1", None), ("abc", None), ("9" * 30, None), ("true", None)],
)
def test_the_badge_number_is_a_number_or_nothing(site, value, number):
    site.product("x", f"name: X\nopenssf_bestpractices_id: {value}\n")

    assert product_of(site, "x").openssf_id == number


def test_links_come_from_three_lists_with_their_notes_the_usual_ones_first(site):
    site.product(
        "pumi",
        """\
name: PUMI Components
developer_resource_links:
  - {label: Documentation, url: "http://pumi.example.org/doc"}
  - label: Contributor guide
    url: https://pumi.example.org/contribute
additional_resource_links:
  - {label: Repository, url: "https://example.org/core.git", note: (PUMI core)}
  - {label: Repository, url: "https://example.org/omega_h", note: "— (Omega_h)"}
  - {label: Repository, url: "https://example.org/omega_h", note: "— (Omega_h)"}
  - {label: Documentation, note: "manuals are included in each release"}
  - not a link
end_user_resource_links:
""",
    )

    assert product_of(site, "pumi").links == (
        ("Repository (PUMI core)", "https://example.org/core.git"),
        ("Repository (Omega_h)", "https://example.org/omega_h"),
        ("Documentation", "http://pumi.example.org/doc"),
        ("Contributor guide", "https://pumi.example.org/contribute"),
    )
    assert problems_of(site) == set()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://example.org/x",
        "mailto:somebody@example.org",
        "//example.org/x",
        "https://",
        "https://[::1",
        "https://user:secret@example.org/",
        "https://example.org/a b",
        'https://example.org/"onclick',
        "https://example.org/" + "x" * 500,
    ],
)
def test_only_web_addresses_are_taken(site, url):
    site.product("x", f"name: X\nadditional_resource_links:\n  - {{label: Odd, url: {url!r}}}\n")

    assert product_of(site, "x").links == ()
    assert problems_of(site) == {"_software/x.md: the link “Odd” is no http(s) address"}


def test_text_is_cleaned_and_a_body_is_not_read(site):
    site.product("x", 'name: "X\\0 \\u202E  [a](b)"\n', body="mailto:somebody@example.org <script>\n")

    assert product_of(site, "x").name == "X [a](b)"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("no front matter at all\n", "it has no front matter"),
        ("---\nname: X\n", "it has no front matter"),
        ("---\n- a\n---\n", "the front matter holds no keys"),
        ("---\nareas: [Development tools]\n---\n", "it has no name"),
        ("---\nname: [X]\n---\n", "it has no name"),
        ("---\nname: 0x" + "f" * 9_000 + "\n---\n", "it has no name"),
        ("---\nname: X\nname: Y\n---\n", "“name” is given twice"),
        ("---\nname: X\n\tareas: []\n---\n", "it is not valid YAML in line 2"),
        ("---\nname: !!python/object/apply:os.system [id]\n---\n", "it is not valid YAML in line 1"),
        ("---\nname: X\nwhen: 2025-13-45\n---\n", "it holds a value that cannot be read"),
        ("---\nname: " + "[" * 5_000 + "\n---\n", "it holds a value that cannot be read"),
        (b"---\nname: \xff\xfe\n---\n", "it is not UTF-8 text"),
        ("---\nname: X\n---\n" + "x" * 300_000, "it is larger than 300,000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_reported_and_the_rest_is_read(site, content, reason):
    site.write("_software/broken.md", content)

    catalog = read(site)

    assert [str(each) for each in catalog.problems] == [f"_software/broken.md: {reason}"]
    assert catalog.of(ProductRecord) == [KOKKOS]
    assert catalog.unread == {("product", "broken")}


def test_symbolic_links_are_not_followed(site, tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_text("---\nname: Outside\n---\n")
    (site.root / "_software/link.md").symlink_to(outside)

    assert problems_of(site) == {"_software/link.md: it is a symbolic link"}


def test_a_file_that_may_not_be_opened_is_reported(site, monkeypatch):
    def refuse(path, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_text", refuse)

    assert "_software/kokkos.md: it cannot be opened (Permission denied)" in problems_of(site)


def test_byte_order_marks_and_foreign_line_ends_do_not_matter(site):
    text = (site.root / "_software/kokkos.md").read_text()

    site.write("_software/kokkos.md", b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())

    assert read(site).of(ProductRecord) == [KOKKOS]


def test_two_files_that_differ_in_letter_case_only_are_one_product(site):
    site.product("KOKKOS", "name: Kokkos too\n")

    catalog = read(site)

    assert len(catalog.of(ProductRecord)) == 1
    assert [each.reason for each in catalog.problems] == ["another file has this name in other letter case"]


@pytest.mark.parametrize(
    ("old", "new", "reason", "unread"),
    [
        ("core\nofficers", "gold\nofficers", "RAPIDS has no known membership level", "RAPIDS"),
        ('    name: "RAPIDS2: An Institute"\n', "", "RAPIDS has no name", "RAPIDS"),
        ("short_name: RAPIDS", "short_name: S4PST", "S4PST is listed twice", "S4PST"),
        ("short_name: RAPIDS", "short_name: a/b", "member 2 has no usable short name", None),
        ("https://s4pst.example.org/", "javascript:1", "the web site of S4PST is no http(s) address", ...),
    ],
)  # fmt: skip
def test_a_member_that_cannot_be_read_is_reported_and_left_as_it_was(site, old, new, reason, unread):
    site.change("_data/organization.yml", old, new)

    catalog = read(site)

    assert f"_data/organization.yml: {reason}" in {str(each) for each in catalog.problems}
    assert catalog.unread == (set() if unread is ... else {("member", unread)})


def test_former_members_may_be_listed_as_such(site):
    site.change("_data/organization.yml", "core\nofficers", "former\nofficers")

    assert {each.key: each.level for each in read(site).of(MemberRecord)} == {
        "S4PST": Level.CORE,
        "RAPIDS": Level.FORMER,
    }


UNREADABLE = (None, "", "- a\n", "a: [\n")


@pytest.mark.parametrize(
    ("path", "kind", "content"),
    [("_data/sw-areas.yml", "area", each) for each in UNREADABLE]
    + [("_data/organization.yml", "member", each) for each in (*UNREADABLE, "members: 3\n")],
)
def test_a_data_file_that_cannot_be_read_leaves_its_kind_as_it_was(site, path, kind, content):
    if content is None:
        site.remove(path)
    else:
        site.write(path, content)

    catalog = read(site)

    assert [each.file for each in catalog.problems] == [path]
    assert catalog.unread == {(kind, None)}
    assert [each.name for each in catalog.of(ProductRecord)] == ["Kokkos"]


def test_an_area_without_a_usable_name_is_reported(site):
    site.write("_data/sw-areas.yml", "Programming models and runtimes: {}\ntrue: {}\n")

    assert problems_of(site) == {"_data/sw-areas.yml: area 2 has no usable name"}


def test_an_empty_folder_is_reported_instead_of_taken_for_the_end_of_all_products(site):
    site.remove("_software/kokkos.md")

    catalog = read(site)

    assert problems_of(site) == {"_software: no content file was found; nothing of it was changed"}
    assert catalog.unread == {("product", None)}


def test_the_status_of_a_working_group_may_stand_at_the_top(site):
    site.write("_working-groups/old.md", '---\nname: Old\nstatus: Retired\nstatus_date: "2025-08-25"\n---\n')

    found = {each.key: (each.status, str(each.status_on)) for each in read(site).of(GroupRecord)}

    assert found == {
        "metrics": (GroupStatus.ACTIVE, "2025-10-14"),
        "old": (GroupStatus.RETIRED, "2025-08-25"),
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("name: G\ncharter: {status: Dreaming}\n", "it has no known status"),
        ("charter: {status: Active}\n", "it has no name"),
    ],
)
def test_a_working_group_without_name_or_status_is_reported(site, content, reason):
    site.write("_working-groups/g.md", f"---\n{content}---\n")

    assert problems_of(site) == {f"_working-groups/g.md: {reason}"}


@pytest.mark.parametrize("value", ["someday", "", "[1]"])
def test_a_working_group_may_lack_a_date(site, value):
    site.change("_working-groups/metrics.md", "status_date: 2025-10-14", f"status_date: {value}")

    assert [each.status_on for each in read(site).of(GroupRecord)] == [None]


def test_an_instant_is_taken_for_its_day(site):
    site.change("_working-groups/metrics.md", "2025-10-14", "2025-10-14 12:00:00")

    assert [str(each.status_on) for each in read(site).of(GroupRecord)] == ["2025-10-14"]


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "- " * 50_000, "a: &x [*x]", "? {a: 1}\n: b", "x: " + "9" * 6_000, "\0"]
)
def test_no_yaml_text_gets_further_than_a_refusal(text):
    with pytest.raises(Unreadable):
        parse(text)


def test_persons_are_never_read(site):
    site.write("_data/people.yml", "Somebody:\n  email: somebody@example.org\n")

    assert "somebody" not in repr(read(site))


def test_the_snapshot_is_read_as_it_is_known(shared):
    catalog = read_site(shared / "cass-site")

    products = {each.key: each for each in catalog.of(ProductRecord)}
    stewarding = {short_name for each in products.values() for short_name in each.stewards}
    assert (catalog.problems, catalog.unread) == ([], set())
    assert [len(catalog.of(kind)) for kind in (MemberRecord, AreaRecord, GroupRecord)] == [7, 8, 7]
    assert len(products) == 64
    assert {key for key, each in products.items() if not each.published} == {
        "ginkgo", "libceed", "magma", "trilinos", "xsdk",
    }  # fmt: skip
    assert {key: each.stewards for key, each in products.items() if len(each.stewards) != 1} == {
        "kokkos": ("S4PST", "RAPIDS"),
        "tau": ("RAPIDS", "STEP"),
    }
    assert {each.key for each in catalog.of(MemberRecord)} - stewarding == {"CORSA"}
    assert {each.key for each in catalog.of(GroupRecord) if each.status == GroupStatus.RETIRED} == {
        "foundations"
    }
    assert not {each.name for each in products.values()} & {"", "TEMPLATE", "SSO"}
    assert "@" not in repr(catalog)
