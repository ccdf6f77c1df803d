from __future__ import annotations

import numpy as np
import pytest

from models.reform.bootstrap import Bootstrap, Groups
from models.reform.estimates import Spread
from models.reform.evaluate import BankOutcome, Outcome
from models.reform.tables import FIRMS, Sums, columns_of, distributions, total_of, totals


def outcome(points, quota, loss=0, profit=0) -> Outcome:
    quota = np.asarray(quota)
    zero = np.zeros_like(quota)
    return Outcome(
        np.asarray(points) * 1_000_000,
        {"a": BankOutcome(quota, zero + loss, zero + profit, (quota > 0).astype(int))},
    )


def sums_of(before, after, groups=None, replicates=200, population=None, left=None, **more) -> Sums:
    columns = columns_of(before, {"r": after}, ["r"])
    n = len(before.points)
    groupings = groups or {"all": Groups(("all",), np.zeros(n, dtype=np.intp))}
    return Sums.of_columns(columns, groupings, Bootstrap(replicates), Spread(left_out=left), population, **more)


BEFORE = outcome([10] * 10 + [20] * 10, [100] * 10 + [0] * 10, loss=250, profit=-130)
AFTER = outcome([10] * 10 + [22] * 10, [90] * 10 + [0] * 5 + [50] * 5, loss=300, profit=-30)


@pytest.mark.law
def test_totals_by_hand():
    """Credit 1,000 to 1,150 yuan, loss 50 to 60, profit -26 to -6, 10 and 15 of 20 firms."""
    got = {one.measure: one for one in totals(sums_of(BEFORE, AFTER), "r", ("a",))}
    values = {name: (one.baseline.value, one.reform.value, one.difference.value) for name, one in got.items()}
    assert values == {
        "credit_cny": (1_000, 1_150, 150), "expected_loss_cny": (50, 60, 10), "expected_profit_cny": (-26, -6, 20),
        "preapproved_share": (0.5, 0.75, 0.25),
    }  # fmt: skip


@pytest.mark.law
def test_a_distribution_by_hand():
    """Ten firms of each half; in the second half five come from zero, and all gain a tenth in points."""
    groups = {"half": Groups(("first", "second"), np.repeat([0, 1], 10))}
    points_first, points_second, first, second = distributions(
        sums_of(BEFORE, AFTER, groups), "r", ("a",), groups, whole=True
    )
    assert first.buckets["lose_more_than_5pct"].value == 1.0
    assert (second.buckets["from_zero"].value, second.buckets["same"].value) == (0.5, 0.5)
    assert (second.baseline_sum, second.reform_sum, second.move_sum) == (0, 250, 250)
    assert points_first.buckets["same"].value == points_second.buckets["gain_more_than_5pct"].value == 1.0
    assert (points_second.baseline_mean.value, points_second.reform_mean.value) == (20.0, 22.0)


@pytest.mark.law
def test_unknown_points_are_in_no_bucket_and_no_mean():
    before, after = outcome([10] * 19 + [-1], [1] * 20), outcome([11] * 19 + [-1], [1] * 20)
    groups = {"all": Groups(("all",), np.zeros(20, dtype=np.intp))}
    got = distributions(sums_of(before, after), "r", (), groups, whole=True)[0]
    assert (got.firms, got.unknown, got.move_mean.value) == (20, 1, 1.0)
    assert got.buckets["gain_more_than_5pct"].value == 1.0


@pytest.mark.law
def test_a_quick_run_s_totals_stand_for_the_whole_population():
    """Half of the firms sampled: twice the sum, no sums of groups."""
    sums = sums_of(BEFORE, AFTER, population=40, left=0.5)
    assert total_of(sums, {("r", "a", "credit_cny"): 1}, "credit_cny").value == 300
    groups = {"all": Groups(("all",), np.zeros(20, dtype=np.intp))}
    assert {one.move_sum for one in distributions(sums, "r", ("a",), groups, whole=False)} == {None}
    assert sums.of("all", FIRMS)[0][0, 0] == 20


@pytest.mark.law
def test_intervals_of_levels_end_at_0_but_for_profit():
    """One firm of 20 has nearly all of a bank's credit, loss and profit, before and after."""
    before, after = (
        outcome([1] * 20, quota, loss=quota, profit=quota) for quota in ([1] * 19 + [99_999], [1] * 19 + [50_000])
    )
    sums = sums_of(before, after)
    for one in totals(sums, "r", ("a",))[:3]:
        ends = [side.low < 0.0 for side in (one.baseline, one.reform)]
        assert ends == [one.measure == "expected_profit_cny"] * 2
    groups = {"all": Groups(("all",), np.zeros(20, dtype=np.intp))}
    quota = next(one for one in distributions(sums, "r", ("a",), groups, whole=True) if one.measure == "quota_cny")
    assert (quota.baseline_mean.low, quota.reform_mean.low) == (0.0, 0.0)


@pytest.mark.truth
def test_the_interval_of_a_total_is_that_of_the_mean_of_firms():
    """Standard error of a sum of n moves: sqrt(n) times their standard deviation."""
    generator = np.random.default_rng(2)
    quota = generator.integers(50, 150, 400)
    before, after = outcome([1] * 400, [100] * 400), outcome([1] * 400, quota)
    got = totals(sums_of(before, after, replicates=3_000), "r", ("a",))[0].difference
    assert got.sd_firms == pytest.approx(float(np.std(quota - 100)) * 20, rel=0.06)


