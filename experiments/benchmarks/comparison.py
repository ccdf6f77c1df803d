"""How often the results of a comparison are right, on planted runs: coverage, equivalence, many runs, power, time.

Two models of the same firms are the truth with noise of their own: of equal noise neither is better; of unequal noise
the true difference is that of a very large sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.progress import track
from scipy.special import expit

from experiments.benchmarks.comparison_time import FRESH_CPU_S, PAGE_S, times_taken
from models.comparison.metrics import Metric, Profit, metrics_table
from models.comparison.paired import Resamples, Statistic, statistics
from models.comparison.rows import RunRows
from models.comparison.verdict import compare, firms_needed, p_equivalent, power_of
from training.pipeline.artifacts import write_json

TABLE = metrics_table(Profit(annual_rate=0.04, lgd=0.4))
NAMES = ("auc", "ks", "brier", "calibration_slope", "expected_profit")  # of probabilities
RANKED = "ndcg"  # of lists: each firm is a query
DOCUMENTS = 12  # of each list, two more than nDCG@10 reads
RATE = -1.8, 1.2  # mean and spread of the true log-odds: about a fifth of the firms default
SMALL, LARGE = (0.6, 0.9), (0.6, 1.3)  # noise of two models with a small and with a large true difference
FEW = 4, 30, 120  # firms in which two runs differ
DRAWS = 400
WHOLE = 1_000_000  # firms whose metrics are taken for the true ones
LEAST_REPETITIONS = 1_000  # with which a coverage is judged
HELD = 0.93, 0.97  # share of 95 % intervals that have to hold zero
JUDGED = ("once", "four_times")  # cases of the null that are promised; rows resampled have to fail
ERROR = 0.05  # of a wrong "equivalent"
CAVEAT = "Planted runs: these figures measure the method, not a model."


@dataclass(frozen=True)
class Campaign:
    """Repetitions of each part; the numbers of the published record."""

    repetitions: int = 2_000
    by_row: int = 300
    families: int = 200
    firms: int = 300
    times: int = 4
    challengers: int = 20
    planted_firms: int = 1_000
    first_seed: int = 0
    page_runs: int = 300


def planted(seed: int, firms: int, noise: Sequence[float], times: int = 1) -> list[RunRows]:
    """One run for each noise, on the same firms; every firm stands ``times`` times in the rows."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(*RATE, firms)
    outcome, firm = (rng.random(firms) < expit(truth)).astype(float), np.tile(np.arange(firms), times)
    weight = np.ones(firms * times)
    return [
        RunRows(firm, np.tile(outcome, times), np.tile(expit(truth + sd * rng.normal(size=firms)), times), weight)
        for sd in noise
    ]


def planted_lists(seed: int, firms: int, noise: Sequence[float], times: int = 1) -> list[RunRows]:
    """One run for each noise, on the same lists: a query of each firm, whose documents are ordered by their true gain.

    Every query stands ``times`` times in the rows, each time under another number and with its firm.
    """
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=firms * DOCUMENTS)
    outcome = np.tile((truth + rng.normal(size=len(truth)) > 1.0).astype(float), times)
    query = np.repeat(np.arange(firms * times), DOCUMENTS)
    return [
        RunRows(
            firm=query % firms,
            outcome=outcome,
            prediction=np.tile(truth + sd * rng.normal(size=len(truth)), times),
            weight=np.ones(len(query)),
            kind="ranking",
            extras={"query": query},
        )
        for sd in noise
    ]


def differences(runs: Sequence[RunRows], metrics: Sequence[Metric], seed: int) -> dict[str, Statistic]:
    """Second run less first, by metric."""
    resamples = Resamples(runs[0].firms, DRAWS, seed)
    found = [statistics(run, metrics, resamples) for run in runs]
    return {metric.name: found[1][metric.name] - found[0][metric.name] for metric in metrics}


def coverage(repetitions: Iterable[int], firms: int, times: int, by_row: bool = False) -> dict[str, dict[str, float]]:
    """Share of cohorts without a difference whose 95 % interval holds zero, by metric, with its Monte-Carlo error.

    by_row : resample rows, of lists whole queries, as if each were of another firm
    """
    hits, count = dict.fromkeys((*NAMES, RANKED), 0), 0
    for seed in repetitions:
        for plant, names in ((planted, NAMES), (planted_lists, (RANKED,))):
            runs = plant(seed, firms, (0.6, 0.6), times)
            if by_row:
                runs = [replace(run, firm=run.extras.get("query", np.arange(len(run)))) for run in runs]
            for name, one in differences(runs, [TABLE[name] for name in names], seed).items():
                ends = one.interval(0.95)
                hits[name] += ends.low <= 0.0 <= ends.high
        count += 1
    return {name: rate(hit, count) for name, hit in hits.items()}


