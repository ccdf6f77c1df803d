"""Statistics of cases worked by hand: every case is counted once, and censored ones are never taken for fast."""

import datetime as dt
import json

import pytest

from models.approvals.statistics import GROUPS, STATES, statistics
from models.clearance.reports.query import ReportError
from tests.models.approvals.events import CHINA, event, resumed, suspended
from tests.models.approvals.items import CATALOGUE, table

NOW = dt.datetime(2026, 4, 30, 12, tzinfo=CHINA)


def closed(case, start, end, **facts):
    """A case that is applied for and accepted on one day and decided on another."""
    return [event("applied", start, case=case, **facts), event("accepted", start, "09:30", case=case, **facts),
            event("decided", end, "16:00", case=case, outcome="granted", **facts)]  # fmt: skip


# Accepted on Monday the 2nd of March: 1, 2, 3, 4 and 9 working days, with a promise of 5.
FIVE = [one for case, end in zip("abcde", ("03", "04", "05", "06", "13"), strict=True)
        for one in closed(case, "02", end)]  # fmt: skip
RUNNING = [event("applied", "2026-04-29", case="r"), event("accepted", "2026-04-29", "09:30", case="r")]
WITHDRAWN = [*closed("w", "02", "03")[:2], event("withdrawn", "04", case="w")]
OTHER = [one for case in ("x", "y") for one in closed(case, "02", "04", item="well-drilling")]
STRANGE = [event("step", case="u"), *closed("k", "02", "03"), event("decided", "04", case="k", outcome="refused")]


def made(*events, **options):
    return statistics(table(*events).frame, CATALOGUE, now=NOW, **options)


def row(found, group="total"):
    return found.table.set_index("group").loc[group]


def test_five_cases_by_hand():
    total = row(made(*FIVE))
    assert (total["n"], total["n_closed"], total["n_on_time"], total["n_late"]) == (5, 5, 4, 1)
    assert (total["on_time_share"], total["median_days"], total["p90_days"]) == (0.8, 3, 9)
    assert (total["n_timed"], total["n_censored"], total["suspended_share"]) == (5, 0, 0)
    licence = row(made(*FIVE), "food-licence")  # 5 of 20 days promised, 3 in the median
    assert licence["promised_statutory_largest"] == pytest.approx(0.75)
    assert licence["actual_statutory_mean_of_ratios"] == pytest.approx(0.85)
    assert licence["actual_promised_ratio_of_sums"] == pytest.approx(0.4)


def test_the_catalogue_as_a_whole_gives_the_promise_in_its_readings():
    """Two items: 5 of 20 working days, and 20 calendar days, which are 100/7 working days, of 20 working days."""
    both = made(*FIVE).reductions["promised_statutory"]
    assert (both.n, both.converted) == (2, 1)
    assert both.ratio_of_sums == pytest.approx(1 - (5 + 100 / 7) / 40)
    assert both.mean_of_ratios == pytest.approx((0.75 + (1 - 5 / 7)) / 2)
    assert (both.largest, both.largest_items) == (0.75, ("food-licence",))
    actual = made(*FIVE).reductions["actual_statutory"]
    assert (actual.n, actual.unknown) == (1, 1)  # nobody applied for the other item


def test_a_time_is_compared_with_the_promise_that_was_made_then():
    """From July on 3 of 20 days are promised in place of 5; the five cases of March took 3 in the median."""
    july = [one for case, end in zip("fghij", ("02", "03", "06", "07", "08"), strict=True)
            for one in closed(case, "2026-07-01", f"2026-07-{end}")]  # fmt: skip
    now = dt.datetime(2026, 7, 31, 12, tzinfo=CHINA)
    cases = table(*FIVE, *july, now="2026-07-31T12:00").frame
    months = statistics(cases, CATALOGUE, now=now, by="month")
    march, last = row(months, "2026-03"), row(months, "2026-07")
    assert (march["promised_statutory_largest"], last["promised_statutory_largest"]) == pytest.approx((0.75, 0.85))
    assert (march["actual_promised_largest"], last["actual_promised_largest"]) == pytest.approx((0.4, 0))
    assert row(months)["actual_promised_largest"] == pytest.approx(0)  # of July's cases alone
    until = statistics(cases, CATALOGUE, now=now, last="2026-06").reductions
    assert (until["promised_statutory"].largest, until["actual_promised"].largest) == pytest.approx((0.75, 0.4))
    early = statistics(cases, CATALOGUE, now=dt.datetime(2026, 6, 30, 12, tzinfo=CHINA)).reductions
    assert early["actual_promised"].largest == pytest.approx(0.4)


