"""A release of hand-made models, and firms that lie on all sides of its rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.growth_stages import growth_stage
from models.points.card import PointsCard
from models.points.step_prices import read_costs
from models.quota.engine import read_policies
from models.reform.evaluate import PACKED
from models.reform.levers import Packed, read_levers
from models.reform.result import ReformResult
from models.reform.simulate import Run, simulate
from models.reform.study import BASELINE, Proposal, Study


@pytest.fixture(scope="session")
def packed(quick_engine) -> Packed:
    """Quick models under the shipped policies and prices."""
    book = read_codebook()
    return Packed(quick_engine, {policy.bank_id: policy for policy in read_policies()}, read_costs(book))


@pytest.fixture(scope="session")
def firms(quick_case) -> pd.DataFrame:
    """Six hundred firms of all stages; their indicators lie anywhere in the codebook's ranges."""
    return made_firms(quick_case, 600)


def made_firms(quick_case: Callable[..., dict[str, Any]], n: int, seed: int = 5) -> pd.DataFrame:
    """``n`` firms from the quick case, with revenue, age, debt, industry, size and indicators drawn."""
    generator = np.random.default_rng(seed)
    table = pd.DataFrame([quick_case()] * n)
    table["uscc"] = [f"{at:018d}" for at in range(n)]
    table["revenue_wan"] = np.round(np.exp(generator.normal(7.0, 1.6, n)), 2)
    table["age_years"] = np.round(generator.uniform(0.5, 20.0, n), 1)
    table["growth_stage"] = growth_stage(table["revenue_wan"], table["age_years"])
    table["existing_debt_wan"] = np.round(generator.uniform(0.0, 300.0, n), 2)
    table["industry"] = generator.choice(["iot", "software", "materials"], n)
    table["size_class"] = generator.choice(["micro", "small", "medium"], n)
    table["district"] = generator.choice(["east", "west", ""], n, p=[0.6, 0.39, 0.01])
    for item in read_codebook():
        table[item.key] = item.low + (item.high - item.low) * np.round(generator.beta(2.0, 1.3, n), 3)
    table["rd_expense"], table["revenue_growth"] = generator.uniform(0.0, 400.0, n), generator.uniform(-0.2, 0.6, n)
    return table


@pytest.fixture(scope="session")
def proposed(packed) -> Callable[..., Proposal]:
    """Makes a proposal of raw levers."""

    def make(raw: Mapping[str, Any], key: str = "reform") -> Proposal:
        return Proposal(key, key, key, read_levers(raw, packed))

    return make


@pytest.fixture(scope="session")
def simulated(packed, firms, proposed) -> Callable[..., ReformResult]:
    """Simulates reforms, by key, beside a baseline, all as raw levers."""

    def make(
        reforms: Mapping[str, Mapping[str, Any]], baseline: Mapping[str, Any] | None = None, *,
        banks: tuple[str, ...] = ("standard",), table: pd.DataFrame = firms, rows: int = 250, stacked: bool = False,
        on_part: Any = None, **run: Any,
    ) -> ReformResult:  # fmt: skip
        proposals = tuple(proposed(raw, key) for key, raw in reforms.items())
        study = Study(packed, proposed(baseline or {}, BASELINE), proposals, banks, stacked=stacked)
        parts = [{PACKED: table.iloc[at : at + rows].reset_index(drop=True)} for at in range(0, len(table), rows)]
        return simulate(study, lambda: iter(parts), Run(**{"replicates": 100, **run}), on_part=on_part)

    return make


def hand_card(card: PointsCard) -> PointsCard:
    """The quick card with two indicators, 60 and 40 points at 1 and at 10 patents, in every stage."""
    from dataclasses import replace

    kept = tuple(item for item in card.indicators if item.key in ("rd_intensity", "invention_patents_valid"))
    points = {"rd_intensity": [0.0, 60.0], "invention_patents_valid": [0.0, 40.0]}
    reference = {"rd_intensity": ([0.0, 1.0], [0.0, 1.0]), "invention_patents_valid": ([0.0, 10.0], [0.0, 1.0])}
    return replace(
        card,
        indicators=kept,
        points=dict.fromkeys(card.points, points),
        reference=dict.fromkeys(card.points, reference),
    )
