"""Synthetic match outcomes: which firms an earlier list showed for a demand, at which rank, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.synthetic.cohort import Floats, Ints

LOGGING_MODEL = "rules-2020"  # the version that the lists of the cohort carry
SHOWN = 40  # firms that a list shows on average; fewer where the formula below would exceed 1 for some
# Weight of a firm in the draw of a list: its relevance 0, 1 or 2, then whether it is of the demand's field.
RELEVANCE_LOG_WEIGHT, FIELD_LOG_WEIGHT = (0.0, 2.8, 4.0), 0.8
EXAMINED_POWER = 0.1  # a firm at rank r is looked at with probability r ** -power
ACCEPTED = (0.05, 0.6, 0.95)  # of the invited, by relevance
MET, KEPT = 0.95, 0.85  # of those that accepted: a meeting is arranged; of these: it takes place
SECOND_MEETING = (0.1, 0.2, 0.4)  # of the meetings kept, by relevance
SOLVED = (0.02, 0.3, 0.75)
SIGNED = 0.6  # of those that solved the problem
LACKS_CAPABILITY = (0.85, 0.25, 0.05)  # of those looked at without success: this is the reason noted, by relevance
OTHER_REASONS = ("capacity", "price", "time", "terms", "competitor", "no_answer", "other")


def outcome_constants() -> Mapping[str, object]:
    """What was planted, to be written down."""
    return {
        "logging_model": LOGGING_MODEL,
        "examined_power": EXAMINED_POWER,
        "accepted": ACCEPTED,
        "met": MET,
        "kept": KEPT,
        "second_meeting": SECOND_MEETING,
        "solved": SOLVED,
        "signed": SIGNED,
        "lacks_capability": LACKS_CAPABILITY,
    }


def shown_lists(
    relevance: Ints, same_field: npt.NDArray[np.bool_], there: npt.NDArray[np.bool_], rng: np.random.Generator
) -> pd.DataFrame:
    """Which firm (column) each demand (row) was shown, independently with a known probability.

        propensity = min(1, SHOWN w / sum w),   w = exp(weight of the relevance + weight of the field)

    relevance : 0, 1 or 2, shape (demands, firms); same_field : likewise; there : firms that could be shown
    Returns columns demand, firm (places), rank (from 1, by weight with noise) and propensity.
    """
    log_weight = np.asarray(RELEVANCE_LOG_WEIGHT)[relevance] + FIELD_LOG_WEIGHT * same_field
    weight = np.where(there, np.exp(log_weight), 0.0)
    propensity = np.minimum(1.0, SHOWN * weight / weight.sum(axis=1, keepdims=True))
    demand, firm = np.nonzero(rng.random(weight.shape) < propensity)
    noisy = log_weight[demand, firm] + 1.5 * rng.gumbel(size=len(demand))
    shown = pd.DataFrame({"demand": demand, "firm": firm, "propensity": propensity[demand, firm]})
    shown["rank"] = (-pd.Series(noisy)).groupby(demand).rank(method="first").astype(int)
    return shown.sort_values(["demand", "rank"], ignore_index=True)


def outcomes_of(
    shown: pd.DataFrame, relevance: Ints, at_event: npt.NDArray[np.bool_], rng: np.random.Generator
) -> pd.DataFrame:
    """The steps from invitation to contract of each shown firm; columns as in ``MatchOutcome``, without the keys.

    relevance, at_event : of each row of ``shown``, shape (rows,)
    """
    n = len(shown)

    def happens(probability: Floats | float) -> npt.NDArray[np.bool_]:
        return rng.random(n) < probability

    looked_at = happens(shown["rank"].to_numpy(dtype=float) ** -EXAMINED_POWER)
    accepted = looked_at & happens(np.asarray(ACCEPTED)[relevance])
    met = accepted & happens(MET)
    kept = met & happens(KEPT)
    second = kept & happens(np.asarray(SECOND_MEETING)[relevance])
    solved = kept & happens(np.asarray(SOLVED)[relevance])
    signed = solved & happens(SIGNED)
    lacking = happens(np.asarray(LACKS_CAPABILITY)[relevance])
    other = np.asarray(OTHER_REASONS, dtype=object)[rng.integers(len(OTHER_REASONS), size=n)]
    reason = pd.Series(np.where(lacking, "capability", other), dtype=object).where(looked_at & ~solved, None)
    return pd.DataFrame(
        {
            "invited": looked_at & at_event,
            "accepted": accepted & at_event,
            "met": met,
            "kept": kept,
            "second_meeting": second,
            "solved": solved,
            "signed": signed,
            "reason_not": reason,
            "rank": shown["rank"],
            "propensity": shown["propensity"],
            "model_version": LOGGING_MODEL,
        }
    )
