"""The golden quarters' change by hand; what was planted as mix or speed is found as that; intervals resample firms."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from models.clearance.reports.change import DAY, LEAST_FIRMS, change, compared_periods
from models.clearance.reports.groups import Disclosure
from models.clearance.reports.known import Known
from models.clearance.reports.query import ReportError, ReportQuery
from tests.models.clearance.reports.conftest import AS_OF, GOLDEN, NONE_SMALL, log_of


def days(estimates):
    return [estimate.value / DAY for estimate in estimates.ravel()]


def test_the_change_between_the_golden_quarters_by_hand(golden):
    """2901: 6 days in the mean of 3, then 4 of 2; 2902: 12 of 2, then 13.5 of 4, the one that runs counting 30.

    Means 42/5 and 31/3, shares of 2901 3/5 and 1/3, reference 281/30.
    mix   2901 -4/15 * (5 - 281/30) = 262/225       2902 4/15 * (51/4 - 281/30) = 203/225      sum 31/15
    speed 2901 7/15 * (4 - 6) = -14/15              2902 8/15 * (27/2 - 12) = 12/15            sum -2/15
    stages of 2901: 1 1 4/3 8/3 to 1 1 1 1; of 2902: 2 2 3 5 to 2 31/4 3/4 3; weighted by 7/15 and 8/15
    """
    made = change(golden, ReportQuery(), NONE_SMALL)
    assert (made.periods, made.groups) == (("2025Q1", "2025Q2"), ("2901", "2902"))
    assert made.n.tolist() == [[3, 2], [2, 4]]
    assert (made.mean(0) / DAY, made.mean(1) / DAY) == (Fraction(42, 5), Fraction(31, 3))
    assert days(made.parts["group_mix"]) == [Fraction(262, 225), Fraction(203, 225)]
    assert days(made.parts["group_speed"]) == [Fraction(-14, 15), Fraction(12, 15)]
    assert days(made.parts["stage_speed"]) == [0, Fraction(46, 15), Fraction(-61, 45), Fraction(-83, 45)]
    assert made.part("mix").value / DAY == Fraction(31, 15)
    assert made.part("change").value / DAY == Fraction(29, 15)
    assert (made.n_untimed.tolist(), made.n_short.tolist()) == ([1, 0], [0, 0])
    assert made.n_open.tolist() == [0, 1]
    assert (made.ended_mean(0) / DAY, made.ended_mean(1) / DAY) == (Fraction(42, 5), Fraction(32, 5))  # 4 4 6 8 10
    assert made.counts.tolist() == [[4, 2], [2, 4]]


def test_the_amounts_of_the_golden_quarters_by_hand(golden):
    """With a rate: 1,050.25 yuan of 5, then 2,200 of 6. In fen: means 21,005 and 110,000/3.

    volume (6 - 5) * (21005 + 110000/3) / 2 = 173015/6; shares 4/5 1/5 to 1/3 2/3, means 65025/4 40000 to 10000 50000
    """
    made = change(golden, ReportQuery(), NONE_SMALL)
    parts = [made.part(f"amount_{name}").value for name in ("volume", "mix", "mean", "change")]
    assert parts == [Fraction(173015, 6), Fraction(58899225, 720), Fraction(433468750, 100000), 114975]
    assert sum(parts[:3]) == parts[3]


def test_crossed_dimensions_add_up_to_the_same_change(golden):
    made = change(golden, ReportQuery(cross="transport"), NONE_SMALL)
    parts = [made.part(name).value for name in ("mix_by", "mix_cross", "speed")]
    assert sum(parts) == made.part("change").value == Fraction(29, 15) * DAY
    assert sum(days(made.parts["group_mix"])) + sum(days(made.parts["group_speed"])) == Fraction(29, 15)
    assert made.n.shape == (2, 2)


def planted(mix: bool, speed: float) -> pd.DataFrame:
    """Overseas declarations take 8 days, others 4; the second half has more of them, or all are faster."""
    rng, n = np.random.default_rng(3), 1_200
    later = np.arange(n) % 2 == 1
    overseas = rng.random(n) < np.where(later & mix, 0.5, 0.2)
    table = log_of(n, supervision_mode=np.where(overseas, "1210", "0110"))
    declared = pd.Timestamp("2025-01-10", tz="UTC") + pd.to_timedelta(np.where(later, 90, 0) + np.arange(n) % 50, "D")
    took = np.where(overseas, 8.0, 4.0) * np.where(later, 1 - speed, 1.0) * rng.uniform(0.8, 1.2, n)
    ends = {name: declared + pd.to_timedelta(took * (at + 1) / 4, "D") for at, name in enumerate(
        ("accepted_at", "examined_at", "released_at", "completed_at"))}  # fmt: skip
    return table.assign(declared_at=declared, **ends)


@pytest.mark.truth
@pytest.mark.parametrize(("mix", "speed"), [(True, 0.0), (False, 0.22), (True, 0.22)])
def test_what_was_planted_is_found_as_mix_or_as_speed(mix, speed):
    """With shares .2 to .5 and means 8 and 4 the mix is 1.2 days, less half the gain in speed where all are faster."""
    made = change(Known.of(planted(mix, speed), "quarter"), ReportQuery(by="supervision_mode"), draws=200)
    found = {name: made.part(name) for name in ("mix", "speed")}
    truth = {"mix": 1.2 * (1 - speed / 2) if mix else 0.0, "speed": -speed * (5.4 if mix else 4.8)}
    for name, one in found.items():
        assert one.low / DAY - 0.03 <= truth[name] <= one.high / DAY + 0.03
        assert (one.low > 0 or one.high < 0) == (truth[name] != 0.0)


def test_intervals_resample_firms_and_few_firms_give_none(golden):
    assert change(golden, ReportQuery(), NONE_SMALL).part("mix").low is None  # three firms
    table = log_of(600)
    by_firm = change(Known.of(table, "quarter"), ReportQuery())
    again = change(Known.of(table.sample(frac=1, random_state=1), "quarter"), ReportQuery())
    alone = change(Known.of(table.assign(firm_uscc=[str(at) for at in range(600)]), "quarter"), ReportQuery())
    assert (by_firm.n_firms, LEAST_FIRMS) == (40, 10)
    assert by_firm.part("change").value == again.part("change").value == alone.part("change").value
    assert by_firm.part("change").low != alone.part("change").low
    for name, estimates in by_firm.parts.items():
        for one in estimates.ravel():
            assert one.low <= one.value <= one.high, name


def test_young_declarations_do_not_look_fast():
    """Seen at the end of May: the mean of the completed of the second quarter is too low, the compared one is not."""
    table = log_of(3_000, 5)
    until = dt.datetime(2025, 5, 31, tzinfo=dt.UTC)
    query = ReportQuery(baseline="2025Q1", current="2025Q2")
    made = change(Known.of(table, "quarter", until), query, horizon_days=10, draws=0)
    assert made.n_short[1] > 50
    assert abs(float(made.part("change").value)) / DAY < 0.1  # nothing was planted
    assert made.n[1].sum() + made.n_short[1] == (Known.of(table, "quarter", until).period == "2025Q2").sum()


def test_periods_are_the_last_two_that_were_followed(golden):
    log = Known.of(log_of(300), "quarter", dt.datetime(2025, 7, 10, tzinfo=dt.UTC))
    assert compared_periods(log, ReportQuery()) == ("2024Q4", "2025Q1")
    assert compared_periods(golden, ReportQuery()) == ("2025Q1", "2025Q2")
    assert compared_periods(golden, ReportQuery(), horizon_days=120) is None
    assert change(Known.of(GOLDEN.head(6), "quarter", AS_OF), ReportQuery()) is None
    assert change(golden, ReportQuery(), Disclosure(7, 1)) is None  # all too small
    with pytest.raises(ReportError, match="baseline: found '2024Q1'"):
        change(golden, ReportQuery(baseline="2024Q1", current="2025Q2"), NONE_SMALL)


def test_small_groups_are_pooled_in_both_periods():
    table = log_of(600)
    table.loc[:1, "office"], table.loc[:1, "declared_at"] = "5301", pd.Timestamp("2025-02-01", tz="UTC")
    made = change(Known.of(table, "quarter"), ReportQuery(), draws=0)
    assert made.groups[-1] == "other"
    assert "5301" not in made.groups
    assert made.n[made.n > 0].min() >= 5
