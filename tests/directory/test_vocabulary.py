"""The curated words of products, members and strangers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cass_portal.directory import bundled
from cass_portal.directory.records import MemberRecord, ProductRecord
from cass_portal.directory.vocabulary import Finder, products_named, vocabulary, words_of_product


def found(text, *entries):
    return [(hit.owners, hit.written) for hit in Finder(entries).find(text)]


def test_every_product_and_member_of_the_bundled_catalog_has_its_words():
    catalog = bundled.catalog()

    known = vocabulary()

    assert set(known.products) == {each.key for each in catalog.of(ProductRecord)}
    assert set(known.members) == {each.key for each in catalog.of(MemberRecord)}
    assert set(known.topics) <= {each.slug for each in bundled.topics()}
    assert all(of.names and of.signs and of.words for of in known.products.values())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "KokkosSparse::spgemm in Kokkos Kernels",
            {"kokkoskernels": ["KokkosSparse", "spgemm", "Kokkos Kernels"]},
        ),
        ("Kokkos::View and MatSetValues", {"kokkos": ["Kokkos"], "petsc-tao": ["MatSetValues"]}),
        ("BoomerAMG via -pc_hypre_type", {"hypre": ["BoomerAMG", "pc_hypre_type"]}),
        ("open-mpi's orte_init, `H5Dwrite`", {"open-mpi": ["open-mpi", "orte_init"], "hdf5": ["H5Dwrite"]}),
        ("用PETSc求解", {"petsc-tao": ["PETSc"]}),
        ("Please visit our legion of magma caffeine", {}),
        ("XUPC++, kokkosify, Matlab", {}),
    ],
)
def test_products_are_named_by_their_names_and_signs(text, names):
    assert products_named(text) == names


def test_the_longest_entry_wins_and_shared_ones_belong_to_all():
    entries = [("a b", "one"), ("a", "two"), ("c", "two"), ("c", "one")]

    assert found("A-B, a c", *entries) == [(("one",), "A-B"), (("two",), "a"), (("two", "one"), "c")]


def test_forms_of_entries():
    assert found("TAU tau", ("=TAU", "x")) == [(("x",), "TAU")]
    assert found("aml_area aml_ AML_X", ("aml_*", "x")) == [(("x",), "aml_area")]
    assert found("fir.load fir tree", ("fir.*", "x")) == [(("x",), "fir")]
    assert found("bp file out.bp", (".bp", "x")) == [(("x",), "bp")]
    assert found("one. And two", ("one two", "x"), ("one and two", "y")) == [(("y",), "one. And two")]
    assert found("one (two) one\n\n\ntwo", ("one two", "x")) == []


def test_words_of_a_product_are_small_letters():
    words = words_of_product("hypre")

    assert {"boomeramg", "multigrid", "hypre"} <= words
    assert all(each == each.lower() for each in words)
    assert words_of_product("nothing") == frozenset()


@given(st.text(max_size=200))
def test_any_text_is_read_without_harm(text):
    assert set(products_named(text)) <= set(vocabulary().products)
