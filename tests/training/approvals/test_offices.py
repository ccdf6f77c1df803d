"""Own and pooled by office: chosen by past losses, from what was known before the cut alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.approvals.offices import fit_offices
from training.remaining_time import RemainingTimeParams, TooFewCasesError, history

CUT = 19_900.0  # 2024-06-26
PARAMS = RemainingTimeParams(
    numbers=("c_size",),
    categories=("c_office",),
    office="c_office",
    rounds=25,
    end_rounds=10,
    learning_rate=0.2,
    steps=2,
    remembered=0,
)


def planted(seed=0, n=900, later=0.0):
    """One prefix a case over 250 days, of one activity; a case has a size in (0, 10).

    A case takes 1 + size days in the north, 11 - size in the south and in the west, where there are too few cases for a
    model of its own. ``later`` is added to the ends after the cut.
    """
    rng = np.random.default_rng(seed)
    known_on, size = np.sort(rng.uniform(CUT - 200, CUT + 50, n)), rng.uniform(0, 10, n)
    office = np.where(np.arange(n) % 30 == 0, "west", np.where(np.arange(n) % 2, "north", "south"))
    days = np.where(office == "north", 1 + size, 11 - size) * np.exp(0.1 * rng.normal(size=n))
    closed_on = known_on + days
    closed_on += np.where(closed_on >= CUT, later, 0.0)
    prefixes = pd.DataFrame(
        {"case_id": np.arange(n), "known_at": pd.to_datetime(known_on, unit="D", utc=True), "activity": "a",
         "position": 1, "elapsed_days": 0.0, "c_office": office, "c_size": size}
    )  # fmt: skip
    cases = pd.DataFrame({"case_id": np.arange(n), "closed_at": pd.to_datetime(closed_on, unit="D", utc=True)})
    return history(cases, prefixes)


@pytest.mark.truth
def test_an_office_unlike_the_others_is_answered_from_its_own_history():
    """The pooled learner is kept from seeing the office: own models alone know that large is slow in the north."""
    past = planted()
    model = fit_offices(past, replace(PARAMS, categories=()), CUT, {})
    assert set(model.own) == {"north", "south"}
    assert model.shares["north"] > 0.9
    assert model.shares["west"] == 0.0
    after = past.rows(np.flatnonzero(past.known_on >= CUT))
    answers = model.predict(after.prefixes)
    north, west = (after.prefixes["c_office"].to_numpy() == one for one in ("north", "west"))
    assert set(answers.source[north]) == {"own"}
    pooled = np.abs(model.pooled.predict(after.prefixes).remaining_days - after.remaining(slice(None)))
    error = np.abs(answers.remaining_days - after.remaining(slice(None)))
    assert error[north].mean() < 0.5 * pooled[north].mean()
    np.testing.assert_array_equal(error[west], pooled[west])


@pytest.mark.truth
def test_offices_that_are_alike_are_answered_from_all():
    """North and south take the same time by size: what is learned from both is no worse, and the west has no other."""
    past = planted(n=500)
    both = replace(past, closed_on=past.known_on + 1 + past.prefixes["c_size"].to_numpy())
    model = fit_offices(both, replace(PARAMS, categories=(), loss_power=32.0), CUT, {})
    errors = {}
    after = both.rows(np.flatnonzero(both.known_on >= CUT))
    for name, one in (("chosen", model), ("pooled", model.pooled)):
        errors[name] = np.abs(one.predict(after.prefixes).remaining_days - after.remaining(slice(None))).mean()
    assert errors["chosen"] <= 1.05 * errors["pooled"]
    assert max(model.shares.values()) < 0.5


@pytest.mark.law
def test_nothing_from_after_the_cut_is_read():
    assert fit_offices(planted(), PARAMS, CUT, {}).digest == fit_offices(planted(later=500.0), PARAMS, CUT, {}).digest


@pytest.mark.contract
def test_too_few_cases_of_all_offices():
    with pytest.raises(TooFewCasesError):
        fit_offices(planted(), PARAMS, CUT - 195.0, {})
