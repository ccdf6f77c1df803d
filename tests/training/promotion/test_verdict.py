"""All checks together: their order, what a refusal spends, and what a parameter decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from models.comparison.metrics import Profit, metrics_table
from models.comparison.rows import RunRows
from training.params import read_section
from training.promotion.checks import Behaviour, provenance
from training.promotion.verdict import (
    CHECKS,
    Challenger,
    OutOfTime,
    PromotionParams,
    constant_of,
    decide,
)
from training.risk.leakage_column import LeakageParams

METRICS = metrics_table(Profit(0.045, 0.4))
PARAMS = replace(read_section("promotion", PromotionParams), draws=200)
LEAKS = read_section("leakage", LeakageParams)
PERIOD = (date(2022, 1, 1), date(2022, 12, 31))
N = 4_000


def rows(quality: float = 1.0, seed: int = 0) -> OutOfTime:
    """A champion that sees half of the risk, a challenger that sees ``quality`` of the rest; each errs by itself."""
    rng = np.random.default_rng(seed)
    parts = rng.normal(0.0, 0.8, (2, N))
    errors = rng.normal(0.0, 0.25, (2, N))
    y = (rng.random(N) < 1 / (1 + np.exp(2.0 - parts.sum(axis=0)))).astype(float)
    stage = rng.choice(np.array(["startup", "growth", "stable"], dtype=object), N)

    def run(odds: np.ndarray) -> RunRows:
        return RunRows(np.arange(N), y, 1 / (1 + np.exp(2.0 - 0.07 - odds)), np.ones(N))

    own = run(parts[0] + quality * parts[1] + errors[1])
    return OutOfTime(
        run(parts[0] + errors[0]), own, METRICS["auc"], METRICS["calibration_slope"], {"stage": stage}, PERIOD
    )


def challenger(**changed) -> Challenger:
    """One that rises with its one column, as declared."""
    values = np.random.default_rng(1).normal(size=500)
    usual = Challenger(
        training={"debt": values}, population={"debt": values}, predict=lambda x: x[:, 0], matrix=values[:50, None],
        names=("debt",), signs=(1,), behaviours=[Behaviour("order", np.zeros(3), 0.0, 0.0)], milliseconds=[1.0],
    )  # fmt: skip
    return replace(usual, **changed)


def verdict(source=None, own=None, out=None, params=PARAMS, looks=0):
    return decide(
        source or provenance({}, {}), lambda: own or challenger(), lambda: out or rows(), params, LEAKS, lambda _: looks
    )


@pytest.mark.truth
def test_a_true_improvement_is_promoted_and_an_equal_one_is_not():
    """Every check has a result, each once; the look spends its level whatever comes of it."""
    better, equal = verdict(), verdict(out=rows(0.0))
    assert [one.promoted for one in (better, equal)] == [True, False]
    assert [one.name for one in better.checks] == list(CHECKS)
    assert equal.refused_by == ["discrimination"]
    assert better.look == equal.look
    assert (better.look.period, better.look.number, better.look.level) == (PERIOD, 1, pytest.approx(0.025))


@pytest.mark.law
def test_what_fails_without_outcomes_reads_none_and_spends_nothing():
    """The rows are not even made."""

    def unread():
        raise AssertionError("outcomes were read")

    against = challenger(signs=(-1,))
    found = decide(provenance({}, {}), lambda: against, unread, PARAMS, LEAKS, lambda _: 0)
    assert (found.promoted, found.refused_by, found.look) == (False, ["monotonicity"], None)
    assert {one.status for one in found.checks if one.name.startswith(("discrimination", "fairness"))} == {"not_shown"}


@pytest.mark.law
def test_what_is_made_of_something_else_is_not_even_loaded():
    def unloaded():
        raise AssertionError("the challenger was loaded")

    source = provenance({"codebook": "other"}, {"codebook": "own"})
    found = decide(source, unloaded, rows, PARAMS, LEAKS, lambda _: 0)
    assert (found.promoted, found.refused_by, found.look) == (False, ["provenance"], None)


@pytest.mark.law
def test_the_twentieth_look_needs_more_than_the_first():
    """A small improvement that a first look shows is not promoted at the level of a later one."""
    small = rows(0.1)
    first, later = verdict(out=small), verdict(out=small, looks=19)
    assert first.promoted
    assert not later.promoted
    assert later.refused_by == ["discrimination"]
    assert later.look.level == pytest.approx(0.05 / 420)


@pytest.mark.contract
def test_a_parameter_decides_whether_what_is_not_shown_blocks():
    """No district is in the rows, so nothing can be shown of it."""
    strict = replace(PARAMS, not_shown_blocks=True)
    found = verdict(params=strict)
    assert not found.promoted
    assert found.refused_by == []
    assert "not_shown" in {one.status for one in found.checks}


@pytest.mark.truth
def test_the_first_champion_has_to_beat_a_constant_prediction():
    whole = rows()
    none = replace(whole, champion=constant_of(whole.challenger, 0.1))
    blind = replace(none, challenger=none.champion)
    assert verdict(out=none).promoted
    assert "discrimination" in verdict(out=blind).refused_by


def test_an_entry_of_the_history_holds_every_figure_and_both_sentences():
    plain = [one.plain() for one in verdict().checks]
    assert all(one["zh"] and one["en"] and set(one) == {"name", "status", "measured", "allowed", "zh", "en"}
               for one in plain)  # fmt: skip
