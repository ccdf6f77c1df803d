"""A planted challenger before the same checks as a real one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from time import perf_counter

import numpy as np
import pandas as pd
from scipy.special import expit

from data.codebook import read_codebook
from data.growth_stages import GROWTH_STAGES
from experiments.benchmarks.promotion.challengers import Submitted, padded, probability
from experiments.benchmarks.promotion.cohorts import NAMES, NEWER, Cohort, fit, without
from models.comparison.metrics import Metric, Profit, metrics_table
from models.comparison.paired import Resamples, Statistic, statistics
from models.comparison.rows import Floats, RunRows
from training.promotion.cases import padding
from training.promotion.checks import Behaviour, LabelledSample, provenance
from training.promotion.verdict import Challenger, OutOfTime, PromotionParams, Verdict, decide
from training.risk.leakage_column import LeakageParams

METRICS: Mapping[str, Metric] = metrics_table(Profit(annual_rate=0.045, lgd=0.4))
PERIOD = (date(2022, 1, 1), date(2022, 12, 31))
ROWS = 200  # that checks vary
ALONE = 20


@dataclass(frozen=True)
class Bench:
    """One cohort with its champion, and the numbers of the checks as in params.yaml."""

    cohort: Cohort
    params: PromotionParams
    leaks: LeakageParams
    champion: RunRows
    measured: Statistic  # the champion's discrimination


def bench_of(cohort: Cohort, seed: int, params: PromotionParams, leaks: LeakageParams) -> Bench:
    """The cohort with a champion that lacks the newer columns."""
    train = cohort.train.with_x(without(cohort.train.x, NEWER))
    predicted = expit(fit(train, seed).log_odds(without(cohort.test.x, NEWER)))
    rows = _rows(cohort, predicted)
    found = statistics(rows, [METRICS["auc"]], Resamples(rows.firms, params.draws, params.seed))
    return Bench(cohort, params, leaks, rows, found["auc"])


def verdict_on(bench: Bench, one: Submitted) -> Verdict:
    """All checks of a challenger as the first one that is tried on these outcomes."""
    book = read_codebook().digest
    return decide(
        provenance({"codebook": one.codebook}, {"codebook": book}),
        lambda: _challenger(bench, one),
        lambda: _out_of_time(bench, one),
        bench.params,
        bench.leaks,
        lambda _: 0,
        bench.measured,
    )


def _challenger(bench: Bench, one: Submitted) -> Challenger:
    rows = one.test[:ROWS]
    table = pd.DataFrame(one.trained.x, columns=list(one.columns)).assign(default=one.trained.y)
    return Challenger(
        training={name: one.trained.x[:, position] for position, name in enumerate(one.columns)},
        population={name: one.test[:, position] for position, name in enumerate(one.columns)},
        predict=one.log_odds,
        matrix=rows,
        names=one.columns,
        signs=one.signs,
        behaviours=_behaviours(one, rows, bench.params.padding_gain["risk"]),
        milliseconds=_milliseconds(one, rows),
        sample=LabelledSample(table, "default"),
    )


def _behaviours(one: Submitted, rows: Floats, padding_gain: float) -> list[Behaviour]:
    before = one.log_odds(rows)

    def moved(name: str, step: float) -> Floats:
        changed = rows.copy()
        changed[:, NAMES.index(name)] += step
        return before - one.log_odds(changed)  # lower log-odds are better

    alone = np.concatenate([one.log_odds(rows[[row]]) for row in range(ALONE)])
    return [
        Behaviour("order", one.log_odds(rows[::-1])[::-1] - before, 0.0, 0.0),
        Behaviour("other_rows", alone - before[:ALONE], 0.0, 0.0),
        Behaviour("patent", moved("patents_log", 0.5), low=0.0),
        Behaviour("overdue", moved("overdue_log", 1.0), high=0.0),
        Behaviour("litigation", moved("litigation", 1.0), high=0.0),
        Behaviour("cash", moved("cash_flow", 0.5), low=0.0),
        padding(before - one.log_odds(padded(rows)), padding_gain),
    ]


def _milliseconds(one: Submitted, rows: Floats) -> list[float]:
    taken = []
    for row in range(ALONE):
        started = perf_counter()
        one.log_odds(rows[[row]])
        taken.append(1_000 * (perf_counter() - started))
    return taken


def _out_of_time(bench: Bench, one: Submitted) -> OutOfTime:
    stage = np.array(GROWTH_STAGES, dtype=object)[bench.cohort.test.x[:, 0].astype(int)]
    groups = {"stage": stage, "district": bench.cohort.test.district}
    own = _rows(bench.cohort, probability(one))
    return OutOfTime(bench.champion, own, METRICS["auc"], METRICS["calibration_slope"], groups, PERIOD)


def _rows(cohort: Cohort, predicted: Floats) -> RunRows:
    return RunRows(cohort.test.firm, cohort.test.y, predicted, np.ones(len(predicted)))
