from __future__ import annotations

import itertools
from dataclasses import asdict, is_dataclass, replace
from math import log

import numpy as np
import pandas as pd
import pytest

from models.reform.evaluate import PACKED
from models.reform.levers import Packed, read_levers
from models.reform.passes import Gathered
from models.reform.result import BUCKETS, FEWEST_FIRMS, Estimate
from models.reform.simulate import Run, simulate
from models.reform.study import BASELINE, Proposal, Study
from tests.models.reform.conftest import hand_card

CAPS = {"policies": {"standard": {"expert_cap_wan": {"growth": 200}, "min_points": 40, "min_raroc": 0.06}}}
WEIGHTS = {"weights": {"growth": {"rd_intensity": 15, "patent_quality_index": 5}, "startup": {"rd_intensity": 2}}}
STAGES = {"stages": {"startup_below_wan": 800}}


def estimates(value) -> list[Estimate]:
    """Every estimate in a value."""
    if isinstance(value, Estimate):
        return [value]
    if is_dataclass(value):
        return [one for name in value.__dataclass_fields__ for one in estimates(getattr(value, name))]
    if isinstance(value, dict):
        return [one for inner in value.values() for one in estimates(inner)]
    return [one for inner in value for one in estimates(inner)] if isinstance(value, tuple) else []


@pytest.fixture(scope="module")
def golden(packed, quick_case):
    """Twelve firms, two indicators of 60 and 40 points; the reform makes them 48 and 52. Quota: 5 wan a point.

    expert cap 300 wan at 60 points, whole wan; under 20 points a human decides and nothing is lent; need is 300 wan.
    """
    shares = [(0.5, 0), (0, 0.5), (0.5, 0.5), (0.523, 0.5), (0.5, 0.523), (0.25, 0), (0, 0.45), *[(1, 1)] * 5]
    table = pd.DataFrame([quick_case(existing_debt_wan=0.0)] * len(shares))
    table["rd_intensity"] = [float(first) for first, _ in shares]
    table["invention_patents_valid"] = [10.0 * second for _, second in shares]
    limit = replace(packed.engine.limit, offsets_log=(log(4001.0) - 0.75, log(8001.0) - 0.75))  # far above the caps
    engine = replace(packed.engine, points=hand_card(packed.engine.points), limit=limit)
    release = Packed(engine, packed.policies, tuple(one for one in packed.costs if one.key in (
        "rd_intensity", "invention_patents_valid")))  # fmt: skip
    levers = read_levers({"weights": {"growth": {"rd_intensity": 48}}}, release)
    base = Proposal(BASELINE, "", "", read_levers({}, release))
    study = Study(release, base, (Proposal("reform", "", "", levers),), ("standard",))
    return simulate(study, lambda: iter([{PACKED: table}]), Run(replicates=50)), study, table


POINTS = [(30, 24), (20, 26), (50, 50), (51.38, 51.104), (50.92, 51.196), (15, 12), (18, 23.4), *[(100, 100)] * 5]
QUOTA_WAN = [(150, 120), (100, 130), (250, 250), (256, 255), (254, 255), (0, 0), (0, 117), *[(300, 300)] * 5]


@pytest.mark.truth
def test_a_golden_reform_worked_by_hand(golden):
    """2,510 wan before, 2,627 after; one firm of twelve comes from zero."""
    result, _study, _table = golden
    reform = result.reforms[0]
    credit = {total.measure: total for total in reform.totals}["credit_cny"]
    assert (credit.baseline.value, credit.reform.value, credit.difference.value) == (25_100_000, 26_270_000, 1_170_000)
    points, quota = (next(one for one in reform.distributions if (one.measure, one.grouping) == (name, "all"))
                     for name in ("points", "quota_cny"))  # fmt: skip
    counts = {name: round(12 * quota.buckets[name].value) for name in BUCKETS}
    assert counts == {"lose_more_than_5pct": 1, "lose_up_to_5pct": 1, "same": 7, "gain_up_to_5pct": 1,
                      "gain_more_than_5pct": 1, "from_zero": 1}  # fmt: skip
    counts = {name: round(12 * points.buckets[name].value) for name in BUCKETS}
    assert counts == {"lose_more_than_5pct": 2, "lose_up_to_5pct": 1, "same": 6, "gain_up_to_5pct": 1,
                      "gain_more_than_5pct": 2, "from_zero": 0}  # fmt: skip
    assert points.move_sum == pytest.approx(sum(after - before for before, after in POINTS), abs=1e-9)
    assert [(one.group, one.total_cny, one.gained_cny, one.lost_cny, one.firms) for one in reform.attribution] == [
        ("weight", 1_170_000, 1_480_000, -310_000, 5)
    ]


