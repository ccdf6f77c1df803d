from __future__ import annotations

from dataclasses import replace

import pytest

from models.quota.certificate import not_assessed
from models.reform.levers import LeverError, read_levers
from models.reform.rules import Rules, with_weights


def rules(raw, packed) -> Rules:
    return Rules.of(read_levers(raw, packed), packed)


@pytest.mark.law
def test_no_levers_give_the_very_objects_of_the_release(packed):
    plain = rules({}, packed)
    assert plain.policies == dict(packed.policies)
    assert all(plain.policies[bank] is policy for bank, policy in packed.policies.items())
    assert plain.card(packed.engine.points) is packed.engine.points
    assert plain.costs == packed.costs


@pytest.mark.law
def test_full_marks_of_a_part_stay_and_unnamed_weights_keep_their_proportions(packed):
    """12 instead of 9 for R&D intensity: the other core indicators share 88 instead of 91."""
    card = rules({"weights": {"growth": {"rd_intensity": 12}}}, packed).card(packed.engine.points)
    before, after = packed.engine.points.weights["growth"], card.weights["growth"]
    assert after["rd_intensity"] == 12.0
    assert after["rd_expense"] == pytest.approx(7 * 88 / 91, rel=1e-14)
    assert sum(after.values()) == pytest.approx(sum(before.values()), rel=1e-14)
    assert after["vc_funding_3y"] == before["vc_funding_3y"]  # of the other part
    assert card.weights["stable"] == packed.engine.points.weights["stable"]


@pytest.mark.law
def test_curves_keep_their_form_and_one_that_was_flat_rises_with_the_percentile(packed):
    points = {stage: {key: [0.0, line[-1] * 0.2, line[-1]] for key, line in rows.items()}
              for stage, rows in packed.engine.points.points.items()}  # fmt: skip
    points["growth"]["rd_expense"] = [0.0, 0.0, 0.0]
    card = replace(packed.engine.points, knots=(0.0, 0.5, 1.0), points=points)
    release = replace(packed, engine=replace(packed.engine, points=card))
    moved = with_weights(card, read_levers({"weights": {"growth": {"rd_expense": 4, "rd_intensity": 18}}}, release))
    assert moved.points["growth"]["rd_expense"] == [0.0, 2.0, 4.0]
    assert moved.points["growth"]["rd_intensity"] == [0.0, pytest.approx(3.6), 18.0]


@pytest.mark.law
def test_a_bound_takes_from_the_largest_and_gives_in_proportion(packed):
    """Growth's largest core weights are 10 of 100; a bound of 8 % leaves them 8 points, a loose one changes none."""
    card = rules({"weight_bounds": {"largest_base_share": "8 %"}}, packed).card(packed.engine.points)
    core = [item.key for item in card.indicators if item.kind == "core"]
    assert max(card.weights["growth"][key] for key in core) == pytest.approx(8.0)
    assert sum(card.weights["growth"][key] for key in core) == pytest.approx(100.0)
    assert rules({"weight_bounds": {"largest_base_share": 0.3}}, packed).card(card) is card


def four(packed):
    """A release whose card has four base indicators of 40, 30, 20 and 10 points; and their keys."""
    card = packed.engine.points
    items = [item for item in card.indicators if item.kind == "core"][:4]
    points = {item.key: [0.0, weight] for item, weight in zip(items, (40.0, 30.0, 20.0, 10.0), strict=True)}
    made = replace(card, indicators=tuple(items), knots=(0.0, 1.0), points=dict.fromkeys(card.points, points))
    return replace(packed, engine=replace(packed.engine, points=made)), list(points)


