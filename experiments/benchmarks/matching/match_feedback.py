"""``bench match-feedback``: corrections for position on planted clicks, and coverage of the off-policy interval."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import binomtest, t

from experiments.benchmarks.matching.planted_clicks import (
    COLUMNS,
    ITEMS,
    Lists,
    examination,
    planted_effects,
    planted_relevance,
    positions,
    shown_lists,
)
from experiments.machine import machine
from models.matching.feedback import (
    METHODS,
    NEED_PROPENSITY,
    Floats,
    Method,
    choose_method,
    estimate_propensity,
    fit_from_clicks,
    propensity_from_randomised,
)
from models.matching.ndcg import ndcg
from models.matching.off_policy import Method as Estimator
from models.matching.off_policy import (
    OffPolicyValue,
    examination_weights,
    item_position_weights,
    off_policy_value,
)

OUT = Path("artifacts/bench/match_feedback.json")
LEVEL = 0.9
BIAS = 1.2  # examination of position k is k to the power of minus this
SHUFFLED = 0.1  # share of the lists in random order
FIRST = 3  # places whose clicks the off-policy value counts
WITHIN = 0.02  # of unbiased labels' nDCG
console = Console(width=140)


def bench(
    seeds: int = typer.Option(3, min=2, help="Planted worlds for the corrections."),
    queries: int = typer.Option(4_000, min=100, help="Lists of a world; each shows ten documents."),
    repetitions: int = typer.Option(500, min=2, help="Logs for the coverage of the off-policy interval."),
    out: Path = typer.Option(OUT, help="Where the record goes."),
) -> None:
    """Position bias: every correction with known and estimated propensities; off-policy intervals."""
    began = time.perf_counter()
    worlds = [one_world(seed, queries) for seed in track(range(1, seeds + 1), "worlds", console=console)]
    truth = true_value(seed=0)
    logs = [one_log(seed) for seed in track(range(repetitions), "logs", console=console)]
    record = {
        "worlds": worlds,
        "corrections": corrections(worlds),
        "off_policy": {"truth": truth, **{name: coverage([log[name] for log in logs], truth) for name in logs[0]}},
        "rows": queries * ITEMS,
        "bias": BIAS,
        "shuffled": SHUFFLED,
        "level": LEVEL,
        "wall_s": round(time.perf_counter() - began, 1),
        "machine": machine("lightgbm", "numpy"),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    show(record)


def one_world(seed: int, queries: int) -> dict[str, Any]:
    """nDCG@10 on new queries, against planted relevance, of each correction and of the same learner on labels."""
    effects, rng = planted_effects(seed), np.random.default_rng(seed)
    shown = shown_lists(queries, BIAS, SHUFFLED, effects, rng)
    new = shown_lists(queries, BIAS, 0.0, effects, rng)
    held = shown_lists(queries // 4, BIAS, 1.0, effects, rng)
    propensities = {
        "known": examination(BIAS),
        "estimated": estimate_propensity(shown.columns, shown.position, shown.clicks, seed=seed),
        "estimated, randomised": propensity_from_randomised(shown.position, shown.clicks, shown.logged),
    }
    found = {"labels": _ndcg(shown, "uncorrected", None, new, seed, labels=True)}
    for method in METHODS:
        if method in NEED_PROPENSITY:
            found |= {f"{method}, {name}": _ndcg(shown, method, one, new, seed) for name, one in propensities.items()}
        else:
            found[method] = _ndcg(shown, method, None, new, seed)
    ranker, _ = choose_method(
        shown.columns, shown.query, shown.position, shown.clicks, (held.columns, held.query, held.clicks), seed=seed
    )
    found["chosen on randomised lists"] = float(ndcg(new.relevance, ranker.match_scores(new.columns), new.query).mean())
    return {
        "seed": seed, "ndcg": found, "chosen": ranker.method,
        "propensity": {name: one.tolist() for name, one in propensities.items()},
    }  # fmt: skip


def _ndcg(
    shown: Lists, method: Method, propensity: Floats | None, new: Lists, seed: int, *, labels: bool = False
) -> float:
    ranker = fit_from_clicks(
        shown.columns,
        shown.query,
        shown.position,
        shown.label if labels else shown.clicks,
        method,
        propensity,
        seed=seed,
    )
    return float(ndcg(new.relevance, ranker.match_scores(new.columns), new.query).mean())


def corrections(worlds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean nDCG of each correction and its paired loss to labels, with Student's interval over the worlds."""
    found = {}
    for name in worlds[0]["ndcg"]:
        loss = np.array([one["ndcg"]["labels"] - one["ndcg"][name] for one in worlds])
        half = float(t.ppf((1 + LEVEL) / 2, len(loss) - 1) * loss.std(ddof=1) / np.sqrt(len(loss)))
        mean = float(loss.mean())
        found[name] = {"ndcg": float(np.mean([one["ndcg"][name] for one in worlds])), "loss": mean,
                       "low": mean - half, "high": mean + half, "within": mean <= WITHIN}  # fmt: skip
    return found


