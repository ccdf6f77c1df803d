"""``bench risk_truth``: default risk on planted truth: do its intervals hold, is it calibrated, is it never too good?

Half of the cohorts have few training defaults, half have many. A cohort alone has few defaults a stage, and one of ten
90 % intervals may miss; so cohorts are tested together: by the share of firms whose planted probability lies in their
interval, and by one calibration slope a stage over all of them. Cohorts of one world share firms or calendar; their
outcomes are drawn anew.

Labels are synthetic: the figures measure the generator. What they can show is whether the method keeps its promises.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import typer
from rich.console import Console
from rich.progress import track
from scipy.stats import chi2, rankdata

from data.codebook import read_codebook
from data.growth_stages import GROWTH_STAGES
from experiments.benchmarks.risk import intervals as risk_intervals
from experiments.benchmarks.risk.cohorts import Planted, World, draw, make_world
from experiments.machine import machine
from features.risk import risk_values
from models.quota.policy import read_policy
from models.risk.model import RiskModel
from training.params import read_section
from training.pipeline.artifacts import CAVEAT
from training.risk import fit as risk_training
from training.risk.figures import TAIL, slope_interval
from training.risk.leakage import find_leaks
from training.risk.leakage_column import LeakageParams

Floats = npt.NDArray[np.float64]
LEAK = "litigation_count_24m"
LEVEL = 1 - 2 * TAIL
ENTERPRISES = 14_620  # of a world; a cohort with few defaults has half of them, one with many has all
PD_MEANS = {"few": (0.026, 0.038), "many": (0.13,)}
# Worlds in which less and more of a firm's risk is unseen than is declared, as planted log-odds.
UNSEEN: Mapping[str, Mapping[str, float]] = {
    "less_unseen": {
        "frailty": 0.0,
        "turnover_volatility": 0.19,
        "months_without_sales": 0.16,
        "buyer_concentration": 0.1,
        "void_and_red_letter": 0.1,
    },
    "more_unseen": {"frailty": 0.8},
}
console = Console()


def bench(
    worlds: int = typer.Option(5, min=1, help="Generated worlds; each gives four cohorts with few and four with many."),
    leaks: int = typer.Option(2, min=0, help="Worlds of which one cohort is fitted again with a planted leak."),
    unseen: int = typer.Option(1, min=0, help="Worlds each with less and with more unseen variance than declared."),
    seed: int = typer.Option(1, help="Of the first world."),
    out: Path = typer.Option(Path("artifacts/bench/risk_truth.json"), help="JSON file."),
) -> None:
    """Intervals, calibration by stage and the oracle, out of time, on planted cohorts; and a planted leak.

    Exits 1 where intervals miss what they promise of answered firms in calm years and of the snapshot.
    """
    began = time.perf_counter()
    rows: list[dict[str, Any]] = []
    tables, firms = [], []
    for number in track(range(worlds), "worlds", console=console, transient=True):
        world = make_world(ENTERPRISES, seed + number)
        for size, position, cohort in cohorts_of(world, seed + number):
            leak = number < leaks and (size, position) == ("many", 0)
            row, loans, predicted = measure(cohort, 8 * number + len(rows) % 8, leak=leak)
            rows.append({"size": size, "world": seed + number} | row)
            tables.append(loans.assign(size=size))
            firms.append(predicted.assign(size=size))
            console.log(f"world {number} {size} {position}: {row['training_defaults']} training defaults")
    table, every = pd.concat(tables, ignore_index=True), pd.concat(firms, ignore_index=True)
    result: dict[str, Any] = {
        "caveat": CAVEAT,
        "enterprises": ENTERPRISES,
        "pd_means": {size: list(means) for size, means in PD_MEANS.items()},
        "worlds": worlds,
        "interval_level": LEVEL,
        "intervals": {
            size: summarised(mine, [row for row in rows if size in ("all", row["size"])])
            for size, mine in {"all": every, **{size: every.loc[every["size"] == size] for size in PD_MEANS}}.items()
        },
        "unseen": {
            name: risk_intervals.coverage(
                pd.concat([_other_unseen(effects, seed + position) for position in range(unseen)]), LEVEL
            )
            for name, effects in UNSEEN.items()
            if unseen
        },
        "calibration": calibration(table.loc[table["size"] == "many"]),
        "calibration_few": calibration(table.loc[table["size"] == "few"]),
        "cohorts": rows,
        "wall_s": round(time.perf_counter() - began, 1),
        "machine": machine("lightgbm", "numpy", "scipy"),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    console.print_json(json.dumps({"intervals": result["intervals"]["all"], "calibration": result["calibration"]}))
    missed = [
        fault
        for size, one in result["intervals"].items()
        for fault in risk_intervals.uncovered(one["coverage"], f"{size} cohorts")
    ]
    if missed:
        console.print("\n".join(missed), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1)


def cohorts_of(world: World, seed: int) -> Iterator[tuple[str, int, Planted]]:
    """Eight cohorts of a world: each half of its firms at two means, few defaults; all firms four times, many."""
    for position, (half, mean) in enumerate(product((0, 1), PD_MEANS["few"])):
        yield "few", position, draw(world, mean, 100 * seed + position, half)
    for position in range(4):
        yield "many", position, draw(world, PD_MEANS["many"][0], 100 * seed + 50 + position)


def _other_unseen(effects: Mapping[str, float], seed: int) -> pd.DataFrame:
    """Intervals of two cohorts with many defaults in a world with other planted effects."""
    world = make_world(ENTERPRISES // 2, seed, effects)
    cohorts = [draw(world, PD_MEANS["many"][0], 100 * seed + position) for position in range(2)]
    return pd.concat([measure(cohort, 8 * seed + position)[2] for position, cohort in enumerate(cohorts)])


def summarised(predicted: pd.DataFrame, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage, evidence, referrals, rank and facts over some cohorts."""
    defaults = [row["training_defaults"] for row in rows]
    facts = pd.DataFrame([pd.Series(row["facts"]).map(lambda one: one["rises"]) for row in rows])
    rises = pd.DataFrame([pd.Series(row["facts"]).map(lambda one: one["median_rise"]) for row in rows])
    return {
        "cohorts": len(rows),
        "training_defaults": {"least": min(defaults), "median": float(np.median(defaults)), "most": max(defaults)},
        "coverage": risk_intervals.coverage(predicted, LEVEL),
        "evidence": risk_intervals.evidence_spread(predicted),
        "referrals": risk_intervals.referrals(predicted, read_policy().pd_cutoff),
        **{name: risk_intervals.ranks([row[name] for row in rows]) for name in ("rank", "rank_answered")},
        "facts": {
            key: {"rises_at_least": float(facts[key].min()), "median_rise": float(rises[key].mean())} for key in facts
        },
    }