def test_every_case_is_in_one_state_and_in_one_group():
    events = [*FIVE, *RUNNING, *WITHDRAWN, *OTHER, *STRANGE]
    for by in GROUPS:
        found = made(*events, by=by)
        total, groups = row(found), found.table[found.table["group"] != "total"]
        assert (total["n"], found.n_undated) == (10, 1)
        assert total["n"] == groups["n"].sum() == sum(total[f"n_{state}"] for state in STATES)
        assert (total["n_running"], total["n_otherwise"], total["n_contradictory"]) == (1, 1, 1)
        assert json.dumps(found.as_dict())
        counts = [value for one in found.as_dict()["rows"] for key, value in one.items() if key.startswith("n_")]
        assert {type(value) for value in counts} <= {int, type(None)}


def test_running_and_withdrawn_cases_are_censored_not_fast():
    """Times 1, 1+, 2, 2+, 3, 4, 9 (+ censored): the shares that last longer are 6/7, then 4/5 and 2/3 of them, 0.46."""
    found = row(made(*FIVE, *RUNNING, *WITHDRAWN))
    assert (found["n_timed"], found["n_censored"]) == (7, 2)
    assert (found["median_days"], found["p90_days"]) == (3, 9)
    # Five more withdrawn on the third day: 9/10, 8/10, 7/10, then half of it. The closed ones alone would give 3.
    many = [one for case in "ijlmn" for one in [*closed(case, "02", "03")[:2], event("withdrawn", "05", case=case)]]
    assert row(made(*FIVE, *many))["median_days"] == 4


def test_suspended_time_is_a_share_of_the_time_after_acceptance():
    """Five cases of one used and one suspended day, the 3rd, and one used day more: 1 of 3."""
    events = []
    for case in "abcde":
        start, accepted, decided = closed(case, "02", "05")
        events += [start, accepted, decided, suspended("03", "10:00", case=case), resumed("04", "10:00", case=case)]
    assert row(made(*events))["suspended_share"] == pytest.approx(1 / 3)


def test_groups_below_five_are_pooled_and_not_given_away():
    found = made(*FIVE, *OTHER)
    assert found.table["group"].tolist() == ["total", "other"]  # 7 less 5 would give the two away
    ten = [one for case in "fghij" for one in closed(case, "02", "03")]
    alone = made(*FIVE, *ten, *OTHER, by="department_before")
    assert alone.table["group"].tolist() == ["total", "other"]
    few = row(made(*OTHER))
    assert (few["n"], few["shown"], few["n_closed"] != few["n_closed"]) == (2, False, True)


def test_months_of_receipt():
    found = made(*FIVE, *RUNNING, by="month")
    assert row(found)["n"] == 6
    assert made(*FIVE, *RUNNING, by="month", first="2026-04").table["n"].tolist()[0] == 1
    assert row(made(*FIVE, *RUNNING, last="2026-03"))["n"] == 5
    for wrong in ({"by": "officer"}, {"first": "March"}, {"first": "2026-04", "last": "2026-03"}):
        with pytest.raises(ReportError):
            made(*FIVE, **wrong)


def test_no_case_is_an_empty_table():
    found = made()
    assert found.table["n"].tolist() == [0]
    assert found.as_dict()["rows"][0]["median_days"] is None


def test_a_row_says_how_many_items_its_readings_rest_on_and_has_its_name():
    """Of the licence alone five cases closed; of the other item of the catalogue none, so one actual time is known."""
    rows = made(*FIVE, by="month").as_dict()["rows"]
    total, march = rows[0], rows[1]
    assert (total["n_promised_statutory"], total["n_actual_statutory"], total["n_actual_promised"]) == (2, 1, 1)
    assert (march["group"], march["n_promised_statutory"], march["n_actual_statutory"]) == ("2026-03", 1, 1)
    assert (total["zh"], total["en"]) == ("合计", "all cases")
    assert march["en"]


def test_a_simulated_case_of_no_known_item_is_simulated():
    frame = table(*FIVE, event("applied", "02", case="u", item="unknown")).frame
    shares = [statistics(given, CATALOGUE, now=NOW).synthetic_share for given in (frame, frame.assign(simulated=True))]
    assert shares == [pytest.approx(5 / 6), 1]
