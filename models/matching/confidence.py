"""How likely what is shown is relevant, and when nothing should be shown.

Two probabilities a query, each a logistic regression whose slopes depend on what the query and the library are like:
that the first firm is relevant, in libraries as they are; and that one of the first three is, where some queries have
no supplier in the library. The second decides on abstention: below the threshold that training found for a promised
error rate no firm is proposed. A firm further down has the first's log-odds and what its distance to the first and
its rank take away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logsumexp

from models.content_digest import content_digest
from models.matching.columns import PAIR_COLUMNS, QUERY_COLUMNS, Candidates

Doubles = npt.NDArray[np.float64]
CARD = "confidence.json"
HEADS = ("first", "any_of_three")
FIRST_COLUMNS = (
    "words_unit_ratio", "characters_unit_ratio", "meaning_ratio", "words_unit_z", "characters_unit_z", "meaning_z",
    "cosine", "cosine_less_density", "word_coverage_unit", "legs_in_ten", "log_units", "log_size",
)  # fmt: skip
SCORE_COLUMNS = ("share", "share_of_three", "gap_to_second", "gap_to_fourth", "gap_to_tenth")
# The number of firms is left out: few libraries teach it, each with one size, and another library has another.
DESCRIBED_COLUMNS = tuple(name for name in QUERY_COLUMNS if name != "log_firms")
CONFIDENCE_COLUMNS = (*SCORE_COLUMNS, *(f"first_{name}" for name in FIRST_COLUMNS), *DESCRIBED_COLUMNS)
CROSSED = ("share", "gap_to_second")  # their slopes depend on DESCRIBED_COLUMNS
FARTHEST = 3.0  # standard deviations that a column counts at most: unlike all of training is like the nearest of it
MOST = 1.0 - 1e-4  # no probability is nearer to 0 or 1
LEAST_SHARE = 1e-6


class ConfidenceError(ValueError):
    """The file of the confidence is missing, corrupt or made for other columns."""


def confidence_columns(candidates: Candidates, scores: Doubles) -> Doubles:
    """What tells a good first answer from a bad one, shape (queries, len(CONFIDENCE_COLUMNS)).

    share : log-odds of the first's part in the softmax of the scores of all candidates; share_of_three likewise
    gap   : ln(1 + difference of scores)
    A query without candidates has NaN throughout.
    """
    rows = np.full((len(candidates.start) - 1, len(CONFIDENCE_COLUMNS)), np.nan)
    places = [PAIR_COLUMNS.index(name) for name in FIRST_COLUMNS]
    described = [QUERY_COLUMNS.index(name) for name in DESCRIBED_COLUMNS]
    for query, (low, high) in enumerate(pairwise(candidates.start)):
        if low == high:
            continue
        mine = scores[low:high]
        order = np.argsort(-mine, kind="stable")
        ranked = mine[order]
        padded = np.concatenate([ranked[:10], np.full(10, ranked[-1])])
        shares = np.exp(ranked - logsumexp(ranked))
        odds = [_log_odds(float(shares[:count].sum())) for count in (1, 3)]
        gaps = [np.log1p(ranked[0] - padded[place]) for place in (1, 3, 9)]
        found = [*odds, *gaps]
        rows[query] = np.concatenate(
            [found, candidates.columns[low + order[0], places], candidates.queries[query, described]]
        )
    return rows


def _log_odds(share: float) -> float:
    kept = min(max(share, LEAST_SHARE), 1.0 - LEAST_SHARE)
    return float(np.log(kept / (1.0 - kept)))


def design(columns: Doubles, centre: Doubles, scale: Doubles) -> Doubles:
    """Standardised columns and the products of CROSSED with DESCRIBED_COLUMNS; a missing value counts as the mean."""
    x = (columns - centre) / scale
    x = np.clip(np.where(np.isfinite(x), x, 0.0), -FARTHEST, FARTHEST)
    described = x[:, len(CONFIDENCE_COLUMNS) - len(DESCRIBED_COLUMNS) :]
    products = [x[:, [CONFIDENCE_COLUMNS.index(name)]] * described / 2.0 for name in CROSSED]
    return np.hstack([x, *products])


@dataclass(frozen=True)
class Head:
    """One probability.

        p = 1 / (1 + exp(-(intercept + design(columns) . weights)))

    centre, scale : of CONFIDENCE_COLUMNS in training; weights : of the columns of ``design``
    """

    centre: Doubles
    scale: Doubles
    weights: Doubles
    intercept: float

    def log_odds(self, columns: Doubles) -> Doubles:
        """Of rows of ``confidence_columns``, shape (n,)."""
        return np.asarray(self.intercept + design(columns, self.centre, self.scale) @ self.weights)

    def probability(self, columns: Doubles) -> Doubles:
        """Of rows of ``confidence_columns``; a query without candidates has the least probability."""
        p = np.clip(expit(self.log_odds(columns)), 1.0 - MOST, MOST)
        return np.where(np.isnan(columns).all(axis=1), 1.0 - MOST, p)


@dataclass(frozen=True)
class Confidence:
    """The two heads, what further ranks lose, and the thresholds of abstention.

    later      : weights of (score less the first's score, log of rank) on the first's log-odds
    thresholds : least probability of ``any_of_three`` with which firms are proposed, by promised error rate; a rate
                 that training could not promise at any threshold is not in it
    removed_share : of the queries that thresholds were found on, those that nobody can answer
    """

    first: Head
    any_of_three: Head
    later: tuple[float, float]
    thresholds: Mapping[float, float]
    removed_share: float
    certainty: float

    @property
    def digest(self) -> str:
        """Of everything that changes a probability or an abstention."""
        return content_digest(
            [self.first, self.any_of_three, list(self.later), {str(k): v for k, v in self.thresholds.items()}]
        )

    def shown(self, first: Doubles, gap: Doubles, rank: npt.NDArray[np.int64]) -> Doubles:
        """Probability of relevance of firms at ``rank`` (1 the first), whose score lies ``gap`` below the first's.

        first : the first's probability of each row's query; the result never exceeds it
        """
        odds = np.log(first) - np.log1p(-first) - self.later[0] * gap - self.later[1] * np.log(rank)
        return np.where(rank == 1, first, np.minimum(expit(odds), first))

    def answers(self, any_of_three: Doubles, error_rate: float) -> npt.NDArray[np.bool_]:
        """Whether firms are proposed at a promised error rate: the share of proposals without a relevant firm."""
        least = self.thresholds.get(error_rate, np.inf)
        return np.asarray(any_of_three >= least)

    def save(self, folder: Path) -> None:
        """Write confidence.json."""
        folder.mkdir(parents=True, exist_ok=True)
        card = {
            "columns": list(CONFIDENCE_COLUMNS),
            "heads": {name: _plain(getattr(self, name)) for name in HEADS},
            "later": list(self.later),
            "thresholds": {f"{rate:g}": least for rate, least in self.thresholds.items()},
            "removed_share": self.removed_share,
            "certainty": self.certainty,
        }
        (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Confidence:
        """Read and check; raises ConfidenceError naming the file and what is wrong with it."""
        try:
            card: Mapping[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
            first, any_of_three = (_head(card["heads"][name]) for name in HEADS)
            made = cls(
                first,
                any_of_three,
                later=(card["later"][0], card["later"][1]),
                thresholds={float(rate): least for rate, least in card["thresholds"].items()},
                removed_share=card["removed_share"],
                certainty=card["certainty"],
            )
            columns = card["columns"]
        except (OSError, ValueError, KeyError, TypeError, IndexError) as fault:
            raise ConfidenceError(f"confidence in {folder.name}/ cannot be read: {fault!r}") from fault
        if columns != list(CONFIDENCE_COLUMNS):
            raise ConfidenceError(f"confidence in {folder.name}/ was trained on other columns than this code makes")
        return made


def _plain(head: Head) -> dict[str, Any]:
    return {name: np.asarray(getattr(head, name)).tolist() for name in Head.__dataclass_fields__}


def _head(given: Mapping[str, Any]) -> Head:
    arrays = [np.array(given[name], dtype=np.float64) for name in ("centre", "scale", "weights")]
    return Head(arrays[0], arrays[1], arrays[2], float(given["intercept"]))