def measure(cohort: Planted, number: int, *, leak: bool = False) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """One cohort: fit as the pipeline does, test on the last vintages, and with a leaking column if ``leak``.

    The first table has a row a tested loan: cohort, stage, shock, predicted, truth and default. The second one a row a
    firm with its interval, of the test and of the snapshot.
    """
    book, params = read_codebook(), read_section("risk", risk_training.RiskParams)
    model = risk_training.fit(cohort.train, cohort.train_default, book, params)
    every = pd.concat([cohort.test, cohort.snapshot], ignore_index=True)
    rival = risk_intervals.peer(cohort.train, cohort.train_default, every, book, params, LEVEL)
    truth = np.concatenate([cohort.test_truth, cohort.snapshot_truth])
    tested, y = len(cohort.test), cohort.test_default.to_numpy(dtype=float)
    pd_12m = model.predict(cohort.test, book)["pd_12m"].to_numpy()
    # Without a revenue the service answers "insufficient data" whatever the probability.
    answered = cohort.test["revenue_wan"].notna().to_numpy()
    table = pd.DataFrame(
        {
            "cohort": number,
            "stage": cohort.test["growth_stage"].to_numpy(dtype=object),
            "shock": cohort.shock,
            "predicted": pd_12m,
            "truth": cohort.test_truth,
            "default": y,
        }
    )
    where = np.where(cohort.shock, "shock test", "calm test").tolist() + ["snapshot"] * len(cohort.snapshot)
    firms = risk_intervals.evaluated(model, rival, every, truth, np.array(where, dtype=object)).assign(cohort=number)
    row = {
        "training_defaults": int(cohort.train_default.sum()),
        "test_defaults": int(y.sum()),
        "calibration_slope": slopes(table, LEVEL),
        **{
            name: risk_intervals.rank(
                risk_intervals.log_odds_of(pd_12m[rows]),
                rival.log_odds[:tested][rows],
                cohort.test_truth[rows],
                y[rows],
                ~cohort.shock[rows],
            )
            for name, rows in (("rank", np.ones(tested, dtype=bool)), ("rank_answered", answered))
        },
        "facts": risk_intervals.moved_by_facts(model, cohort.snapshot, book),
        "against_oracle": against_oracle(model, cohort.test, cohort.test_default, cohort.test_truth),
    }
    if leak:
        before = with_leak(cohort.train, cohort.train_default, number)
        after = with_leak(cohort.test, cohort.test_default, number)
        leaky = risk_training.fit(before, cohort.train_default, book, params)
        evaluated = risk_values(before, book).assign(default=cohort.train_default)
        found = [one for one in find_leaks(evaluated, "default", read_section("leakage", LeakageParams)) if one.stops]
        seen = against_oracle(leaky, after, cohort.test_default, cohort.test_truth)
        row["planted_leak"] = seen | {"check_names": [one.column for one in found]}
    return row, table, firms


def slopes(table: pd.DataFrame, level: float, predicted: str = "predicted") -> dict[str, dict[str, Any]]:
    """Calibration slope of all and of each stage, one over every cohort of the table, each cohort at its own level."""
    every = {}
    for name in ("all", *GROWTH_STAGES):
        mine = table if name == "all" else table.loc[table["stage"] == name]
        odds = mine[predicted].to_numpy(dtype=float)
        slope = slope_interval(np.log(odds / (1 - odds)), mine["default"].to_numpy(), level, mine["cohort"].to_numpy())
        every[name] = {
            **slope,
            "defaults": int(mine["default"].sum()),
            "holds_1": bool(slope["low"] <= 1 <= slope["high"]),
        }
    return every


