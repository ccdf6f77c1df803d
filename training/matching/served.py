"""Learning from what was served: lists that were shown and what came of them, corrected for position.

A line was seen the likelier, the higher it stood. So what came of it is taken as

    P(something came of it) = examination of its position x relevance,    relevance = 1 / (1 + exp(-(a + b score)))

and the served ranker is continued by trees that raise the likelihood of this model; fusion and earlier trees stay.
Examination is told apart from relevance by lists with chance in their order where there are any (their propensities
are in the events), else by comparing positions at equal columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit

from data.match_feedback import STEPS
from data.matching import MatchOutcome, columns
from models.matching.columns import PAIR_COLUMNS, QUERY_COLUMNS, Candidates
from models.matching.feedback import (
    LEAST_PROPENSITY,
    SETTINGS,
    estimate_propensity,
    position_likelihood,
    propensity_from_randomised,
)
from models.matching.off_policy import OffPolicyValue, examination_weights, off_policy_value
from models.matching.ranker import Doubles, Ranker, order_of, tree_matrix
from training.matching.fusion import RISING

Ints = npt.NDArray[np.int64]
FIRST = 3  # places of a list whose outcomes a new ranker is compared by
LEAST_LINES, LEAST_ENGAGED = 200, 20


class ServedError(ValueError):
    """Too little was served to learn from."""


@dataclass(frozen=True)
class ServedLines:
    """Shown lines with the columns of their pair.

    candidates : of each different text, all of them; row : of each line among them
    query      : number of the line's list in ``lists``; position : in it, from 1
    engaged    : 1 where it was opened or led further
    logged     : probability with which the list had this firm there; left_out : lines by the reason why not
    """

    candidates: Candidates
    row: Ints
    query: Ints
    position: Ints
    engaged: Doubles
    logged: Doubles
    lists: npt.NDArray[np.object_]
    left_out: dict[str, int]

    def of(self, kept: npt.NDArray[np.bool_]) -> ServedLines:
        """Some of the lines."""
        names = ("row", "query", "position", "engaged", "logged")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})


def served_lines(
    table: pd.DataFrame,
    text_of: Callable[[str | None, str], str | None],
    candidates_of: Callable[[list[str]], tuple[Candidates, npt.NDArray[np.object_]]],
) -> ServedLines:
    """Lines of ``data.match_feedback.feedback_table`` that can be learned from.

    text_of : of a demand's number and a list's, the text that was matched; None where nobody knows it any more
    candidates_of : of texts, their candidates and the firms' codes by number
    raises : ServedError for fewer than LEAST_LINES lines, or LEAST_ENGAGED of which something came
    """
    pairs = zip(table["demand_id"], table["query_id"], strict=True)
    texts = np.array([text_of(demand, query) for demand, query in pairs], dtype=object)
    known = np.array([isinstance(one, str) for one in texts], dtype=bool)
    left_out = {"no_text": int((~known).sum())}
    names, number = np.unique(texts[known].astype(str), return_inverse=True)
    candidates: Candidates | None = None
    rows = np.full(len(table), -1, dtype=np.int64)
    if len(names):
        candidates, firms = candidates_of(names.tolist())
        place = {
            (query, str(firms[firm])): at
            for at, (query, firm) in enumerate(zip(candidates.query.tolist(), candidates.firm, strict=True))
        }
        pair = zip(number.tolist(), table.loc[known, "enterprise_id"], strict=True)
        rows[known] = [place.get(one, -1) for one in pair]
    left_out["no_candidate_now"] = int((known & (rows < 0)).sum())
    kept = table.loc[rows >= 0]
    engaged = np.asarray((kept["clicks"] > 0) | kept[list(STEPS)].any(axis=1), dtype=np.float64)
    query, lists = pd.factorize(kept["query_id"])
    if candidates is None or len(kept) < LEAST_LINES or engaged.sum() < LEAST_ENGAGED:
        raise ServedError(
            f"{len(kept)} lines can be learned from and something came of {int(engaged.sum())} "
            f"(left out: {left_out}); at least {LEAST_LINES} and {LEAST_ENGAGED} are needed"
        )
    return ServedLines(
        candidates,
        rows[rows >= 0],
        query.astype(np.int64),
        kept["rank"].to_numpy(dtype=np.int64),
        engaged,
        kept["propensity"].to_numpy(dtype=float),
        np.asarray(lists, dtype=object),
        {name: count for name, count in left_out.items() if count},
    )


def examination_of(lines: ServedLines, score: Doubles) -> Doubles:
    """Of positions 1, 2, ..., relative to the first: from lists with chance where there are some, else estimated."""
    chance = lines.logged < 1.0
    if lines.engaged[chance & (lines.position == 1)].sum() > 0:
        found = propensity_from_randomised(lines.position[chance], lines.engaged[chance], lines.logged[chance])
        deepest = int(lines.position.max())
        return np.concatenate([found, np.full(max(deepest - len(found), 0), found[-1])])
    x = np.column_stack([tree_matrix(lines.candidates)[lines.row], score])
    return estimate_propensity(x, lines.position, lines.engaged)


def fit_link(score: Doubles, seen: Doubles, engaged: Doubles) -> tuple[float, float]:
    """Numbers a and b > 0 of the most likely relevance 1 / (1 + exp(-(a + b score)))."""

    def loss(given: npt.NDArray[np.float64]) -> float:
        return -log_likelihood(given[0] + np.exp(given[1]) * score, seen, engaged)

    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 2_000})
    return float(found.x[0]), float(np.exp(found.x[1]))


def log_likelihood(log_odds: Doubles, seen: Doubles, engaged: Doubles) -> float:
    """Mean over the lines, of P = seen x relevance."""
    return float(line_likelihood(log_odds, seen, engaged).mean())


def line_likelihood(log_odds: Doubles, seen: Doubles, engaged: Doubles) -> Doubles:
    """Log-likelihood of each line."""
    p = np.clip(seen * expit(log_odds), 1e-9, 1 - 1e-9)
    return np.asarray(engaged * np.log(p) + (1 - engaged) * np.log1p(-p))


def continue_ranker(ranker: Ranker, lines: ServedLines, seen: Doubles, rounds: int, version: str) -> Ranker:
    """The ranker with further trees.

    seen : examination of each line's position
    """
    fusion = ranker.fusion.contributions(lines.candidates).sum(axis=1)[lines.row]
    a, b = fit_link(ranker.scores(lines.candidates)[lines.row], seen, lines.engaged)
    slope_of = position_likelihood(seen, lines.engaged)

    def objective(raw: Doubles, data: Any) -> tuple[Doubles, Doubles]:
        slope, curve = slope_of(a + b * (fusion + raw), data)  # ``raw`` holds the earlier trees too
        return b * slope, b * b * curve

    settings = SETTINGS | {
        "objective": objective,
        "num_leaves": 8,
        "min_data_in_leaf": max(20, len(lines.row) // 100),
        "min_sum_hessian_in_leaf": 0.01,
        "monotone_constraints": [int(name in RISING) for name in (*PAIR_COLUMNS, *QUERY_COLUMNS)],
    }
    data = lgb.Dataset(tree_matrix(lines.candidates)[lines.row], lines.engaged, free_raw_data=False)
    made = lgb.train(settings, data, rounds, init_model=ranker.booster)
    return replace(ranker, version=version, booster_text=str(made.model_to_string()))


def first_places(ranker: Ranker, lines: ServedLines, examination: Doubles) -> OffPolicyValue:
    """Lines in the first FIRST places of this ranker's lists of which something would come, a list, from the log."""
    score = ranker.scores(lines.candidates)
    place = np.zeros(len(score), dtype=np.int64)
    for order in order_of(score, lines.candidates):
        place[order] = np.arange(1, len(order) + 1)
    at = np.minimum(lines.position, len(examination)) - 1
    expected = np.maximum(examination[at], LEAST_PROPENSITY)
    weight = examination_weights(expected, place[lines.row], examination, FIRST)
    return off_policy_value(lines.query, lines.engaged, weight)


def served_outcomes(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Records of MatchOutcome of the lines with an outcome, and how many have none because no demand is on file.

    Rank, propensity and model version are those of the list, so that what learns from them can correct for both.
    """
    known = table.loc[table["has_outcome"]]
    kept = known.loc[known["demand_id"].notna()]
    made = pd.DataFrame(
        {
            "event_id": None,
            "demand_id": kept["demand_id"],
            "enterprise_id": kept["enterprise_id"],
            **{name: kept[name].astype(bool) for name in STEPS},
            "reason_not": kept["reason_not"],
            "date": pd.to_datetime(kept["at"], utc=True).dt.tz_localize(None).astype("datetime64[us]"),
            "rank": kept["rank"].astype("Int64"),
            "propensity": kept["propensity"].astype(float),
            "model_version": kept["model_version"],
        }
    )
    return made[list(columns(MatchOutcome))].reset_index(drop=True), len(known) - len(kept)
