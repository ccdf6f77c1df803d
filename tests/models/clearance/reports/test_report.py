"""The golden quarter by hand; running declarations are not fast; counts and amounts add up; nobody is found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.clearance.reports.groups import OTHER, TOTAL, Disclosure
from models.clearance.reports.known import Known
from models.clearance.reports.query import ReportQuery
from models.clearance.reports.report import by_size, report
from tests.models.clearance.reports.conftest import AS_OF, GOLDEN, NONE_SMALL, log_of


def test_the_golden_quarters_by_hand(golden):
    made = report(golden, ReportQuery(), NONE_SMALL)
    first, second = made.row("2025Q1"), made.row("2025Q2")
    # Q1: 4 6 8 10 14 days and one rejected; the third of five is the median, the fifth the p90
    assert (first["n"], first["n_completed"], first["n_rejected"], first["n_running"]) == (6, 5, 1, 0)
    assert (first["declared_completed_median_days"], first["declared_completed_p90_days"]) == (8.0, 14.0)
    assert first["inspected_share"] == pytest.approx(1 / 6)
    # yuan of all with a rate, the rejected one too: 100 + 200 + 300 + 400 + 50.25; 900 XAU have none
    assert (first["amount_cny"], first["no_rate_share"]) == (1050.25, pytest.approx(1 / 6))
    # Q2: 4 4 6 8 10 and one that runs: 3 of 6 done by day 6; of 6 never more than 5 are done, so no p90
    assert (second["n_completed"], second["n_running"], second["completed_share"]) == (5, 1, pytest.approx(5 / 6))
    assert second["declared_completed_median_days"] == 6.0
    assert np.isnan(second["declared_completed_p90_days"])
    # 2902 in Q2: 6 8 10 and one running: 2 of 4 done by day 8; accepted after 2 days each
    office = made.row("2025Q2", "2902")
    assert (office["declared_completed_median_days"], office["declared_accepted_median_days"]) == (8.0, 2.0)
    assert (office["accepted_examined_n"], office["accepted_examined_running"]) == (3, 1)
    # 1 1 1 and one that has run 69 days: 3 of 4 by day 1
    assert office["accepted_examined_median_days"] == 1.0
    assert np.isnan(office["accepted_examined_p90_days"])
    money = made.currencies
    gold = money[(money["period"] == "2025Q1") & (money["group"] == TOTAL) & (money["currency"] == "XAU")]
    assert gold[["n", "amount"]].to_numpy().tolist() == [[1, 900.0]]


def test_the_same_quarter_seen_earlier_has_more_running_and_no_faster_median():
    """At the end of May the declarations of mid May had run a few days only: they count as that, not as done."""
    early = Known.of(GOLDEN, "quarter", pd.Timestamp("2025-05-19", tz="UTC").to_pydatetime())
    row = report(early, ReportQuery(), NONE_SMALL).row("2025Q2")
    # 4 and 4 done, 6 done on 05-16; running for 7 and 5 days; the sixth is not yet declared
    assert (row["n"], row["n_completed"], row["n_running"]) == (5, 3, 2)
    # at 4 days 2 of 5, at 6 days 1 of the 2 that ran that long: .6 * .5 = .3 remain
    assert row["declared_completed_median_days"] == 6.0
    assert early.n_later == 1


@pytest.mark.law
def test_states_and_groups_add_up():
    table = log_of(400)
    table.loc[::7, ["released_at", "completed_at"]] = pd.NaT
    table.loc[::11, "clearance_status"] = "withdrawn"
    table.loc[::13, "clearance_status"] = "contradictory"
    table.loc[5, "accepted_at"] = table.loc[5, "declared_at"] - pd.Timedelta("1h")
    table.loc[::17, "amount_cny"] = np.nan
    table.loc[3, "declared_at"] = pd.NaT
    known = Known.of(table, "quarter", AS_OF)
    assert known.n_undated == 1
    for by in ("office", "direction", "country"):
        made = report(known, ReportQuery(by=by)).table
        states = [name for name in made if name.startswith("n_")]
        assert (made[states].sum(axis=1) == made["n"]).all()
        whole, parts = made[made["group"] == TOTAL].set_index("period"), made[made["group"] != TOTAL]
        summed = parts.groupby("period")[["n", *states, "amount_cny"]].sum()
        assert np.allclose(summed.to_numpy(dtype=float), whole[summed.columns].to_numpy(dtype=float), atol=0.005)
        assert whole["n"].sum() == 399


def test_small_groups_are_pooled_and_no_firm_is_in_the_tables():
    table = log_of(300)
    table.loc[:2, "office"], table.loc[:2, "currency"] = "5301", "JPY"
    table.loc[:2, "declared_at"] = pd.Timestamp("2024-11-01", tz="UTC")
    made = report(Known.of(table, "year", AS_OF), ReportQuery(period="year"))
    assert OTHER in set(made.table["group"])
    assert "5301" not in set(made.table["group"])
    assert "JPY" not in set(made.currencies["currency"])
    assert made.currencies.loc[made.currencies["currency"] == OTHER, "amount"].isna().all()
    text = made.table.to_csv() + made.currencies.to_csv()
    assert not [firm for firm in table["firm_uscc"] if firm in text]
    assert (made.table.loc[made.table["shown"], "n"] >= 5).all()


def test_a_period_that_is_all_too_small_has_its_count_alone():
    made = report(Known.of(GOLDEN.head(4), "quarter", AS_OF), ReportQuery())
    assert made.table[["group", "n", "shown"]].to_numpy().tolist() == [[TOTAL, 4, False], [OTHER, 4, False]]
    assert made.table.drop(columns=["period", "group", "n", "shown"]).isna().all(axis=None)
    assert made.currencies.empty


def test_few_that_have_ended_have_no_quantile(golden):
    """Three of 2902 are completed in the second quarter: fewer than five say whose they are."""
    row = report(golden, ReportQuery(), Disclosure(4, 1)).row("2025Q2")
    assert row["declared_completed_median_days"] == 6.0
    assert np.isnan(report(golden, ReportQuery(), Disclosure(6, 1)).row("2025Q2")["declared_completed_median_days"])


def test_only_the_last_periods_are_shown_and_groups_are_in_their_order():
    made = report(Known.of(log_of(400), "month", AS_OF), ReportQuery(period="month", last=2))
    assert made.periods == ["2025-05", "2025-06"]
    assert by_size(np.array(["b", "", OTHER, "a", "a", OTHER, OTHER], dtype=object)) == ["a", "b", "", OTHER]
    with pytest.raises(KeyError):
        made.row("2020-01")
