"""The suggester: what it names, how it ranks, what it says, what it learns."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cass_portal.casework.routing import (
    Directory,
    Matter,
    MemberFacts,
    Model,
    ProductFacts,
    TopicFacts,
    advise,
)
from cass_portal.casework.routing.bundled import directory as bundled_directory
from cass_portal.casework.routing.learning import NOBODY, Counts, features_of
from cass_portal.casework.routing.packing import packed, unpacked
from cass_portal.casework.routing.reading import NAME, Reader
from cass_portal.casework.routing.training import Decision, learn, nothing, train


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


READER = Reader(Directory(PRODUCTS, []))


def named(text):
    """Products that `text` names, with the name as it is written there first."""
    return {name: written[0] for name, written in READER.read(Matter("", text)).found[NAME].items()}


def suggest(matter, directory):
    """Members that something points to."""
    return [each for each in advise(matter, directory).ranked if each.because]


def ranked(advice):
    return [each.organization.short_name for each in advice.ranked]


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
    matter = Matter("TAU profile", "Kokkos is missing", product_ids=frozenset({1}))

    found = suggest(matter, directory)

    assert [each.organization.short_name for each in found] == ["S4PST", "RAPIDS", "STEP"]
    assert [each.because[0] for each in found] == [
        "about Kokkos, stewarded by S4PST",
        "about Kokkos, stewarded by RAPIDS",
        "names TAU, stewarded by STEP",
    ]
    assert found[0].score > found[1].score > found[2].score


def test_a_topic_points_to_its_owners():
    directory = Directory([], [TopicFacts(7, "Packaging", (PESO,)), TopicFacts(8, "Training", (STEP,))])

    found = suggest(Matter("Hm", "…", topic_ids=frozenset({7})), directory)

    assert [(s.organization, s.because) for s in found] == [
        (PESO, ("about “Packaging”, looked after by PESO",))
    ]


def test_a_name_in_the_subject_weighs_more_than_in_the_body():
    directory = Directory(
        [ProductFacts(1, "HDF5", ("HDF5",), (RAPIDS,)), ProductFacts(2, "TAU", ("TAU", "tau"), (STEP,))], []
    )

    assert ranked(advise(Matter("HDF5 files", "written under TAU"), directory)) == ["RAPIDS", "STEP"]
    assert ranked(advise(Matter("TAU files", "written by HDF5"), directory)) == ["STEP", "RAPIDS"]


def test_nothing_points_anywhere():
    assert suggest(Matter("Hello", "World"), Directory(PRODUCTS, [])) == []
    assert suggest(Matter("Kokkos", ""), Directory([], [])) == []


@given(st.text(max_size=300))
def test_any_text_is_read_without_harm(text):
    assert set(named(text)) <= set(NAMES)
    assert 0 <= advise(Matter(text, text), bundled_directory()).out_of_scope <= 1


SENTENCES = {
    "FASTMath": (
        "The BoomerAMG setup phase grows without bound",
        "Newton's line search stalls and the preconditioned residual stays flat",
        "Löser für dünnbesetzte Gleichungssysteme gesucht",
        "mesh adaptation leaves sliver elements at the curved boundary",
    ),
    "S4PST": (
        "MPI_Win_lock hangs when two ranks share a node",
        "nvcc_wrapper refuses a lambda in parallel_reduce",
        "coarray images do not see each other's events",
        "Which programming model will still exist in ten years?",
    ),
    "RAPIDS": (
        "H5Dread returns zeros for a chunked dataset",
        "pvbatch renders an empty picture on the cluster",
        "How small can our climate files get with lossy compression?",
        "Necesitamos visualización de datos de un océano",
    ),
    "STEP": (
        "hpcrun loses samples in OpenMP regions",
        "perf_event_paranoid hides all hardware counters from users",
        "Which profiler shows where the time goes in a Python code?",
    ),
    "PESO": (
        "concretizer picks two versions of zlib",
        "Broken link on the page of our product in the catalog",
        "Is there a container with the whole software stack for a workshop?",
    ),
    "CORSA": (
        "Who owns the trademark when a project joins a foundation?",
        "Wie finanzieren wir die Wartung nach dem Ende der Förderung? Lizenz und Satzung stehen",
        "Do you measure the contributor absence factor of projects?",
    ),
    "LEADS": (
        "physics-informed neural networks with hard constraints",
        "proper orthogonal decomposition of snapshots, then hyper-reduction",
        "Is a surrogate trained on our data allowed to be equivariant?",
    ),
}


@pytest.mark.parametrize(("member", "text"), [(m, t) for m, some in SENTENCES.items() for t in some])
def test_a_sentence_without_a_product_finds_its_member(member, text):
    advice = advise(Matter(text, ""), bundled_directory())

    assert ranked(advice)[0] == member
    assert advice.ranked[0].because
    assert not advice.is_for_nobody


@pytest.mark.parametrize(
    "text",
    [
        "Cheap pills without prescription, click here, 70% discount, free shipping",
        "qwrtzp sdfghj aaaaaaaa xcvbnm",
        "I forgot my password of the submission system, please extend the deadline",
    ],
)
def test_what_is_for_nobody_is_said_to_be(text):
    assert advise(Matter(text, ""), bundled_directory()).is_for_nobody


def test_words_of_a_profile_point_to_it_and_not_ours_away():
    matter = Matter("Tokamak wall", "Our tokamak wall loads are wrong in divertor runs")
    plain = Directory([], [], [MemberFacts(STEP), MemberFacts(PESO)])
    told = Directory([], [], [MemberFacts(STEP, words=("tokamak wall",)), MemberFacts(PESO)])
    warned = Directory(
        [], [], [MemberFacts(STEP, words=("tokamak wall",), not_ours=("divertor",)), MemberFacts(PESO)]
    )

    scores = [
        {each.organization: each.score for each in advise(matter, each_of).ranked}[STEP]
        for each_of in (plain, told, warned)
    ]

    assert scores[0] < scores[2] < scores[1]
    assert suggest(matter, told)[0].because == ("words of STEP's field: Tokamak wall",)
    assert "STEP says it is not its: divertor" in suggest(matter, warned)[0].because


def decisions():
    return [
        *(Decision(Matter(f"Zebra {n}", "stripes of the savanna herd"), ("STEP",)) for n in range(20)),
        *(Decision(Matter(f"Whale {n}", "songs below the ocean ice"), ("PESO",)) for n in range(20)),
        *(Decision(Matter(f"Yacht {n}", "gleaming hull for sale"), ()) for n in range(20)),
    ]


def test_past_decisions_teach_words():
    directory = Directory([], [], [MemberFacts(each) for each in (PESO, S4PST, STEP)])
    matter = Matter("Another one", "a herd with stripes")
    before = advise(matter, directory)

    model = train(decisions(), directory)

    advice = advise(matter, directory, model)
    assert ranked(advice)[0] == "STEP"
    assert advice.confidence > before.confidence
    assert advice.ranked[0].because == ("words as in 20 matters that STEP was given: stripes, herd",)
    assert advise(Matter("Yacht", "hull for sale"), directory, model).out_of_scope > advice.out_of_scope


def test_a_refusal_counts_against():
    directory = Directory([], [], [MemberFacts(each) for each in (PESO, STEP)])
    matter = Matter("Zebra", "stripes of the herd")
    kept = [*decisions()[:20], *decisions()[20:40]]
    refusing = [
        Decision(Matter(f"Zebra {n}", "stripes herd"), ("PESO",), refused=("STEP",)) for n in range(8)
    ]
    others = [Decision(Matter(f"Whale {n}", "ocean ice"), ("STEP",), refused=("PESO",)) for n in range(8)]

    before = advise(matter, directory, train(kept, directory, weigh=False)).ranked[0]
    after = advise(matter, directory, train([*kept, *refusing, *others], directory, weigh=False))

    assert before.organization == STEP
    assert next(each for each in after.ranked if each.organization == STEP).score < before.score
    assert any("STEP refused 8" in line for each in after.ranked for line in each.because)


def test_what_was_learned_is_taken_back_exactly():
    knowledge, decision = nothing(), decisions()[0]
    for each in decisions()[20:]:
        learn(knowledge, each)
    before = knowledge.given.beliefs(features_of("zebra whale"), ["STEP", "PESO", NOBODY])

    learn(knowledge, decision)
    learn(knowledge, decision, amount=-1)

    after = knowledge.given.beliefs(features_of("zebra whale"), ["STEP", "PESO", NOBODY])
    assert after["PESO"] == pytest.approx(before["PESO"], abs=1e-6)
    assert knowledge.given.documents == 40


def test_a_model_survives_being_kept():
    directory = Directory([], [], [MemberFacts(each) for each in (PESO, STEP)])
    model = train(decisions(), directory)
    matter = Matter("Zebra", "stripes")

    opened = unpacked(packed(model))

    assert advise(matter, directory, opened) == advise(matter, directory, model)
    assert unpacked(packed(Model())).learned is None
    for broken in (b"", b"something else", packed(model)[:40]):
        with pytest.raises(ValueError, match="packed"):
            unpacked(broken)


def test_nobodys_words_can_be_read_from_what_is_kept():
    counts = Counts()
    counts.learn(features_of("Chlorophyll mitochondria"), "STEP")

    assert b"chloro" not in counts.packed().lower()
    assert b"STEP" in counts.packed()
