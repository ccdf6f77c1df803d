"""Where the differences come from: parts of their variance, kinds of rules, indicators, and reforms put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.reform.pages.charts import Scale, parts_bar, two_sided_bar, whisker_row
from experiments.reform.pages.overview import main_bank, scenario_name
from experiments.reform.pages.style import PARTS
from experiments.reform.pages.writing import (
    TOTAL_FORMATS,
    Path,
    Writer,
    folded,
    picture_row,
    picture_rows,
    section,
    table,
)
from models.reform.names import refit_key
from models.reform.result import TOTALS

STACKED = (*TOTALS, "points_mean")


def variance(page: Writer, at: int) -> str:
    """How far each source of uncertainty widens the four intervals; squares of the parts add up."""
    bank, totals = main_bank(page.result), page.at(("reforms", at, "totals"))
    legend = "".join(
        f'<li><span class="key" style="background:{colour}"></span>{page.label("part." + name)}</li>'
        for name, colour in PARTS.items()
    )
    rows, body = [], []
    for row, one in enumerate(totals):
        path: Path = ("reforms", at, "totals", row, "difference")
        _, change, unit = TOTAL_FORMATS[one["measure"]]
        estimate, measure = one["difference"], page.label("measure." + one["measure"])
        if one["bank_id"] == bank:
            whole = sum((estimate[name] or 0.0) ** 2 for name in PARTS)
            shares = {name: (estimate[name] or 0.0) ** 2 / whole if whole else 0.0 for name in PARTS}
            side = f"{page.label('variance.sd')} {page.figure((*path, 'sd'), _SPREAD[change])} {page.label(unit)}"
            if estimate["no_interval"]:
                side = page.interval(path, change)
            rows.append(picture_row(measure, parts_bar(shares, PARTS), side))
        parts = [page.figure((*path, name), _SPREAD[change]) for name in ("sd", *PARTS)]
        body.append([page.name("bank", one["bank_id"]), measure, page.label(unit), *parts])
    head = [page.label(f"totals.{name}") for name in ("bank", "measure", "unit")]
    head += [page.label("variance.sd"), *(page.label(f"part.{name}") for name in PARTS)]
    without = refit_key(page.at(("method", "refit_draws")))
    absent = page.say(f"variance.{without}", draws=("method", "refit_draws")) if without else ""
    text = page.say("variance.intro", replicates=("method", "replicates"), draws=("method", "refit_draws"))
    return section(
        "variance", page.label("variance.title"), f"<p>{text} {absent}</p>", f'<ul class="legend">{legend}</ul>',
        f'<div class="rows">{"".join(rows)}</div>',
        folded(page.label("as_table"), table(page.label("variance.caption"), head, body, 3)),
    )  # fmt: skip


# A spread has no sign: the format of a change, without it.
_SPREAD = {"cny_total_change": "cny_total", "percentage_points": "spread_points", "points_change": "hundredths"}


def attribution(page: Writer, at: int) -> str:
    """What each kind of rule contributes to the change in credit, bank by bank, and to points by indicator."""
    moved = page.at(("reforms", at, "attribution"))
    parts, unit = [], page.label("unit.cny_total")
    for bank in page.result["banks"]:
        rows = [(row, one) for row, one in enumerate(moved) if one["bank_id"] == bank]
        if not rows:
            continue
        scale = Scale.of([one[end] for _, one in rows for end in ("gained_cny", "lost_cny", "total_cny")])
        bars = [
            picture_row(
                page.label("group." + one["group"]),
                two_sided_bar(scale, one["gained_cny"], one["lost_cny"], one["total_cny"]),
                page.figure(("reforms", at, "attribution", row, "total_cny"), "cny_total_change"),
            )
            for row, one in rows
        ]
        whole = next(
            row for row, one in enumerate(page.at(("reforms", at, "totals")))
            if (one["bank_id"], one["measure"]) == (bank, "credit_cny")
        )  # fmt: skip
        net = page.figure(("reforms", at, "totals", whole, "difference", "value"), "cny_total_change")
        bars.append(picture_row(page.label("attribution.whole"), "<div></div>", net, "wide sum"))
        head = [page.label(f"attribution.{name}") for name in ("kind", "net", "gained", "lost", "firms", "points")]
        body = [_attributed(page, ("reforms", at, "attribution", row), one) for row, one in rows]
        parts.append(picture_rows(page.name("bank", bank), unit, bars))
        parts.append(folded(page.label("as_table"), table(page.label("attribution.caption"), head, body)))
    content = parts or [f"<p>{page.label('attribution.none')}</p>"]
    return section(
        "attribution", page.label("attribution.title"), f"<p>{page.label('attribution.intro')}</p>", *content,
        _indicators(page, at),
    )  # fmt: skip


def _attributed(page: Writer, path: Path, one: Mapping[str, Any]) -> list[str]:
    amounts = [page.estimate((*path, "total"), "cny_total_change")]
    amounts += [page.figure((*path, name), "cny_total_change") for name in ("gained_cny", "lost_cny")]
    points = page.figure((*path, "points_sum"), "points_change")
    return [page.label(f"group.{one['group']}"), *amounts, page.figure((*path, "firms"), "number"), points]


def _indicators(page: Writer, at: int) -> str:
    given = page.at(("reforms", at, "indicators"))
    rows = sorted(
        ((row, one) for row, one in enumerate(given) if one["mean_points"]),
        key=lambda pair: (-abs(pair[1]["mean_points"]), pair[0]),
    )
    if not rows:
        return f"<h3>{page.label('indicators.title')}</h3><p>{page.label('indicators.none')}</p>"
    scale = Scale.of([one["mean_points"] for _, one in rows])
    bars = [
        picture_row(
            page.name("indicator", one["indicator"]),
            two_sided_bar(scale, max(one["mean_points"], 0.0), min(one["mean_points"], 0.0), one["mean_points"]),
            page.figure(("reforms", at, "indicators", row, "mean_points"), "points_change"),
        )
        for row, one in rows[:10]
    ]
    stages = list(given[0]["weight_baseline"])
    head = [
        page.label("indicators.indicator"), page.label("indicators.mean"), page.label("indicators.sum"),
        *(page.name("growth_stage", stage) + "<br>" + page.label("indicators.weights") for stage in stages),
    ]  # fmt: skip
    body = [
        [
            page.name("indicator", one["indicator"]),
            page.figure(("reforms", at, "indicators", row, "mean_points"), "points_change"),
            page.figure(("reforms", at, "indicators", row, "sum_points"), "points_change"),
            *(
                " → ".join(
                    page.figure(("reforms", at, "indicators", row, f"weight_{side}", stage), "hundredths")
                    for side in ("baseline", "reform")
                )
                for stage in stages
            ),
        ]
        for row, one in enumerate(given)
    ]
    picture = picture_rows(page.label("indicators.title"), page.label("unit.points"), bars)
    return picture + folded(page.label("as_table"), table(page.label("indicators.caption"), head, body))


def stack(page: Writer) -> str:
    """Reforms one by one and together, and what together differs from their sum."""
    given = page.at(("stack",))
    if not given:
        return ""
    bank = main_bank(page.result)
    keys = [reform["scenario"]["key"] for reform in page.result["reforms"]]
    letters = {key: chr(ord("A") + at) for at, key in enumerate(keys)}
    named = "".join(
        f"<li><b>{letter}</b> {scenario_name(page, page.at(('reforms', at, 'scenario')))}</li>"
        for at, letter in enumerate(letters.values())
    )
    parts = []
    for measure in STACKED:
        _, change, unit = TOTAL_FORMATS[measure]
        rows = [(row, one) for row, one in enumerate(given) if one["bank_id"] == bank and _shown(one, measure)]
        scale = Scale.of([one[measure][end] for _, one in rows for end in ("low", "high")])
        bars = [
            picture_row(
                _stacked(page, one, letters),
                whisker_row(scale, one[measure]),
                page.estimate(("stack", row, measure), change),
            )
            for row, one in rows
        ]
        parts.append(picture_rows(page.label("measure." + measure), page.label(unit), bars))
    head = [page.label("totals.bank"), page.label("stack.part")]
    head += [page.label("measure." + name) + "<br>" + page.label(TOTAL_FORMATS[name][2]) for name in STACKED]
    body = [
        [page.name("bank", one["bank_id"]), _stacked(page, one, letters),
         *(page.estimate(("stack", row, name), TOTAL_FORMATS[name][1]) for name in STACKED)]
        for row, one in enumerate(given)
    ]  # fmt: skip
    shown = parts[0] + folded(page.label("stack.more"), "".join(parts[1:]))
    figures = folded(page.label("as_table"), table(page.label("stack.caption"), head, body, 2))
    return section(
        "stack", page.label("stack.title"), f"<p>{page.label('stack.intro')}</p>", f'<ul class="legend">{named}</ul>',
        shown, figures,
    )  # fmt: skip


def _shown(one: Mapping[str, Any], measure: str) -> bool:
    """Single reforms and the whole, and of the interactions those that are there."""
    return one["kind"] not in ("interaction", "remainder") or any(
        one[measure][name] for name in ("value", "low", "high", "behind")
    )


def _stacked(page: Writer, one: Mapping[str, Any], letters: Mapping[str, str]) -> str:
    if one["kind"] == "remainder":  # of no reforms in particular
        return page.label("stack.remainder")
    sign = " × " if one["kind"] == "interaction" else " + "
    listed = sign.join(letters[key] for key in one["provisions"])
    return f"{page.label('stack.' + one['kind'])} <b>{listed}</b>"
