"""What differs between two catalogs, and how it is said."""

from dataclasses import replace
from datetime import date

import pytest

from cass_portal.directory.lifecycle import GroupStatus, Level
from cass_portal.directory.records import (
    AreaRecord,
    Catalog,
    Change,
    GroupRecord,
    MemberRecord,
    ProductRecord,
    differences,
)

S4PST = MemberRecord("S4PST", "Stewardship", Level.CORE)
RAPIDS = MemberRecord("RAPIDS", "An institute", Level.CORE)
TOOLS = AreaRecord("Tools", 0)
METRICS = GroupRecord("metrics", "Metrics", GroupStatus.ACTIVE, date(2025, 10, 14))
KOKKOS = ProductRecord("kokkos", "Kokkos", stewards=("S4PST", "RAPIDS"), areas=("Tools",))
PRESENT = [S4PST, RAPIDS, TOOLS, METRICS, KOKKOS]


def changed(*records, unread=()):
    return differences(Catalog(list(PRESENT)), Catalog(list(records), unread=set(unread)))


def test_equal_catalogs_differ_in_nothing():
    assert changed(*PRESENT) == []


def test_everything_is_new_to_an_empty_directory_stewards_before_products():
    found = differences(Catalog(), Catalog([KOKKOS, METRICS, TOOLS, RAPIDS, S4PST]))

    assert [each.after for each in found] == [RAPIDS, S4PST, TOOLS, METRICS, KOKKOS]
    assert [str(each) for each in found] == [
        "+ member RAPIDS", "+ member S4PST", "+ area Tools", "+ working group Metrics", "+ product Kokkos",
    ]  # fmt: skip


def test_what_is_gone_departs_and_an_area_stays():
    found = changed(S4PST)

    assert {(each.before, each.after) for each in found} == {
        (RAPIDS, replace(RAPIDS, level=Level.FORMER)),
        (METRICS, replace(METRICS, status=GroupStatus.RETIRED, status_on=None)),
        (KOKKOS, replace(KOKKOS, retired=True)),
    }


def test_what_departed_does_not_depart_again():
    gone = Catalog([replace(RAPIDS, level=Level.FORMER), replace(KOKKOS, retired=True), METRICS.departed()])

    assert differences(gone, Catalog()) == []


def test_what_comes_back_is_a_change():
    gone = Catalog([S4PST, RAPIDS, TOOLS, METRICS, replace(KOKKOS, retired=True)])

    assert [str(each) for each in differences(gone, Catalog(list(PRESENT)))] == [
        "~ product Kokkos: retired yes → no"
    ]


@pytest.mark.parametrize("unread", [("product", "KOKKOS"), ("product", None)])
def test_what_could_not_be_read_does_not_depart(unread):
    assert changed(S4PST, RAPIDS, TOOLS, METRICS, unread=[unread]) == []


def test_keys_are_compared_without_letter_case_and_kept_as_they_are():
    renamed = [replace(KOKKOS, key="Kokkos", stewards=("s4pst", "RAPIDS"), areas=("tools",))]

    assert changed(replace(S4PST, key="s4pst"), RAPIDS, replace(TOOLS, key="tools"), METRICS, *renamed) == []


def test_stewards_and_areas_that_nobody_knows_are_left_out():
    product = replace(KOKKOS, stewards=("S4PST", "NOBODY", "RAPIDS"), areas=("Nowhere", "Tools"))

    assert changed(S4PST, RAPIDS, TOOLS, METRICS, product, unread=[("member", None), ("area", None)]) == []


def test_a_change_says_each_field_and_of_lists_only_what_came_and_went():
    after = replace(
        KOKKOS, name="Kokkos Core", published=False, stewards=("RAPIDS",), license_spdx="MIT",
        links=(("Website", "https://example.org"),),
    )  # fmt: skip

    assert str(Change(KOKKOS, after)) == (
        "~ product Kokkos Core: name Kokkos → Kokkos Core; published yes → no; stewards -S4PST; "
        "links +Website https://example.org; license spdx none → MIT"
    )
    reordered = replace(KOKKOS, stewards=("RAPIDS", "S4PST"))
    assert str(Change(KOKKOS, reordered)) == "~ product Kokkos: stewards in another order"


def test_a_change_concerns_the_member_itself_and_stewards_before_and_after():
    assert Change(S4PST, replace(S4PST, name="Other")).organizations == {"S4PST"}
    assert Change(KOKKOS, replace(KOKKOS, stewards=("STEP",))).organizations == {"S4PST", "RAPIDS", "STEP"}
    assert Change(None, TOOLS).organizations == set()