@pytest.mark.truth
def test_policyengine_s_published_buckets_are_reproduced_on_the_golden_reform(golden):
    """Their table, docs/decile-impact-spec.md: change over max(baseline, 1), each bucket open below, closed above.

    They have no bucket for a move from zero, which is a gain of more than 5 % there.
    """
    quota = next(one for one in golden[0].reforms[0].distributions if (one.measure, one.group) == ("quota_cny", "all"))
    bounds = [-np.inf, -0.05, -1e-3, 1e-3, 0.05, np.inf]
    before, after = 10_000.0 * np.array(QUOTA_WAN).T
    change = (after - before) / np.maximum(before, 1.0)
    theirs = [float(((change > low) & (change <= high)).mean()) for low, high in itertools.pairwise(bounds)]
    ours = [quota.buckets[name].value for name in BUCKETS]
    assert [*ours[:4], ours[4] + ours[5]] == pytest.approx(theirs, abs=1e-15)


@pytest.mark.law
@pytest.mark.parametrize("levers", [CAPS, WEIGHTS, STAGES, {**CAPS, **WEIGHTS, **STAGES}], ids=str)
def test_a_reform_and_its_reverse_are_exact_negatives(simulated, levers):
    """Totals, sums, parts and the ends of intervals of differences."""
    there, back = simulated({"reform": levers}).reforms[0], simulated({"reform": {}}, levers).reforms[0]
    there_differences, back_differences = (
        [one.difference for one in side.totals]
        + [one.move_mean for one in side.distributions if one.grouping != "growth_stage"]  # stages of the baseline
        for side in (there, back)
    )
    for one, other in zip(there_differences, back_differences, strict=True):
        assert (one.value, one.behind, one.no_interval) == (
            None if other.value is None else -other.value, other.behind, other.no_interval
        )  # fmt: skip
        if not one.no_interval:
            assert (one.low, one.high) == pytest.approx((-other.high, -other.low), rel=1e-12)
    assert any(not one.no_interval for one in there_differences)
    for one, other in zip(there.attribution, back.attribution, strict=True):
        assert (one.total_cny, one.gained_cny, one.lost_cny) == (-other.total_cny, -other.lost_cny, -other.gained_cny)


NULLS = [
    {"policies": {"standard": {"base_need_cny": 500000, "el_budget_wan": "4.000", "lgd": "40 %", "min_raroc": "5e-2"}}},
    {"policies": {"*": {"stage_cap_wan": {}}, "standard": {"expert_cap_cny": {"stable": 5.0e6, "startup": "100 wan"}}}},
    {"stages": {"stable_from_cny": "100,000,000", "startup_to_years": "8.00", "old_from_years": 10}},
    {"weights": {"growth": {"rd_intensity": "9.0", "rd_expense": 7}, "stable": {"rd_intensity": 6.00}}},
    {"prices": {"rd_expense": {"cost_yuan": "1e5"}}, "certificates": "carried", "weight_bounds": {}},
    {},
]
MOVED = {**CAPS, **WEIGHTS, **STAGES}
MOVED_AGAIN = [
    {
        "stages": {"startup_below_cny": "8,000,000"},
        "weights": {"startup": {"rd_intensity": "2.00"}, "growth": {"rd_intensity": 15.0, "patent_quality_index": "5"}},
        "policies": {"standard": {"min_raroc": "6 %", "min_points": "40.0", "expert_cap_cny": {"growth": "200 wan"}}},
    },
    {
        "certificates": "carried",
        "policies": {
            "standard": {"min_raroc": "6.0e-2", "base_need_cny": 500000, "expert_cap_wan": {"growth": 2.0e2},
                         "min_points": 40}
        },
        "weights": WEIGHTS["weights"],
        "stages": {"startup_to_years": "8.00", "startup_below_wan": "800.000"},
    },
]  # fmt: skip


