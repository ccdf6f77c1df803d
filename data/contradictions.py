"""Values of one enterprise that contradict each other: the most that a value can be, given others of the same case.

Each rule is an identity of the codebook's own definitions, such as "bank debt is a part of all liabilities, which are
the debt-to-asset ratio times total assets". Ranges of single values are the codebook's; these are about pairs. A value
that is missing contradicts nothing, but a rule that it could break cannot be checked: of values that only a caller
vouches for, ``unchecked`` names what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from data.codebook import read_codebook, read_credit_facts
from data.texts.figures import Text
from data.texts.quantities import read_quantities
from data.texts.sentences import sentence

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
# Agencies round, and close their books on different days of a year.
SLACK_SHARE = 0.1
ROUNDING: Mapping[str, float] = {"wan_cny": 1.0, "ratio": 0.005}  # by unit, of a value as it is filed
# The tax saved by the R&D super-deduction: at most 120 % of the expense, at the tax rate of 25 %.
RELIEF_SHARE = 0.3
VAT_RATE = 0.13  # the highest rate: what customers pay is revenue and this
LITTLE_REVENUE_WAN = 30.0  # below it a ratio to revenue means nothing


class AtMost(NamedTuple):
    """One rule: the member, those that limit it, and the limit from their values, each of shape (n,)."""

    member: str
    by: tuple[str, ...]
    most: Callable[..., Floats]


def _if_any(count: Floats, most: float) -> Floats:
    """``most`` where there is anything to take a share of; 0 where there is nothing."""
    return np.where(count > 0.0, most, np.where(count == 0.0, 0.0, np.nan))


def _liabilities(share: Floats, assets: Floats) -> Floats:
    return np.where(share < _range("debt_to_asset_ratio")[1], share * assets, np.nan)  # at the end it may be cut off


def _research(intensity: Floats, revenue: Floats) -> Floats:
    usable = (intensity < _range("rd_intensity")[1]) & (revenue >= LITTLE_REVENUE_WAN)
    return np.where(usable, intensity * revenue, np.nan)


def _total_cost(revenue: Floats, margin: Floats) -> Floats:
    return np.where(margin > _range("net_profit_margin")[0], revenue * (1.0 - margin), np.nan)


def _after_years(years: float) -> Callable[[Floats], Floats]:
    """Growth on a year in which the enterprise was not founded is none."""
    return lambda age: np.where(age >= years, np.inf, np.where(age < years, 0.0, np.nan))


RULES: tuple[AtMost, ...] = (
    AtMost("existing_debt_wan", ("debt_to_asset_ratio", "assets_wan"), _liabilities),
    AtMost("rd_expense", ("rd_intensity", "revenue_wan"), _research),
    AtMost("rd_intensity", ("rd_expense", "revenue_wan"), lambda spent, revenue: spent / revenue),
    AtMost("rd_expense", ("revenue_wan", "net_profit_margin"), _total_cost),
    AtMost("rd_super_deduction", ("rd_expense",), lambda spent: RELIEF_SHARE * spent),
    AtMost("operating_cash_flow_wan", ("revenue_wan",), lambda revenue: (1.0 + VAT_RATE) * revenue),
    AtMost("net_profit_margin", ("revenue_wan",), lambda revenue: _if_any(revenue, np.inf)),
    AtMost("hightech_revenue_ratio", ("revenue_wan",), lambda revenue: _if_any(revenue, 1.0)),
    AtMost("rd_staff_ratio", ("headcount",), lambda staff: _if_any(staff, 1.0)),
    AtMost("fresh_graduates_hired", ("headcount",), lambda staff: staff),
    AtMost(
        "patent_quality_index",
        ("invention_patents_valid", "invention_applications_3y", "other_ip_count"),
        lambda *rights: _if_any(np.sum(rights, axis=0), 1.0),
    ),
    AtMost("revenue_growth", ("age_years",), _after_years(2.0)),
    AtMost("rd_expense_growth", ("age_years",), _after_years(2.0)),
    AtMost("headcount_growth", ("age_years",), _after_years(1.0)),
)
MEMBERS = tuple(dict.fromkeys(key for rule in RULES for key in (rule.member, *rule.by)))


def contradictions(values: Mapping[str, Floats], sent: Mapping[str, Flags]) -> list[tuple[AtMost, Flags]]:
    """Every rule with the cases, shape (n,), that break it by a value that a caller sent.

    values : by member of MEMBERS, each of shape (n,); sent : by member, whether the caller sent it; none where left out
    """
    found = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for rule in RULES:
            by_caller = [sent[key] for key in (rule.member, *rule.by) if key in sent]
            if by_caller:
                most = rule.most(*(values[key] for key in rule.by))
                allowed = most * (1.0 + SLACK_SHARE) + ROUNDING.get(_unit(rule.member), 0.0)
                found.append((rule, (values[rule.member] > allowed) & np.any(by_caller, axis=0)))
    return found


def unchecked(values: Mapping[str, Floats], vouched: Mapping[str, Flags]) -> dict[str, Flags]:
    """By missing member, the cases, shape (n,), with a rule that it could break and that so cannot be checked.

    values : as in ``contradictions``; vouched : by member, whether the caller alone vouches for it, known or not
    A missing member is taken at the top of its range, and a bound with a missing value at 0, the least that any
    bound can be: a rule that holds even then holds whatever was left out.
    """
    found: dict[str, Flags] = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for rule in RULES:
            members = (rule.member, *rule.by)
            by_caller = np.any([vouched[key] for key in members if key in vouched], axis=0)
            bounds = [values[key] for key in rule.by]
            least = np.where(np.any(np.isnan(bounds), axis=0), 0.0, rule.most(*bounds))
            value = np.where(np.isnan(values[rule.member]), _highest(rule.member), values[rule.member])
            breakable = by_caller & (value > least * (1.0 + SLACK_SHARE) + ROUNDING.get(_unit(rule.member), 0.0))
            for key in members:
                missing = breakable & np.isnan(values[key])
                found[key] = found[key] | missing if key in found else missing
    return {key: hit for key, hit in found.items() if hit.any()}


def unchecked_text(members: Collection[str]) -> Text:
    """The names of missing members, as a list."""
    names = read_quantities()
    return sentence("contradiction.missing", members=[names[key].name for key in members])


def contradiction_text(rule: AtMost, row: Mapping[str, Any]) -> Text:
    """A broken rule as a sentence: both members, what was found, and what the others allow."""
    names = read_quantities()
    given = [np.array([row[key]], dtype=float) for key in rule.by]
    with np.errstate(divide="ignore", invalid="ignore"):
        most = float(rule.most(*given)[0])
    others = [
        sentence("contradiction.member", name=names[key].name, value=names[key].plain_text(float(row[key])))
        for key in rule.by
    ]
    shown = names[rule.member]
    return sentence(
        "contradiction.at_most", name=shown.name, value=shown.plain_text(float(row[rule.member])), others=others,
        most=shown.plain_text(most),
    )  # fmt: skip


@cache
def _range(key: str) -> tuple[float, float]:
    item = read_codebook()[key]
    return item.low, item.high


@cache
def _highest(key: str) -> float:
    """The top of a member's range; an age has none."""
    return next((item.high for item in (*read_codebook(), *read_credit_facts()) if item.key == key), np.inf)


@cache
def _unit(key: str) -> str:
    units: dict[str, str] = {item.key: item.unit for item in (*read_codebook(), *read_credit_facts())}
    return units[key]
