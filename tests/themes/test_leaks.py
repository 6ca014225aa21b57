"""What a public text must not say of a matter that is not public."""

import pytest

from cass_portal.themes.leaks import Hidden, leaks, references_in

pytestmark = pytest.mark.once
HIDDEN = Hidden(
    "CASS-7K3QF",
    "Crashes at Oak Lab",
    "Our solver stops after ten steps on the new machine, and nobody knows why.",
    ("Ada Example", "Oak Lab"),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Several of you wrote that solvers stop.", []),
        ("See cass-7k3qf.", ["It names CASS-7K3QF, which not everybody may read."]),
        ("ADA  example told us.", ["It names Ada Example, whom CASS-7K3QF is from."]),
        ("**Oak** *Lab* told us.", ["It names Oak Lab, whom CASS-7K3QF is from."]),
        ("“Crashes at Soak Lab”", []),
        (
            "“our solver stops after ten STEPS” was said.",
            ["It repeats the words of CASS-7K3QF: “our solver stops after ten steps”."],
        ),
        ("Our solver stops after nine steps.", []),
        ("Ada knows an example.", []),
        ("", []),
    ],
)
def test_a_text_is_looked_through_for_what_gives_a_matter_away(text, found):
    assert leaks(text, [HIDDEN]) == found


def test_a_subject_is_found_whole_and_only_where_it_is_a_phrase():
    assert leaks("It crashes at oak lab, often.", [Hidden("CASS-AAAAA", "Crashes at Oak Lab", "")]) == [
        "It repeats the words of CASS-AAAAA: “Crashes at Oak Lab”."
    ]
    assert leaks("A wish was heard.", [Hidden("CASS-AAAAA", "A wish", "")]) == []
    assert leaks("Anything", []) == []


def test_references_are_found_as_people_write_them():
    assert references_in("CASS-7K3QF, (cass-00000), CASS-7K3QFA and XCASS-11111 or CASS-123") == {
        "CASS-7K3QF",
        "CASS-7K3QFA",
        "CASS-00000",
    }