@pytest.mark.law
@pytest.mark.parametrize("levers", NULLS, ids=str)
def test_a_reform_that_equals_the_baseline_is_exactly_nothing(simulated, levers):
    """In another unit, order and number of digits: 0 and [0, 0] everywhere, every firm the same."""
    reform = simulated({"reform": levers}).reforms[0]
    assert reform.scenario.levers == {}
    is_nothing(reform)


@pytest.mark.law
@pytest.mark.parametrize(("baseline", "nulls"), [({}, NULLS), (MOVED, MOVED_AGAIN)], ids=["release", "levers"])
def test_a_stack_of_such_reforms_is_nothing_too(simulated, packed, baseline, nulls):
    """With refitted draws, at two banks and both together, and where the baseline has levers of its own."""
    draws = [replace(packed.engine, risk=replace(packed.engine.risk, level=level)) for level in (-4.3, -3.8)]
    reforms = {f"null_{at}": levers for at, levers in enumerate(nulls)}
    result = simulated(reforms, baseline, banks=("standard", "science"), stacked=True, draws=draws, replicates=20)
    assert result.method.parts == ("firms", "refit", "monte_carlo")
    assert {total.bank_id for total in result.reforms[0].totals} == {"standard", "science", "all"}
    for reform in result.reforms:
        assert reform.scenario.levers == result.baseline.levers
        is_nothing(reform)
    kinds = {"provision", "interaction", "together"} | ({"remainder"} if len(result.reforms) > 4 else set())
    assert {one.kind for one in result.stack} == kinds
    for one in estimates(result.stack):
        assert (one.value, one.low, one.high) == (0.0, 0.0, 0.0)


def is_nothing(reform):
    """Exactly 0 and [0, 0], no parts, and the same jumps at the stages' borders as the baseline has."""
    assert (reform.changed, reform.changes, reform.attribution, reform.indicators) == ((), (), (), ())
    before, after = ([one for one in reform.cliffs if one.scenario == name] for name in (BASELINE, "reform"))
    assert before
    assert [replace(one, scenario=BASELINE) for one in after] == before
    assert all(firm.quota_reform_cny == firm.quota_baseline_cny for firm in reform.typical)
    for total in reform.totals:
        assert (total.difference.value, total.difference.low, total.difference.high) == (0.0, 0.0, 0.0)
    for one in reform.distributions:
        same = one.buckets["same"]
        assert (same.low, same.high, one.move_mean.low, one.move_mean.high) == (1.0, 1.0, 0.0, 0.0)
        assert all((one.buckets[name].low, one.buckets[name].high) == (0, 0) for name in BUCKETS if name != "same")


@pytest.mark.law
def test_two_runs_and_two_numbers_of_workers_give_the_same_result(simulated):
    """To the last bit, whatever the parts."""
    one = simulated({"reform": {**CAPS, **WEIGHTS, **STAGES}}, banks=("standard", "science"))
    again = simulated({"reform": {**CAPS, **WEIGHTS, **STAGES}}, banks=("standard", "science"))
    threads = simulated({"reform": {**CAPS, **WEIGHTS, **STAGES}}, banks=("standard", "science"), workers=3, rows=250)
    assert one.as_dict() == again.as_dict() == threads.as_dict()


