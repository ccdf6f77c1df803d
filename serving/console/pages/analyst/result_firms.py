"""Firms under a reform: typical ones, and where a little work or a little less revenue would change points or quota."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash.development.base_component import Component

from data.growth_stages import GROWTH_STAGES
from data.money import CNY_PER_WAN
from models.reform.beside import borders, of_both
from models.reform.names import FIRM_FORMATS, ages_key
from serving.console.page import View
from serving.console.pages.analyst.result_parts import Result, table_of
from serving.console.pages.analyst.words import figure, name_of, say, with_interval
from serving.console.parts.states import section

CHEAPEST = 3  # indicators of a stage under each of both rules


def indicators(view: View, result: Result) -> Component:
    """Which indicators move the points, the ten largest."""
    rows = [row for row in result["reforms"][0]["indicators"] if row["mean_points"]]
    title = say(view, "indicators.title")
    if not rows:
        return section(title, dmc.Text(say(view, "indicators.none")))
    largest = sorted(rows, key=lambda row: -abs(row["mean_points"]))[:10]
    heads = [say(view, f"indicators.{name}") for name in ("indicator", "mean", "sum")]
    return section(title, table_of(heads, [
        [name_of(view, "indicator", row["indicator"]), figure(view, "points_change", row["mean_points"]),
         figure(view, "points_change", row["sum_points"])]
        for row in largest
    ]))  # fmt: skip


def typical(view: View, result: Result) -> Component:
    """One firm of each growth stage, nearest to the stage's medians: points, quota, outcome before and after."""
    rows = result["reforms"][0]["typical"]
    title = say(view, "typical.title")
    if not rows:
        return section(title, dmc.Text(view.text("analyst.result.no_typical")))
    heads = [say(view, "totals.bank"), say(view, "typical.title"), *(
        say(view, f"typical.{name}") for name in ("points", "quota", "outcome", "limited_by"))]  # fmt: skip
    table = []
    for row in rows:
        firm = say(view, "typical.firm", stage=name_of(view, "growth_stage", row["growth_stage"]),
                   size=name_of(view, "size_class", row["size_class"]),
                   industry=name_of(view, "industry", row["industry"]))  # fmt: skip
        facts = say(view, "typical.facts", revenue=row["revenue_wan"], age=row["age_years"])
        quota = [_yuan(view, row[f"quota_{end}_cny"] / CNY_PER_WAN) for end in ("baseline", "reform")]
        table.append([
            name_of(view, "bank", row["bank_id"]), f"{firm} ({facts})",
            _both([figure(view, "points", row[f"points_{end}"]) for end in ("baseline", "reform")]),
            _both(quota),
            _both([name_of(view, "outcome", row[f"outcome_{end}"]) for end in ("baseline", "reform")]),
            _both([_constraint(view, row[f"limited_by_{end}"]) for end in ("baseline", "reform")]),
        ])  # fmt: skip
    return section(title, table_of(heads, table))


def _yuan(view: View, wan: float) -> str:
    """An amount to the yuan, in the unit of the language."""
    return view.text("analyst.unit.wan", value=wan)


def _both(ends: list[str]) -> str:
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} → {ends[1]}"


def _constraint(view: View, key: str) -> str:
    return name_of(view, "constraint", key) if key else "–"


def easy_points(view: View, result: Result) -> Component:
    """Who could game the rules: firms near a border, and indicators in which a point costs little; under both rules."""
    reform = result["reforms"][0]
    banks = dict.fromkeys(one["bank_id"] for one in reform["cliffs"])
    cliffs = [
        one for bank in banks for both in borders(row for row in reform["cliffs"] if row["bank_id"] == bank)
        for one in both
    ]  # fmt: skip
    prices = [one for stage in GROWTH_STAGES for one in of_both(reform["point_prices"], stage, CHEAPEST)]
    inside: list[Any] = []
    if cliffs:
        names = ("border", "scenario", "begins", "firms", "points_jump", "points_falling", "quota_jump",
                 "quota_falling")  # fmt: skip
        heads = [say(view, "totals.bank"), *(say(view, f"cliffs.{name}") for name in names)]
        inside += [
            dmc.Text(view.text("analyst.result.easy_cliffs")),
            table_of(heads, [_cliff(view, one) for one in cliffs]),
            *([dmc.Text(say(view, "cliffs.firms_alone"))] if result["method"]["refit_draws"] else []),
            *(dmc.Text(text) for text in dict.fromkeys(_left(view, one) for one in cliffs if one.get("models_step"))),
        ]
    if prices:
        of_prices = ("stage", "indicator", "scenario", "yuan", "gaining", "cheapest")
        heads = [say(view, f"prices.{name}") for name in of_prices]
        rows = [_price(view, one) for one in prices]
        inside += [dmc.Text(view.text("analyst.result.easy_prices")), table_of(heads, rows)]
    return section(view.text("analyst.result.easy"), *(inside or [dmc.Text(view.text("analyst.result.easy_none"))]))


def _rules(view: View, one: Mapping[str, Any]) -> str:
    """Whether a row is of the baseline or of the reform."""
    return say(view, f"scenario.{one['scenario']}")


def _cliff(view: View, one: Mapping[str, Any]) -> list[str]:
    border = " → ".join(name_of(view, "growth_stage", one[end]) for end in ("below", "above"))
    if "oldest_years" in one:  # a result that was made before has no ages
        border += " · " + say(view, ages_key(one), youngest=one["youngest_years"], oldest=one["oldest_years"])
    return [
        name_of(view, "bank", one["bank_id"]), f"{border} ({_yuan(view, one['revenue_wan'])})", _rules(view, one),
        say(view, f"cliffs.begins.{'yes' if one.get('begins', True) else 'no'}"), f"{one['firms']:,}",
        with_interval(view, one["points_jump"], "points_change"),
        with_interval(view, one["points_falling"], "share"),
        with_interval(view, one["quota_jump_cny"], FIRM_FORMATS["quota_cny"][1]),
        with_interval(view, one["quota_falling"], "share"),
    ]  # fmt: skip


def _left(view: View, one: Mapping[str, Any]) -> str:
    return say(view, "cliffs.left", rules=say(view, f"cliffs.rules.{one['scenario']}"), revenue=one["revenue_wan"])


def _price(view: View, one: Mapping[str, Any]) -> list[str]:
    return [
        name_of(view, "growth_stage", one["growth_stage"]), name_of(view, "indicator", one["indicator"]),
        _rules(view, one),
        figure(view, "number", round(one["yuan_per_point"])), figure(view, "share", one["gaining"]),
        figure(view, "share", one["cheapest_for"]),
    ]  # fmt: skip
