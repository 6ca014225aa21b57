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
        "signs": 1.09,
        "share_of_names": 1.64,
        "words": 0.67,
        "share_of_words": 1.62,
        "soft": 1.62,
        "share_of_field": 1.13,
        "learned": 0.15,
        "not_ours": -0.48,
        "refused": -1,
        "soft_field": 1.05,
        "named_first": 0.74,
        "field": 0.54,
        "called": 0.21,
    },
    leaning={
        "CORSA": 0.4,
        "FASTMath": -0.08,
        "LEADS": 0.21,
        "PESO": -0.3,
        "RAPIDS": -0.13,
        "S4PST": -0.34,
        "STEP": -0.11,
        "": 0.35,
    },
    nobody={
        "spam": 1.97,
        "foreign": 1.47,
        "silent": 0.51,
        "thin": 0.39,
        "learned": 0.17,
        "unnamed": 0.25,
        "strange": 0.34,
        "shouting": 0.02,
        "links": 0.14,
        "short": 0.11,
    },
)
