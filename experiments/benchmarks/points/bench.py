"""The points card against planted truth, rival learners and the clock: writes artifacts/bench/points.json."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typer
from rich.progress import Progress

from data.codebook import Codebook, read_codebook
from experiments.benchmarks.points.laws import laws, random_firms
from experiments.benchmarks.points.panel import Columns, quality_of, read_panel, rivals, study
from experiments.benchmarks.points.planted import TRUTHS, VINTAGES, firm_pool, plant
from experiments.machine import machine
from features.columns import of_rows
from models.points.card import PointsCard
from models.points.step_prices import read_costs
from training.assembled import DERIVED, read_cases, read_labelled
from training.params import read_section
from training.pipeline.artifacts import CAVEAT, write_json
from training.points import fit as points_training
from training.points.audit import price_of_points
from training.points.cards import import_card, official_cards, read_official_card
from training.points.learn import learn
from training.points.sample import build_sample
from training.points.shapes import ShapeParams, fit_shapes
from training.points.verdict import verdict_on
from training.points.weights import FULL_POOLING, NO_POOLING, strengths

SIZES = (200, 2_000, 20_000)
OUT = Path("artifacts/bench/points.json")
PARTS = ("planted", "verdict", "cohort", "laws", "speed")
VERDICT_ROWS = 60_000
FIRMS_A_SECOND = 1_000_000


def bench(
    parts: str = typer.Option(",".join(PARTS), help="Which parts to run, by comma; others keep their last figures."),
    replications: int = typer.Option(50, help="Replications of the cohort's planted truth at each size."),
    other_replications: int = typer.Option(6, help="Replications of each truth drawn at random, at each size."),
    sizes: str = typer.Option(",".join(map(str, SIZES)), help="Numbers of labelled firms, by comma."),
    verdict_runs: int = typer.Option(6, help="Verdicts passed on each of three truths."),
    seed: int = typer.Option(2026, help="Start of every planted draw."),
    workers: int = typer.Option(2, help="Processes."),
    panel: Path | None = typer.Option(None, help="A real table, CSV or Parquet: adds the part `panel`."),
    codebook: Path | None = typer.Option(None, help="The table's own indicator codebook."),
    target: str = typer.Option("target", help="Column of the outcome."),
    entity: str = typer.Option("enterprise", help="Column of the enterprise."),
    when: str = typer.Option("year", help="Column of the time: a year or a date."),
    stage: str | None = typer.Option(None, help="Column of the stage; none: one stage for all."),
    industry: str | None = typer.Option(None, help="Column of the industry; none: one for all."),
    out: Path = typer.Option(OUT, help="Where the record is written."),
) -> None:
    """Weight error, coverage, verdicts, rank quality out of time, monotonicity and speed of the points card."""
    wanted = [part for part in parts.split(",") if part]
    alien = sorted(set(wanted) - set(PARTS))
    if alien:
        raise typer.BadParameter(f"unknown parts {alien}, allowed: {list(PARTS)}")
    record = json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {}
    record |= {"caveat": CAVEAT, "machine": machine("numpy", "pandas", "scipy", "lightgbm", "scikit-learn")}
    params, shape = read_section("points", points_training.PointsParams), read_section("points_shape", ShapeParams)
    made: dict[str, Callable[[], Any]] = {
        "planted": lambda: planted(
            params, shape, tuple(map(int, sizes.split(","))), replications, other_replications, workers, seed
        ),
        "verdict": lambda: verdicts(params, shape, verdict_runs, workers, seed),
        "cohort": lambda: cohort(params, shape),
        "laws": lambda: laws(params),
        "speed": lambda: speed(params, shape),
    }
    if panel is not None:
        if codebook is None:
            raise typer.BadParameter("--panel needs --codebook: another table has its own indicators")
        book = read_codebook(codebook)
        read = read_panel(panel, book, Columns(target, entity, when, stage, industry))
        record["panel"] = {"table": panel.name, **study(read, book, params, shape)}
    for part in wanted if panel is None else []:
        started = time.perf_counter()
        record[part] = {**made[part](), "seconds": round(time.perf_counter() - started, 1)}
        write_json(out, record)
    write_json(out, record)


def replicate(
    truth: str, n: int, seed: int, start: int, params: points_training.PointsParams, shape: ShapeParams
) -> dict[str, Any]:
    """One replication: squared weight errors of each learner, and how often the shrunk card's intervals cover."""
    pool, rng = firm_pool(), np.random.default_rng([start, seed, n])
    drawn = plant(pool, TRUTHS[truth](pool.prior, rng), n, rng)
    sample = build_sample(pool.card, drawn.cases, drawn.outcome)
    candidates = strengths(params.reach, params.shape_shares)
    shrunk = learn(sample, pool.prior, candidates, shape, draws=params.draws // 2, shape_draws=1, seed=seed)
    # The same learner with the strength at its ends; straight lines, as these truths are.
    none, full = (learn(sample, pool.prior, (end,), shape, seed=seed) for end in (NO_POOLING, FULL_POOLING))
    bounds = [(1 - params.interval_level) / 2, (1 + params.interval_level) / 2]
    low, high = np.quantile(shrunk.draws[..., -1], bounds, axis=0)
    errors = {"shrunk": shrunk.weights, "no_pooling": none.weights, "full_pooling": full.weights, "prior": pool.prior}
    slack = 1e-9
    gaps_true = drawn.weights[[0, 0, 1]] - drawn.weights[[1, 2, 2]]
    full_marks = shrunk.draws[..., -1]
    gap = full_marks[:, [0, 0, 1]] - full_marks[:, [1, 2, 2]]
    gap_low, gap_high = np.quantile(gap, bounds, axis=0)
    return {
        "truth": truth,
        "n": n,
        "squared_error": {name: float(((weights - drawn.weights) ** 2).mean()) for name, weights in errors.items()},
        "covered": float(((low - slack <= drawn.weights) & (drawn.weights <= high + slack)).mean()),
        "covered_differences": float(((gap_low - slack <= gaps_true) & (gaps_true <= gap_high + slack)).mean()),
        "width": float((high - low).mean()),
        "strength": {name: shrunk.mean(name) for name in ("shared", "own", "shape")},
    }


def planted(
    params: points_training.PointsParams,
    shape: ShapeParams,
    sizes: tuple[int, ...],
    replications: int,
    others: int,
    workers: int,
    start: int,
) -> dict[str, Any]:
    """Weight error and interval coverage, by truth and by number of labelled firms."""
    jobs = [
        (truth, n, seed)
        for truth in TRUTHS
        for n in sorted(sizes, reverse=True)
        for seed in range(replications if truth == "planted" else others)
    ]
    rows = []
    with Progress() as bar, ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        task = bar.add_task("planted truths", total=len(jobs))
        waiting = [pool.submit(replicate, *job, start, params, shape) for job in jobs]
        for done in waiting:
            rows.append(done.result())
            bar.advance(task)
    report: dict[str, Any] = {"level": params.interval_level, "seed": start, "truths": {}}
    for truth in dict.fromkeys(row["truth"] for row in rows):
        report["truths"][truth] = {}
        for n in sizes:
            mine = [row for row in rows if row["truth"] == truth and row["n"] == n]
            squared = pd.DataFrame([row["squared_error"] for row in mine])
            better = {
                name: int((squared["shrunk"] < squared[name]).sum()) for name in squared.columns if name != "shrunk"
            }
            report["truths"][truth][str(n)] = {
                "replications": len(mine),
                "rmse": {str(name): float(np.sqrt(value)) for name, value in squared.mean().items()},
                "replications_shrunk_is_better_than": better,
                "coverage": float(np.mean([row["covered"] for row in mine])),
                "coverage_standard_error": float(
                    np.std([row["covered"] for row in mine], ddof=1) / np.sqrt(len(mine))
                ) if len(mine) > 1 else None,
                "coverage_of_stage_differences": float(np.mean([row["covered_differences"] for row in mine])),
                "mean_width": float(np.mean([row["width"] for row in mine])),
                "strength": {
                    name: float(np.mean([row["strength"][name] for row in mine])) for name in mine[0]["strength"]
                },
            }  # fmt: skip
    return report


def planted_verdict(
    truth: str, seed: int, start: int, params: points_training.PointsParams, shape: ShapeParams
) -> dict[str, Any]:
    """The verdict on planted firms, tested on the last vintage."""
    pool, rng = firm_pool(VERDICT_ROWS), np.random.default_rng([start, seed])
    drawn = plant(pool, TRUTHS[truth](pool.prior, rng), VERDICT_ROWS, rng)
    sample = build_sample(pool.card, drawn.cases, drawn.outcome)
    late = (drawn.cases["as_of"] == pd.Timestamp(VINTAGES[-1])).to_numpy()
    shared = strengths(params.reach, params.shape_shares, pooled=True)
    own = strengths(params.reach, params.shape_shares)

    def points(rows: Any) -> tuple[Any, Any]:
        return tuple(learn(rows, pool.prior, one, shape, seed=seed).points for one in (own, shared))  # type: ignore[return-value]

    return {"truth": truth, **verdict_on(sample, late, points, params.folds, params.interval_level, seed).as_dict()}


def verdicts(
    params: points_training.PointsParams, shape: ShapeParams, runs: int, workers: int, start: int
) -> dict[str, Any]:
    """How often each card ships where the stages are equal, where they are as planted, and where each is its own."""
    truths = ("equal", "planted", "gamma")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = [
            pool.submit(planted_verdict, truth, seed, start, params, shape) for truth in truths for seed in range(runs)
        ]
        rows = [done.result() for done in waiting]
    return {
        "labelled_firms": VERDICT_ROWS,
        "truths": {
            truth: {
                "runs": runs,
                "stage_card_ships": sum(row["ships"] == "stage" for row in rows if row["truth"] == truth),
                "mean_gain_r2": float(np.mean([row["gain_r2"] for row in rows if row["truth"] == truth])),
                "first": next(row["text"] for row in rows if row["truth"] == truth),
            }
            for truth in truths
        },
    }


def cohort(params: points_training.PointsParams, shape: ShapeParams) -> dict[str, Any]:
    """Rank quality on the pipeline's cohort, later vintage and other enterprises, against every rival."""
    book, vintages = read_codebook(), read_cases(DERIVED / "vintages")
    reference = vintages.loc[vintages["as_of"] == pd.Timestamp(params.reference_vintage)].reset_index(drop=True)
    labelled = read_labelled("points_outcome")
    cases, outcome, known = labelled.cases, labelled.labels, labelled.rows("train", "calibration")
    staged = cases["growth_stage"].isin(list(book.stages)).to_numpy()
    tested = labelled.rows("test") & staged
    late, until = labelled.rows("calibration")[known], labelled.until[known]
    fitted = points_training.fit(reference, cases.loc[known], outcome[known], late, book, params, shape, until=until)
    later = cases.loc[tested]
    cards = {"learned": fitted.card, "prior": fitted.prior, "pooled": fitted.pooled} | {
        name: import_card(read_official_card(name), reference, book) for name in official_cards()
    }
    trained_on = cases.loc[known & staged]
    scores = {name: card.score(later)["total"].to_numpy() for name, card in cards.items()}
    scores |= rivals(trained_on, outcome[known & staged], later, book, params.seed)
    quality = quality_of(scores, outcome[tested], later, params)
    price = {
        kind: [-gain, -high, -low] for kind, (gain, low, high) in quality["against"]["unconstrained_lightgbm"].items()
    }
    return {
        "verdict": fitted.verdict.as_dict(),
        "quality": quality,
        "price_of_additive_and_monotone": price,
        "cheap_indicator": _cheap_found(fitted.prior, reference, book),
    }


def _cheap_found(card: PointsCard, reference: pd.DataFrame, book: Codebook) -> dict[str, Any]:
    """Each indicator in turn made to cost one yuan a step: how often the audit names it first."""
    firms = reference.loc[reference["growth_stage"].isin(list(card.points))]
    costs, found = read_costs(book), {}
    for one in costs:
        planted_costs = tuple(
            replace(cost, cost_yuan=1.0, revenue_share=0.0, yuan_per_head=0.0) if cost is one else cost
            for cost in costs
        )
        ranked = list(price_of_points(card, firms, planted_costs)["indicator"])
        found[one.key] = ranked.index(one.key) + 1
    return {
        "planted": len(found),
        "named_first": sum(position == 1 for position in found.values()),
        "rank_when_planted": found,
    }


def speed(params: points_training.PointsParams, shape: ShapeParams) -> dict[str, Any]:
    """Seconds for a million firms and microseconds for one, as ratios to a bare Booster.predict in the same run.

    The bare prediction is of the additive boosters behind the card: the pooled one and the firm's stage's own.
    """
    card = PointsCard.load(Path("artifacts/points/card.yaml"))
    pool, rng = firm_pool(), np.random.default_rng(params.seed)
    drawn = plant(pool, TRUTHS["planted"](pool.prior, rng), 20_000, rng)
    sample = build_sample(pool.card, drawn.cases, drawn.outcome)
    boosters = fit_shapes(sample, pool.prior, shape).boosters
    many = random_firms(FIRMS_A_SECOND, rng)
    matrix = many[list(read_codebook().keys)].to_numpy(dtype=float)
    stage = many["growth_stage"].to_numpy()
    rows = {name: np.flatnonzero(stage == name) for name in boosters if name != "pooled"}

    def bare_many() -> None:
        boosters["pooled"].predict(matrix, num_threads=2)
        for name, own in rows.items():
            boosters[name].predict(matrix[own], num_threads=2)

    records = [{str(key): value for key, value in row.items()} for row in many.head(2_000).to_dict("records")]
    alone = [matrix[position : position + 1] for position in range(300)]

    def bare_one() -> None:
        for position, row in enumerate(alone):
            boosters["pooled"].predict(row, num_threads=1)
            boosters[stage[position]].predict(row, num_threads=1)

    def one() -> None:
        for row in records:
            card.score_columns(of_rows([row]))

    batch, bare_batch = _best(lambda: card.score(many)), _best(bare_many)
    single, bare_single = _best(one, 5) / len(records), _best(bare_one, 5) / len(alone)
    return {
        "million_firms_s": batch,
        "million_firms_bare_predict_s": bare_batch,
        "million_firms_ratio": batch / bare_batch,
        "one_firm_us": single * 1e6,
        "one_firm_bare_predict_us": bare_single * 1e6,
        "one_firm_ratio": single / bare_single,
        "trees": {name: booster.num_trees() for name, booster in boosters.items()},
    }


def _best(run: Callable[[], Any], times: int = 3) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