def few_differ(repetitions: Iterable[int], firms: int, differing: int) -> dict[str, dict[str, float]]:
    """Share of 95 % intervals that hold zero where two runs, neither of which is better, differ in few firms alone."""
    metrics, hits, count = [TABLE[name] for name in NAMES], dict.fromkeys(NAMES, 0), 0
    for seed in repetitions:
        one, other = planted(seed, firms, (0.6, 0.6))
        few = np.random.default_rng([seed, differing]).choice(firms, differing, replace=False)
        prediction = one.prediction.copy()
        prediction[few] = other.prediction[few]
        for name, difference in differences([one, replace(one, prediction=prediction)], metrics, seed).items():
            ends = difference.interval(0.95)
            hits[name] += ends.low <= 0.0 <= ends.high
        count += 1
    return {name: rate(hit, count) for name, hit in hits.items()}


def rate(hits: int, count: int) -> dict[str, float]:
    """A share with its Monte-Carlo error."""
    share = hits / count
    return {"rate": share, "error": float(np.sqrt(max(share * (1 - share), 1 / count) / count))}


def true_differences(noise: tuple[float, float], names: Sequence[str]) -> dict[str, float]:
    """Of two models with these noises, by metric."""
    runs = planted(10**6, WHOLE, noise)
    return {name: float(TABLE[name](runs[1])[0] - TABLE[name](runs[0])[0]) for name in names}


def at_the_margin(repetitions: Iterable[int], firms: int, noise: tuple[float, float]) -> dict[str, dict[str, Any]]:
    """How often "equivalent" is claimed where the true difference is the margin, and how often a difference is found.

    power_stated : mean of what ``power_of`` states from the cohort's own standard error and the true difference
    """
    names = ("auc", "brier")
    truth = true_differences(noise, names)
    claims, found, stated = dict.fromkeys(names, 0), dict.fromkeys(names, 0), dict.fromkeys(names, 0.0)
    covered, count = dict.fromkeys(names, 0), 0
    for seed in repetitions:
        for name, one in differences(planted(seed, firms, noise), [TABLE[name] for name in names], seed).items():
            margin, ends = abs(truth[name]), one.interval(0.95)
            claims[name] += p_equivalent(one, margin) <= 0.05
            found[name] += one.p_equal() <= 0.05
            covered[name] += ends.low <= truth[name] <= ends.high
            stated[name] += power_of(one.standard_error, margin)
        count += 1
    return {
        name: {
            "true_difference": truth[name],
            "claimed_equivalent": rate(claims[name], count),
            "covered": rate(covered[name], count),
            "power": rate(found[name], count),
            "power_stated": stated[name] / count,
        }
        for name in names
    }


def stated_sample(repetitions: Sequence[int], firms: int) -> dict[str, Any]:
    """Power at the number of firms that is stated to show the true difference in AUC with 80 % probability."""
    metric = [TABLE["auc"]]
    truth = abs(true_differences(SMALL, ["auc"])["auc"])
    errors = [
        differences(planted(seed, firms, SMALL), metric, seed)["auc"].standard_error for seed in list(repetitions)[:20]
    ]
    needed = firms_needed(firms, float(np.median(errors)), truth, 0.025, 0.8) or firms
    hits = [differences(planted(seed, needed, SMALL), metric, seed)["auc"].p_equal() <= 0.05 for seed in repetitions]
    return {"firms": firms, "firms_stated": needed, "power": rate(sum(hits), len(hits))}


def families(repetitions: Iterable[int], firms: int, challengers: int) -> dict[str, dict[str, float]]:
    """How often any of many challengers without a difference is called better or worse, with and without Holm."""
    names = ("auc", "brier", "expected_profit")
    metrics = [TABLE[name] for name in names]
    corrected = plain = better = count = 0
    for seed in repetitions:
        resamples = Resamples(firms, DRAWS, seed)
        every = [statistics(run, metrics, resamples) for run in planted(seed, firms, [0.6] * (challengers + 1))]
        others = {str(at): one for at, one in enumerate(every[1:])}
        found = compare(every[0], others, metrics, dict.fromkeys(names, 1e-9), firms)
        corrected += any(one.verdict in ("better", "worse") for one in found)
        better += any(one.verdict == "better" for one in found)
        plain += any(one.p <= 0.05 for one in found)
        count += 1
    return {
        "any_better_or_worse": rate(corrected, count),
        "any_better": rate(better, count),
        "uncorrected": rate(plain, count),
    }


