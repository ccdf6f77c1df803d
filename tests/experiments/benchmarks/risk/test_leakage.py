"""Tables with and without planted leaks: what stops, at which rates, and what the refusal says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.risk.leakage import LEAKS, LIMITS, clean_table, clopper_pearson, stopped_share
from training.params import read_section
from training.risk.leakage import LeakError, find_leaks, refuse_leaks
from training.risk.leakage_column import LeakageParams

PARAMS = read_section("leakage", LeakageParams)


def stops(table, target="default", **given):
    return {leak.column: leak.kind for leak in find_leaks(table, target, PARAMS, **given) if leak.stops}


def planted(name, rows=1_500, rate=0.2, seed=3):
    rng = np.random.default_rng(seed)
    table = clean_table(rows, rate, rng)
    return table.assign(planted=LEAKS[name](table["default"].to_numpy(), rng, PARAMS))


@pytest.mark.truth
def test_clean_tables_stop_no_more_often_than_stated():
    """70 tables of ordinary columns, 123 rows with 27 defaults: the false alarms agree with the stated rate."""
    _, alarms = stopped_share(None, 123, 0.22, PARAMS, tables=70)
    assert clopper_pearson(alarms, 70)[0] <= PARAMS.false_alarm_rate


@pytest.mark.truth
@pytest.mark.parametrize("name", LIMITS)
def test_a_column_exactly_at_the_plausible_limit_stays_within_the_stated_rate(name):
    """The hardest clean table: one column is as strong as a plausible one may be."""
    alarms, _ = stopped_share(LIMITS[name], 123, 0.22, PARAMS, tables=40)
    assert clopper_pearson(alarms, 40)[0] <= PARAMS.false_alarm_rate


@pytest.mark.truth
@pytest.mark.parametrize("name", LEAKS)
def test_every_planted_leak_is_named_and_nothing_else(name):
    """Outcomes with noise, of any shape, graded, filled in, set to zero or cut short: only the planted one stops."""
    assert set(stops(planted(name, rows=4_000))) == {"planted"}


@pytest.mark.truth
@pytest.mark.parametrize("name", ["rating", "missing", "constant"])
def test_twenty_seven_defaults_are_enough_for_a_value_of_one_class(name):
    """Exact tests find such leaks in tables of 123 rows in at least nine of ten."""
    found, _ = stopped_share(LEAKS[name], 123, 0.22, PARAMS, tables=30)
    assert found >= 27


@pytest.mark.law
def test_names_rows_and_scale_change_nothing():
    """Renamed, shifted to ranks and reordered, a table gives the same findings, folds apart."""
    table = planted("rating")
    renamed = table.rename(columns=lambda name: name if name == "default" else f"column {name}")
    assert {f"column {name}": kind for name, kind in stops(table).items()} == stops(renamed)
    scaled = table.assign(x0=np.exp(table["x0"]), x4=-7 * table["x4"])
    assert stops(scaled) == stops(table)
    assert stops(table.sample(frac=1, random_state=1).reset_index(drop=True)) == stops(table)


@pytest.mark.law
def test_a_value_known_after_the_decision_stops_and_one_known_that_day_does_not():
    """A single row is enough: no statistic excuses it."""
    table = clean_table(300, 0.2, np.random.default_rng(1))
    day = pd.Series(pd.Timestamp("2022-06-15"), index=table.index)
    known = pd.DataFrame({"x0": day, "x1": day.where(table.index != 7, pd.Timestamp("2022-06-16"))})
    assert stops(table, known_at=known, decided_at=day) == {"x1": "timing"}
    with pytest.raises(ValueError, match="needs decided_at"):
        find_leaks(table, "default", PARAMS, known_at=known)


@pytest.mark.contract
def test_the_refusal_names_every_column_what_was_found_and_the_way_out():
    """All leaks at once, with figures; excluded or waived by name it trains."""
    table = planted("rating")
    table["paid"] = 1 - table["default"]
    with pytest.raises(LeakError) as caught:
        refuse_leaks(table, "default", PARAMS)
    message = str(caught.value)
    assert "paid" in message
    assert "planted (one_class_value): value D: " in message
    assert "exclude each, or waive it by name" in message
    assert {leak.column for leak in caught.value.leaks} == {"planted", "paid"}
    refuse_leaks(table, "default", replace(PARAMS, waived=("planted",)), exclude=["paid"])
    kept = refuse_leaks(table, "default", PARAMS, waive=["planted", "paid"])
    assert {leak.column for leak in kept if leak.stops} == {"planted", "paid"}
    with pytest.raises(ValueError, match=r"cannot exclude \['typo'\]"):
        refuse_leaks(table, "default", PARAMS, exclude=["typo"])
    with pytest.raises(ValueError, match="must hold both 0 and 1"):
        find_leaks(table.loc[table["default"] == 0], "default", PARAMS)


@pytest.mark.contract
def test_an_id_is_a_notice_and_rows_without_an_outcome_are_left_out():
    """Text that never repeats names the row: reported, but no leak."""
    table = clean_table(400, 0.2, np.random.default_rng(2))
    warnings = {leak.column: leak.kind for leak in find_leaks(table, "default", PARAMS)}
    assert warnings == {"loan": "id"}
    more = pd.concat([table, table.assign(default=np.nan, x0=99.0)], ignore_index=True)
    assert find_leaks(more, "default", PARAMS) == find_leaks(table, "default", PARAMS)
