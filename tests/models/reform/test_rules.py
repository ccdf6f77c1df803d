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


@pytest.mark.contract
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"policies": {"standard": {"lgd": 1.5}}}, r"policies.standard.lgd: found 1.5; allowed: Input should be less"),
        ({"policies": {"standard": {"min_points": -1}}}, r"policies.standard.min_points: found -1"),
        ({"policies": {"standard": {"expert_cap_wan": {"growth": 900}}}}, r"expert_cap_wan of growth is 900, above"),
        ({"policies": {"standard": {"overdue_refer_days": 30.5}}}, r"overdue_refer_days: found 30.5"),
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
