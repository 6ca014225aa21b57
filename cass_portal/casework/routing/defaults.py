"""The weights that the portal comes with, fitted to judged matters with part of the curated words hidden.

A portal that has decisions of its own fits its weights anew, held to these (`training`).
"""

from cass_portal.casework.routing.weighing import Weights

WEIGHTS = Weights(
    shared={
        "picked_product": 6.0,
        "picked_topic": 4.0,
        "named_in_subject": 1.22,
        "named": 1.1,
        "signs": 1.19,
        "share_of_names": 1.69,
        "words": 0.66,
        "share_of_words": 1.62,
        "soft": 1.63,
        "share_of_field": 1.16,
        "learned": 0.14,
        "not_ours": -0.48,
        "refused": -1,
        "soft_field": 1.02,
        "named_first": 0.7,
        "field": 0.62,
        "called": 0.2,
    },
    leaning={
        "CORSA": 0.42,
        "FASTMath": -0.08,
        "LEADS": 0.25,
        "PESO": -0.34,
        "RAPIDS": -0.14,
        "S4PST": -0.31,
        "STEP": -0.14,
        "": 0.35,
    },
    nobody={
        "spam": 2.07,
        "foreign": 1.49,
        "silent": 0.49,
        "thin": 0.38,
        "learned": 0.17,
        "unnamed": 0.24,
        "strange": 0.31,
        "shouting": 0.02,
        "links": 0.09,
        "short": 0.06,
    },
)
