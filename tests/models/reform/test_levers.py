from __future__ import annotations

from dataclasses import replace

import pytest

from data.uscc import fictitious_uscc
from models.reform.levers import LeverError, Levers, number, read_levers

FIRM, OTHER = fictitious_uscc(1), fictitious_uscc(2)


@pytest.mark.law
@pytest.mark.parametrize(
    "raw", [30, 30.0, "30", "30 wan", "300000 cny", "300,000 元", "3e1", "0.3e2", " 30.000 万元 ", "3_0"], ids=str
)
def test_money_is_the_same_number_in_every_unit_and_with_every_number_of_digits(raw):
    """30 wan are 300,000 yuan, to the bit."""
    assert number(raw, "policies.standard.base_need_wan", "") == 30.0


@pytest.mark.law
@pytest.mark.parametrize("raw", [100000, "1e5", "10 wan", "100000 yuan", "100,000"], ids=str)
def test_a_price_in_yuan_may_be_given_in_wan(raw):
    assert number(raw, "prices.rd_expense.cost_yuan", "") == 100_000.0


@pytest.mark.law
@pytest.mark.parametrize("raw", [0.02, "0.020", "2e-2", "2 %", "2.00%", "0.2e-1"], ids=str)
def test_shares_may_be_given_in_percent(raw):
    assert number(raw, "policies.standard.pd_cutoff", "") == 0.02