LOGGED_QUERIES = 400  # of one log
NEW_RANKER = np.r_[np.full(3, 0.6), np.zeros(COLUMNS - 4), 0.3]


def true_value(seed: int, queries: int = 400_000) -> float:
    """Expected clicks in the new ranker's first places, from planted relevance and examination of fresh queries."""
    rng, total = np.random.default_rng(10_000 + seed), 0.0
    for _ in range(queries // 20_000):
        columns = rng.normal(size=(20_000 * ITEMS, COLUMNS))
        place = positions(columns @ NEW_RANKER, np.repeat(np.arange(20_000), ITEMS))
        relevance = planted_relevance(columns, planted_effects(0))
        total += float(np.where(place <= FIRST, examination(BIAS)[place - 1] * relevance, 0.0).sum())
    return total / queries


def one_log(seed: int, queries: int = LOGGED_QUERIES) -> dict[str, OffPolicyValue]:
    """Estimates of the new ranker from one log, by model of the weights and estimator.

    The outcome model of the doubly robust one is wrong on purpose: planted relevance without its bend and product.
    """
    effects, rng, seen = planted_effects(0), np.random.default_rng(seed), examination(BIAS)
    log = shown_lists(queries, BIAS, 0.5, effects, rng)
    place = positions(log.columns @ NEW_RANKER, log.query)
    rough = 1 / (1 + np.exp(1 - log.columns @ effects))
    at = np.where(place <= FIRST, place, 1) - 1
    predicted, predicted_new = seen[log.position - 1] * rough, np.where(place <= FIRST, seen[at] * rough, 0.0)
    weights = {
        "item and position": item_position_weights(log.position, log.logged, place, FIRST),
        "examination": examination_weights(log.expected, place, seen, FIRST),
    }
    found: dict[str, OffPolicyValue] = {}
    for model, weight in weights.items():
        for method in get_args(Estimator):
            if method == "snips" and model == "examination":
                continue  # its weights sum to nearly the same in every list: nothing to normalise
            found[f"{model}, {method}"] = off_policy_value(
                log.query,
                log.clicks,
                weight,
                method,
                expected_weight=FIRST,
                level=LEVEL,
                seed=seed,
                predicted=predicted,
                predicted_new=predicted_new,
            )
    return found


def coverage(found: Sequence[OffPolicyValue], truth: float) -> dict[str, Any]:
    """How often the interval holds the truth, with the exact interval of that share, bias and mean width."""
    hits = [one.low is not None and one.high is not None and one.low <= truth <= one.high for one in found]
    share = binomtest(sum(hits), len(hits)).proportion_ci(LEVEL)
    widths = [one.high - one.low for one in found if one.low is not None and one.high is not None]
    return {
        "coverage": float(np.mean(hits)), "low": float(share.low), "high": float(share.high), "logs": len(found),
        "bias": float(np.mean([one.value for one in found])) - truth, "mean_width": float(np.mean(widths)),
    }  # fmt: skip


def show(record: dict[str, Any]) -> None:
    """The printed tables."""
    printed = Table("correction", "nDCG@10", "loss to labels", "90 % interval", f"within {WITHIN}")
    for name, one in record["corrections"].items():
        ends = f"[{one['low']:+.4f}, {one['high']:+.4f}]"
        printed.add_row(name, f"{one['ndcg']:.4f}", f"{one['loss']:+.4f}", ends, "yes" if one["within"] else "no")
    console.print(printed)
    truth = record["off_policy"]["truth"]
    printed = Table("off-policy estimate", "coverage of 90 %", "interval", f"bias (truth {truth:.4f})", "mean width")
    for name, one in record["off_policy"].items():
        if name != "truth":
            printed.add_row(name, f"{one['coverage']:.3f}", f"[{one['low']:.3f}, {one['high']:.3f}]",
                            f"{one['bias']:+.4f}", f"{one['mean_width']:.4f}")  # fmt: skip
    console.print(printed)
