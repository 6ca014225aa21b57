"""The suggester: what it names, how it ranks, what it says."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from cass_portal.casework.queries import routing_directory, suggestions_for
from cass_portal.casework.routing import Directory, Matter, ProductFacts, TopicFacts, names_in, suggest
from cass_portal.directory.lifecycle import Level
from tests import factories


class Member(NamedTuple):
    short_name: str


S4PST, RAPIDS, PESO, STEP = (Member(name) for name in ("S4PST", "RAPIDS", "PESO", "STEP"))
NAMES = {
    "Kokkos": ("Kokkos", "kokkos"),
    "Kokkos Kernels": ("Kokkos Kernels", "kokkos-kernels"),
    "UPC++": ("UPC++", "upcxx"),
    "PETSc/TAO": ("PETSc/TAO", "PETSc", "TAO", "petsc"),
    "VisIt": ("VisIt", "visit"),
    "Open MPI": ("Open MPI", "openmpi"),
}
PRODUCTS = [ProductFacts(n, name, names, (S4PST,)) for n, (name, names) in enumerate(NAMES.items())]


def named(text):
    by_id = {each.id: each.name for each in PRODUCTS}
    return {by_id[id_]: written for id_, written in names_in(text, PRODUCTS).items()}


def test_names_are_found_as_whole_words_only():
    text = "kokkosify and XUPC++ and UPC++11, Kokkosy, _Kokkos_, TAOism"

    assert named(text) == {}


def test_names_with_signs_are_found():
    assert named("Does UPC++ work with PETSc/TAO? (Open MPI.)") == {
        "UPC++": "UPC++",
        "PETSc/TAO": "PETSc/TAO",
        "Open MPI": "Open MPI",
    }


def test_package_names_are_found_and_given_as_written():
    assert named("spack install upcxx OPENMPI") == {"UPC++": "upcxx", "Open MPI": "OPENMPI"}


def test_the_longest_name_wins():
    assert named("Kokkos Kernels fails") == {"Kokkos Kernels": "Kokkos Kernels"}
    assert named("Kokkos and kokkos-kernels") == {"Kokkos": "Kokkos", "Kokkos Kernels": "kokkos-kernels"}


def test_ordinary_words_count_only_as_the_product_writes_itself():
    assert named("Please visit our page. Visit it soon.") == {}
    assert named("VisIt crashes") == {"VisIt": "VisIt"}


def test_a_picked_product_outranks_a_named_one_and_says_why():
    directory = Directory(
        [ProductFacts(1, "Kokkos", ("Kokkos",), (S4PST, RAPIDS)), ProductFacts(2, "TAU", ("TAU",), (STEP,))],
        [],
    )
    matter = Matter("TAU profile", "Kokkos kernels are missing", product_ids=frozenset({1}))

    assert [
        (s.organization.short_name, s.score, s.because, s.is_strong) for s in suggest(matter, directory)
    ] == [
        ("RAPIDS", 10, ("about Kokkos, stewarded by RAPIDS",), True),
        ("S4PST", 10, ("about Kokkos, stewarded by S4PST",), True),
        ("STEP", 5, ("names TAU, stewarded by STEP",), True),
    ]


def test_a_topic_points_to_its_owners():
    directory = Directory([], [TopicFacts(7, "Packaging", (PESO,)), TopicFacts(8, "Training", (STEP,))])

    found = suggest(Matter("Build", "…", topic_ids=frozenset({7})), directory)

    assert [(s.organization, s.because) for s in found] == [
        (PESO, ("about “Packaging”, looked after by PESO",))
    ]


def test_a_name_in_the_subject_weighs_more_than_in_the_body():
    directory = Directory(
        [ProductFacts(1, "HDF5", ("HDF5",), (RAPIDS,)), ProductFacts(2, "TAU", ("TAU", "tau"), (STEP,))], []
    )

    found = suggest(Matter("HDF5 files", "written under TAU"), directory)

    assert [(s.organization.short_name, s.score) for s in found] == [("RAPIDS", 5), ("STEP", 3)]


def test_nothing_points_anywhere():
    assert suggest(Matter("Hello", "World"), Directory(PRODUCTS, [])) == []
    assert suggest(Matter("Kokkos", ""), Directory([], [])) == []


@given(st.text(max_size=300))
def test_any_text_is_read_without_harm(text):
    assert set(names_in(text, PRODUCTS)) <= {each.id for each in PRODUCTS}


def test_former_members_and_retired_products_are_never_suggested(app):
    here, gone = factories.organization("S4PST"), factories.organization("EQSIM", level=Level.FORMER)
    kokkos = factories.product("Kokkos", stewards=[gone, here], spack_names=["kokkos"])
    hidden = factories.product("Hidden", stewards=[here], published=False)
    from cass_portal.clock import today

    factories.product("Retired", stewards=[here], retired_on=today())
    factories.topic("Training", organizations=[gone])
    item = factories.feedback("Retired and Hidden", products=[kokkos])

    assert {each.name for each in routing_directory().products} == {"Kokkos", "Hidden"}
    assert [(s.organization.short_name, s.because) for s in suggestions_for(item)] == [
        ("S4PST", ("about Kokkos, stewarded by S4PST", "names Hidden, stewarded by S4PST"))
    ]
    assert hidden.name == "Hidden"


def test_members_that_have_the_matter_are_not_suggested_again(app):
    s4pst, rapids = factories.organization("S4PST"), factories.organization("RAPIDS")
    item = factories.feedback("x", products=[factories.product("Kokkos", stewards=[s4pst, rapids])])
    factories.assignment(item, s4pst)
    factories.assignment(item, rapids, state="refused")

    assert [each.organization.short_name for each in suggestions_for(item)] == ["RAPIDS"]
