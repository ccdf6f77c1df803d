"""What a reform would do, from its ``result.json``: totals, winners and losers, causes, frontier, typical firms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from models.reform.names import FIRM_FORMATS, TOTAL_FORMATS, refit_key
from models.reform.result import ALL_BANKS, BUCKETS, GROUPINGS, TOTALS
from serving.console.page import View
from serving.console.pages.analyst.words import figure, interval, lever_name, lever_value, name_of, say, with_interval
from serving.console.parts.chart import COLOURS, chart
from serving.console.parts.instants import day
from serving.console.parts.states import fact_cards, section
from serving.console.parts.words import capital

Result = Mapping[str, Any]
# From down to up: orange is down, blue is up, grey stays; from zero is green.
BUCKET_COLOURS = dict(zip(BUCKETS, ("#D55E00", "#E69F00", "#A0A0A0", "#56B4E9", "#0072B2", "#009E73"), strict=True))
MONEY = "unit.cny_total"  # of sums over many firms, by language:
CNY_PER_UNIT = {"zh": 10_000, "en": 1_000_000}
WARNINGS = ("synthetic_data", "certificates_none", "certificates_void", "risk_stage_held")


def warnings(view: View, result: Result) -> Component:
    """What has to be read before any figure, and the rest of what the data can and cannot prove."""
    method, own = result["method"], list(result["conditions"])
    level = {"level": method["level"]}
    held = result.get("certificates", {})  # of which results of earlier versions have no count, nor its conditions
    first = [say(view, f"condition.{key}", **held) for key in WARNINGS if key in own]
    if method["sampled_firms"] is not None:
        sampled, firms = method["sampled_firms"], result["population"]["firms"]
        first.append(say(view, "condition.sampled", sampled=sampled, firms=firms))
    if without := refit_key(method["refit_draws"]):
        first.append(say(view, f"condition.{without}", draws=method["refit_draws"]))
    rest = [say(view, f"condition.{key}", **held) for key in own if key not in WARNINGS]
    rest += [say(view, f"condition.{key}", **level) for key in (
        "no_behaviour", "model_estimates", "groups_of_baseline", "many_intervals", "not_cause")]  # fmt: skip
    more = html.Details([html.Summary(view.text("analyst.result.more")), dmc.List([dmc.ListItem(one) for one in rest])])
    urgent = dmc.List([dmc.ListItem(one) for one in first], size="sm")
    return dmc.Stack(
        [*([dmc.Alert(urgent, title=view.text("analyst.result.warnings"), color="yellow")] if first else []), more]
    )


def compared(view: View, result: Result) -> Component:
    """How many firms the figures are about, and how many of them were calculated."""
    found, sampled = result["population"], result["method"]["sampled_firms"]
    when = day(view, found["as_of"].split(",")[0])
    if sampled is None:
        return dmc.Text(view.text("analyst.result.compared", firms=found["firms"], day=when))
    return dmc.Text(view.text("analyst.result.compared_quick", sampled=sampled, firms=found["firms"], day=when))


def totals(view: View, result: Result) -> Component:
    """The four totals of all banks together, or of the one bank, as cards; every bank's in a table."""
    rows, level = result["reforms"][0]["totals"], result["method"]["level"]
    of = ALL_BANKS if any(row["bank_id"] == ALL_BANKS for row in rows) else rows[0]["bank_id"]
    cards = []
    for row in (one for one in rows if one["bank_id"] == of):
        form, change, unit = _total_forms(view, row["measure"])
        moved = _with_unit(view, row["measure"], figure(view, change, row["difference"]["value"]), unit)
        note = view.text("analyst.result.difference", difference=moved, level=level,
                         interval=interval(view, row["difference"], change))  # fmt: skip
        levels = (interval(view, row[name], form) for name in ("baseline", "reform"))
        note += view.text("analyst.result.levels", **dict(zip(("baseline", "reform"), levels, strict=True)))
        ends = (f"{figure(view, form, row[name]['value'])}" for name in ("baseline", "reform"))
        value = view.text("analyst.result.from_to", **dict(zip(("baseline", "reform"), ends, strict=True)))
        heading = say(view, f"measure.{row['measure']}")
        cards.append((heading, _with_unit(view, row["measure"], value, _unit_of(view, row["measure"])), note))
    table = [
        [name_of(view, "bank", row["bank_id"]), say(view, f"measure.{row['measure']}"),
         *(with_interval(view, row[name], _total_forms(view, row["measure"])[at])
           for name, at in (("baseline", 0), ("reform", 0), ("difference", 1))), _total_forms(view, row["measure"])[2]]
        for row in rows
    ]  # fmt: skip
    heads = [say(view, f"totals.{name}") for name in ("bank", "measure", "baseline", "reform", "difference", "unit")]
    return section(say(view, "summary.title"), fact_cards(cards), folded(say(view, "totals.caption"), heads, table))


def _total_forms(view: View, measure: str) -> tuple[str, str, str]:
    form, change, unit = TOTAL_FORMATS[measure]
    return form, change, say(view, unit)


