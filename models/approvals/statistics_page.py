"""Statistics of cases as one HTML page that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.approvals.reductions import Reduction
from models.approvals.statistics import COMPARISONS, GROUPS, READINGS, Statistics
from models.approvals.statistics_files import DAYS, FIGURES, METHODS, SHARE, compared, group_name, sources
from models.approvals.texts import say
from models.chain.node_view import Language
from models.chain.pages.html import BANNER_STYLE, CAPTION_STYLE, Links, document, link, section, table, text
from models.clearance.reports.page import DASH, share, whole
from models.spreadsheet import FORM_NAMES

CARDS = ("n", "n_running", "on_time_share", "n_late", "median_days", "suspended_share")


@dataclass(frozen=True, slots=True)
class StatisticsLinks:
    """Addresses that a page leads to; None is no link.

    export : file by "csv" or "xlsx"; by : this page by another dimension; other_language : this page in it
    """

    export: Callable[[str], str | None] = lambda _: None
    by: Callable[[str], str | None] = lambda _: None
    other_language: str | None = None


NO_LINKS = StatisticsLinks()


def statistics_page(made: Statistics, lang: Language, links: StatisticsLinks = NO_LINKS) -> str:
    """The page of statistics."""
    said = list(sources(made, lang))
    banner = ""
    if made.synthetic_share:
        banner = f'<p class="banner risk">{text(said.pop(2))}</p>'
    head = banner + "".join(f'<p class="quiet">{text(line)}</p>' for line in said)
    body = [
        f"<style>{BANNER_STYLE}{CAPTION_STYLE}</style>{head}",
        _summary(made, lang),
        _reductions(made, lang),
        _groups(made, lang),
    ]
    methods = "".join(f"<li>{text(say(lang, f'statistics.method_{key}'))}</li>" for key in METHODS)
    body += [section("method", text(say(lang, "section.method")), f"<ul>{methods}</ul>"), _links(lang, links)]
    title = f"{say(lang, 'statistics.title')} · {say(lang, f'statistics.by_{made.by}')}"
    return document(lang, title, text(say(lang, "statistics.above")), body, Links(other_language=links.other_language))


def figure(value: float, form: str) -> str:
    """A figure as it is read; a dash where it is missing."""
    if form == SHARE:
        return share(value)
    if form == DAYS:
        return DASH if math.isnan(value) else f"{value:,.1f}"
    return whole(value)


def _summary(made: Statistics, lang: Language) -> str:
    row, forms = made.table.iloc[0], dict(FIGURES)
    cards = "".join(
        f'<div class="card"><b>{figure(float(row[key]), forms[key])}</b><span>{text(say(lang, f"statistics.{key}"))}'
        "</span></div>"
        for key in CARDS
    )
    return section("summary", text(say(lang, "statistics.summary")), f'<div class="cards">{cards}</div>')


def _reductions(made: Statistics, lang: Language) -> str:
    heads = ["", *(say(lang, f"statistics.{key}") for key in (*READINGS, "largest_items", "compared", "unknown"))]
    rows = []
    for pair in COMPARISONS:
        one = made.reductions[pair]
        readings = [_reduction(getattr(one, reading)) for reading in READINGS]
        rows.append([text(say(lang, f"statistics.pair_{pair}")), *readings, text(_items(one, made, lang)),
                     str(one.n), str(one.unknown)])  # fmt: skip
    title = text(say(lang, "statistics.reductions"))
    kinds = ("w", *["n"] * len(READINGS), "w", "n", "n")
    return section("reductions", title, table(title, [text(head) for head in heads], rows, kinds))


def _reduction(value: float | None) -> str:
    """A reduction with its sign: 0.79 is −79.0 %."""
    return DASH if value is None else f"{-100 * value:+.1f}%".replace("-", "−").replace("+0.0", "0.0")


def _items(one: Reduction, made: Statistics, lang: Language) -> str:
    found = ("、" if lang == "zh" else ", ").join(made.item_names.get(key, (key, key))[lang == "en"]
                                                 for key in one.largest_items)  # fmt: skip
    return found or DASH


def _groups(made: Statistics, lang: Language) -> str:
    heads = [say(lang, "statistics.group"), *(say(lang, f"statistics.{key}") for key, _ in FIGURES)]
    for pair in COMPARISONS:
        named = say(lang, f"statistics.pair_{pair}")
        heads += [say(lang, "statistics.reading", pair=named, reading=say(lang, "statistics.ratio_of_sums"))]
        heads += [compared(pair, lang)]
    rows = [_row(made, row, lang) for row in made.table.to_dict("records")]
    title = text(f"{say(lang, 'statistics.groups')} · {say(lang, f'statistics.by_{made.by}')}")
    kinds = ("w", *["n"] * (len(heads) - 1))
    return section("groups", title, table(title, [text(head) for head in heads], rows, kinds))


def _row(made: Statistics, row: dict[Any, Any], lang: Language) -> list[str]:
    figures = [figure(float(row[key]), form) for key, form in FIGURES]
    for pair in COMPARISONS:
        ratio = float(row[f"{pair}_ratio_of_sums"])
        figures += [_reduction(None if math.isnan(ratio) else ratio), whole(float(row[f"n_{pair}"]))]
    return [text(group_name(made, row["group"], lang)), *figures]


def _links(lang: Language, links: StatisticsLinks) -> str:
    files = [link(address, FORM_NAMES[kind]) for kind in ("csv", "xlsx") if (address := links.export(kind))]
    others = [link(address, text(say(lang, f"statistics.by_{by}"))) for by in GROUPS if (address := links.by(by))]
    said = [f"{text(say(lang, 'statistics.export'))} {' · '.join(files)}" if files else "", " · ".join(others)]
    return "".join(f'<p class="exports quiet">{line}</p>' for line in said if line)
