"""Late or not: slack is the rule unless a model is shown to be better on later cases."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.comparison.metrics import auc
from models.comparison.rows import RunRows
from training.approvals.late import LateParams, fit_late, known_at, latest_start
from training.remaining_time import History, TooFewCasesError

CUT = 20_000.0
PARAMS = LateParams("c_due", ("c_due", "c_load"), rounds=60, learning_rate=0.1, draws=200)


def planted(load_days, seed=0, n=1_500):
    """Two prefixes a case: at its start and three days later. Promised after 10 to 30 days; it takes
    18 + ``load_days`` * load + noise days, load a number in (-1, 1) that every prefix knows. The last runs at the cut.
    """
    rng = np.random.default_rng(seed)
    start, load = np.sort(rng.uniform(CUT - 600, CUT, n)), rng.uniform(-1, 1, n)
    promised = start + rng.uniform(10, 30, n)
    closed_on = start + np.maximum(18 + load_days * load + 4 * rng.normal(size=n), 4.0)
    known_on = np.stack([start, start + 3.0], axis=1).ravel()
    prefixes = pd.DataFrame(
        {"case_id": np.repeat(np.arange(n), 2), "known_at": pd.to_datetime(known_on, unit="D", utc=True),
         "activity": "a", "position": np.tile([1, 2], n), "elapsed_days": np.tile([0.0, 3.0], n),
         "c_due": np.repeat(promised, 2) - known_on, "c_load": np.repeat(load, 2)}
    )  # fmt: skip
    return History(prefixes, np.repeat(np.arange(n), 2), known_on, np.repeat(closed_on, 2))


def small(closed_on, promised, known_on):
    """One prefix a case."""
    known_on = np.asarray(known_on, dtype=float)
    prefixes = pd.DataFrame({"c_due": np.asarray(promised) - known_on})
    return History(prefixes, np.arange(len(known_on)), known_on, np.asarray(closed_on, dtype=float))


@pytest.mark.law
def test_what_is_known_at_a_cut_by_hand():
    """Day 100: in time, late, runs past its date, not due, closed before it is due, no date, closes after the day."""
    nan = np.nan
    past = small(
        closed_on=[80, 90, nan, nan, 95, 80, 120],
        promised=[85, 85, 99, 110, 110, nan, 99],
        known_on=[70, 70, 70, 70, 70, 70, 70],
    )
    known = known_at(past, PARAMS, 100.0)
    assert known.rows.tolist() == [0, 1, 2, 6]
    assert known.late.tolist() == [0.0, 1.0, 1.0, 1.0]
    assert known_at(past, PARAMS, 100.0, due=False).rows.tolist() == [0, 1, 2, 4, 6]


@pytest.mark.law
def test_the_latest_cases_by_hand():
    past = small(closed_on=[9] * 10, promised=[9] * 10, known_on=[5, 1, 2, 3, 4, 0, 6, 7, 8, 8.5])
    assert latest_start(past, np.arange(10), PARAMS) == 8.0
    assert latest_start(past, np.arange(0), PARAMS) == np.inf


@pytest.mark.truth
def test_a_model_is_used_where_more_than_slack_is_known():
    model = fit_late(planted(10.0), PARAMS, CUT)
    assert model.rule == "model"
    assert model.test is not None
    assert model.test.low > 0.05
    assert model.test.auc_model > model.test.auc_slack


@pytest.mark.truth
@pytest.mark.parametrize("seed", range(3))
def test_slack_stays_the_rule_where_nothing_else_is_known(seed):
    model = fit_late(planted(0.0, seed), PARAMS, CUT)
    assert model.rule == "slack"
    assert model.test is not None
    assert model.test.low < 0.0
    assert "剩余天数" in model.sentence()[0]


@pytest.mark.truth
@pytest.mark.parametrize("load_days", [0.0, 10.0])
def test_chances_are_calibrated_on_later_cases(load_days):
    """Learned by day CUT - 150; of the later cases as many are late as both rules say, also by halves of the chance."""
    past = planted(load_days, n=3_000)
    model = fit_late(past, PARAMS, CUT - 150.0)
    later = np.flatnonzero(past.known_on >= CUT - 150.0)
    late = past.closed_on[later] > past.known_on[later] + past.prefixes["c_due"].to_numpy()[later]
    for rule in ("slack", "model"):
        chance = model.chance(past.prefixes.iloc[later], rule)
        above = chance > np.median(chance)
        for half in (above, ~above):
            assert chance[half].mean() == pytest.approx(late[half].mean(), abs=0.07)


@pytest.mark.law
def test_slack_orders_cases_as_the_days_left_do():
    past = planted(10.0)
    model = fit_late(past, PARAMS, CUT)
    known = known_at(past, PARAMS, CUT)
    prefixes = past.prefixes.iloc[known.rows]
    runs = prefixes["c_due"].to_numpy() >= 0
    days = RunRows(past.case[known.rows], known.late, -prefixes["c_due"].to_numpy(), known.weight, kind="points")
    chance = replace(days, prediction=model.chance(prefixes, "slack"), kind="probability")
    assert (np.diff(chance.prediction[runs][np.argsort(days.prediction[runs])]) >= 0).all()
    assert auc(chance, known.weight[None])[0] == pytest.approx(auc(days, known.weight[None])[0])


@pytest.mark.law
def test_nothing_from_after_the_cut_is_read():
    past, cut = planted(10.0), CUT - 100.0
    later = past.closed_on >= cut
    changed = replace(past, closed_on=np.where(later, past.closed_on + 500.0, past.closed_on))
    assert later.sum() > 200
    assert fit_late(changed, PARAMS, cut).digest == fit_late(past, PARAMS, cut).digest


@pytest.mark.contract
def test_few_cases_have_slack_and_none_are_refused():
    past = planted(10.0, n=60)
    model = fit_late(past, PARAMS, CUT)
    assert (model.rule, model.test, model.booster) == ("slack", None, "")
    with pytest.raises(TooFewCasesError):
        fit_late(past, PARAMS, CUT - 700.0)
