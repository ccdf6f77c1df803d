"""Loans under one budget: which approved firms a bank lends to, how much, and what each limit costs it.

A loan of amount q earns gain * q - bend * q^2 / 2 - cost a year. Gain and bend follow from two figures of its decision:
what the whole quota earns, and what the last 10,000 yuan of it do. ``models.quota.portfolio`` finds the amounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.money import CNY_PER_WAN
from data.requests import GroupLimit, PortfolioLimits
from data.texts.figures import Text
from data.texts.sentences import label, sentence
from models.quota.policy import CreditPolicy
from models.quota.portfolio import Floats, PortfolioLimit, allocate, segments

COLUMNS = (
    "uscc",
    "quota_wan",
    "expected_profit_cny",
    "marginal_profit_cny",
    "expected_loss_cny",
    "growth_stage",
    "product",
)


class BudgetError(ValueError):
    """These loans cannot share this budget; the message gives the reason."""


@dataclass(frozen=True)
class LimitPrice:
    """One limit after allocation, in 10,000 yuan; marginal_profit_cny : a year, of 10,000 yuan more of it."""

    limit: str
    most_wan: float
    used_wan: float
    marginal_profit_cny: float
    text: Text


@dataclass(frozen=True)
class Shared:
    """Whole amounts in 10,000 yuan by loan, shape (n,); profit_cny : what they earn a year, after costs."""

    amount_wan: npt.NDArray[np.int64]
    profit_cny: float
    prices: tuple[LimitPrice, ...]
    text: Text


def share_budget(loans: pd.DataFrame, budget_wan: float, limits: PortfolioLimits, policy: CreditPolicy) -> Shared:
    """The amounts of the largest expected profit, none above its quota, none below the bank's smallest.

    loans : COLUMNS, shape (n, ...); a quota of 0 is a firm that is not lent to
    raises : BudgetError where a firm has two loans or a limit names a group that none belongs to
    """
    _check(loans, budget_wan, limits.groups)
    quota = loans["quota_wan"].to_numpy(dtype=float)
    lent = quota > 0
    able, share = loans[lent], _each(loans.loc[lent, "expected_loss_cny"] / CNY_PER_WAN, quota[lent])
    gain, bend = _profit_of(able, quota[lent], policy.operating_cost_wan)
    bounds = [PortfolioLimit("budget", np.ones(len(able)), budget_wan)]
    bounds += [PortfolioLimit(f"{one.column}: {one.value}", (able[one.column] == one.value).to_numpy().astype(float),
                              one.most_wan) for one in limits.groups]  # fmt: skip
    if limits.expected_loss_wan is not None:
        bounds.append(PortfolioLimit("expected_loss", share, limits.expected_loss_wan))
    amounts, prices = np.zeros(len(able)), dict.fromkeys((one.name for one in bounds), 0.0)
    if len(able):
        least = float(ceil(policy.min_quota_wan))
        found = allocate(*segments(gain, bend, quota[lent]), bounds, least, policy.operating_cost_wan)
        amounts, prices = np.floor(found.amounts.round(6)), dict(found.prices)
    earned = gain * amounts - bend * amounts * amounts / 2 - np.where(amounts > 0, policy.operating_cost_wan, 0.0)
    whole = np.zeros(len(loans), dtype=np.int64)
    whole[lent] = amounts.astype(np.int64)
    profit = float(earned.sum())
    text = sentence(
        "portfolio.summary", budget=float(budget_wan), count=int((amounts > 0).sum()), total=float(amounts.sum()),
        profit=profit, left=int((amounts == 0).sum()),
    )  # fmt: skip
    names = [label("portfolio.limit.budget"), *(_group_name(one) for one in limits.groups)]
    names += [label("portfolio.limit.expected_loss")] if limits.expected_loss_wan is not None else []
    priced = tuple(
        _priced(bound, name, float(bound.use @ amounts), prices[bound.name] * CNY_PER_WAN)
        for bound, name in zip(bounds, names, strict=True)
    )
    return Shared(whole, round(profit * CNY_PER_WAN, 2), priced, text)


def _check(loans: pd.DataFrame, budget_wan: float, groups: Sequence[GroupLimit]) -> None:
    if not 0.0 < budget_wan < np.inf:
        raise BudgetError(f"the budget is {budget_wan:g}; allowed: above 0, in 10,000 yuan")
    codes = loans.loc[loans["quota_wan"] > 0, "uscc"]
    if twice := sorted(set(codes[codes.duplicated()])):
        raise BudgetError(f"{len(twice)} firms have more than one quota, as {twice[:5]}; allowed: one for each firm")
    named = [(one.column, one.value) for one in groups]
    if doubled := sorted({one for one in named if named.count(one) > 1}):
        raise BudgetError(f"limits {doubled} are given more than once; allowed: each once")
    for column, value in named:
        found = sorted(set(loans[column].astype(str)))
        if value not in found:
            raise BudgetError(f"no loan has {column} {value!r}; found: {found}")


def _profit_of(loans: pd.DataFrame, quota: Floats, cost_wan: float) -> tuple[Floats, Floats]:
    """Gain and bend of each loan, in 10,000 yuan, such that the whole quota earns what its decision states."""
    earned = loans["expected_profit_cny"].to_numpy(dtype=float) / CNY_PER_WAN + cost_wan
    mean = _each(earned, quota)
    last = np.minimum(loans["marginal_profit_cny"].to_numpy(dtype=float) / CNY_PER_WAN, mean)
    return 2.0 * mean - last, 2.0 * _each(mean - last, quota)


def _each(total: pd.Series | Floats, quota: Floats) -> Floats:
    return np.asarray(total, dtype=float) / quota


def _priced(bound: PortfolioLimit, name: Text, used_wan: float, marginal_profit_cny: float) -> LimitPrice:
    kind = "price" if marginal_profit_cny > 0.005 else "slack"
    text = sentence(f"portfolio.{kind}", name=name, most=float(bound.most), used=used_wan, price=marginal_profit_cny)
    return LimitPrice(bound.name, float(bound.most), used_wan, round(marginal_profit_cny, 2), text)


def _group_name(group: GroupLimit) -> Text:
    shown = label(f"stage.{group.value}") if group.column == "growth_stage" else (group.value, group.value)
    return sentence("portfolio.limit.group", group=shown)