def _with_unit(view: View, measure: str, figures: str, unit: str) -> str:
    """Figures of a total with their unit: money as the language writes it, others with the unit behind."""
    if TOTAL_FORMATS[measure][2] == MONEY:
        return view.text("analyst.result.cny_total", figures=figures)
    return f"{figures} {unit}".strip()


def _unit_of(view: View, measure: str) -> str:
    """The unit of a total itself; a share has its sign."""
    return "" if measure == "preapproved_share" else say(view, TOTAL_FORMATS[measure][2])


def changes(view: View, result: Result) -> Component:
    """Every lever that the reform has differently."""
    reform = result["reforms"][0]
    rows = []
    for one in reform["changes"]:
        path = one["lever"].split(".")
        whole = [path[0], one["bank_id"], *path[1:]] if one["bank_id"] else path
        ends = (lever_value(view, whole, one[end]) for end in ("baseline", "reform"))
        rows.append([lever_name(view, whole), *ends])
    if not rows:
        return section(say(view, "changes.title"), dmc.Text(say(view, "changes.none")))
    heads = [say(view, f"changes.{name}") for name in ("lever", "baseline", "reform")]
    return section(say(view, "changes.title"), table_of(heads, rows))


def moves(view: View, result: Result, measure: str, grouping: str) -> Component:
    """Shares of each group by how far its firms move: a bar a group, and every figure with its interval in a table.

    measure : ``points`` or a bank; a group of fewer firms than the least has its count and intervals only
    """
    rows = [
        one for one in result["reforms"][0]["distributions"]
        if one["grouping"] == grouping and (one["bank_id"] or "points") == measure
    ]  # fmt: skip
    names = [_group(view, grouping, row, result) for row in rows]
    drawn = [(name, row) for name, row in zip(names, rows, strict=True) if row["buckets"]["same"]["value"] is not None]
    picture = go.Figure()
    for bucket in BUCKETS:
        picture.add_bar(
            y=[name for name, _ in drawn], x=[row["buckets"][bucket]["value"] for _, row in drawn], orientation="h",
            name=capital(say(view, f"bucket.{bucket}")), marker_color=BUCKET_COLOURS[bucket],
            hovertemplate="%{y}: %{x:.1%}<extra>" + say(view, f"bucket.{bucket}") + "</extra>",
        )  # fmt: skip
    picture.update_layout(barmode="stack")
    picture.update_xaxes(tickformat=".0%", range=[0, 1])
    picture.update_yaxes(autorange="reversed")
    _, change, unit = FIRM_FORMATS["points" if measure == "points" else "quota_cny"]
    columns = [("group", say(view, "moves.group")), ("firms", say(view, "moves.firms"))]
    columns += [(bucket, say(view, f"bucket.{bucket}")) for bucket in BUCKETS]
    columns += [("mean", f"{say(view, 'moves.mean')} ({say(view, unit)})")]
    table = [
        {"group": name, "firms": row["firms"], "mean": with_interval(view, row["move_mean"], change)}
        | {bucket: with_interval(view, row["buckets"][bucket], "share") for bucket in BUCKETS}
        for name, row in zip(names, rows, strict=True)
    ]  # fmt: skip
    title = f"{_measure(view, measure)} · {say(view, f'grouping.{grouping}')}"
    return chart(view, picture, title, columns, table, height=150 + 46 * max(len(drawn), 1))


def measures(view: View, result: Result) -> list[dict[str, str]]:
    """What can be looked at: points, and each bank's quota."""
    return [{"value": key, "label": _measure(view, key)} for key in (*result["banks"], "points")]


def groupings(view: View, result: Result) -> list[dict[str, str]]:
    """How firms can be grouped."""
    there = {one["grouping"] for one in result["reforms"][0]["distributions"]}
    return [{"value": key, "label": say(view, f"grouping.{key}")} for key in GROUPINGS if key in there]


def _measure(view: View, key: str) -> str:
    return (
        say(view, "moves.points") if key == "points" else say(view, "moves.quota_cny", bank=name_of(view, "bank", key))
    )


def _group(view: View, grouping: str, row: Mapping[str, Any], result: Result) -> str:
    name = say(view, "everyone") if grouping == "all" else name_of(view, grouping, row["group"])
    if row["buckets"]["same"]["value"] is not None:
        return name
    least = result["method"]["smallest_group"]
    return view.text("analyst.result.small", group=name, firms=row["firms"], least=least)