def study(
    campaign: Campaign, watch: Callable[[Iterable[int], str], Iterable[int]] = lambda seeds, _: seeds
) -> dict[str, Any]:
    """Every part of the record."""
    size, times, first = campaign.firms, campaign.times, campaign.first_seed
    seeds = range(first, first + campaign.repetitions)
    fewer, families_ = range(first, first + campaign.by_row), range(first, first + campaign.families)
    return {
        "caveat": CAVEAT,
        "campaign": vars(campaign),
        "null_coverage": {
            "once": coverage(watch(seeds, "null, firms once"), size, 1),
            "four_times": coverage(watch(seeds, "null, firms four times"), size, times),
            "four_times_by_row": coverage(watch(fewer, "null, rows resampled"), size, times, by_row=True),
        },
        "few_differ": {
            str(count): few_differ(watch(fewer, f"null, {count} firms differ"), size, count) for count in FEW
        },
        "margin": {
            name: at_the_margin(watch(seeds, f"at the margin, {name}"), campaign.planted_firms, noise)
            for name, noise in (("small", SMALL), ("large", LARGE))
        },
        "stated_sample": stated_sample(list(watch(fewer, "stated sample")), campaign.planted_firms),
        "family": {
            "challengers": campaign.challengers,
            **families(watch(families_, "many challengers"), size, campaign.challengers),
        },
        "time": times_taken(campaign.page_runs),
    }


def faults(record: Mapping[str, Any]) -> list[str]:
    """What was promised and is not kept. Runs that differ in few firms, many challengers, power: shown, not judged."""
    found, repetitions = [], record["campaign"]["repetitions"]
    if repetitions < LEAST_REPETITIONS:
        found.append(f"found {repetitions} repetitions; at least {LEAST_REPETITIONS:,} are needed")
    for case in JUDGED:
        for name, one in record["null_coverage"][case].items():
            if not HELD[0] <= one["rate"] <= HELD[1]:
                found.append(f"{name}, {case}: {one['rate']:.1%} of 95 % intervals hold zero; allowed: 93 to 97 %")
    for name, one in record["null_coverage"]["four_times_by_row"].items():
        if one["rate"] >= HELD[0]:
            found.append(f"{name}: {one['rate']:.1%} hold zero where rows are resampled, so that is not shown to fail")
    most = ERROR + 2 * sqrt(ERROR * (1 - ERROR) / repetitions)
    for size, metrics in record["margin"].items():
        for name, one in metrics.items():
            if (claimed := one["claimed_equivalent"]["rate"]) > most:
                found.append(f"{name}, {size}: {claimed:.1%} called equivalent at the margin; allowed: {most:.1%}")
    taken = record["time"]
    return found + [
        f"{what}: {taken[name]:.1f} s; allowed: {allowed:g} s"
        for name, what, allowed in (
            ("page_s", f"page of {taken['runs']} runs", PAGE_S),
            ("fresh_cpu_s", f"statistics of {taken['rows']:,} rows", FRESH_CPU_S),
        )
        if taken[name] > allowed
    ]


def bench(
    out: Path = typer.Option(Path("artifacts/bench/comparison.json"), help="Where the record goes."),
    repetitions: int = typer.Option(2_000, help="Planted cohorts of the null and of the margin."),
    seed: int = typer.Option(0, help="Seed of the first planted cohort; each has the next."),
) -> None:
    """Show how often comparisons of planted runs are right, and their time; exits 1 where a promise is not kept."""
    campaign = replace(Campaign(), repetitions=repetitions, first_seed=seed)
    found = study(campaign, lambda seeds, name: track(list(seeds), description=name, transient=True))
    write_json(out, found)
    for name, of in found["null_coverage"].items():
        typer.echo(f"{name:18}" + "  ".join(f"{metric} {one['rate']:.1%}" for metric, one in of.items()))
    for size, metrics in found["margin"].items():
        for name, of in metrics.items():
            typer.echo(f"{size} difference in {name}: equivalent {of['claimed_equivalent']['rate']:.1%}, "
                       f"power {of['power']['rate']:.1%} (stated {of['power_stated']:.1%})")  # fmt: skip
    typer.echo(f"stated sample: {found['stated_sample']['firms_stated']} firms, power "
               f"{found['stated_sample']['power']['rate']:.1%}")  # fmt: skip
    typer.echo(f"{campaign.challengers} challengers: {found['family']['any_better_or_worse']['rate']:.1%} with Holm, "
               f"{found['family']['uncorrected']['rate']:.1%} without")  # fmt: skip
    typer.echo(f"page of {found['time']['runs']} runs: {found['time']['page_s']:.1f} s; statistics of "
               f"{found['time']['rows']:,} rows: {found['time']['fresh_cpu_s']:.2f} s of processor")  # fmt: skip
    if missed := faults(found):
        typer.echo("\n".join(missed))
        raise typer.Exit(1)