def calibration(table: pd.DataFrame) -> dict[str, Any]:
    """The cohorts together, for the model and, beside it, of the truth itself.

        ``interval_level`` is that of a single interval; "every stage" is one claim of three, so its intervals are of
        the higher ``joint_level`` (Sidak), in figures of its own. ``planted`` takes the planted probabilities for the
        outcomes, so that
        no luck of who defaulted is left: a cohort's own spread about 1 is what its calibration did not learn, and makes
        intervals, which have the test alone, hold 1 a little less often than their level. The level of the predictions
    The level of the predicted ones the vintages of the planted shock, which nobody could foresee.
    """
    joint = LEVEL ** (1 / len(GROWTH_STAGES))
    alone = [slopes(mine, LEVEL) for _, mine in table.groupby("cohort")]
    together = [slopes(mine, joint) for _, mine in table.groupby("cohort")]
    pooled, known = slopes(table, LEVEL), table.loc[np.isfinite(table["truth"])]
    wide, perfect = slopes(table, joint), slopes(known, LEVEL, "truth")
    certain = known.assign(default=known["truth"])
    planted = slopes(certain, LEVEL)
    sharp = [slopes(mine, LEVEL) for _, mine in certain.groupby("cohort")]
    calm = table.loc[~table["shock"]]
    answered = calm.loc[np.isfinite(calm["truth"])]
    seen, predicted = int(calm["default"].sum()), float(calm["predicted"].sum())
    low, high = chi2.ppf(TAIL, 2 * seen) / 2 / predicted, chi2.ppf(1 - TAIL, 2 * seen + 2) / 2 / predicted
    return {
        "interval_level": LEVEL,
        "joint_level": joint,
        "slope": {
            name: {
                "pooled": pooled[name],
                "truth_pooled": perfect[name],
                "planted": {
                    "pooled": planted[name]["value"],
                    "by_cohort": [one[name]["value"] for one in sharp],
                },
                "cohorts": len(alone),
                "cohorts_that_hold_1": sum(one[name]["holds_1"] for one in alone),
                "median": float(np.median([one[name]["value"] for one in alone])),
                "median_width": float(np.median([one[name]["high"] - one[name]["low"] for one in alone])),
            }
            for name in pooled
        },
        "observed_over_predicted": {
            "value": seen / predicted,
            "low": float(low),
            "high": float(high),
            "defaults": seen,
            "planted": float(answered["truth"].sum() / answered["predicted"].sum()),
            "in_the_shock": float(
                table.loc[table["shock"], "default"].sum() / table.loc[table["shock"], "predicted"].sum()
            ),
        },
        "verdict": {
            "every_stage_holds_1": all(wide[name]["holds_1"] for name in GROWTH_STAGES),
            "cohorts_where_every_stage_holds_1": sum(
                all(one[name]["holds_1"] for name in GROWTH_STAGES) for one in together
            ),
            "stage_intervals": len(alone) * len(GROWTH_STAGES),
            "stage_intervals_that_hold_1": sum(one[name]["holds_1"] for one in alone for name in GROWTH_STAGES),
        },
    }


def with_leak(cases: pd.DataFrame, default: pd.Series, seed: int) -> pd.DataFrame:
    """The lawsuits counted a year too late: each default adds up to two."""
    late = np.random.default_rng(seed).binomial(2, 0.8, len(cases)) * default.to_numpy()
    return cases.assign(**{LEAK: cases[LEAK].fillna(0.0) + late})


def against_oracle(model: RiskModel, cases: pd.DataFrame, default: pd.Series, truth: Floats) -> dict[str, Any]:
    """AUC of the model and of the truth on the same cases; a model that beats the truth has seen the outcome."""
    y = default.to_numpy(dtype=float)
    known = np.isfinite(truth)
    pd_12m = model.predict(cases)["pd_12m"].to_numpy()
    gap, error = auc_gap(y[known], pd_12m[known], truth[known])
    own, _ = auc_gap(y[known], truth[known], np.zeros(int(known.sum())))
    return {
        "oracle_auc": own + 0.5,
        "model_auc": own + 0.5 + gap,
        "gap": gap,
        "standard_error": error,
        "beats_the_oracle": gap > 2 * error,
    }


def auc_gap(y: Floats, one: Floats, two: Floats) -> tuple[float, float]:
    """AUC of ``one`` less AUC of ``two``, and its standard error; source: DeLong, DeLong, Clarke-Pearson (1988)."""
    bad = y == 1
    parts = []
    for predicted in (one, two):
        every = rankdata(predicted)
        into = (every[bad] - rankdata(predicted[bad])) / (~bad).sum()
        over = 1 - (every[~bad] - rankdata(predicted[~bad])) / bad.sum()
        parts.append((into, over))
    into, over = parts[0][0] - parts[1][0], parts[0][1] - parts[1][1]
    return float(into.mean()), float(
        np.sqrt(max(into.var(ddof=1) / bad.sum() + over.var(ddof=1) / (~bad).sum(), 1e-12))
    )
