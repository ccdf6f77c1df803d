"""Making the points card: prior weights by stage, and a peer reference frozen on one vintage."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from data.codebook import Codebook
from features.points import MIN_PEERS, indicator_matrix, mid_rank_curve, peer_key, size_key
from models.points import EVERYBODY, Earns, PointsCard
from models.points_lookup import Curve


@dataclass(frozen=True)
class PointsParams:
    """Section ``points`` of params.yaml."""

    version: str
    reference_vintage: str  # the day whose enterprises are the frozen peers


def fit(cases: pd.DataFrame, codebook: Codebook, params: PointsParams) -> PointsCard:
    """A card with the codebook's prior weights and the peer reference of ``cases`` (one vintage, shape (n, ...))."""
    values = indicator_matrix(cases, codebook)
    reference: dict[str, dict[str, Curve]] = {}
    counts: dict[str, int] = {}
    for groups in (cases["stage3"], peer_key(cases)):
        for name, rows in values.groupby(groups.to_numpy()):
            key = str(name)
            if key.split("|")[0] not in codebook.stages or ("|" in key and len(rows) < MIN_PEERS):
                continue
            counts[f"peer:{key}"] = len(rows)
            reference[key] = {item.key: mid_rank_curve(rows[item.key], item.direction) for item in codebook}
    absent = sorted(set(codebook.stages) - set(reference))
    if absent:
        raise ValueError(f"no enterprise of stage {absent} in the reference vintage; a card needs peers in every stage")
    lines = tuple(Earns(item.key, item.dimension, item.kind, item.direction) for item in codebook)
    straight = {stage: {item.key: [0.0, item.weights[stage]] for item in codebook} for stage in codebook.stages}
    digest = hashlib.sha256(pd.util.hash_pandas_object(values, index=False).to_numpy().tobytes()).hexdigest()
    bare = PointsCard(
        params.version,
        codebook.digest,
        digest,
        lines,
        (0.0, 1.0),
        straight,
        reference,
        {EVERYBODY: ([], [])},
        {f"size:{EVERYBODY}": 0},
    )
    total = bare.score(cases, codebook)["total"]
    size_peers: dict[str, Curve] = {}
    for groups in (pd.Series(EVERYBODY, index=cases.index), cases["size_class"], size_key(cases)):
        for name, totals in total.dropna().groupby(groups):
            if len(totals) >= MIN_PEERS or name == EVERYBODY:
                size_peers[str(name)] = mid_rank_curve(totals)
                counts[f"size:{name}"] = len(totals)
    return replace(bare, size_peers=size_peers, peer_counts=counts)


def evaluate(card: PointsCard, cases: pd.DataFrame, outcome: pd.Series, codebook: Codebook) -> dict[str, Any]:
    """Rank quality against the realised outcome where it has matured, and how the points spread."""
    scored = card.score(cases, codebook)
    known = outcome.notna() & scored["total"].notna()
    top = scored["total"][known] >= scored["total"][known].quantile(0.9)
    lift = outcome[known][top].mean() - outcome[known].mean()
    return {
        "n": len(cases),
        "n_with_outcome": int(known.sum()),
        "spearman": float(spearmanr(scored["total"][known], outcome[known]).statistic),
        "top_decile_gain_sd": float(lift / outcome[known].std()),
        "mean_total": {
            str(name): float(value) for name, value in scored["total"].groupby(cases["stage3"]).mean().dropna().items()
        },
        "p95_total": float(np.nanpercentile(scored["total"], 95)),
        "mean_coverage": float(scored["coverage"].mean()),
    }