@pytest.mark.law
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"base_need_cny": 700000, "min_raroc": 0.07}, {"min_raroc": "7 %", "base_need_wan": "70.0"}),
        ({"stage_cap_cny": {"growth": 6000000}}, {"stage_cap_wan": {"growth": 600}}),
        ({"exclusion_list": [FIRM, OTHER]}, {"exclusion_list": [OTHER, FIRM]}),
    ],
)
def test_order_unit_and_digits_make_no_difference(packed, one, other):
    first, second = (read_levers({"policies": {"standard": raw}}, packed) for raw in (one, other))
    assert first == second
    assert list(first.values) == list(second.values)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"weight": {}}, r"weight: found weight; allowed: one of \['weights', "),
        (
            {"weights": {"mature": {}}},
            r"weights.mature: found mature; allowed: one of \['startup', 'growth', 'stable'\]",
        ),
        ({"weights": {"growth": {"rd": 1}}}, r"weights.growth.rd: found rd; allowed: one of \['rd_expense', "),
        (
            {"weights": {"growth": {"rd_expense": 101}}},
            r"weights.growth.rd_expense: found 101; allowed: 0 to 100 points",
        ),
        ({"weights": {"growth": {"rd_expense": 60, "rd_intensity": 60}}}, r"found 120 points named for part core"),
        ({"weights": {"growth": {"rd_expense": True}}}, r"found True; allowed: 0 to 100 points"),
        ({"weight_bounds": {"largest_base_share": 1.5}}, r"found 1.5; allowed: above 0 to 1"),
        (
            {"stages": {"startup_below_wan": 3000}},
            r"found startup_below_wan 3,000, .*old_stable_from_wan [\d,]+.*; allowed: 0 < s",
        ),
        ({"policies": {"nobody": {}}}, r"policies.nobody: found nobody; allowed: one of \['\*', 'cautious', "),
        (
            {"policies": {"standard": {"base_need": 1}}},
            r"policies.standard.base_need: found base_need; allowed: one of",
        ),
        ({"policies": {"standard": {"lgd": "much"}}}, r"policies.standard.lgd: found much; allowed: a number"),
        ({"policies": {"standard": {"lgd": "3 wan"}}}, r"policies.standard.lgd: found 3 wan; allowed: a number"),
        (
            {"policies": {"standard": {"base_need_wan": 1, "base_need_cny": 1}}},
            r"either base_need_wan or base_need_cny",
        ),
        ({"policies": {"standard": 5}}, r"policies.standard: found 5; allowed: members with values"),
        ({"prices": {"rd_expense": {"cost_yuan": -1}}}, r"prices.rd_expense.cost_yuan: found -1; allowed: 0 or more"),
        ({"certificates": "kept"}, r"found kept; allowed: one of \['carried', 'void'\]"),
        ({"models": "newer"}, r"found newer; allowed: one of \['packed'\]"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_named_with_key_found_and_allowed(packed, raw, message):
    with pytest.raises(LeverError, match=message):
        read_levers(raw, packed)


@pytest.mark.law
def test_a_member_for_every_bank_gives_way_to_a_bank_s_own(packed):
    """The order of the file makes no difference."""
    levers = read_levers({"policies": {"standard": {"min_raroc": 0.09}, "*": {"min_raroc": 0.07}}}, packed)
    values = {path[1]: value for path, value in levers.values.items()}
    assert values == {bank: 0.09 if bank == "standard" else 0.07 for bank in packed.policies}


@pytest.mark.law
def test_changes_lead_from_one_to_the_other_and_back(packed):
    """Also where a lever goes back to the release."""
    one = read_levers({"policies": {"standard": {"lgd": 0.5, "min_raroc": 0.1}}}, packed)
    other = read_levers({"policies": {"standard": {"lgd": 0.45}}, "stages": {"startup_below_wan": 600}}, packed)
    assert one.with_changes(one.changes(other)) == other
    assert other.with_changes(other.changes(one)) == one
    assert Levers({}).changes(Levers({})) == {}
    assert other.nested() == {"policies": {"standard": {"lgd": 0.45}}, "stages": {"startup_below_wan": 600.0}}


@pytest.mark.contract
def test_two_changes_of_one_lever_cannot_be_stacked(packed):
    base = Levers({})
    one, other = (read_levers({"policies": {"standard": {"lgd": value}}}, packed) for value in (0.5, 0.6))
    with pytest.raises(
        LeverError, match=r"policies.standard.lgd: found 0.5 and 0.6; allowed: reforms stacked set a lev"
    ):
        base.with_changes(base.changes(one), base.changes(other))


@pytest.mark.law
def test_a_named_weight_that_stays_is_held_while_others_share_the_rest(packed):
    """It is dropped only where nothing of its part changes."""
    held = read_levers({"weights": {"growth": {"rd_expense": 7, "rd_intensity": 12}}}, packed)
    assert held.nested() == {"weights": {"growth": {"rd_expense": 7.0, "rd_intensity": 12.0}}}
    assert read_levers({"weights": {"growth": {"rd_expense": "7.00", "rd_intensity": 9}}}, packed) == Levers({})


@pytest.mark.contract
@pytest.mark.parametrize("raw", ["4,0", "4,00,00", "1,0000", ",400", "1,000,00", "40,000,", "1.000,5", "4,000_000"])
def test_commas_that_do_not_group_by_thousands_are_refused(raw):
    """Read as if they were not there, a comma for a point would be ten times the number."""
    with pytest.raises(LeverError, match=rf"^k_wan: found {raw}; allowed: a number, commas between thousands only$"):
        number(raw, "k_wan", "a number")


@pytest.mark.law
@pytest.mark.parametrize(("raw", "read"), [("4,000", 4e3), ("-1,234,567.5", -1234567.5), ("40,000 cny", 4.0)])
def test_commas_between_thousands_change_nothing(raw, read):
    assert number(raw, "k_wan", "a number") == read


@pytest.mark.law
def test_weights_that_add_up_but_for_their_digits_fit(packed):
    """A part that floats add to just under 100 takes 100; weights copied to six digits stand for the part."""
    card = packed.engine.points
    rows = dict(card.points)
    core, bonus = ([item.key for item in card.indicators if item.kind == kind] for kind in ("core", "auxiliary"))
    thirds = dict.fromkeys(core, 0.0) | dict(zip(core, [100 / 3, 100 / 3, 100 / 3 - 1e-13], strict=False))
    sevenths = dict.fromkeys(bonus, 0.0) | dict(zip(bonus[:7], [30 / 7] * 7, strict=True))
    rows["growth"] = {key: [0.0, weight] for key, weight in {**thirds, **sevenths}.items()}
    release = replace(packed, engine=replace(packed.engine, points=replace(card, points=rows)))
    assert sum(thirds.values()) < 100.0
    assert read_levers({"weights": {"growth": {core[0]: 100}}}, release).of("weights") == {("growth", core[0]): 100.0}
    copied = {key: float(f"{weight:.6g}") for key, weight in sevenths.items()}
    assert abs(sum(copied.values()) - 30.0) > 1e-6
    assert read_levers({"weights": {"growth": copied}}, release).nested() == {"weights": {"growth": copied}}
    for weight, found in ((4.29, 30.0043), (4.28, 29.9943)):
        wrong = {**copied, bonus[0]: weight}
        with pytest.raises(LeverError, match=rf"found {found} points named for part auxiliary; allowed: exactly 30 in"):
            read_levers({"weights": {"growth": wrong}}, release)


@pytest.mark.law
def test_a_named_weight_that_stays_is_held_where_a_bound_could_move_it(packed):
    """A bound of the other part, or of 100 %, moves none."""
    raw = {"weights": {"growth": {"rd_expense": 7}}}
    for bound, kept in (({"largest_base_share": 0.09}, raw), ({"largest_bonus_share": 0.5}, {}),
                        ({"largest_base_share": 1}, {})):  # fmt: skip
        held = read_levers({"weight_bounds": bound, **raw}, packed)
        assert held == read_levers({**raw, "weight_bounds": bound}, packed)
        assert {key: body for key, body in held.nested().items() if key == "weights"} == kept