@pytest.mark.law
def test_firms_behind_a_figure_are_counted_firm_by_firm_and_few_leave_no_interval():
    """Six move up at a bank, four of them in the first half; where both columns cancel a firm does not count."""
    after = outcome([10] * 20, [100] * 6 + [150] * 4 + [50] * 2 + [0] * 8)
    before = outcome([10] * 20, [100] * 10 + [0] * 10)
    groups = {"half": Groups(("first", "second"), np.repeat([0, 1], 10)), "all": Groups(("all",), np.zeros(20, int))}
    sums = sums_of(before, after, groups)
    credit = totals(sums, "r", ("a",))[0]
    assert (credit.difference.value, credit.difference.behind) == (300.0, 6)
    assert credit.difference.low is not None
    assert (credit.baseline.behind, credit.reform.behind) == (10, 12)
    first, second = (
        one for one in distributions(sums, "r", ("a",), groups, whole=True)
        if (one.bank_id, one.grouping) == ("a", "half")
    )  # fmt: skip
    assert [(one.move_mean.value, one.move_mean.behind, one.move_mean.no_interval) for one in (first, second)] == [
        (20.0, 4, "few_moved"), (10.0, 2, "few_moved")
    ]  # fmt: skip
    assert (second.baseline_mean.behind, second.baseline_mean.no_interval) == (0, "few_firms")
    assert second.buckets["from_zero"].low > 0.0  # a share says by itself how rare it is
    cancelled = {("r", "a", "credit_cny"): 1, ("baseline", "a", "credit_cny"): 1, ("r", "a", "preapproved_share"): -50}
    assert sums.counted.behind("all", cancelled).tolist() == [10]


@pytest.mark.law
def test_rules_that_decide_alike_differ_by_nothing_for_certain():
    """Nobody moves: 0 with [0, 0] where the rules are the baseline's, and no interval where they are others."""
    same, other = ({("baseline", "a"): 1, ("r", "a"): rules} for rules in (1, 2))
    sure, open_ = (totals(sums_of(BEFORE, BEFORE, alike=alike), "r", ("a",))[0].difference for alike in (same, other))
    assert (sure.value, sure.low, sure.high, sure.no_interval) == (0.0, 0.0, 0.0, None)
    assert (open_.value, open_.low, open_.high, open_.no_interval) == (0.0, None, None, "few_moved")


@pytest.mark.law
def test_an_interaction_of_reforms_of_which_one_leaves_a_bank_alone_is_nothing_for_certain():
    """A and B together decide like A where B has the baseline's rules; where both change rules they might interact."""
    columns = columns_of(BEFORE, {"a": AFTER, "b": BEFORE, "a+b": AFTER}, [])
    groups = {"all": Groups(("all",), np.zeros(20, dtype=np.intp))}
    figure = {("a+b", "a", "credit_cny"): 1, ("a", "a", "credit_cny"): -1, ("b", "a", "credit_cny"): -1}
    for of_b, both, interval in ((0, 1, (0.0, 0.0)), (2, 3, (None, None))):
        alike = {("baseline", "a"): 0, ("a", "a"): 1, ("b", "a"): of_b, ("a+b", "a"): both}
        sums = Sums.of_columns(columns, groups, Bootstrap(50), Spread(), alike=alike)
        one = total_of(sums, figure, "credit_cny")
        assert (one.value, one.low, one.high) == (0.0, *interval)


@pytest.mark.law
def test_an_interaction_at_all_banks_is_nothing_for_certain_where_it_is_at_each():
    """A changes bank a alone and B bank b alone: amounts add up over banks; a firm may be pre-approved by either."""
    both = BEFORE.banks["a"], AFTER.banks["a"]
    made = {(of_a, of_b): Outcome(BEFORE.points, {"a": both[of_a], "b": both[of_b]})
            for of_a in (0, 1) for of_b in (0, 1)}  # fmt: skip
    columns = columns_of(made[0, 0], {"a": made[1, 0], "b": made[0, 1], "a+b": made[1, 1]}, [])
    groups = {"all": Groups(("all",), np.zeros(20, dtype=np.intp))}
    rules = {"baseline": (0, 0), "a": (1, 0), "b": (0, 1), "a+b": (1, 1)}
    alike = {(name, bank): own for name, pair in rules.items()
             for bank, own in zip(("a", "b", "all"), (*pair, pair), strict=True)}  # fmt: skip
    sums = Sums.of_columns(columns, groups, Bootstrap(50), Spread(), alike=alike)

    def interaction(measure):
        figure = {("a+b", "all", measure): 1, ("a", "all", measure): -1, ("b", "all", measure): -1}
        return total_of(sums, figure, measure)

    for measure in ("credit_cny", "expected_loss_cny", "expected_profit_cny"):
        one = interaction(measure)
        assert (one.value, one.low, one.high, one.no_interval) == (0.0, 0.0, 0.0, None)
    assert interaction("preapproved_share").value == -0.25
    alone = total_of(sums, {("a", "all", "credit_cny"): 1}, "credit_cny")
    assert alone.low < alone.value < alone.high
