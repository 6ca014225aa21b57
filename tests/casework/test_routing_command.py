"""`cass-portal routing`: files in, advice and figures out, no database."""

import json

import pytest
from click.testing import CliRunner

from cass_portal.casework.routing.command import routing
from cass_portal.casework.routing.evaluating import auc, folds_of
from cass_portal.casework.routing.lines import read_items

pytestmark = pytest.mark.once
JUDGED = [
    ("BoomerAMG stalls", "strong threshold", ["FASTMath"], "hard"),
    ("H5Dwrite hangs", "collective", ["RAPIDS"], "easy"),
    ("Kokkos::View copies", "deep_copy", ["S4PST", "RAPIDS"], "easy"),
    ("spack concretizer is slow", "clingo", ["PESO"], "easy"),
    ("Cheap pills", "no prescription, click here", [], "easy"),
]


def line(number, subject, body, gold, difficulty):
    return json.dumps(
        {"id": f"x{number}", "subject": subject, "body": body, "gold_orgs": gold, "difficulty": difficulty}
    )


@pytest.fixture
def judged(tmp_path):
    path = tmp_path / "judged.jsonl"
    path.write_text("\n".join(line(n, *row) for n, row in enumerate(JUDGED * 3)) + "\n", encoding="utf-8")
    return path


def run(*arguments, given=None):
    return CliRunner().invoke(routing, [str(each) for each in arguments], input=given)


def test_a_line_of_advice_for_each_matter(judged):
    given = "\n".join(line(n, *row) for n, row in enumerate(JUDGED)) + "\n\n"

    found = run("suggest", given=given)

    assert found.exit_code == 0
    advice = [json.loads(each) for each in found.output.splitlines()]
    assert [each["id"] for each in advice] == ["x0", "x1", "x2", "x3", "x4"]
    assert [each["ranked"][0]["organization"] for each in advice[:4]] == [
        "FASTMath",
        "RAPIDS",
        "S4PST",
        "PESO",
    ]
    assert {len(each["ranked"]) for each in advice} == {7}
    assert "names BoomerAMG" in advice[0]["ranked"][0]["because"][0]
    assert [each["out_of_scope"] > 0.5 for each in advice] == [False, False, False, False, True]
    assert all(0 <= each["confidence"] <= 1 for each in advice)
    assert run("suggest", judged).output.splitlines()[:5] == found.output.splitlines()
    assert run("suggest", judged, "--train", judged).exit_code == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('{"id": "a", "subject": "b", "body": "c"}\nnonsense', "line 2 is no JSON"),
        ('{"id": "a", "subject": "b"}', "line 1 has no text “body”"),
        ("[1]", "line 1 is no JSON object"),
        ('{"id": "a", "subject": "b", "body": "c", "gold_orgs": "PESO"}', "must be a list"),
    ],
)
def test_a_bad_line_is_named_and_ends_with_2(given, said):
    found = run("suggest", given=given)

    assert (found.exit_code, found.stdout) == (2, "")
    assert said in found.stderr


def test_evaluating_without_other_lessons_is_cross_validation(judged):
    crossed, same = run("evaluate", judged), run("evaluate", judged, "--train", judged)

    assert crossed.exit_code == 0
    assert "15 matters, cross-validated: 5 folds, 3 times" in crossed.output
    assert "top-1, the first gold    1.000 ± 0.000" in crossed.output
    assert "AUC of nobody            1.000" in crossed.output
    assert "difficulty = hard            1.00  1.00  (3)" in crossed.output
    assert same.output == crossed.output


def test_evaluating_with_other_lessons_says_so(judged, tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_text(judged.read_text(encoding="utf-8"), encoding="utf-8")

    assert "15 matters, learned from other.jsonl" in run("evaluate", judged, "--train", other).output
    unjudged = run("evaluate", tmp_path / "missing.jsonl")
    assert unjudged.exit_code == 2


def test_folds_share_every_member_and_lose_nobody():
    items = read_items(line(n, *row) for n, row in enumerate(JUDGED * 5))

    folds = folds_of(items, seed=1)

    assert sorted(each.id for fold in folds for each in fold) == sorted(each.id for each in items)
    assert [sorted(each.gold[0] if each.gold else "" for each in fold) for fold in folds] == [
        ["", "FASTMath", "PESO", "RAPIDS", "S4PST"]
    ] * 5


def test_auc():
    assert auc([0.9, 0.8], [0.1, 0.8]) == 0.875