@pytest.mark.law
def test_buckets_add_up_to_one_and_totals_are_the_sums_of_groups(simulated, firms):
    """In every group that is shown; sums are exact, in a grouping that firms do not state too."""
    table = firms.assign(district=np.where(np.arange(len(firms)) % 20 == 0, "", firms["district"]))
    reform = simulated({"reform": MOVED}, table=table).reforms[0]
    for one in reform.distributions:
        if one.firms - one.unknown >= 10:
            assert sum(estimate.value for estimate in one.buckets.values()) == pytest.approx(1.0, abs=1e-12)
    credit = next(one for one in reform.totals if one.measure == "credit_cny")
    for grouping in ("growth_stage", "size_class", "industry", "district"):
        groups = [one for one in reform.distributions if (one.measure, one.grouping) == ("quota_cny", grouping)]
        assert ("not_given" in {one.group for one in groups}) is (grouping == "district")
        assert sum(one.reform_sum for one in groups) == credit.reform.value
        assert sum(one.move_sum for one in groups) == credit.difference.value
        assert sum(one.baseline_sum for one in groups) == credit.baseline.value
        assert sum(one.firms for one in groups) == 600


@pytest.mark.law
def test_a_group_of_fewer_than_ten_firms_has_its_count_and_intervals_alone(simulated):
    """The firms without a district are six."""
    reform = simulated({"reform": CAPS}).reforms[0]
    small = [one for one in reform.distributions if one.group == "not_given"]
    assert small
    for one in small:
        assert 0 < one.firms < 10
        assert (one.move_sum, one.move_mean.value, *(bucket.value for bucket in one.buckets.values())) == (None,) * 8
        assert (one.buckets["same"].low < one.buckets["same"].high) is (one.measure == "quota_cny")
        assert one.move_mean.no_interval or one.move_mean.low <= one.move_mean.high


@pytest.mark.law
def test_each_part_of_the_whole_move_has_the_interval_of_which_firms(packed, firms, proposed):
    """By hand: a sum over n drawn firms varies by sqrt(n) times the firms' standard deviation; of a sample by parts."""
    study = Study(packed, proposed({}, BASELINE), (proposed({**CAPS, **WEIGHTS, **STAGES}),), ("standard",))
    held: list[Gathered] = []
    for scale, sample in ((1, None), (10, 10 * len(firms))):
        run = Run(replicates=400, population=sample)
        result = simulate(study, lambda: iter([{PACKED: firms}]), run, on_part=lambda _, one: held.append(one))
        for one in result.reforms[0].attribution:
            part = held[-1].parts["reform"]["standard"][one.group]
            enough = int(np.count_nonzero(part)) >= FEWEST_FIRMS
            assert (one.total.no_interval is None) is enough
            assert not enough or one.total.low < one.total.high
            shown = scale * part.sum() if enough or sample is None else None
            assert (one.total.value, one.total_cny) == (shown, part.sum())
            if sample is None and enough:
                assert one.total.sd_firms == pytest.approx(len(part) ** 0.5 * part.std(), rel=0.15)
    assert any(np.count_nonzero(part) >= FEWEST_FIRMS for part in held[0].parts["reform"]["standard"].values())


@pytest.mark.law
def test_where_one_group_differs_its_part_is_the_move_with_its_interval(simulated):
    (only,), total = (lambda one: (one.attribution, one.totals[0].difference))(simulated({"reform": CAPS}).reforms[0])
    assert (only.total.value, only.total.low, only.total.high) == (total.value, total.low, total.high)


@pytest.mark.law
def test_parts_of_a_move_add_up_to_the_yuan_and_groups_are_the_baseline_s(simulated):
    """Weights, stages and policy at once: their parts are the bank's whole move."""
    result = simulated({"reform": {**CAPS, **WEIGHTS, **STAGES}}, banks=("standard", "science"))
    reform = result.reforms[0]
    assert reform.changed == ("weight", "stage", "policy")
    for bank in result.banks:
        total = next(one for one in reform.totals if (one.bank_id, one.measure) == (bank, "credit_cny"))
        assert sum(one.total_cny for one in reform.attribution if one.bank_id == bank) == total.difference.value
    for firm in reform.typical:
        assert sum(firm.parts_cny.values()) == firm.quota_reform_cny - firm.quota_baseline_cny
        moved = firm.points_reform - firm.points_baseline
        assert sum(firm.points_by_indicator.values()) == pytest.approx(moved, abs=3e-6)
    stages = [one.group for one in reform.distributions if (one.measure, one.grouping) == ("points", "growth_stage")]
    assert stages == ["startup", "growth", "stable"]


