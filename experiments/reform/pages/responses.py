"""What a firm meets: jumps where a stage begins, typical firms, a swept lever, and what a point costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from experiments.reform.pages.charts import Line, line_chart
from experiments.reform.pages.overview import lever_name, main_bank
from experiments.reform.pages.style import BASELINE, REFORM
from experiments.reform.pages.writing import (
    Path,
    Writer,
    folded,
    picture_row,
    picture_rows,
    pointer,
    section,
    table,
)
from models.reform.beside import SCENARIOS, borders, cheapest, of_both
from models.reform.names import ages_key
from models.reform.units import lever_format

CLIFF_COLUMNS = (
    "border", "scenario", "begins", "revenue", "firms", "points_jump", "points_falling", "quota_jump", "quota_falling",
)  # fmt: skip
SWEPT = ("preapproved_share", "credit_cny", "expected_loss_cny")
CHEAPEST = 5  # indicators that a growth stage's picture shows


def scenarios_key(page: Writer) -> str:
    """Which line is the baseline's and which the reform's."""
    items = "".join(
        f'<li><span class="key line" style="border-top:3px {line} {colour}"></span>'
        f"{page.label('scenario.' + name)}</li>"
        for name, line, colour in zip(SCENARIOS, ("dashed", "solid"), (BASELINE, REFORM), strict=True)
    )
    return f'<ul class="legend">{items}</ul>'


def _side(one: Mapping[str, Any]) -> str:
    """Whether a row is of the baseline or of the reform."""
    return str(one["scenario"])


def _tick(page: Writer, form: str) -> Callable[[float], str]:
    return lambda value: page.plain(form, value)


def cliffs(page: Writer, at: int) -> str:
    """Mean points and quota of the firms near a border by revenue, under both rules, and the jump at the border."""
    given = page.at(("reforms", at, "cliffs"))
    if not given:
        return ""
    parts = []
    for number, bank in enumerate(page.result["banks"]):
        rows = [(row, one) for row, one in enumerate(given) if one["bank_id"] in (bank, "")]
        found = borders([one for _, one in rows])
        path_of: dict[int, Path] = {id(one): ("reforms", at, "cliffs", row) for row, one in rows}
        pictures = "".join(_border(page, path_of[id(both[0])], both) for both in found)
        head = [page.label(f"cliffs.{name}") for name in CLIFF_COLUMNS]
        body = [_cliff(page, path_of[id(one)], one) for both in found for one in both]
        left = "".join(
            f"<p>{_left(page, path_of[id(one)], one)}</p>" for both in found for one in both if one["models_step"]
        )
        content = f'<div class="charts">{pictures}</div>{left}' + table(page.label("cliffs.caption"), head, body, 3)
        parts.append(folded(page.name("bank", bank), content, opened=number == 0))
    text = page.say("cliffs.intro", near=("reforms", at, "cliffs", 0, "near_share"))
    if page.at(("method", "refit_draws")):
        text += f" {page.label('cliffs.firms_alone')}"
    return section("cliffs", page.label("cliffs.title"), f"<p>{text}</p>", scenarios_key(page), *parts)


def _left(page: Writer, path: Path, one: Mapping[str, Any]) -> str:
    """That a step is left at a border which the rules have moved, and why."""
    return page.say("cliffs.left", rules=page.label("cliffs.rules." + _side(one)), revenue=(*path, "revenue_wan"))


def _border(page: Writer, path: Path, both: list[Mapping[str, Any]]) -> str:
    pictures = []
    revenue = both[0]["revenue_wan"] * 10_000
    border = f"{page.label('cliffs.at')} {page.plain('cny_total', revenue)}"
    name = f"{_pair(page, path, both[0])} · {border}"
    for measure, form in (("points", "points"), ("quota_cny", "cny_firm")):
        lines = []
        for one in both:
            curve, stages = one["curve"], [point["growth_stage"] for point in one["curve"]]
            breaks = [number for number in range(1, len(curve)) if stages[number] != stages[number - 1]]
            lines.append(Line(
                [point["revenue_wan"] * 10_000 for point in curve], [point[measure] for point in curve], _side(one),
                breaks=breaks,
            ))  # fmt: skip
        titles = (page.label("axis.revenue"), page.label("axis." + measure))
        drawn = line_chart(lines, titles, (_tick(page, "cny_total"), _tick(page, form)), at=[revenue])
        pictures.append(
            f'<figure><figcaption>{titles[1]}<br><span class="unit axis">{name}</span></figcaption>{drawn}</figure>'
        )
    return "".join(pictures)


def _pair(page: Writer, path: Path, one: Mapping[str, Any]) -> str:
    """The stages of a border and the ages that have it."""
    stages = " → ".join(page.name("growth_stage", one[side]) for side in ("below", "above"))
    ages = page.say(ages_key(one), youngest=(*path, "youngest_years"), oldest=(*path, "oldest_years"))
    return f"{stages} · {ages}"


def _cliff(page: Writer, path: Path, one: Mapping[str, Any]) -> list[str]:
    return [
        _pair(page, path, one), page.label("scenario." + _side(one)),
        page.label("cliffs.begins." + ("yes" if one["begins"] else "no")),
        page.figure((*path, "revenue_wan"), "money"), page.figure((*path, "firms"), "number"),
        page.estimate((*path, "points_jump"), "points_change"), page.estimate((*path, "points_falling"), "share"),
        page.estimate((*path, "quota_jump_cny"), "cny_firm_change"), page.estimate((*path, "quota_falling"), "share"),
    ]  # fmt: skip


def typical(page: Writer, at: int) -> str:
    """One firm near the middle of each growth stage, before and after."""
    given = page.at(("reforms", at, "typical"))
    if not given:
        return ""
    parts = []
    for number, bank in enumerate(page.result["banks"]):
        cards = "".join(
            _firm(page, ("reforms", at, "typical", row), one) for row, one in enumerate(given) if one["bank_id"] == bank
        )
        parts.append(folded(page.name("bank", bank), f'<div class="firms">{cards}</div>', opened=number == 0))
    return section("typical", page.label("typical.title"), f"<p>{page.label('typical.intro')}</p>", *parts)


def _firm(page: Writer, path: Path, one: Mapping[str, Any]) -> str:
    def sides(name: str, form: str) -> str:
        ends = [f"quota_{side}_cny" if name == "quota" else f"{name}_{side}" for side in SCENARIOS]
        return " → ".join(page.figure((*path, end), form) for end in ends)

    def named(name: str, kind: str) -> str:
        both = dict.fromkeys(page.name(kind, one[f"{name}_{side}"]) for side in SCENARIOS)
        return " → ".join(both)

    kind = page.say(
        "typical.firm",
        stage=page.name("growth_stage", one["growth_stage"]), size=page.name("size_class", one["size_class"]),
        industry=page.name("industry", one["industry"]),
    )  # fmt: skip
    facts = page.say("typical.facts", revenue=(*path, "revenue_wan"), age=(*path, "age_years"))
    rows = [
        (page.label("typical.points"), sides("points", "points")),
        (f"{page.label('typical.quota')} <span class='unit'>{page.label('unit.cny_firm')}</span>",
         sides("quota", "cny_firm")),
        (page.label("typical.outcome"), named("outcome", "outcome")),
        (page.label("typical.limited_by"), named("limited_by", "constraint")),
    ]  # fmt: skip
    rows += [
        (f"{page.label('typical.part')}{page.label('colon')}{page.label('group.' + name)}",
         page.figure((*path, "parts_cny", name), "cny_firm_change"))
        for name, part in one["parts_cny"].items() if part
    ]  # fmt: skip
    moved = sorted(one["points_by_indicator"].items(), key=lambda pair: (-abs(pair[1]), pair[0]))[:3]
    rows += [
        (page.name("indicator", name), page.figure((*path, "points_by_indicator", name), "points_change"))
        for name, by in moved if by
    ]  # fmt: skip
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    return f'<div class="card"><h3>{kind}</h3><p class="quiet">{facts}</p><dl>{listed}</dl></div>'


def frontier(page: Writer, at: int) -> str:
    """Coverage, volume and loss as one lever is swept; a value whose figures are withheld is in the table alone."""
    given = page.at(("reforms", at, "frontier"))
    if not given:
        return ""
    bank = main_bank(page.result)
    shown = [one["bank_id"] for one in given]
    bank = bank if bank in shown else shown[0]
    rows = [(row, one) for row, one in enumerate(given) if one["bank_id"] == bank]
    drawn = [(row, one) for row, one in rows if all(one[name]["value"] is not None for name in SWEPT)]
    lever = given[0]["lever"].split(".")
    form = lever_format(lever)
    pictures = "".join(_swept(page, at, drawn, measure, form) for measure in SWEPT[1:] if drawn)
    head = [page.label("totals.bank"), page.label("frontier.value"), page.label("measure.preapproved_share")]
    money = ("credit_cny", "expected_loss_cny", "expected_profit_cny")
    head += [page.label("measure." + name) + "<br>" + page.label("unit.cny_total") for name in money]
    head += [page.label("frontier.loss_rate")]
    body = [
        [
            page.name("bank", one["bank_id"]), page.figure(("reforms", at, "frontier", row, "value"), form),
            page.estimate(("reforms", at, "frontier", row, "preapproved_share"), "share"),
            *(page.estimate(("reforms", at, "frontier", row, name), "cny_total") for name in money),
            page.figure(("reforms", at, "frontier", row, "loss_rate"), "rate"),
        ]
        for row, one in enumerate(given)
    ]  # fmt: skip
    text = page.say("frontier.intro", lever=lever_name(page, lever), bank=page.name("bank", bank))
    figures = folded(page.label("as_table"), table(page.label("frontier.caption"), head, body))
    return section(
        "frontier", page.label("frontier.title"), f"<p>{text}</p>", f'<div class="charts">{pictures}</div>', figures
    )


def _swept(page: Writer, at: int, rows: list[tuple[int, Mapping[str, Any]]], measure: str, form: str) -> str:
    marks = [
        (
            '<text x="{x}" y="{y}" fill="#16202b" class="n" '
            f'data-path="{pointer(("reforms", at, "frontier", row, "value"))}" data-format="{form}">'
            f"{(text := page.plain(form, one['value']))}</text>",
            len(text),
        )
        for row, one in rows
    ]
    both = [one for _, one in rows]
    line = Line(
        [one["preapproved_share"]["value"] for one in both], [one[measure]["value"] for one in both], "reform",
        [(one["preapproved_share"]["low"], one["preapproved_share"]["high"]) for one in both],
        [(one[measure]["low"], one[measure]["high"]) for one in both], marks=marks,
    )  # fmt: skip
    unit = page.label("unit.cny_total")
    titles = (page.label("measure.preapproved_share"), f"{page.label('measure.' + measure)} ({unit})")
    drawn = line_chart([line], titles, (_tick(page, "share"), _tick(page, "cny_total")))
    return f"<figure><figcaption>{titles[1]}</figcaption>{drawn}</figure>"


def prices(page: Writer, at: int) -> str:
    """What a point costs a firm that betters one indicator, by growth stage and under both rules, cheapest first."""
    given = page.at(("reforms", at, "point_prices"))
    if not given:
        return ""
    stages = dict.fromkeys(one["growth_stage"] for one in given)
    head = [page.label(f"prices.{name}") for name in ("stage", "indicator", "scenario", "yuan", "gaining", "cheapest")]
    parts = []
    for stage in stages:
        rows = {
            (_side(one), one["indicator"]): (row, one)
            for row, one in enumerate(given)
            if one["growth_stage"] == stage and one["yuan_per_point"] is not None
        }
        order = cheapest(given, stage, CHEAPEST)
        body = [
            [
                page.name("growth_stage", stage), page.name("indicator", one["indicator"]),
                page.label("scenario." + _side(one)),
                *(
                    page.figure(("reforms", at, "point_prices", rows[_side(one), one["indicator"]][0], figure), form)
                    for figure, form in (("yuan_per_point", "number"), ("gaining", "share"), ("cheapest_for", "share"))
                ),
            ]
            for one in of_both(given, stage, CHEAPEST)
        ]  # fmt: skip
        parts.append(_price_picture(page, at, stage, order, rows))
        parts.append(folded(page.label("as_table"), table(page.label("prices.caption"), head, body, 3)))
    return section(
        "prices", page.label("prices.title"), f"<p>{page.label('prices.intro')}</p>", scenarios_key(page), *parts
    )


def _price_picture(
    page: Writer, at: int, stage: str, order: list[str], rows: Mapping[tuple[str, str], tuple[int, Mapping[str, Any]]]
) -> str:
    """Both prices of an indicator on one line; a price twice as high lies half as far from the right."""
    known = [one["yuan_per_point"] for (_, name), (_, one) in rows.items() if name in order]
    most = max(known, default=0.0) or 1.0
    lines = []
    for name in order:
        dots, side = [], []
        for y, scenario, colour in ((7, "baseline", BASELINE), (18, "reform", REFORM)):
            if (scenario, name) not in rows:
                continue
            row, one = rows[scenario, name]
            path: Path = ("reforms", at, "point_prices", row, "yuan_per_point")
            dots.append(
                f'<rect x="0" y="{y - 4}" width="{one["yuan_per_point"] / most:.3%}" height="9" fill="{colour}"/>'
            )
            side.append(page.figure(path, "number"))
        picture = f'<svg class="scale" height="26" role="img" aria-hidden="true">{"".join(dots)}</svg>'
        lines.append(picture_row(page.name("indicator", name), picture, " → ".join(side)))
    return picture_rows(page.name("growth_stage", stage), page.label("unit.yuan_per_point"), lines)
