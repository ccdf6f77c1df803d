"""Node scores against planted truth: whether intervals hold it, and whether criticality finds a planted bottleneck."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
from rich.console import Console

from experiments.benchmarks.chain.planted_chain import (
    DAY,
    Floats,
    World,
    draw_library,
    planted_chain,
    wrong_placements,
)
from features.chain_snapshot import snapshot
from models.chain.placed import PlacedChain
from models.chain.scores import SCORES, ScoreParams, node_scores

TRUTH_SIZE = 300.0  # times a library's firms
EXTENSIVE = ("supply", "gap")  # grow with the number of firms
WrongRates = tuple[Floats, Floats] | None
console = Console()


def scores_of(
    world: World, seed: int, params: ScoreParams, *, size: float = 1.0, wrong_rates: WrongRates = None
) -> pd.DataFrame:
    """Scores of one library."""
    tables, placements = draw_library(world, seed, size=size, wrong_rates=wrong_rates)
    placed = PlacedChain.of(planted_chain(), snapshot(tables, placements, DAY), params.growth_years, params.reach_steps)
    return node_scores(placed, params)


def planted_scores(world: World, params: ScoreParams, libraries: int, seed: int) -> pd.Series:
    """The scores that the super-population has, by node and score.

    Those of a library many times as large, the scores that grow with it divided; of concentration, which has none but
    for libraries of a size, the mean over libraries.
    """
    few = replace(params, draws=2)
    large = scores_of(world, seed, few, size=TRUTH_SIZE).set_index(["node_id", "score"])["value"]
    whole = large.where(~large.index.get_level_values("score").isin(EXTENSIVE), large / TRUTH_SIZE)
    drawn = [scores_of(world, seed + 1 + one, few) for one in range(libraries)]
    means = pd.concat(drawn).groupby(["node_id", "score"])["value"].mean()
    concentration = whole.index.get_level_values("score") == "concentration"
    return whole.where(~concentration, means.reindex(whole.index))


def coverage(
    world: World, params: ScoreParams, repetitions: int, seed: int, *, errors: bool, libraries: int = 2_000
) -> dict[str, Any]:
    """Share of intervals that hold the planted score, by score: of all nodes, and of the node where it is least."""
    truth = planted_scores(world, params, libraries, seed)
    wrong_rates = wrong_placements(world, seed) if errors else None
    held, width = [], []
    for repetition in range(repetitions):
        one = scores_of(world, seed + 1_000_000 + repetition, params, wrong_rates=wrong_rates).set_index(
            ["node_id", "score"]
        )
        known = one["status"] == "ok"
        inside = ((one["low"] <= truth) & (truth <= one["high"])).where(known)
        held.append(inside.astype(float))
        width.append((one["high"] - one["low"]).where(known))
    table, widths = (
        pd.concat(one, axis=1).mean(axis=1).rename("mean").reset_index().pivot_table("mean", "node_id", "score")
        for one in (held, width)
    )
    return {
        score: {
            "coverage": float(table[score].mean()),
            "least": float(table[score].min()),
            "most": float(table[score].max()),
            "width": float(widths[score].mean()),
        }
        for score in SCORES
    }
