"""Audits of a card: cliffs between stages, what a point costs, weights by vintage, and whether hiding ever helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from data.codebook import Codebook
from data.growth_stages import BORDERS, growth_stage
from features.columns import of_table
from models.points.card import PointsCard
from models.points.step_prices import Cost, read_costs, step_prices
from training.points.fit import Fitted, prior_weights
from training.points.learn import learn
from training.points.sample import build_sample
from training.points.shapes import ShapeParams
from training.points.weights import Strength

STEP_ACROSS = 0.002  # 4.99 and 5.01 million either side of 5 million
NEAR = 0.25  # firms within a quarter of a border's revenue are moved across it
SMOOTHED = 0.1
VINTAGE_STRENGTH = Strength(0.4, 0.4)
MIN_VINTAGE = 200


def stage_cliffs(card: PointsCard, cases: pd.DataFrame) -> dict[str, Any]:
    """What the same firm earns just below and just above each border of the stages, nothing else changed."""
    report = {}
    for border in BORDERS:
        near = cases["revenue_wan"].between(border.revenue_wan * (1 - NEAR), border.revenue_wan * (1 + NEAR))
        firms = cases.loc[near & cases["age_years"].between(border.youngest, border.oldest)]
        if firms.empty or {border.below, border.above} - set(card.points):
            continue
        below, above = (
            card.score(_with_revenue(firms, border.revenue_wan * (1 + side * STEP_ACROSS)))["total"] for side in (-1, 1)
        )
        jump = above - below
        worst = int(np.argmax(jump.abs().to_numpy()))
        report[f"{border.below} to {border.above} at {border.revenue_wan:g} wan"] = {
            "firms": len(firms),
            "mean_jump": float(jump.mean()),
            "mean_abs_jump": float(jump.abs().mean()),
            "largest_jump": float(jump.iloc[worst]),
            "largest_at": {"uscc": str(firms["uscc"].iloc[worst]), "below": float(below.iloc[worst]),
                           "above": float(above.iloc[worst])},
        }  # fmt: skip
    return report


def price_of_points(card: PointsCard, cases: pd.DataFrame, costs: tuple[Cost, ...]) -> pd.DataFrame:
    """Yuan per point by indicator when every firm of known stage betters it by one step, cheapest first.

    yuan_per_point : cost of all steps over points of all steps; gaining: share of firms that any point is added to
    """
    firms = cases.loc[cases["growth_stage"].isin(list(card.points))]
    size = firms[["revenue_wan", "headcount"]]
    steps, rows = step_prices(card, of_table(firms), costs, size.fillna(size.median())), []
    for cost, gains, prices in zip(costs, steps.gain.T, steps.price.T, strict=True):
        known = ~np.isnan(gains)
        gain, total = gains[known], float(gains[known].sum())
        rows.append(
            {
                "indicator": cost.key,
                "yuan_per_point": float(prices[known].sum() / total) if total > 1e-9 else float("inf"),
                "points_per_step": float(gain.mean()),
                "gaining": float((gain > 1e-12).mean()),
                "step": cost.step,
                "basis": cost.basis,
            }
        )
    return pd.DataFrame(rows).sort_values("yuan_per_point", ignore_index=True)


def gamed(cases: pd.DataFrame, copies: float = 18.0, relabelled: float = 1.3) -> pd.DataFrame:
    """The records a padding firm would show: a burst of class-II property, and costs relabelled as R&D."""
    return cases.assign(other_ip_count=cases["other_ip_count"] + copies, rd_expense=cases["rd_expense"] * relabelled)


def hiding(card: PointsCard, cases: pd.DataFrame) -> dict[str, Any]:
    """The most that any firm gains in total by hiding any one value; it must not be above 0."""
    before = card.score(cases)["total"]
    gains = {
        item.key: float((card.score(cases.assign(**{item.key: np.nan}))["total"] - before).max())
        for item in card.indicators
    }
    worst = max(gains, key=lambda key: gains[key])
    return {"firms": len(cases), "largest_gain": gains[worst], "at": worst, "ever_helps": gains[worst] > 0}


def stability(
    fitted: Fitted, cases: pd.DataFrame, outcome: pd.Series, shape: ShapeParams, strength: Strength = VINTAGE_STRENGTH
) -> dict[str, Any]:
    """Full marks learned on each vintage alone, and how far they move from one vintage to the next."""
    sample, prior = build_sample(fitted.prior, cases, outcome), prior_weights(fitted.prior)
    days = sorted(cases.loc[outcome.notna() & cases["growth_stage"].isin(list(fitted.prior.points)), "as_of"].unique())
    weights = {
        str(pd.Timestamp(day).date()): learn(sample.take(sample.day == position), prior, (strength,), shape).weights
        for position, day in enumerate(days)
        if (sample.day == position).sum() >= MIN_VINTAGE
    }
    moves = [
        {
            "from": one,
            "to": other,
            "mean_abs_move": float(np.abs(weights[other] - weights[one]).mean()),
            "correlation": float(np.corrcoef(weights[one].ravel(), weights[other].ravel())[0, 1]),
        }
        for one, other in pairwise(weights)
    ]
    spread = np.std(list(weights.values()), axis=0) if weights else np.zeros_like(prior)
    named = dict(zip((item.key for item in fitted.prior.indicators), spread.mean(axis=0).tolist(), strict=True))
    return {"vintages": list(weights), "moves": moves, "spread_by_indicator": named}


def audit(
    fitted: Fitted,
    cases: pd.DataFrame,
    outcome: pd.Series,
    reference: pd.DataFrame,
    codebook: Codebook,
    shape: ShapeParams,
) -> dict[str, Any]:
    """Every audit of the shipped card, beside the expert card where they differ.

    cases, outcome : what the card was learned from; reference: the frozen peers
    """
    costs = read_costs(codebook)
    shipped = {"learned": fitted.card, "prior": fitted.prior}
    known = reference.loc[reference["growth_stage"].isin(list(fitted.card.points))]
    smoothed = replace(fitted.card, smooth_border_share=SMOOTHED)
    games: Mapping[str, float] = {
        name: float((card.score(gamed(known))["total"] - card.score(known)["total"]).mean())
        for name, card in shipped.items()
    }
    return {
        "cliffs": {name: stage_cliffs(card, known) for name, card in (*shipped.items(), ("stage", fitted.stage))},
        "cliffs_smoothed": {"share": SMOOTHED, **stage_cliffs(smoothed, known)},
        "yuan_per_point": {
            name: price_of_points(card, known, costs).replace(np.inf, None).to_dict("records")
            for name, card in shipped.items()
        },
        "points_from_padding": games,
        "stability": stability(fitted, cases, outcome, shape),
        "hiding": {name: hiding(card, known) for name, card in shipped.items()},
    }


def _with_revenue(firms: pd.DataFrame, revenue_wan: float) -> pd.DataFrame:
    moved = firms.assign(revenue_wan=revenue_wan)
    return moved.assign(growth_stage=growth_stage(moved["revenue_wan"], moved["age_years"]))
