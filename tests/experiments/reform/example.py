"""A made-up result of a reform simulation, of the shape that the calculation gives; its figures mean nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from data.codebook import read_codebook
from models.reform.result import (
    ALL_BANKS,
    BUCKETS,
    NOT_GIVEN,
    SMALLEST_GROUP,
    TOTALS,
    AttributedMove,
    Cliff,
    CliffPoint,
    Distribution,
    Estimate,
    FrontierPoint,
    IndicatorMove,
    LeverChange,
    Method,
    PointPrice,
    Population,
    Reform,
    ReformResult,
    Scenario,
    StackPart,
    Total,
    TypicalFirm,
)

GROUPS = {
    "all": {"all": 7_310},
    "growth_stage": {"startup": 3_412, "growth": 2_310, "stable": 1_581, "unknown": 7},
    "size_class": {"micro": 2_904, "small": 3_107, "medium": 1_200, "large": 92, "unknown": 7},
    "industry": {"software": 2_401, "iot": 1_606, "life_health": 690, "materials": 2_613},
    "district": {"滨江区": 2_500, "西湖区": 1_400, "余杭区": 3_100, "钱塘区": 8, NOT_GIVEN: 302},
}
LEVER = "policies.standard.stage_cap_wan.growth"
STAGES = ("startup", "growth", "stable")


def estimate(value: float, sd: float, *, share: bool = False, shown: bool = True, refit: bool = True) -> Estimate:
    """A figure whose variance is split 60, 30 and 10 % among firms, refit and Monte Carlo."""
    low, high = value - 1.96 * sd, value + 1.96 * sd
    if share:
        low, high = max(low, 0.0), min(high, 1.0)
    parts = (0.6, 0.3, 0.0, 0.1) if refit else (0.9, 0.0, 0.0, 0.1)
    firms, models, sample, monte_carlo = (sd * part**0.5 for part in parts)
    return Estimate(value if shown else None, low, high, sd, firms, models if refit else None, sample, monte_carlo)


def few(value: float | None, moved: int) -> dict[str, Any]:
    """A difference of so few firms that it has no interval, as it is in result.json."""
    return asdict(Estimate(value, None, None, None, None, None, None, None, moved, "few_moved"))


def example(
    banks: Sequence[str] = ("standard", "science"),
    reforms: Sequence[str] = ("caps", "weights"),
    *,
    refit: bool = True,
    null: bool = False,
    frontier: bool = True,
) -> ReformResult:
    """The whole result. null : nothing moves, every difference is exactly 0 with [0, 0]"""  # fmt: skip
    size = 0.0 if null else 1.0
    made = [_reform(key, banks, size * (1 + at), refit, frontier) for at, key in enumerate(reforms)]
    stack = _stack(banks, reforms, size, refit) if len(reforms) > 1 else ()
    return ReformResult(
        Population(7_310, "2024-06-30", {"stage_unknown": 7}, 10_000_000, 12, "innovation_points", "working_capital"),
        Method(0.95, 500, 20240701, 50 if refit else 0, None, ("firms", "refit", "monte_carlo")[: 3 if refit else 1]),
        tuple(banks),
        Scenario("baseline", "现行规则", "Rules in force", {}),
        tuple(made),
        stack,
        ("certificates_carried", "banks_lend_separately"),
    )


def _reform(key: str, banks: Sequence[str], size: float, refit: bool, frontier: bool) -> Reform:
    rng = np.random.default_rng(len(key))
    both = [*banks, ALL_BANKS] if len(banks) > 1 else list(banks)
    totals = [total(bank, measure, size, refit) for bank in both for measure in TOTALS]
    moves = [
        _distribution(measure, bank, grouping, group, firms, size, refit)
        for measure, bank in [("points", ""), *(("quota_cny", bank) for bank in banks)]
        for grouping, groups in GROUPS.items()
        for group, firms in groups.items()
    ]
    parts = [
        AttributedMove(bank, group, int(sign * size * 31_000_000), int(size * 45_000_000), -int(size * 14_000_000),
                       int(size * 1_900), sign * size * 5_200.0,
                       estimate(float(int(sign * size * 31_000_000)), 4_000_000.0, refit=False))
        for bank in banks
        for group, sign in (("weight", 1.0), ("policy", 2.0), ("stage", -0.5))
    ]  # fmt: skip
    keys = [item.key for item in read_codebook()]
    indicators = [
        IndicatorMove(name, size * move, size * move * 7_310, dict.fromkeys(STAGES, 5.0), dict.fromkeys(STAGES, 5.0))
        for name, move in zip(keys, rng.normal(0, 0.3, len(keys)).round(3).tolist(), strict=True)
    ]
    prices = [
        PointPrice(scenario, stage, name, None if at == 3 else 2_000.0 * (at + 1) * (1 + size * by), 0.4, 0.8, 0.1)
        for scenario, by in (("baseline", 0.0), ("reform", 0.3)) for stage in STAGES for at, name in enumerate(keys[:9])
    ]  # fmt: skip
    swept = [
        FrontierPoint(LEVER, 300.0 + 100 * step, bank, estimate(0.38 + 0.01 * step, 0.006, share=True),
                      estimate(2.1e9 + 1e8 * step, 3e7), estimate(3.1e7 + 2e6 * step, 9e5),
                      estimate(2.9e7 + 5e5 * step, 8e5), 0.0148 + 0.0002 * step)
        for bank in banks for step in range(6)
    ]  # fmt: skip
    levers = {"policies": {"standard": {"stage_cap_wan": {"growth": 600.0}}}}
    return Reform(
        Scenario(key, f"方案{key}", f"Scenario {key}", levers),
        ("weight", "stage", "policy"),
        (LeverChange("policies.stage_cap_wan.growth", "standard", 500.0, 600.0),),
        tuple(totals),
        tuple(moves),
        tuple(parts),
        tuple(indicators),
        tuple(_cliff(bank, scenario, *at) for bank in banks for scenario in ("baseline", "reform") for at in (
            ("startup", "growth", 500.0), ("growth", "stable", 2_000.0))),
        tuple(_typical(bank, stage, size) for bank in banks for stage in STAGES),
        tuple(prices),
        tuple(swept) if frontier else (),
        ("certificates_carried",),
    )  # fmt: skip


def total(bank: str, measure: str, size: float, refit: bool) -> Total:
    """One total of a bank."""
    level = {"credit_cny": 2.4e9, "expected_loss_cny": 3.4e7, "expected_profit_cny": 3.1e7, "preapproved_share": 0.41}
    move = {"credit_cny": 1.1e8, "expected_loss_cny": 4.0e5, "expected_profit_cny": -1.2e6, "preapproved_share": 0.012}
    at, by, share = level[measure], move[measure] * size, measure == "preapproved_share"
    return Total(
        bank, measure, estimate(at, 0.02 * at, share=share, refit=refit),
        estimate(at + by, 0.021 * at, share=share, refit=refit), estimate(by, abs(by) * 0.35, refit=refit),
    )  # fmt: skip


def _distribution(
    measure: str, bank: str, grouping: str, group: str, firms: int, size: float, refit: bool
) -> Distribution:
    rng = np.random.default_rng([firms, *measure.encode()])
    shown = firms >= SMALLEST_GROUP
    shares = rng.dirichlet([2, 3, 20, 4, 3, 1]) if size else np.array([0, 0, 1.0, 0, 0, 0])
    buckets = {
        name: estimate(float(share), float(np.sqrt(share * (1 - share) / firms)), share=True, shown=shown, refit=refit)
        for name, share in zip(BUCKETS, shares, strict=True)
    }
    level, move = (31.0, 0.6 * size) if measure == "points" else (330_000.0, 15_000.0 * size)
    means = [estimate(mean, sd * size, shown=shown, refit=refit)
             for mean, sd in ((level, 0.01 * level), (level + move, 0.01 * level), (move, 0.2 * move))]  # fmt: skip
    sums = [None if not shown else mean * firms for mean in (level, level + move, move)]
    return Distribution(measure, bank, grouping, group, firms, 0, buckets, *means, *sums)


def _cliff(bank: str, scenario: str, below: str, above: str, revenue: float) -> Cliff:
    jump = -4.0 if scenario == "baseline" else -1.0
    curve = tuple(
        CliffPoint(revenue * share, above if share >= 1 else below, 30 + 9 * share + (jump if share >= 1 else 0),
                   3e5 * share + (2e5 if share >= 1 else 0))
        for share in np.linspace(0.8, 1.2, 21).round(4).tolist()
    )  # fmt: skip
    return Cliff(
        scenario, bank, below, above, revenue, 0.2, 412, estimate(jump, 0.4), estimate(2e5, 2e4),
        estimate(0.62, 0.03, share=True), estimate(0.08, 0.02, share=True), curve,
        *((0.0, 8.0) if below == "startup" else (10.0, None)),
    )  # fmt: skip


def _typical(bank: str, stage: str, size: float) -> TypicalFirm:
    by = int(40_000 * size)
    return TypicalFirm(
        bank, stage, "small", "software", 812.0, 6.4, 31.2, 31.2 + 0.4 * size, 1_200_000, 1_200_000 + by, "preapproved",
        "preapproved", "stage_cap", "points_cap", {"weight": by // 2, "policy": by - by // 2},
        {"rd_expense": 0.3 * size, "other_ip_count": 0.1 * size},
    )  # fmt: skip


def _stack(banks: Sequence[str], keys: Sequence[str], size: float, refit: bool) -> tuple[StackPart, ...]:
    kinds = [
        *(("provision", (key,), 1.0) for key in keys),
        ("interaction", tuple(keys), -0.2),
        ("together", tuple(keys), 1.8),
    ]
    return tuple(
        StackPart(kind, names, bank, *(
            estimate(factor * size * unit, abs(factor * size * unit) * 0.3, refit=refit)
            for unit in (1.1e8, 4e5, -1.2e6, 0.012, 0.6)))
        for bank in ([*banks, ALL_BANKS] if len(banks) > 1 else banks) for kind, names, factor in kinds
    )  # fmt: skip