def attribution(view: View, result: Result) -> Component:
    """Which kind of rule the moves in credit come from, by bank."""
    rows = result["reforms"][0]["attribution"]
    title = say(view, "attribution.title")
    if not rows:
        return section(title, dmc.Text(say(view, "attribution.none")))
    names = [" · ".join((name_of(view, "bank", row["bank_id"]), say(view, "group." + row["group"]))) for row in rows]
    picture, per = go.Figure(), CNY_PER_UNIT[view.lang]
    for at, part in enumerate(("gained_cny", "lost_cny")):
        key = "attribution.gained" if part == "gained_cny" else "attribution.lost"
        picture.add_bar(y=names, x=[row[part] / per for row in rows], orientation="h", name=capital(say(view, key)),
                        marker_color=COLOURS[at])  # fmt: skip
    picture.update_layout(barmode="relative")
    unit = say(view, "unit.cny_total")
    keys = ("kind", "net", "gained", "lost", "firms", "points")
    table = [
        {"kind": name, "net": with_interval(view, row["total"], "cny_total_change"),
         "gained": figure(view, "cny_total_change", row["gained_cny"]),
         "lost": figure(view, "cny_total_change", row["lost_cny"]), "firms": row["firms"],
         "points": figure(view, "points_change", row["points_sum"])}
        for name, row in zip(names, rows, strict=True)
    ]  # fmt: skip
    columns = [(key, say(view, f"attribution.{key}") + (f" ({unit})" if key in ("net", "gained", "lost") else ""))
               for key in keys]  # fmt: skip
    made = chart(view, picture, say(view, "attribution.caption"), columns, table, height=150 + 40 * len(rows))
    sampled = result["method"]["sampled_firms"]
    if sampled is None:
        return section(title, made)
    note = view.text("analyst.result.of_sample", sampled=sampled, firms=result["population"]["firms"])
    return section(title, made, dmc.Text(note, size="sm", className="quiet"))


def frontier(view: View, result: Result) -> Component:
    """Coverage, volume and loss at each value of a swept lever; how to get one where none was swept."""
    rows = result["reforms"][0]["frontier"]
    title = say(view, "frontier.title")
    if not rows:
        return section(title, dmc.Text(view.text("analyst.result.frontier_none")))
    path = rows[0]["lever"].split(".")
    picture, per = go.Figure(), CNY_PER_UNIT[view.lang]
    for bank in dict.fromkeys(row["bank_id"] for row in rows):
        own = [row for row in rows if row["bank_id"] == bank]
        x, y = ([row[name] for row in own] for name in ("credit_cny", "expected_loss_cny"))
        picture.add_scatter(
            x=_in_unit(x, "value", per), y=_in_unit(y, "value", per), mode="lines+markers+text",
            name=name_of(view, "bank", bank),
            text=[lever_value(view, path, row["value"]) for row in own], textposition="top left",
            error_x=_ends(x, per), error_y=_ends(y, per),
        )  # fmt: skip
    unit = say(view, MONEY)
    picture.update_xaxes(title=f"{say(view, 'measure.credit_cny')} ({unit})", tickformat=",")
    picture.update_yaxes(title=f"{say(view, 'measure.expected_loss_cny')} ({unit})", tickformat=",")
    columns = [("bank", say(view, "totals.bank")), ("value", say(view, "frontier.value"))]
    columns += [(name, f"{say(view, f'measure.{name}')} {_unit_of(view, name)}".strip()) for name in TOTALS]
    columns += [("loss_rate", say(view, "frontier.loss_rate"))]
    table = [
        {"bank": name_of(view, "bank", row["bank_id"]), "value": lever_value(view, path, row["value"]),
         "loss_rate": figure(view, "rate", row["loss_rate"])}
        | {name: with_interval(view, row[name], TOTAL_FORMATS[name][0]) for name in TOTALS}
        for row in rows
    ]  # fmt: skip
    lever = lever_name(view, path)
    return section(title, chart(view, picture, f"{lever} · {say(view, 'frontier.caption')}", columns, table, 380))


def _in_unit(estimates: Sequence[Mapping[str, Any]], end: str, per: float) -> list[float | None]:
    return [None if one[end] is None else one[end] / per for one in estimates]


def _ends(estimates: Sequence[Mapping[str, Any]], per: float) -> dict[str, Any]:
    """How far each interval reaches from its figure; nothing where there is no interval."""
    value, high, low = (_in_unit(estimates, end, per) for end in ("value", "high", "low"))
    up = [None if end is None or at is None else end - at for end, at in zip(high, value, strict=True)]
    down = [None if end is None or at is None else at - end for end, at in zip(low, value, strict=True)]
    return {"type": "data", "symmetric": False, "array": up, "arrayminus": down}


def table_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Component:
    """A table in sight, which scrolls by itself where the page is narrow."""
    head = html.Thead(html.Tr([html.Th(capital(one), scope="col") for one in heads]))
    body = html.Tbody([html.Tr([html.Th(row[0], scope="row"), *map(html.Td, row[1:])]) for row in rows])
    named = {"aria-label": ", ".join(heads)}
    wide = {"minWidth": f"{6.5 * len(heads)}rem"} if len(heads) > 3 else {}
    table = html.Table([head, body], className="data-table", style=wide)
    return html.Div(table, className="scroll-table", tabIndex=0, role="region", **named)


def folded(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Component:
    """A table that folds out under its title."""
    return html.Details([html.Summary(title), table_of(heads, rows)])
