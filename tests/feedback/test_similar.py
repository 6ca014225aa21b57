"""How alike two texts are: what counts for it, what against it, and what is said of it. Pure."""

import json

import pytest
from click.testing import CliRunner

from cass_portal.feedback.similar import ALIKE, SAME, likeness, telling_words, traits_of, words
from cass_portal.feedback.similar.command import similar
from cass_portal.feedback.similar.comparing import features, said_by_both
from cass_portal.feedback.similar.measuring import average_precision
from cass_portal.feedback.similar.traits import READ, READ_OF_SUBJECT

pytestmark = pytest.mark.once

LEAK = (
    "PETSc runs out of memory on the GPU",
    "KSPSolve with hypre dies with cudaErrorMemoryAllocation on our A100 nodes.",
)
SAME_LEAK = (
    "Device OOM in KSPSolve",
    "With PETSc and CUDA the linear solve stops: cudaErrorMemoryAllocation.",
)
OTHER = ("Travel support for the summer school", "Is there lodging for students of the tutorial in July?")


def score(a, b):
    return likeness(traits_of(*a), traits_of(*b)).score


def test_the_same_matter_in_other_words_is_found_and_another_is_not():
    assert score(LEAK, SAME_LEAK) > ALIKE
    assert score(LEAK, LEAK) > SAME
    assert score(LEAK, OTHER) < 0.1
    assert score(LEAK, SAME_LEAK) == score(SAME_LEAK, LEAK)


def test_naming_different_products_speaks_against():
    about_trilinos = tuple(
        each.replace("PETSc", "Trilinos").replace("KSPSolve", "Belos") for each in SAME_LEAK
    )

    assert score(LEAK, about_trilinos) < score(LEAK, SAME_LEAK) / 2


@pytest.mark.parametrize(
    ("figure", "one", "other", "found"),
    [
        ("numbers", "46,340 unknowns", "n=46340, 8 ranks", 0.4),
        ("numbers", "46340 unknowns", "81250 unknowns", 0),
        ("other_failure", "it crashes", "it is slow", 1),
        ("other_failure", "it crashes", "a segfault", 0),
        ("other_field", "called in pdgssvx", "called in H5Dwrite", 1),
        ("other_field", "called in pdgssvx", "called in the loop", 0),
        ("other_product", "PETSc fails", "called in H5Dwrite", 1),
    ],
)
def test_numbers_speak_for_it_and_another_failure_or_field_against(figure, one, other, found):
    assert features(traits_of("", one), traits_of("", other))[figure] == found


def test_a_long_report_is_as_like_a_line_as_a_short_one():
    line, report = traits_of("", "pdgssvx hangs with ParMETIS"), "pdgssvx hangs with ParMETIS on four ranks."
    long = traits_of("", report + " Thank you for any help with this; we have a deadline in December.")

    assert said_by_both(line, long) == said_by_both(line, traits_of("", report))


def test_it_says_what_both_have_in_common():
    found = likeness(traits_of(*LEAK), traits_of(*SAME_LEAK))

    assert found.products == ("PETSc",)
    assert "out of memory" in found.common


@pytest.mark.parametrize("text", [("", ""), ("?!", "…"), ("数据", "写入失败"), ("a" * 5_000, "_" * 20_000)])
def test_any_text_can_be_compared(text):
    assert 0 <= score(text, LEAK) <= 1
    assert 0 <= score(text, text) <= 1


@pytest.mark.parametrize(
    ("forms", "stem"),
    [(("crash", "crashes", "crashed", "crashing"), "crash"), (("solver", "solve", "solving"), "solv")],
)
def test_forms_of_a_word_have_one_stem(forms, stem):
    assert {words.stem(each) for each in forms} == {stem}


def test_the_rarest_words_come_first():
    assert telling_words(*LEAK)[:1] != ["the"]
    assert telling_words("the crash of the spelunker", "")[0] == "spelunker"


def test_precision_counts_where_the_wanted_ones_stand():
    assert average_precision([3, 2, 1], [True, False, True]) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision([1, 1], [True, False]) == 0.5
    assert average_precision([], []) == 0


def test_the_command_measures_pairs(tmp_path):
    items = [{"id": n, "subject": s, "body": b} for n, (s, b) in enumerate((LEAK, OTHER))]
    pairs = [
        {"a": 0, "b": dict(zip(("subject", "body"), SAME_LEAK, strict=True)), "label": "duplicate"},
        {"a": 1, "b": dict(zip(("subject", "body"), SAME_LEAK, strict=True)), "label": "different"},
    ]
    for name, rows in (("pairs", pairs), ("items", items)):
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)))

    told = CliRunner().invoke(similar, ["evaluate", str(tmp_path / "pairs"), str(tmp_path / "items")])

    assert told.output.split() == (
        [
            "pairs",
            "2",
            "(1",
            "duplicates)",
            "average",
            "precision",
            "1.000",
            "hit@1",
            "1.000",
            "hit@3",
            "1.000",
        ]
    )
    (tmp_path / "items").write_text("{")
    assert (
        CliRunner().invoke(similar, ["evaluate", str(tmp_path / "pairs"), str(tmp_path / "items")]).exit_code
        == 1
    )


def test_a_text_of_any_length_takes_no_longer_than_its_beginning():
    subject = "walrus ".ljust(READ_OF_SUBJECT, ".") + " quokka" * 40_000
    body = "otter ".ljust(READ, ".") + " wombat" * 40_000

    assert set(telling_words(subject, body)) == {"walrus", "otter"}
    assert set(traits_of(subject, body).stems) == {words.stem("walrus"), words.stem("otter")}
