"""Fit of the remaining time: planted medians, and nothing from after the cut."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.remaining_time.coverage import adapted, labels_of
from training.remaining_time import RemainingTimeParams, TooFewCasesError, fit, fit_at, history, labels_before

CUT = pd.Timestamp("2024-09-01", tz="UTC")
PARAMS = RemainingTimeParams(rounds=60, end_rounds=60, learning_rate=0.1, steps=2, remembered=1)
MEDIANS = {"L": 8.0, "J": 3.0, "P": 1.0}


def planted(seed=0, n=1500):
    """One prefix a case at one of three stages, log-normal about the stage's median, over 300 days."""
    rng = np.random.default_rng(seed)
    known = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.sort(rng.uniform(0, 300, n)), unit="D")
    stage = rng.choice(list(MEDIANS), n)
    days = np.array([MEDIANS[one] for one in stage]) * np.exp(0.2 * rng.normal(size=n))
    cases = pd.DataFrame({"case_id": np.arange(n), "closed_at": known + pd.to_timedelta(days, unit="D")})
    prefixes = pd.DataFrame(
        {"case_id": np.arange(n), "known_at": known, "activity": stage, "position": 1, "elapsed_days": 0.0}
    )
    return cases, prefixes


@pytest.mark.truth
def test_planted_medians_of_stages_are_recovered_within_five_percent():
    cases, prefixes = planted()
    model = fit(cases, prefixes, PARAMS, CUT)
    for stage, median in MEDIANS.items():
        answers = model.predict(prefixes[prefixes["activity"] == stage])
        assert np.median(answers.remaining_days) == pytest.approx(median, rel=0.05)


@pytest.mark.truth
def test_intervals_after_the_cut_hold_as_often_as_they_say():
    cases, prefixes = planted(n=3000)
    model = fit(cases, prefixes, PARAMS, CUT)
    after = prefixes["known_at"] >= CUT
    answers = model.predict(prefixes[after])
    days = (cases["closed_at"] - prefixes["known_at"])[after].dt.total_seconds().to_numpy() / 86_400
    held = (answers.low_days <= days) & (days <= answers.high_days)
    assert held.mean() == pytest.approx(0.8, abs=0.05)
    assert answers.reliable[:50].all()
    assert answers.coverage[0] == pytest.approx(0.8, abs=0.08)


@pytest.mark.law
def test_nothing_from_after_the_cut_is_read():
    """Other ends of the cases that run at the cut, and other rows after it, give the same bytes."""
    cases, prefixes = planted()
    model = fit(cases, prefixes, PARAMS, CUT)
    runs = cases["closed_at"] >= CUT
    assert 100 < runs.sum() < len(cases) - 100
    changed = cases.assign(closed_at=cases["closed_at"].where(~runs, CUT + pd.Timedelta(days=900)))
    later = prefixes["known_at"] >= CUT
    other = prefixes.assign(activity=prefixes["activity"].where(~later, "never before"))
    assert fit(changed, other, PARAMS, CUT).digest == model.digest
    open_ones = cases.assign(closed_at=cases["closed_at"].where(~runs))
    assert fit(open_ones, prefixes[~later], PARAMS, CUT).digest == model.digest


@pytest.mark.law
def test_what_closed_before_the_cut_is_read():
    """The law above would hold for a model that learns nothing."""
    cases, prefixes = planted()
    slower = cases.assign(
        closed_at=cases["closed_at"].where(cases["case_id"] != 700, cases["closed_at"] + pd.Timedelta(days=2))
    )
    assert fit(slower, prefixes, PARAMS, CUT).digest != fit(cases, prefixes, PARAMS, CUT).digest


@pytest.mark.law
def test_an_office_with_a_history_of_its_own_is_the_largest_part():
    """Offices that differ tenfold within one activity, and boosters that may not see them."""
    cases, prefixes = planted(n=900)
    office = np.where(cases["case_id"] % 2, "2900", "3100")
    prefixes = prefixes.assign(office=office)
    days = np.where(office == "2900", 1.0, 10.0)
    cases = cases.assign(closed_at=prefixes["known_at"] + pd.to_timedelta(days, unit="D"))
    answers = fit(cases, prefixes, replace(PARAMS, office="office"), CUT).predict(prefixes)
    assert set(answers.source) == {"own"}
    np.testing.assert_allclose(answers.remaining_days, days, rtol=0.05)


@pytest.mark.law
def test_learners_that_are_at_hand_give_the_same_model():
    past = history(*planted(n=600))
    cut, kept = 19_900.0, {}
    fit_at(past, PARAMS, cut - 30.0, kept)
    assert fit_at(past, PARAMS, cut, kept).digest == fit_at(past, PARAMS, cut, {}).digest


@pytest.mark.contract
def test_too_few_cases_and_cases_that_are_absent():
    cases, prefixes = planted(n=300)
    with pytest.raises(TooFewCasesError):
        fit(cases, prefixes, PARAMS, pd.Timestamp("2024-01-05", tz="UTC"))
    with pytest.raises(ValueError, match="needs its case"):
        history(cases.iloc[1:], prefixes)


@pytest.mark.law
def test_labels_are_those_of_the_intervals_that_were_answered():
    """Of the cases closed by the day alone; each interval is the one of its own day."""
    past = history(*planted(n=600))
    model = fit_at(past, PARAMS, 19_900.0, {})
    rows = np.flatnonzero((past.known_on >= 19_900) & (past.known_on < 19_930))
    raw, _ = model.raw(past.prefixes.iloc[rows])
    made = labels_before(past, rows, raw, 19_925.0, model.labels)
    closed = past.closed_on[rows] < 19_925.0
    assert len(made.held) == closed.sum()
    assert (made.closed_on < 19_925.0).all()
    actual = past.remaining(rows)
    everything = labels_of(raw, actual, actual, actual, past.closed_on[rows], past.case[rows])
    low, high = adapted(raw, past.known_on[rows], model.labels.joined(everything))
    held = ((low <= actual) & (actual <= high))[closed]
    assert made.held.tolist() == held[np.argsort(past.closed_on[rows][closed], kind="stable")].astype(float).tolist()
