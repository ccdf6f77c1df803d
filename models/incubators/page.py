"""A report of the registry as one HTML page that needs nothing else: no script, every figure with its basis and day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.chain.pages.html import Links, document, link, section, table, text
from models.chain.picture.text_width import em_width
from models.incubators.gathered import Gathered
from models.incubators.lists import SHOWN, Listed, Table, group_rows, listed, notes
from models.incubators.picture import level_picture, picture_text
from models.incubators.statistics import GROUPS
from models.spreadsheet import FORM_NAMES, Cell

DASH = "–"
CARDS = ("incubators", "area_m2", "firms_ever", "firms_inside", "graduates_ever", "jobs_ever", "mentors", "staff")
SHORT = 15.0  # widths of a letter
_NEAR = (0, 4, 9, 11)  # columns of them: incubator, tier, clauses not met, cost
NEAREST = 10  # rows of the incubators that are cheapest to bring to the next level
_STYLE = (
    "<style>.drawn svg{display:block;width:100%;max-width:480px;height:auto;margin:.4rem 0}"
    ".banner{border:2px solid currentcolor;border-radius:8px;padding:.5rem .8rem;margin:1rem 0 0;font-weight:600}"
    "</style>"
)


@dataclass(frozen=True, slots=True)
class ReportLinks:
    """Addresses that the page leads to; None is no link.

    export : file of a table by its name ("" for the workbook) and "csv" or "xlsx"; other_language : this page
    """

    export: Callable[[str, str], str | None] = lambda _, __: None
    other_language: str | None = None


NO_LINKS = ReportLinks()


def page_of(made: Gathered, links: ReportLinks = NO_LINKS) -> str:
    """The page of a gathered report."""
    say = made.say
    banner = f'<p class="banner risk">{text(say("report.simulated"))}</p>' if made.synthetic else ""
    body = [
        _STYLE + banner,
        section("summary", text(say("report.section.summary")), _cards(made)),
        section("levels", text(say("report.section.levels")), _levels(made)),
        _table(made, links, "reconciliation", _before(made)),
        _pairs(made, links),
        _table(made, links, "statistics", []),
        *(_group(made, by) for by in GROUPS),
        _recognition(made, links),
        _table(made, links, "graduation", [_graduation(made)]),
        _table(made, links, "quarantine", [_refused(made)]),
        section("method", text(say("report.section.method")), _list(notes(made))),
    ]
    if (book := links.export("", "xlsx")) is not None:
        body.append(f'<p class="exports quiet">{link(book, text(say("report.file", kind=FORM_NAMES["xlsx"])))}</p>')
    above = text(say("report.above", day=made.on))
    return document(made.lang, say("report.title"), above, body, Links(other_language=links.other_language))


def _cards(made: Gathered) -> str:
    rows = made.statistics.set_index("indicator")
    cards = "".join(
        f'<div class="card"><b>{made.value(key):,.0f}</b><span>{text(" · ".join(parts))}</span></div>'
        for key in CARDS
        for parts in [
            [
                made.named("indicator", key),
                made.named("unit", str(rows["unit"].loc[key])),
                made.say(f"basis.{rows['basis'].loc[key]}"),
            ]
        ]
    )
    inside = [row for row in made.reconciliation.inside.to_dict("records") if row["key"] in _INSIDE and row["whole"]]
    lines = [
        made.say(
            "report.inside", part=made.named("indicator", row["key"]), whole=made.named("indicator", row["of"]),
            value=row["part"], of=row["whole"], share=row["share"],
        )
        for row in inside
    ]  # fmt: skip
    return f'<div class="cards">{cards}</div>{_list(lines)}'


_INSIDE = ("college_graduate_jobs_ever", "hnte_ever", "tech_sme_ever", "graduates_ever")


def _levels(made: Gathered) -> str:
    parts = made.reconciliation.parts
    stated = int(parts.loc[parts["level"] != "lower", "value"].sum())
    rest = int(parts.loc[parts["level"] == "lower", "value"].sum())
    rows = [
        [text(made.named("level", level)), text(made.named("kind", kind)) if kind else "", f"{value:,}",
         DASH if published != published else f"{published:,.0f}"]
        for level, kind, value, published in parts.itertuples(index=False)
    ]  # fmt: skip
    rows.append([text(made.say("report.whole")), "", f"{stated + rest:,}", ""])
    heads = [text(made.say(f"report.column.{key}")) for key in ("level", "kind", "computed", "published")]
    caption = text(picture_text(made))
    drawn = (
        f'<figure class="drawn" style="margin:0">{level_picture(made)}<figcaption class="quiet">{caption}</figcaption>'
        "</figure>"
    )
    remainder = f"<p>{text(made.say('report.remainder', stated=stated, rest=rest))}</p>"
    return drawn + remainder + table(text(made.say("report.section.levels")), heads, rows, ("", "", "n", "n"))


def _before(made: Gathered) -> list[str]:
    rows = made.reconciliation.rows
    return [made.say("report.agreeing", n=len(rows), agrees=int(rows["agrees"].sum()))]


def _pairs(made: Gathered, links: ReportLinks) -> str:
    """Every two published figures with the reasons under them, then what published shares imply."""
    items = []
    for pair in made.reconciliation.pairs:
        ends = [
            f"{made.named('region', one.area)} {one.on.isoformat()}: {one.value:,.0f}"
            for one in (pair.first, pair.second)
        ]
        name = text(made.named("indicator", pair.first.indicator))
        reasons = [made.say(f"verdict.{pair.verdict}"), *(one.text[made.lang == "en"] for one in pair.reasons)]
        items.append(f"<li><strong>{name}</strong> {text(' / '.join(ends))}{_list(reasons)}</li>")
    title = text(made.say("report.section.pairs"))
    return section("pairs", title, f"<ul>{''.join(items)}</ul>", _list(_implied(made)), _exports(made, links, "pairs"))


def _implied(made: Gathered) -> list[str]:
    name = "en" if made.lang == "en" else "zh"
    rows = made.reconciliation.implied.to_dict("records")
    return [
        made.say("report.implied", part=row["part"], share=row["share"], whole=row["whole"], name=row[name])
        for row in rows
    ]


def _group(made: Gathered, by: str) -> str:
    title = text(made.say("report.section.groups", by=made.say(f"report.by.{by}")))
    heads = [text(made.say(f"report.column.{by}")), *(text(made.named("indicator", key)) for key in SHOWN)]
    rows = [[_cell(cell) for cell in row] for row in group_rows(made, by)]
    return section(f"by-{by}", title, table(title, heads, rows, ("w", *["n"] * len(SHOWN))))


def _recognition(made: Gathered, links: ReportLinks) -> str:
    found, say = made.recognition, made.say
    heads = [text(say(f"report.column.{key}")) for key in ("tier", "held", "met", "not_met", "unknown")]
    rows = []
    for (tier, held), part in found.groupby(["tier", "held"], sort=True):
        counts = part["overall"].value_counts()
        shown = [f"{int(counts.get(key, 0)):,}" for key in ("met", "not_met", "unknown")]
        rows.append([text(made.named("tier", str(tier))), text(say("report.yes" if held else "report.no")), *shown])
    counted = table(text(say("report.section.recognition")), heads, rows, ("w", "", "n", "n", "n"))
    full = listed(made, "recognition")
    near = found.loc[(found["status"] == "reachable") & (found["overall"] == "not_met")]
    near = near.astype({"cost_cny": float}).nsmallest(NEAREST, "cost_cny")
    rows_near = [[full.rows[at][column] for column in _NEAR] for at in near.index]
    chosen = Listed([full.heads[at] for at in _NEAR], rows_near, [full.formats[at] for at in _NEAR])
    nearest = _shown(chosen, text(say("report.nearest"))) if rows_near else ""
    title = text(say("report.section.recognition"))
    return section("recognition", title, counted, nearest, _exports(made, links, "recognition"))


def _graduation(made: Gathered) -> str:
    whole = made.graduation.iloc[-1]
    if not whole["exits"]:
        return ""
    return made.say(
        "report.graduation", exits=int(whole["exits"]), graduates=int(whole["graduates"]),
        rate=float(whole["graduation_rate"]), waiting=int(whole["waiting"]), over=int(whole["over_time"]),
    )  # fmt: skip


def _refused(made: Gathered) -> str:
    rows = made.quarantine
    if not len(rows):
        return made.say("report.no_quarantine")
    return made.say("report.quarantined", n=len(rows[["record", "key", "line"]].drop_duplicates()), faults=len(rows))


def _table(made: Gathered, links: ReportLinks, name: Table, before: Sequence[str]) -> str:
    lines = "".join(f"<p>{text(line)}</p>" for line in before if line)
    found = listed(made, name)
    shown = _shown(found, text(made.say(f"report.section.{name}"))) if found.rows else ""
    return section(name, text(made.say(f"report.section.{name}")), lines, shown, _exports(made, links, name))


def _shown(found: Listed, caption: str) -> str:
    kinds = ["n" if form else _kind([row[at] for row in found.rows]) for at, form in enumerate(found.formats)]
    rows = [[_cell(cell, form) for cell, form in zip(row, found.formats, strict=True)] for row in found.rows]
    return table(caption, [text(head) for head in found.heads], rows, kinds)


def _kind(cells: Sequence[Cell]) -> str:
    """The class of a column of texts: short ones are not broken, long ones are given room."""
    return "w" if max((em_width(str(cell)) for cell in cells), default=0.0) > SHORT else "keep"


def _cell(cell: Cell, form: str | None = None) -> str:
    if cell is None:
        return DASH
    if isinstance(cell, int | float):
        if form is not None and form.endswith("%"):
            return f"{cell:.1%}"
        if 0 < abs(cell) < 1:  # 300 yuan are 0.03 and not nothing
            return f"{cell:,.4f}".rstrip("0")
        return f"{cell:,.0f}" if float(cell).is_integer() else f"{cell:,.1f}"
    return text(cell)


def _exports(made: Gathered, links: ReportLinks, name: Table) -> str:
    address = links.export(name, "csv")
    return f'<p class="exports quiet">{link(address, text(made.say("report.file", kind="CSV")))}</p>' if address else ""


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{text(line)}</li>' for line in lines)}</ul>" if lines else ""
