"""How likely what is shown is relevant, and when nothing should be shown.

Two probabilities a query, each a small monotone booster and a line on its log-odds fitted on cross-fitted predictions:
that the first firm is relevant, in libraries as they are; and that one of the first three is, where some queries have
no supplier in the library. The second decides on abstention: below the threshold that training found for a promised
error rate no firm is proposed. A firm further down has the first's log-odds and what its distance to the first and
its rank take away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from scipy.special import expit, logsumexp

from models.content_digest import content_digest
from models.matching.columns import BY_LEG, EVERY_LEG, PAIR_COLUMNS, QUERY_COLUMNS, Candidates

Doubles = npt.NDArray[np.float64]
CARD = "confidence.json"
HEADS = ("first", "any_of_three")
FIRST_COLUMNS = (
    *(f"{leg}_{name}" for leg in EVERY_LEG for name in BY_LEG),
    "cosine", "cosine_less_density", "meaning_second_z", "word_coverage_passage", "word_coverage_unit",
    "fused_ranks", "legs_in_ten", "log_units", "log_size", "codes_shared",
)  # fmt: skip
SCORE_COLUMNS = ("share", "share_of_three", "gap_to_second", "gap_to_fourth", "gap_to_tenth", "spread")
CONFIDENCE_COLUMNS = (*SCORE_COLUMNS, *(f"first_{name}" for name in FIRST_COLUMNS), *QUERY_COLUMNS)
RISING = frozenset({"share", "share_of_three", "gap_to_second", "gap_to_fourth", "gap_to_tenth"})
MOST = 1.0 - 1e-4  # no probability is nearer to 0 or 1


class ConfidenceError(ValueError):
    """The file of the confidence is missing, corrupt or made for other columns."""


def confidence_columns(candidates: Candidates, scores: Doubles) -> Doubles:
    """What tells a good first answer from a bad one, shape (queries, len(CONFIDENCE_COLUMNS)).

    share : of the first in the softmax of the scores of all candidates; gaps are differences of scores. A query
            without candidates has NaN throughout
    """
    rows = np.full((len(candidates.start) - 1, len(CONFIDENCE_COLUMNS)), np.nan)
    places = [PAIR_COLUMNS.index(name) for name in FIRST_COLUMNS]
    for query, (low, high) in enumerate(pairwise(candidates.start)):
        if low == high:
            continue
        mine = scores[low:high]
        order = np.argsort(-mine, kind="stable")
        ranked = mine[order]
        padded = np.concatenate([ranked[:10], np.full(10, ranked[-1])])
        shares = np.exp(ranked - logsumexp(ranked))
        told = (shares[0], shares[:3].sum(), *(ranked[0] - padded[place] for place in (1, 3, 9)), padded[:10].std())
        rows[query] = np.concatenate([told, candidates.columns[low + order[0], places], candidates.queries[query]])
    return rows


@dataclass(frozen=True)
class Head:
    """One probability: a booster's log-odds and the line that calibrates them.

    p = 1 / (1 + exp(-(intercept + slope * log-odds)))
    """

    booster_text: str
    intercept: float
    slope: float

    @cached_property
    def booster(self) -> lgb.Booster:
        """The booster."""
        return lgb.Booster(model_str=self.booster_text)

    def probability(self, columns: Doubles) -> Doubles:
        """Of rows of ``confidence_columns``; a query without candidates has the least probability."""
        if not len(columns):
            return np.empty(0)
        odds = np.asarray(self.booster.predict(columns, raw_score=True, num_threads=1))
        p = np.clip(expit(self.intercept + self.slope * odds), 1.0 - MOST, MOST)
        return np.where(np.isnan(columns).all(axis=1), 1.0 - MOST, p)


@dataclass(frozen=True)
class Confidence:
    """The two heads, what further ranks lose, and the thresholds of abstention.

    later      : weights of (score less the first's score, log of rank) on the first's log-odds
    thresholds : least probability of ``any_of_three`` with which firms are proposed, by promised error rate; a rate
                 that training could not promise at any threshold is not in it
    removed_share : of the calibration's queries, those whose suppliers were taken out of the library
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
        """Write confidence.json and a booster a head."""
        folder.mkdir(parents=True, exist_ok=True)
        card = {
            "columns": list(CONFIDENCE_COLUMNS),
            "heads": {name: [getattr(self, name).intercept, getattr(self, name).slope] for name in HEADS},
            "later": list(self.later),
            "thresholds": {f"{rate:g}": least for rate, least in self.thresholds.items()},
            "removed_share": self.removed_share,
            "certainty": self.certainty,
        }
        (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
        for name in HEADS:
            (folder / f"{name}.txt").write_text(getattr(self, name).booster_text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Confidence:
        """Read and check; raises ConfidenceError naming the file and what is wrong with it."""
        try:
            card: Mapping[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
            first, any_of_three = (
                Head((folder / f"{name}.txt").read_text(encoding="utf-8"), *card["heads"][name]) for name in HEADS
            )
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