@pytest.mark.law
def test_the_parts_of_an_interval_add_up_in_variance_and_one_that_is_off_is_not_there(simulated, packed):
    """Firms, refit and Monte Carlo; without draws there is no refit part, and the interval is narrower."""
    draws = [
        replace(packed.engine, risk=replace(packed.engine.risk, level=-4.0 + 0.2 * step)) for step in (-2, -1, 0, 1, 2)
    ]
    alone = simulated({"reform": CAPS})
    refitted = simulated({"reform": CAPS}, draws=draws)
    assert (alone.method.parts, refitted.method.parts) == (("firms", "monte_carlo"), ("firms", "refit", "monte_carlo"))
    given = [one for one in estimates(refitted) if one.no_interval is None]
    assert len(given) > 20
    for one in given:
        parts = [one.sd_firms, one.sd_refit or 0.0, one.sd_sample, one.sd_monte_carlo]
        assert one.sd**2 == pytest.approx(sum(part**2 for part in parts), rel=1e-9, abs=1e-18)
    for one, other in zip(alone.reforms[0].totals, refitted.reforms[0].totals, strict=True):
        assert one.baseline.sd_firms == other.baseline.sd_firms
        assert one.baseline.sd_refit is None
        assert other.baseline.sd_refit > 0.0
        assert other.baseline.sd > one.baseline.sd


@pytest.mark.law
def test_one_refitted_model_shows_no_variance_and_counts_as_none(simulated, packed):
    """The method says so, as its parts do."""
    result = simulated({"reform": CAPS}, draws=[packed.engine], replicates=20)
    assert (result.method.refit_draws, result.method.parts) == (0, ("firms", "monte_carlo"))


@pytest.mark.behaviour
def test_a_result_is_json(simulated):
    """Numbers, texts, lists and mappings; nothing infinite."""
    import json

    result = simulated({"reform": CAPS})
    assert json.loads(json.dumps(result.as_dict(), allow_nan=False))["schema"] == "reform/3"
    assert asdict(result.method)["replicates"] == 100


@pytest.mark.law
def test_a_quick_run_is_sure_of_nothing_but_a_reform_that_changes_no_rule(simulated, firms):
    """No sampled firm moves: a reform that might move others has no figure, one that equals the baseline exactly 0."""
    rare = {"policies": {"standard": {"exposure_cap_wan": 1999}}}
    reforms = simulated({"rare": rare, "null": {}}, table=firms.head(200), population=600).reforms
    for reform, sure in zip(reforms, (False, True), strict=True):
        credit = next(one.difference for one in reform.totals if one.measure == "credit_cny")
        quota = next(one for one in reform.distributions if (one.measure, one.group) == ("quota_cny", "all"))
        for one in (credit, quota.move_mean):
            assert (one.value, one.low, one.high, one.behind) == ((0.0, 0.0, 0.0, 0) if sure else (None, None, None, 0))
        assert (quota.buckets["from_zero"].value, quota.buckets["from_zero"].high == 0.0) == (0.0, sure)
    assert quota.baseline_mean.sd > 0.0


@pytest.mark.law
def test_whatever_has_no_interval_says_how_many_firms_are_behind_it(simulated):
    """Fewer than five, each of whose moves is in the file of firms; every other sum, mean and share has one."""
    held: list[Gathered] = []
    result = simulated({"reform": {**CAPS, **WEIGHTS}}, rows=600, on_part=lambda _, part: held.append(part))
    ((part,), reform) = held, result.reforms[0]
    found = estimates(result)
    assert {one.no_interval for one in found} >= {None, "few_moved"}
    for one in found:
        assert (one.no_interval is None) == (one.low is not None) == (one.sd is not None)
        assert one.no_interval is None or one.behind < FEWEST_FIRMS
    moved = part.outcomes["reform"].banks["standard"].quota_cny != part.outcomes[BASELINE].banks["standard"].quota_cny
    for one in reform.distributions:
        if (one.measure, one.grouping) == ("quota_cny", "industry"):
            count = int(moved[part.groups["industry"] == one.group].sum())
            assert (one.move_mean.behind, one.move_mean.no_interval) == (count, "few_moved" if count < 5 else None)
