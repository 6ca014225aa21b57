"""The weights that the portal comes with, fitted to judged matters with part of the curated words hidden.

A portal that has decisions of its own fits its weights anew, held to these (`training`).
"""

from cass_portal.casework.routing.weighing import Weights

WEIGHTS = Weights(
    shared={
        "picked_product": 6.0,
        "picked_topic": 4.0,
        "named_in_subject": 1.21,
        "named": 1.08,
        "share_of_names": 1.85,
        "words": 0.66,
        "share_of_words": 1.62,
        "soft": 1.72,
        "share_of_field": 1.15,
        "learned": 0.14,
        "not_ours": -0.48,
        "refused": -1,
        "soft_field": 1.03,
        "named_first": 0.68,
        "signs": 0.54,
        "field": 0.61,
        "called": 0.2,
    },
    leaning={
        "CORSA": 0.44,
        "FASTMath": -0.12,
        "LEADS": 0.24,
        "PESO": -0.35,
        "RAPIDS": -0.15,
        "S4PST": -0.28,
        "STEP": -0.14,
        "": 0.36,
    },
    nobody={
        "spam": 2.06,
        "foreign": 1.48,
        "silent": 0.5,
        "thin": 0.39,
        "learned": 0.19,
        "unnamed": 0.26,
        "strange": 0.35,
        "shouting": 0.02,
        "links": 0.09,
        "short": 0.06,
    },
)