@pytest.mark.law
@pytest.mark.parametrize(
    ("named", "weights"),
    [
        # The last one 20: the others share 80 as 35.6, 26.7, 17.8; what is above 30 of the first goes to b and c.
        ({3: 20}, (30, 30, 20, 20)),
        ({0: 30, 3: 20}, (30, 30, 20, 20)),
        # One that stays as it is: the first gives 10 to the second and third, 3 : 2, and the second what is above 30.
        ({3: 10}, (30, 30, 30, 10)),
        # 55 are left for the first two, 31.4 and 23.6: 30 and 25.
        ({2: 20, 3: 25}, (30, 25, 20, 25)),
    ],
    ids=str,
)
def test_a_bound_moves_no_weight_that_is_named(packed, named, weights):
    """The others take up the rest, none of them above the bound of 30 %."""
    release, keys = four(packed)
    raw = {"weights": {"growth": {keys[at]: weight for at, weight in named.items()}}}
    card = rules({**raw, "weight_bounds": {"largest_base_share": 0.3}}, release).card(release.engine.points)
    assert [card.weights["growth"][key] for key in keys] == pytest.approx(weights, abs=1e-12)
    assert all(card.weights["growth"][keys[at]] == weight for at, weight in named.items())


@pytest.mark.contract
@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({0: 36}, r"^weights.growth.KEY: found 36; allowed: 0 to 30 points, by weight_bounds.largest_base_share 0.3$"),
        ({0: 40}, r"^weights.growth.KEY: found 40; allowed: 0 to 30 points, by"),
        (
            {0: 5, 1: 5},
            r"^weight_bounds.largest_base_share: found 0.3; allowed: 0.45 to 1, for 2 indicators that are not named "
            r"share 90 points$",
        ),
    ],
    ids=str,
)
def test_a_bound_and_a_named_weight_that_exclude_one_another_are_an_error(packed, named, message):
    release, keys = four(packed)
    raw = {"weights": {"growth": {keys[at]: weight for at, weight in named.items()}}}
    made = rules({**raw, "weight_bounds": {"largest_base_share": 0.3}}, release)
    with pytest.raises(LeverError, match=message.replace("KEY", keys[0])):
        made.card(release.engine.points)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"policies": {"standard": {"lgd": 1.5}}}, r"policies.standard.lgd: found 1.5; allowed: 1 or less"),
        (
            {"policies": {"standard": {"min_points": -1}}},
            r"policies.standard.min_points: found -1.0; allowed: 0 or more$",
        ),
        (
            {"policies": {"standard": {"expert_cap_wan": {"growth": 900}}}},
            r"policies.standard.expert_cap_wan.growth: found 900; allowed: 500 or less, its stage_cap_wan$",
        ),
        (
            {"policies": {"standard": {"stage_cap_wan": {"startup": 50}}}},
            r"policies.standard.stage_cap_wan.startup: found 50; allowed: 100 or more, its expert_cap_wan$",
        ),
        (
            {"policies": {"standard": {"overdue_refer_days": 30.5}}},
            r"overdue_refer_days: found 30.5; allowed: a whole number$",
        ),
    ],
    ids=str,
)
def test_a_policy_out_of_range_is_named(packed, raw, message):
    with pytest.raises(LeverError, match=message):
        rules(raw, packed)


@pytest.mark.contract
def test_a_bound_that_cannot_be_filled_is_named(packed):
    with pytest.raises(LeverError, match=r"weight_bounds.largest_base_share: found 0.01"):
        rules({"weight_bounds": {"largest_base_share": 0.01}}, packed).card(packed.engine.points)


@pytest.mark.law
def test_a_certificate_is_carried_or_void(packed):
    """Carried with every lever; void where policy or card are not what was certified."""
    policy = packed.policies["standard"]
    issued = replace(not_assessed("standard", policy.version, policy.digest), n=5)
    engine = replace(packed.engine, certificates={policy.digest: issued})
    release = replace(packed, engine=engine)
    changed = {"policies": {"standard": {"lgd": 0.5}}}
    assert rules(changed, release).certificate("standard", engine) is issued
    assert rules({**changed, "certificates": "void"}, release).certificate("standard", engine).n == 0
    assert rules({"certificates": "void"}, release).certificate("standard", engine) is issued
    moved = {"weights": {"growth": {"rd_intensity": 12}}, "certificates": "void"}
    assert rules(moved, release).certificate("standard", engine).n == 0


@pytest.mark.law
def test_prices_change_by_member(packed):
    costs = {cost.key: cost for cost in rules({"prices": {"rd_expense": {"cost_yuan": 5}}}, packed).costs}
    assert (costs["rd_expense"].cost_yuan, costs["rd_expense"].step) == (5.0, 10)
