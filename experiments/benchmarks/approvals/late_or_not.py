"""Late or not on an event log in order of time: a model beside the days left, and by which of them it is answered.

Both are learned from what was known when the first test case started (of the last 20 % of the cases by start), and
compared on the test cases whose end is known: after the first event, after the sixth, and after every one, where each
case weighs alike.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score

from experiments.benchmarks.approvals.event_logs import DEADLINE, END, EventLog, UnfitLogError
from experiments.benchmarks.remaining_time.logs import SHARES
from features.approvals import attributes_of, prefixes_of
from models.approvals.late import LEVEL, LateModel, Rule
from models.comparison.metrics import calibration_intercept, calibration_slope
from models.comparison.rows import RunRows
from models.remaining_time.columns import days_of
from training.approvals.late import AUC, Known, LateParams, compared, known_at, made_at, started_since
from training.remaining_time import History, TooFewCasesError, history

SIXTH = 6
RULES: tuple[Rule, ...] = ("model", "slack")


def late_figures(log: EventLog, zone: str, draws: int = 2_000) -> dict[str, Any]:
    """Figures and the rule; raises UnfitLogError without a promised date, or where too few cases are known."""
    events = log.events
    if DEADLINE not in events:
        raise UnfitLogError("no column holds promised dates: name one with --deadline")
    by_case = events.groupby("case_id")
    cases = by_case["at"].agg(started_at="min", closed_at="max")
    if END in events:
        cases["closed_at"] = by_case[END].first()
    start = np.sort(days_of(cases["started_at"]))
    first, missing = float(start[int(len(start) * SHARES[1])]), cases["closed_at"].isna()
    promised = by_case[DEADLINE].first()
    counted = {"cases": len(cases), "without_end": int(missing.sum()), "without_promise": int(promised.isna().sum())}
    seen = events[days_of(events["at"]) < start[int(len(start) * SHARES[0])]]
    made = prefixes_of(events, attributes_of(seen if len(seen) else events))
    kept = made.table["case_id"].isin(cases.index[~missing]).to_numpy()
    past = history(cases.reset_index(), made.table[kept])
    params = LateParams(DEADLINE, made.numbers, made.categories, zone=zone, draws=draws)
    cut = float(np.nanmax(np.r_[past.known_on, past.closed_on])) + 1e-6
    try:
        model = made_at(past, params, first)
    except TooFewCasesError as fault:
        raise UnfitLogError(f"{fault}") from fault
    tested = started_since(past, known_at(past, params, cut, due=False), first)
    if not len(tested.rows):
        raise UnfitLogError("of no test case is it known whether it was late")
    parts = {"first": _at(past, tested, 1), "sixth": _at(past, tested, SIXTH), "every": tested}
    found = {name: _figures(past, model, known, params) for name, known in parts.items()}
    for name, position in (("first", 1), ("sixth", SIXTH)):
        found[name]["slack_ended_or_not"] = _ended_or_not(past, first, position)
    if not model.booster:
        return counted | {"rule": "slack", "text": model.sentence(), "after": found}
    decided = replace(model, test=compared(past, model, tested, params))
    return counted | {"rule": decided.rule, "level": LEVEL, "text": decided.sentence(), "after": found}


def _at(past: History, known: Known, position: int) -> Known:
    """Of each case the first row with so many events."""
    enough = np.flatnonzero(past.prefixes["position"].to_numpy()[known.rows] >= position)
    _, first = np.unique(past.case[known.rows[enough]], return_index=True)
    at = enough[first]
    return Known(known.rows[at], known.late[at], np.ones(len(at)))


def _ended_or_not(past: History, first: float, position: int) -> dict[str, float | int | None]:
    """AUC of the days left over the test cases with a known end, those that had ended before the event among them.

    The published figures (.765 after the first event, .79 after the sixth) are of such cases.
    """
    slack = past.prefixes[DEADLINE].to_numpy(dtype=float)
    rows = np.flatnonzero(np.isfinite(past.closed_on) & np.isfinite(slack))
    every = Known(rows, (past.closed_on > past.known_on + slack)[rows].astype(float), np.ones(len(rows)))
    known = _at(past, started_since(past, every, first), position)
    if not len(known.rows):
        return {"cases": 0, "auc": None}
    days = RunRows(past.case[known.rows], known.late, -slack[known.rows], known.weight, kind="points")
    return {"cases": len(known.rows), "auc": float(AUC(days)[0])}


def _figures(past: History, model: LateModel, known: Known, params: LateParams) -> dict[str, Any]:
    """Rate, and of both rules AUC, average precision, Brier score and calibration; the interval of the difference."""
    if not len(known.rows):
        return {"cases": 0}
    prefixes, cases = past.prefixes.iloc[known.rows], past.case[known.rows]
    rate = float(np.average(known.late, weights=known.weight))
    found: dict[str, Any] = {"rows": len(known.rows), "cases": len(np.unique(cases)), "late_rate": rate}
    for rule in RULES if model.booster else RULES[1:]:
        chance = model.chance(prefixes, rule)
        found[rule] = _of_rule(RunRows(cases, known.late, chance, known.weight), rate)
    if model.booster:
        found |= {
            name: value for name, value in asdict(compared(past, model, known, params)).items() if name != "cases"
        }
    return found


def _of_rule(rows: RunRows, rate: float) -> dict[str, float | None]:
    weight = rows.weight[None]
    squared: npt.NDArray[np.float64] = (rows.prediction - rows.outcome) ** 2
    both = 0.0 < rate < 1.0
    return {
        "average_precision": float(
            average_precision_score(rows.outcome, rows.prediction, sample_weight=rows.weight)
        ) if both else None,
        "brier": float(np.average(squared, weights=rows.weight)),
        "brier_of_the_test_rate": rate * (1.0 - rate),
        "mean_chance": float(np.average(rows.prediction, weights=rows.weight)),
        "calibration_slope": float(calibration_slope(rows, weight)[0]) if both else None,
        "calibration_intercept": float(calibration_intercept(rows, weight)[0]) if both else None,
    }  # fmt: skip
