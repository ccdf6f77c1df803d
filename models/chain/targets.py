"""Targets 招引目标: firms of the world library that would strengthen or fill a node with a gap, ranked with reasons.

The value is a weighted sum of three figures from 0 to 1: the probability that the firm is on the node, and the share of
the other candidates of the node that it exceeds (equals count half) in recent patents there and in their growth. There
is no record of which firms came; so the weights are declared, not learned. The interval is of the value if the firm's
patents were published again: each count is drawn from its Jeffreys posterior, Gamma(count + 1/2); the probability,
which is calibrated, is taken as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import joined, read_sentences
from models.chain.intervals import Floats
from models.chain.placed import PlacedChain, ScoreError
from models.chain.scores import ScoreParams, Scorer, gap_of, rate

TARGET_COLUMNS = (
    "chain_id", "node_id", "rank", "firm_id", "value", "low", "high", "rank_low", "rank_high", "probability",
    "patents", "patent_growth", "document_id", "passage", "words", "reason_zh", "reason_en",
)  # fmt: skip
SENTENCES = "chain_target_sentences.csv"
LONGEST_PASSAGE = 120  # characters of a passage in a reason


@dataclass(frozen=True)
class TargetParams:
    """Section ``chain_targets`` of params.yaml: weights of the three figures, which sum to 1, and firms a node.

    raises : ScoreError for weights that do not sum to 1
    """

    probability: float
    patents: float
    growth: float
    count: int

    def __post_init__(self) -> None:
        weights = (self.probability, self.patents, self.growth)
        if min(weights) < 0 or abs(sum(weights) - 1.0) > 1e-9:
            raise ScoreError(f"chain_targets: found weights {weights}; allowed: each at least 0, together 1")


def gap_targets(scorer: Scorer, flags: pd.DataFrame, params: TargetParams, years: int) -> pd.DataFrame:
    """Targets of every node whose gap flag is raised, TARGET_COLUMNS."""
    raised = flags[(flags["flag"] == "gap") & flags["raised"].fillna(False).astype(bool)]
    tables = [node_targets(scorer, str(node_id), params, years) for node_id in raised["node_id"]]
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(TARGET_COLUMNS))


def node_targets(scorer: Scorer, node_id: str, params: TargetParams, years: int) -> pd.DataFrame:
    """The first firms that are not local and may be on the node, TARGET_COLUMNS; none where there is none.

    patents, patent_growth : recent patents on the node, and the Davis-Haltiwanger-Schuh rate of them (missing without)
    rank_low, rank_high : the ranks between which the firm's is in so many draws as the level of intervals
    years : of the recent period, for the reason. raises : ScoreError for an unknown node
    """
    placed, node = scorer.placed, scorer.placed.node(node_id)
    probability = placed.on[:, [node]].toarray().ravel()
    firms = np.flatnonzero((probability > 0) & ~placed.local)
    if not len(firms):
        return pd.DataFrame(columns=list(TARGET_COLUMNS))
    recent, earlier = (matrix[:, [node]].toarray().ravel()[firms] for matrix in (placed.recent, placed.earlier))
    value = _values(probability[firms], recent[None], earlier[None], params)[0]
    low, high, rank_low, rank_high = _spread(probability[firms], recent, earlier, value, params, scorer.params)
    order = np.lexsort((np.array(placed.firm_ids)[firms], -value))[: params.count]
    growth = rate(recent, earlier)
    evidence = _evidence(placed, node)
    rows = []
    for rank, at in enumerate(order.tolist(), start=1):
        firm_id = placed.firm_ids[firms[at]]
        own = evidence.get(firm_id, {})
        figures = {"probability": float(probability[firms[at]]), "recent": recent[at], "earlier": earlier[at]}
        zh, en = _reason(scorer, node, own, figures, years)
        rows.append(
            (placed.chain.id, node_id, rank, firm_id, value[at], low[at], high[at], rank_low[at], rank_high[at],
             figures["probability"], recent[at], growth[at], own.get("document_id"), own.get("passage"),
             own.get("evidence"), zh, en)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(TARGET_COLUMNS)).astype({"rank_low": int, "rank_high": int})


def _values(probability: Floats, recent: Floats, earlier: Floats, params: TargetParams) -> Floats:
    """Values of shape (draws, firms) from patents of that shape."""
    growth = (recent - earlier) / (recent + earlier + 1.0)
    exceeded = [_exceeded(one) for one in (recent, growth)]
    return params.probability * probability + params.patents * exceeded[0] + params.growth * exceeded[1]


def _exceeded(figure: Floats) -> Floats:
    """Share of the other columns that each column of a row exceeds, equals counting half; 1/2 where it is alone."""
    others = figure.shape[1] - 1
    if not others:
        return np.full(figure.shape, 0.5)
    found: Floats = (rankdata(figure, axis=1) - 1.0) / others
    return found


def _spread(
    probability: Floats, recent: Floats, earlier: Floats, value: Floats, params: TargetParams, draws: ScoreParams
) -> tuple[Floats, Floats, Floats, Floats]:
    generator = np.random.default_rng([draws.seed, 4])
    shape = (min(draws.draws, 400), len(value))
    drawn = _values(
        probability, generator.gamma(recent + 0.5, size=shape), generator.gamma(earlier + 0.5, size=shape), params
    )
    rank = rankdata(-drawn, axis=1, method="min")
    own = rankdata(-value, method="min")
    tails = [(1.0 - draws.level) / 2.0, (1.0 + draws.level) / 2.0]
    low, high = np.quantile(drawn, tails, axis=0)
    first, last = np.quantile(rank, tails, axis=0, method="closest_observation")
    return np.fmin(low, value), np.fmax(high, value), np.fmin(first, own), np.fmax(last, own)


def _evidence(placed: PlacedChain, node: int) -> dict[str, dict[str, Any]]:
    """Of each firm the likeliest placement on the node or beneath it: document, passage and words, where stated."""
    beneath = [placed.node_ids[number] for number in np.flatnonzero(placed.network.within[node])]
    rows = placed.placements[placed.placements["node_id"].isin(beneath)]
    best = rows.sort_values(["item_id", "probability"], kind="stable").drop_duplicates("item_id", keep="last")
    kept = [name for name in ("document_id", "passage", "evidence") if name in best]
    texts = best[kept].astype(object).where(best[kept].notna(), None)
    return dict(zip(best["item_id"], texts.to_dict("records"), strict=True))


def _reason(scorer: Scorer, node: int, own: dict[str, Any], figures: dict[str, Any], years: int) -> Text:
    placed = scorer.placed
    names = [(one.name_zh, one.name_en) for one in placed.chain.nodes]
    parts = [_written("target.fits", node=names[node], probability=figures["probability"])]
    if passage := own.get("passage"):
        short = passage if len(passage) <= LONGEST_PASSAGE else f"{passage[: LONGEST_PASSAGE - 1]}…"
        parts.append(_written("target.passage", passage=short))
    if words := own.get("evidence"):
        parts.append(_written("target.words", words=str(words)))
    if figures["recent"] + figures["earlier"] > 0:
        parts.append(_written("target.patents", years=years, recent=figures["recent"], earlier=figures["earlier"]))
    else:
        parts.append(_written("target.no_patents"))
    supply, gap = scorer.sums["local"][node], gap_of(scorer.sums)[node]
    if np.isfinite(gap):
        parts.append(_written("target.gap", need=gap + supply, supply=supply, gap=max(gap, 0.0)))
    supplied = [names[one] for one in np.flatnonzero(placed.network.feeds_of(node))]
    if supplied:
        parts.append(_written("target.feeds", list=supplied, firms=scorer.sums["supplied_local"][node]))
    return joined(*parts)


def _written(key: str, **figures: Any) -> Text:
    return read_sentences(reference_path(SENTENCES))[key].fill(figures)
