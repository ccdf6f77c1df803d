from __future__ import annotations

import pytest

A = {"policies": {"standard": {"el_budget_wan": 1}}}
B = {"policies": {"standard": {"pd_cutoff": 0.02}}}
C = {"weights": {"growth": {"rd_intensity": 30}}}


@pytest.mark.law
@pytest.mark.parametrize("reforms", [{"a": A, "b": B}, {"a": A, "b": B, "c": C}], ids=len)
def test_provisions_and_interactions_add_up_to_the_yuan(simulated, reforms):
    """Credit to the yuan, loss and margin to the cent, by bank and for all of them.

    The interaction of two that touch the same firms is not nothing.
    """
    result = simulated(reforms, banks=("standard", "science"), stacked=True)
    for bank in ("standard", "science", "all"):
        parts = [one for one in result.stack if one.bank_id == bank]
        together = [one for one in parts if one.kind == "together"]
        assert len(together) == 1
        rest = [one for one in parts if one.kind != "together"]
        assert len(rest) == 2 ** len(reforms) - 1
        assert sum(one.credit_cny.value for one in rest) == together[0].credit_cny.value
        for measure in ("expected_loss_cny", "expected_profit_cny"):
            cents = [round(100 * getattr(one, measure).value) for one in (*rest, *together)]
            assert sum(cents[:-1]) == cents[-1]
            assert cents[-1] != 0 or bank == "science"
    pair = next(one for one in result.stack if one.provisions == ("a", "b") and one.kind == "interaction")
    assert pair.credit_cny.value != 0.0
    assert pair.credit_cny.low < pair.credit_cny.value < pair.credit_cny.high


@pytest.mark.law
def test_of_five_reforms_the_remainder_is_what_provisions_and_pairs_leave(simulated):
    """It is no interaction of all five; of four each interaction is there and nothing remains."""
    reforms = {"a": A, "b": B, "c": C, "d": {"policies": {"standard": {"min_points": 40}}},
               "e": {"policies": {"standard": {"base_need_wan": 90}}}}  # fmt: skip
    stack = simulated(reforms, stacked=True).stack
    assert [one.kind for one in stack] == [*["provision"] * 5, *["interaction"] * 10, "remainder", "together"]
    assert {len(one.provisions) for one in stack if one.kind == "interaction"} == {2}
    *rest, remainder, together = stack
    assert remainder.provisions == together.provisions == tuple(reforms)
    assert remainder.credit_cny.value == together.credit_cny.value - sum(one.credit_cny.value for one in rest)
    of_four = simulated({key: reforms[key] for key in "abcd"}, stacked=True).stack
    assert [one.kind for one in of_four] == [*["provision"] * 4, *["interaction"] * 11, "together"]


@pytest.mark.law
def test_a_provision_of_a_stack_is_the_reform_alone(simulated):
    result = simulated({"a": A, "b": B}, stacked=True)
    alone = {one.scenario.key: one.totals[0].difference for one in result.reforms}
    parts = {one.provisions[0]: one.credit_cny for one in result.stack if one.kind == "provision"}
    assert parts == alone


@pytest.mark.behaviour
def test_without_a_stack_there_is_none(simulated):
    assert simulated({"a": A, "b": B}).stack == ()
