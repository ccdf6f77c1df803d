"""Points and decisions of firms under rules, as whole numbers: measured once, then only what the levers touch.

Every figure is an integer (points in millionths, money in yuan or cents), so that sums are exact in any order, on any
number of processors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.growth_stages import StageRule
from data.money import CNY_PER_WAN
from data.requests import Product, Purpose
from features.columns import of_table
from models.points.card import Earned, PointsCard
from models.quota.decide import Decided, decide_columns
from models.quota.engine import QuotaEngine
from models.quota.measure import Measured, measure
from models.reform.levers import Packed
from models.reform.rules import Rules

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
PACKED = "packed"
MICRO = 1_000_000  # parts of a point
UNKNOWN_POINTS = np.int64(-1)


@dataclass(frozen=True)
class Requested:
    """What every firm applies for."""

    requested_cny: int = 10_000_000
    tenor_months: int = 12
    product: Product = "innovation_points"
    purpose: Purpose = "working_capital"

    def columns(self, n: int) -> dict[str, Array]:
        """The members of a request that decide, each of shape (n,)."""
        return {
            "requested_amount_cny": np.full(n, self.requested_cny),
            "tenor_months": np.full(n, self.tenor_months),
            "product": np.full(n, self.product, dtype=object),
            "purpose": np.full(n, self.purpose, dtype=object),
        }


@dataclass(frozen=True)
class BankOutcome:
    """One bank's decisions on n firms; loss over the tenor and profit a year in cents, 0 where nothing is lent."""

    quota_cny: Ints
    loss_cents: Ints
    profit_cents: Ints
    approved: Ints

    @classmethod
    def of(cls, decided: Decided) -> BankOutcome:
        """The outcome of decisions."""
        return cls(
            decided.amount_wan * CNY_PER_WAN,
            _cents(decided.expected_loss_cny),
            _cents(decided.expected_profit_cny),
            (decided.outcome == "preapproved").astype(np.int64),
        )


@dataclass(frozen=True)
class Outcome:
    """Points in millionths, UNKNOWN_POINTS where the stage is unknown, and every bank's decisions; shape (n,) each."""

    points: Ints
    banks: Mapping[str, BankOutcome]

    @classmethod
    def joined(cls, parts: list[Outcome]) -> Outcome:
        """Parts of one table, one after the other."""
        return cls(
            np.concatenate([part.points for part in parts]),
            {
                bank: BankOutcome(*(
                    np.concatenate([getattr(part.banks[bank], name) for part in parts])
                    for name in BankOutcome.__dataclass_fields__
                ))
                for bank in parts[0].banks
            },
        )  # fmt: skip


class Evaluator:
    """Some firms, and what has been computed of them already.

    firms : values of the same firms by name; PACKED is the release's. engines : models by name
    The default risk and the debt capacity are those of the stage that the models were learned with: a border that a
    policy moves changes no firm's risk.
    """

    def __init__(
        self,
        packed: Packed,
        firms: Mapping[str, pd.DataFrame],
        requested: Requested,
        engines: Mapping[str, QuotaEngine] | None = None,
    ) -> None:
        self.packed, self.firms, self.requested = packed, firms, requested
        self.engines = {PACKED: packed.engine, **(engines or {})}
        self._cards: dict[Any, PointsCard] = {}
        self._measured: dict[Any, Measured] = {}
        self._pointed: dict[Any, Measured] = {}
        self._decided: dict[Any, Decided] = {}
        self._earned: dict[Any, Earned] = {}
        self._columns: dict[str, dict[str, Array]] = {}
        self._requests = requested.columns(len(firms[PACKED]))

    def outcome(self, rules: Rules, banks: tuple[str, ...]) -> Outcome:
        """Points and every named bank's decisions under the rules."""
        points = self.pointed(rules)["total"]
        known = ~np.isnan(points)
        micro = np.where(known, np.rint(np.where(known, points, 0.0) * MICRO), UNKNOWN_POINTS).astype(np.int64)
        return Outcome(micro, {bank: BankOutcome.of(self.decided(rules, bank)) for bank in banks})

    def pointed(self, rules: Rules) -> Measured:
        """The firms as measured, with the points and the growth stage of the rules."""
        key = rules.models, rules.firms, rules.weight_key
        if key not in self._pointed:
            self._pointed[key] = self._with_points(rules)
        return self._pointed[key]

    def decided(self, rules: Rules, bank: str) -> Decided:
        """One bank's decisions under the rules."""
        key = bank, rules.key(bank)
        if key not in self._decided:
            certificate = rules.certificate(bank, self.engines[rules.models])
            self._decided[key] = decide_columns(self.pointed(rules), self._requests, rules.policies[bank], certificate)
        return self._decided[key]

    def card(self, rules: Rules) -> PointsCard:
        """The card of the rules' models with their levers."""
        key = rules.models, rules.weight_key
        if key not in self._cards:
            self._cards[key] = rules.card(self.engines[rules.models].points)
        return self._cards[key]

    def earned(self, rules: Rules) -> Earned:
        """Points by indicator under the rules; NaN where the stage is unknown."""
        key = rules.models, rules.firms, rules.weight_key
        if key not in self._earned:
            self._earned[key] = self.card(rules).earned(self.staged(rules))
        return self._earned[key]

    def staged(self, rules: Rules) -> dict[str, Array]:
        """Columns of the firms, each of shape (n,), with the growth stage of the rules."""
        columns = self.columns(rules.firms)
        return (
            columns if rules.stages == self.packed.stages else columns | {"growth_stage": _stage(columns, rules.stages)}
        )

    def columns(self, name: str) -> dict[str, Array]:
        """Columns of the firms of one name, each of shape (n,)."""
        if name not in self._columns:
            self._columns[name] = of_table(self.firms[name])
        return self._columns[name]

    def _with_points(self, rules: Rules) -> Measured:
        engine = self.engines[rules.models]
        card = self.card(rules)
        base = rules.models, rules.firms
        if base not in self._measured:
            self._measured[base] = measure(
                self.columns(rules.firms), engine.points, engine.risk, engine.limit, engine.codebook
            ).without_reasons()
        measured = self._measured[base]
        if card is engine.points and rules.stages == self.packed.stages:
            return measured
        staged = self.staged(rules)
        return measured.with_columns(
            growth_stage=staged["growth_stage"], **card.score_columns(staged, self.earned(rules))
        )


def _stage(columns: Mapping[str, Array], rule: StageRule) -> Array:
    return rule.stages(columns["revenue_wan"], columns["age_years"])


def _cents(money_cny: Floats) -> Ints:
    return np.rint(np.nan_to_num(money_cny) * 100.0).astype(np.int64)
