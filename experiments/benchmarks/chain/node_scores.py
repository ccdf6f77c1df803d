"""Node scores against planted truth: whether intervals hold it, and whether criticality finds a planted bottleneck."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from rich.console import Console

from experiments.benchmarks.chain.bottleneck import Planting, find_bottlenecks
from experiments.benchmarks.chain.planted_chain import (
    DAY,
    Floats,
    World,
    draw_library,
    planted_chain,
    wrong_placements,
)
from experiments.machine import machine
from features.chain_snapshot import snapshot
from models.chain.placed import PlacedChain
from models.chain.scores import SCORES, ScoreParams, node_scores
from training.params import read_section

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


def planted_scores(
    world: World, params: ScoreParams, libraries: int, seed: int, truth_size: float = TRUTH_SIZE
) -> pd.Series:
    """The scores that the super-population has, by node and score.

    Those of a library ``truth_size`` times as large, the scores that grow with it divided; of concentration, which it
    has for libraries of one size alone, the mean over libraries.
    """
    few = replace(params, draws=2)
    large = scores_of(world, seed, few, size=truth_size).set_index(["node_id", "score"])["value"]
    whole = large.where(~large.index.get_level_values("score").isin(EXTENSIVE), large / truth_size)
    drawn = [scores_of(world, seed + 1 + one, few) for one in range(libraries)]
    means = pd.concat(drawn).groupby(["node_id", "score"])["value"].mean()
    concentration = whole.index.get_level_values("score") == "concentration"
    return whole.where(~concentration, means.reindex(whole.index))


def coverage(
    world: World,
    params: ScoreParams,
    repetitions: int,
    seed: int,
    *,
    errors: bool,
    libraries: int,
    truth_size: float = TRUTH_SIZE,
) -> dict[str, Any]:
    """Share of intervals that hold the planted score, by score: over all nodes, and at the nodes where it is extreme.

    Scores without data are left out, and so are those that are exact, as the criticality of a node that supplies none.
    errors : placements are right with their stated probability alone; libraries : that planted concentration is of
    truth_size : as in ``planted_scores``
    """
    truth = planted_scores(world, params, libraries, seed, truth_size)
    wrong_rates = wrong_placements(world, seed) if errors else None
    held, width = [], []
    for repetition in range(repetitions):
        own = replace(params, seed=params.seed + repetition)  # the draws of firms are chance too
        one = scores_of(world, seed + 1_000_000 + repetition, own, wrong_rates=wrong_rates)
        one = one.set_index(["node_id", "score"])
        known = (one["status"] == "ok") & (one["high"] > one["low"])
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


def bench(
    repetitions: int = typer.Option(500, help="Libraries drawn, and networks planted."),
    libraries: int = typer.Option(1_000, help="Libraries whose mean is the planted concentration."),
    draws: int = typer.Option(500, help="Draws of firms for each interval."),
    seed: int = typer.Option(5, help="Seed of everything planted and drawn."),
    out: Path = typer.Option(Path("artifacts/bench/node_scores.json"), help="Where the figures go."),
) -> None:
    """Coverage of the intervals of node scores on a planted super-population; criticality on planted networks."""
    params = replace(read_section("chain_scores", ScoreParams), draws=draws)
    few = replace(params, draws=2)
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "sure_placements": lambda: coverage(World(), params, repetitions, seed, errors=False, libraries=libraries),
        "placements_that_err": lambda: coverage(World(), params, repetitions, seed, errors=True, libraries=libraries),
        "bottleneck": lambda: find_bottlenecks(Planting(), few, repetitions, seed),
        "weak_bottleneck": lambda: find_bottlenecks(Planting(through=0.5), few, repetitions, seed),
    }
    figures: dict[str, object] = {"machine": machine("numpy", "scipy", "pandas"), "seed": seed}
    figures |= {"repetitions": repetitions, "level": params.level}
    out.parent.mkdir(parents=True, exist_ok=True)
    for name, measured in parts.items():  # each is written when it is there
        figures[name] = measured()
        out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        console.print_json(data={name: figures[name]})
