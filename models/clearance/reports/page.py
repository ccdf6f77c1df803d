"""A report as one HTML page that needs nothing else: figures, pictures, tables, what changed and how it is measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from data.texts.figures import write_figure
from models.chain.pages.html import BANNER_STYLE, DRAWN_STYLE, Links, document, drawn, link, section, table, text
from models.clearance.reports.change import LEAST_FIRMS, Change
from models.clearance.reports.gather import Gathered, Part, in_days, signed
from models.clearance.reports.groups import TOTAL
from models.clearance.reports.known import FEN
from models.clearance.reports.lists import money_parts
from models.clearance.reports.pictures import NARROW, WIDE, Picture, draw
from models.clearance.reports.report import TIMED
from models.clearance.reports.stages import DAY, STATES, WHOLE
from models.spreadsheet import FORM_NAMES

_STYLE = f"<style>{DRAWN_STYLE}{BANNER_STYLE}</style>"
_CENTIDAY = DAY // 100
DASH = "–"


@dataclass(frozen=True, slots=True)
class ReportLinks:
    """Addresses that a page leads to; None is no link.

    export : file by its table ("periods", "currencies", "change"; "" for the workbook) and "csv" or "xlsx"
    other_language : this page in the other language
    """

    export: Callable[[str, str], str | None] = lambda _, __: None
    other_language: str | None = None


NO_LINKS = ReportLinks()


def page_of(made: Gathered, links: ReportLinks = NO_LINKS) -> str:
    """The page of a gathered report."""
    query, say = made.report.query, made.say
    sources = made.sources()
    banner = f'<p class="banner risk">{text(sources.pop(0))}</p>' if made.report.simulated_share > 0 else ""
    body = [_STYLE + banner + "".join(f'<p class="quiet">{text(one)}</p>' for one in sources)]
    if made.report.periods:
        latest = query.current if query.current in made.report.periods else made.report.periods[-1]
        body += [
            _summary(made, latest),
            section("time", say("section.time"), _drawn(made, "time")),
            section("counts", say("section.counts"), _drawn(made, "counts")),
            section("groups", text(say("section.groups", period=made.period(latest), by=made.by)),
                    _groups(made, latest)),
            section("stages", text(say("section.stages", period=made.period(latest))), _stages(made, latest)),
            _changed(made),
            section("currencies", text(say("section.currencies", period=made.period(latest))),
                    _currencies(made, latest)),
        ]  # fmt: skip
    method = "".join(f"<li>{text(one)}</li>" for one in made.methods())
    body += [section("method", say("section.method"), f"<ul>{method}</ul>"), _exports(made, links)]
    above = text(say("above", period=say(f"period.{query.period}"), by=made.by))
    return document(made.lang, say("title"), above, body, Links(other_language=links.other_language))


def _summary(made: Gathered, period: str) -> str:
    row = made.report.row(period)
    cards = [
        (f"{row['n']:,}", made.say("column.n")),
        (share(row["completed_share"]), made.say("column.completed_share")),
        (days(row[f"{WHOLE}_median_days"]), made.say("column.median_days", stage=made.say(f"stage.{WHOLE}"))),
        (days(row[f"{WHOLE}_p90_days"]), made.say("column.p90_days", stage=made.say(f"stage.{WHOLE}"))),
        (_large(made, row["amount_cny"]), made.say("card.amount")),
        (share(row["no_rate_share"]), made.say("column.no_rate_share")),
    ]
    shown = "".join(f'<div class="card"><b>{value}</b><span>{text(name)}</span></div>' for value, name in cards)
    title = text(made.say("section.summary", period=made.period(period)))
    return section("summary", title, f'<div class="cards">{shown}</div>')


def _large(made: Gathered, cny: float) -> str:
    return DASH if math.isnan(cny) else write_figure("cny_total", cny)[made.lang == "en"]


def _drawn(made: Gathered, picture: Picture) -> str:
    """A picture for wide and one for narrow pages, of which one is seen."""
    wide, slim = draw(made, picture, WIDE), draw(made, picture, NARROW)
    if not wide:
        return f"<p>{DASH}</p>"
    return drawn(wide, slim, text(made.say(f"picture.{picture}")))


def _groups(made: Gathered, period: str) -> str:
    keys = ["n", *(f"n_{state}" for state in STATES)]
    heads = [made.say("column.name"), *(made.say(f"column.{key}") for key in keys)]
    heads += [made.say(f"column.{key}") for key in ("completed_share", "inspected_share", "amount_cny",
                                                    "no_rate_share", "median", "p90")]  # fmt: skip
    rows = [
        [text(made.group(row["group"], period)), *(whole(row[key]) for key in keys), share(row["completed_share"]),
         share(row["inspected_share"]), money(row["amount_cny"]), share(row["no_rate_share"]),
         days(row[f"{WHOLE}_median_days"]), days(row[f"{WHOLE}_p90_days"])]
        for row in _rows(made, period)
    ]  # fmt: skip
    caption = text(made.say("section.groups", period=made.period(period), by=made.by))
    return table(caption, [text(head) for head in heads], rows, ("w", *["n"] * (len(heads) - 1)))


def _stages(made: Gathered, period: str) -> str:
    """Stages of the whole period, and their medians by group, in hours: the first stages take minutes."""
    total = made.report.row(period)
    heads = [text(made.say(f"column.{key}")) for key in ("stage", "median_hours", "p90_hours", "ended", "running")]
    rows = [
        [text(made.say(f"stage.{stage}")), hours(total[f"{stage}_median_days"]), hours(total[f"{stage}_p90_days"]),
         whole(total[f"{stage}_n"]), whole(total[f"{stage}_running"])]
        for stage in TIMED
    ]  # fmt: skip
    title = text(made.say("section.stages", period=made.period(period)))
    by_group = [text(made.say("column.name")), *(text(made.say(f"stage.{stage}")) for stage in TIMED)]
    groups = [
        [text(made.group(row["group"], period)), *(hours(row[f"{stage}_median_days"]) for stage in TIMED)]
        for row in _rows(made, period)
    ]
    kinds = ("w", *["n"] * len(TIMED))
    return table(title, heads, rows, kinds[:5]) + table(text(made.say("column.median_hours")), by_group, groups, kinds)


def _rows(made: Gathered, period: str) -> list[dict[str, Any]]:
    found = made.report.table
    rows: list[dict[str, Any]] = [
        {str(key): value for key, value in row.items()} for row in found[found["period"] == period].to_dict("records")
    ]
    return rows


def _changed(made: Gathered) -> str:
    change, say = made.change, made.say
    if change is None:
        return section("change", text(say("figure.time")), f"<p>{text(say('change.none'))}</p>")
    before, after = (made.period(label) for label in change.periods)
    parts, moved = made.steps(_CENTIDAY), change.part("change")
    mean0, mean1 = in_days(parts[0].value), in_days(parts[-1].value)
    by = made.by if not change.query.cross else say("change.by_two", by=made.by, cross=say(f"by.{change.query.cross}"))
    n_mix = 2 if change.query.cross else 1
    mix, speed = (
        sum((one.value for one in some), Fraction(0)) for some in (parts[1 : 1 + n_mix], parts[1 + n_mix : -1])
    )
    n0, n1 = (int(change.counts[at].sum()) for at in (0, 1))
    sentences = [
        say("change.uncontrolled", before=mean0, after=mean1, change=mean1 - mean0,
            relative=float(moved.value / change.mean(0)), interval=_interval(made, moved.low, moved.high)),
        say("change.controlled", by=by, speed=in_days(speed), mix=in_days(mix),
            speed_interval=_interval(made, change.part("speed").low, change.part("speed").high),
            mix_interval=_interval(made, change.part("mix").low, change.part("mix").high)),
        say("change.counts", before=n0, after=n1, relative=n1 / n0 - 1),
        say("change.covers", n0=int(change.n[0].sum()), n1=int(change.n[1].sum()), days=change.horizon_days,
            short0=int(change.n_short[0]), short1=int(change.n_short[1]), untimed0=int(change.n_untimed[0]),
            untimed1=int(change.n_untimed[1])),
    ]  # fmt: skip
    ends = [change.ended_mean(at) for at in (0, 1)]
    if change.n_open.any() and ends[0] and ends[1]:
        open0, open1 = (float(change.n_open[at] / change.n[at].sum()) for at in (0, 1))
        sentences.append(
            say("change.open", share0=open0, share1=open1, days=change.horizon_days, before=in_days(ends[0]),
                after=in_days(ends[1]), relative=float(ends[1] / ends[0] - 1))
        )  # fmt: skip
    if moved.low is None:
        sentences.append(say("change.no_interval", firms=LEAST_FIRMS))
    return section(
        "change", text(say("section.change", baseline=before, current=after)),
        "".join(f"<p>{text(one)}</p>" for one in sentences),
        _drawn(made, "change"), _by_group(made, change), _money(made, change),
    )  # fmt: skip


def _by_group(made: Gathered, change: Change) -> str:
    before, after = (made.period(label) for label in change.periods)
    heads = [made.say("column.name"), made.say("column.n0", baseline=before), made.say("column.n1", current=after),
             made.say("column.mean0", baseline=before), made.say("column.mean1", current=after),
             *(made.say(f"column.{key}_days") for key in ("mix", "speed", "both"))]  # fmt: skip
    seconds, rows = change.seconds.sum(axis=1), []
    for at, (name, mix, speed) in enumerate(made.group_parts(_CENTIDAY)):
        n = change.n[:, at]
        means = [days(seconds[period, at] / n[period] / DAY) if n[period] else DASH for period in (0, 1)]
        rows.append([
            text(name), whole(n[0]), whole(n[1]), *means, _with_ends(mix), _with_ends(speed),
            signed(mix.value + speed.value),
        ])  # fmt: skip
    caption = text(made.say("change.groups", by=made.by))
    return table(caption, [text(head) for head in heads], rows, ("w", *["n"] * 7))


def _money(made: Gathered, change: Change) -> str:
    heads = [text(made.say(f"column.{key}")) for key in ("part", "value", "low", "high")]
    rows = [
        [text(f"{made.say('figure.amount')} · {one.text}"), *(
            DASH if value is None else f"{float(value) / FEN:+,.2f}" for value in (one.value, one.low, one.high))]
        for one in money_parts(made)
    ]  # fmt: skip
    for code, n in zip(change.groups, (change.counts[1] - change.counts[0]).tolist(), strict=True):
        group = made.say("part.group_count", group=made.group(code, change.periods[1]))
        rows.append([text(group), f"{n:+,}", DASH, DASH])
    whole_change = change.part("count_change")
    ends = [DASH if end is None else f"{end:+,.0f}" for end in (whole_change.low, whole_change.high)]
    rows.append([text(made.say("part.count_change")), f"{int(whole_change.value):+,}", *ends])
    return table(text(made.say("change.money")), heads, rows, ("w", "n", "n", "n"))


def _currencies(made: Gathered, period: str) -> str:
    found = made.report.currencies
    rows = [
        [text(made.group(row["currency"], period, "currency")), whole(row["n"]), money(row["amount"])]
        for row in found[(found["period"] == period) & (found["group"] == TOTAL)].to_dict("records")
    ]
    heads = [text(made.say(f"column.{key}")) for key in ("currency", "n", "amount")]
    return table(text(made.say("section.currencies", period=made.period(period))), heads, rows, ("w", "n", "n"))


def _exports(made: Gathered, links: ReportLinks) -> str:
    offered = [(made.say(f"list.{key}"), key, "csv") for key in ("periods", "currencies", "change")]
    offered.append((made.say("title"), "", "xlsx"))
    found = [
        link(address, f"{text(name)} {FORM_NAMES[kind]}")
        for name, key, kind in offered
        if (address := links.export(key, kind))
    ]
    return f'<p class="exports quiet">{made.say("about.export")}{" · ".join(found)}</p>' if found else ""


def _interval(made: Gathered, low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else made.say("change.interval", low=in_days(low), high=in_days(high))


def _with_ends(part: Part) -> str:
    value = signed(part.value)
    if part.low is None or part.high is None:
        return value
    return f'{value}<br><small class="quiet">{signed(part.low)} … {signed(part.high)}</small>'


def days(value: float) -> str:
    """Days with two decimals; a dash where there are none."""
    return DASH if math.isnan(value) else f"{value:,.2f}"


def hours(value: float) -> str:
    """Days as hours with two decimals; a dash where there are none."""
    return days(24 * value)


def whole(value: float) -> str:
    """A count; a dash where it is not shown."""
    return DASH if math.isnan(value) else f"{int(value):,}"


def share(value: float) -> str:
    """A share in percent; a dash where it is not shown."""
    return DASH if math.isnan(value) else f"{value:.1%}"


def money(value: float | None) -> str:
    """An amount with two decimals; a dash where it is not shown."""
    return DASH if value is None or math.isnan(value) else f"{value:,.2f}"
