"""Who moves: the shares of each group by how far they move, with an interval at each share, and the mean move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.reform.pages.charts import Scale, axis, moves_bar, moves_scale, whisker_row
from experiments.reform.pages.style import COLOURS
from experiments.reform.pages.writing import (
    FIRM_FORMATS,
    Path,
    Writer,
    folded,
    picture_row,
    picture_rows,
    pointer,
    section,
    table,
)
from models.reform.result import BUCKETS, GROUPINGS


def moves(page: Writer, at: int) -> str:
    """Quota bank by bank, then points; groups are those of the baseline."""
    legend = "".join(
        f'<li><span class="key" style="background:{COLOURS[name][0]}"></span>{page.label("bucket." + name)}</li>'
        for name in BUCKETS
        if name != "same"  # its share is a figure beside the bar
    )
    key = f'<ul class="legend" aria-label="{page.label("moves.legend")}">{legend}</ul>'
    of = {"least": ("method", "smallest_group"), "fewest": ("method", "fewest_firms"), "level": ("method", "level")}
    note = f'<p class="quiet">{page.say("moves.note", **of)}</p>'
    measures = [("quota_cny", bank) for bank in page.result["banks"]] + [("points", "")]
    parts = []
    for number, (measure, bank) in enumerate(measures):
        name = page.name("bank", bank) if bank else ""
        title = page.say(f"moves.{measure}", bank=name)
        parts.append(folded(title, _measure(page, at, measure, bank), opened=number == 0 or not bank))
    return section("moves", page.label("moves.title"), f"<p>{page.label('moves.intro')}</p>", note, key, *parts)


def _measure(page: Writer, at: int, measure: str, bank: str) -> str:
    rows = [
        (row, one)
        for row, one in enumerate(page.at(("reforms", at, "distributions")))
        if (one["measure"], one["bank_id"]) == (measure, bank)
    ]
    figures = _table(page, at, measure, rows)
    sampled = page.at(("method", "sampled_firms")) is not None
    if not any(_moves(one, sampled) for _, one in rows):
        return f"<p>{page.label('moves.nobody')}</p>{figures}"
    scale = moves_scale([one["buckets"] for _, one in rows])
    head = "".join(
        f'<div class="{kind}">{page.label(key)}</div>'
        for kind, key in (("what", "moves.group"), ("count", "moves.firms"), ("count", "bucket.same"))
    )
    drawn = axis(scale, lambda value: page.plain("share", value))
    below = f'<div class="row bars">{"<div></div>" * 3}{drawn}</div>'
    parts = [f'<div class="row bars head">{head}<div>{page.label("moves.axis")}</div></div>']
    for grouping in GROUPINGS:
        groups = [(row, one) for row, one in rows if one["grouping"] == grouping]
        if groups:
            bars = "".join(_bar(page, scale, ("reforms", at, "distributions", row), one) for row, one in groups)
            title = f"<h3>{page.label('grouping.' + grouping)}</h3>" if grouping != "all" else ""
            parts.append(f'{title}<div class="rows">{bars}</div>')
    return "".join([*parts, below, _means(page, at, measure, rows), figures])


def _moves(one: Mapping[str, Any], sampled: bool) -> bool:
    """Whether any firm of the group moves, as far as can be known: of a sample, others might."""
    return any(
        share["value"] or (share["high"] > 0 and (sampled or share["low"] > 0))
        for name, share in one["buckets"].items() if name != "same"
    )  # fmt: skip


def group_name(page: Writer, one: Mapping[str, Any]) -> str:
    """The group as a person calls it."""
    return page.label("everyone") if one["grouping"] == "all" else page.name(one["grouping"], one["group"])


def _bar(page: Writer, scale: Scale, path: Path, one: Mapping[str, Any]) -> str:
    name = group_name(page, one)
    hints = {
        bucket: page.tip(
            name + " · " + page.label("bucket." + bucket),
            [(*path, "buckets", bucket, part) for part in ("value", "low", "high")], "share",
        )
        for bucket in BUCKETS
    }  # fmt: skip
    labels = {bucket: (_inside(page, (*path, "buckets", bucket, "value")), hints[bucket]) for bucket in BUCKETS}
    picture = moves_bar(scale, one["buckets"], labels)
    small = one["buckets"]["same"]["value"] is None
    if small:
        note = page.say("moves.small", least=("method", "smallest_group"))
        picture = f'<div><div class="small">{note}</div>{picture}</div>'
    same: Path = (*path, "buckets", "same")
    shown = page.interval(same, "share") if small else page.figure((*same, "value"), "share")
    counts = "".join(f'<div class="count">{count}</div>' for count in (page.figure((*path, "firms"), "number"), shown))
    return f'<div class="row bars"><div class="what">{name}</div>{counts}{picture}</div>'


def _inside(page: Writer, path: Path) -> str:
    """A share as text of a bar, its position and ink left open."""
    return (
        '<text x="{x}" y="15.5" text-anchor="middle" fill="{ink}" class="n" '
        f'data-path="{pointer(path)}" data-format="share">{page.plain("share", page.at(path))}</text>'
    )


def _means(page: Writer, at: int, measure: str, rows: list[tuple[int, Mapping[str, Any]]]) -> str:
    _, change, unit = FIRM_FORMATS[measure]
    shown = [(row, one) for row, one in rows if one["grouping"] in ("all", "growth_stage", "size_class")]
    scale = Scale.of([one["move_mean"][end] for _, one in shown for end in ("low", "high")])
    bars = [
        picture_row(
            group_name(page, one),
            whisker_row(scale, one["move_mean"]),
            page.estimate(("reforms", at, "distributions", row, "move_mean"), change),
        )
        for row, one in shown
    ]
    return picture_rows(page.label("moves.mean"), page.label(unit), bars)


def _table(page: Writer, at: int, measure: str, rows: list[tuple[int, Mapping[str, Any]]]) -> str:
    level, change, unit = FIRM_FORMATS[measure]
    head = [
        page.label("moves.group"), page.label("moves.firms"), page.label("moves.unknown"),
        *(page.label("bucket." + name) for name in BUCKETS),
        *(page.label(f"moves.{name}_mean") + "<br>" + page.label(unit) for name in ("baseline", "reform", "move")),
    ]  # fmt: skip
    body = []
    for row, one in rows:
        path: Path = ("reforms", at, "distributions", row)
        body.append(
            [
                page.label("grouping." + one["grouping"]) + page.label("colon") + group_name(page, one),
                page.figure((*path, "firms"), "number"),
                page.figure((*path, "unknown"), "number"),
                *(page.estimate((*path, "buckets", name), "share") for name in BUCKETS),
                *(page.estimate((*path, f"{name}_mean"), level) for name in ("baseline", "reform")),
                page.estimate((*path, "move_mean"), change),
            ]
        )
    return folded(page.label("as_table"), table(page.label("moves.caption"), head, body))
