"""Flags of nodes: where scores reach thresholds together, by how much, and how few firms would change that.

A flag is raised where each of its scores is at its threshold or above. It is not raised where one score is below, and
has no data where none is below but one has no data. What is stated of a flag is of the score that decides: of a raised
flag the one nearest to its threshold, of one that is not raised the one farthest below, both in halves of the score's
interval; so it is the first that would lower the flag, or the last that would raise it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd

from models.chain.changes import score_after
from models.chain.placed import ScoreError
from models.chain.scores import SCORES, Scorer

FLAGS = ("risk", "gap", "potential")  # the most urgent first
FLAG_COLUMNS = (
    "chain_id", "node_id", "flag", "status", "raised", "uncertain", "score", "value", "threshold", "distance", "n",
    "flip_count", "flip_unit",
)  # fmt: skip
MOST_CHANGES = 1_000  # of firms or patents that are tried


@dataclass(frozen=True)
class FlagParams:
    """Section ``chain_flags`` of params.yaml: of each flag the scores and their thresholds.

    raises : ScoreError for a score that there is not, or a flag without one
    """

    risk: Mapping[str, float]
    gap: Mapping[str, float]
    potential: Mapping[str, float]

    def __post_init__(self) -> None:
        for flag in FLAGS:
            thresholds = getattr(self, flag)
            if not thresholds or (unknown := sorted(set(thresholds) - set(SCORES))):
                found = ", ".join(unknown) if thresholds else "no score"
                raise ScoreError(f"chain_flags.{flag}: found {found}; allowed: one or more of {', '.join(SCORES)}")


def node_flags(scorer: Scorer, scores: pd.DataFrame, params: FlagParams) -> pd.DataFrame:
    """Every flag of every node, FLAG_COLUMNS; scores : ``node_scores`` of the same columns.

    distance : value - threshold, in the score's unit; raised : NA where there is no data
    uncertain : the other state is possible within intervals: a raised flag with an interval that reaches below a
        threshold; one not raised whose scores below their thresholds all have intervals that reach them
    flip_count : the least number of ``flip_unit`` that come (+) or leave (-) so that the score that decides crosses its
        threshold, with everything else as it is; missing where no such number does, or none is defined
    """
    wide = scores.set_index(["node_id", "score"])
    rows = []
    for number, node_id in enumerate(scorer.placed.node_ids):
        for flag in FLAGS:
            clauses = [
                (score, threshold, wide.loc[(node_id, score)]) for score, threshold in getattr(params, flag).items()
            ]
            rows.append({"node_id": node_id, "flag": flag, **_flag(scorer, number, clauses)})
    table = pd.DataFrame(rows)
    table.insert(0, "chain_id", scorer.placed.chain.id)
    return table.astype({"raised": "boolean", "uncertain": bool, "flip_count": "Int64", "n": "int64"})[
        list(FLAG_COLUMNS)
    ]


def _flag(scorer: Scorer, node: int, clauses: list[tuple[str, float, pd.Series]]) -> dict[str, object]:
    known = [clause for clause in clauses if clause[2]["status"] == "ok"]
    below = [clause for clause in known if clause[2]["value"] < clause[1]]
    if len(known) < len(clauses) and not below:
        score, threshold, row = next(clause for clause in clauses if clause[2]["status"] != "ok")
        nothing = {"value": np.nan, "distance": np.nan, "flip_count": None, "flip_unit": None}
        return {"status": "no_data", "raised": None, "uncertain": False, "score": score, "threshold": threshold,
                "n": int(row["n"]), **nothing}  # fmt: skip
    # Of a raised flag all clauses are above; the least distance decides in either case.
    score, threshold, row = min(below or known, key=lambda clause: _halves(clause[1], clause[2]))
    uncertain = (
        all(one["high"] >= least for _, least, one in below)
        if below
        else any(one["low"] < least for _, least, one in known)
    )
    count, unit = _flip(scorer, node, score, threshold)
    return {
        "status": "ok",
        "raised": not below,
        "uncertain": uncertain,
        "score": score,
        "value": float(row["value"]),
        "threshold": threshold,
        "distance": float(row["value"]) - threshold,
        "n": int(row["n"]),
        "flip_count": count,
        "flip_unit": unit,
    }


def _halves(threshold: float, row: pd.Series) -> float:
    """Signed distance from the threshold, in halves of the interval."""
    half, distance = (row["high"] - row["low"]) / 2.0, row["value"] - threshold
    return float(distance / half) if half > 0 else (inf if distance >= 0 else -inf)


def _flip(scorer: Scorer, node: int, score: str, threshold: float) -> tuple[int | None, str | None]:
    """The least change, as ``node_flags`` has it, and its unit."""
    counts = np.arange(-MOST_CHANGES, MOST_CHANGES + 1)
    after = score_after(scorer, node, score, counts.astype(float))
    if after is None:
        return None, None
    values, unit = after
    raised = values[MOST_CHANGES] >= threshold
    crossed = counts[np.isfinite(values) & ((values >= threshold) != raised)]
    return (int(min(crossed, key=lambda count: (abs(count), -count))) if len(crossed) else None), unit
