"""The first view: name and population, the four totals with intervals, what was changed, totals by bank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.reform.pages.charts import Scale, whisker_row
from experiments.reform.pages.writing import (
    TOTAL_FORMATS,
    Path,
    Writer,
    folded,
    picture_row,
    picture_rows,
    pointer,
    section,
    table,
)
from models.reform.evaluate import PACKED
from models.reform.levers import CARRIED, VOID
from models.reform.result import ALL_BANKS, TOTALS
from models.reform.units import lever_format

SIDES = ("baseline", "reform")
VALUES = (CARRIED, VOID, PACKED)  # of levers, with a name of their own


def main_bank(result: Mapping[str, Any]) -> str:
    """The bank of the first view: all together, or the only one."""
    banks = result["banks"]
    return ALL_BANKS if len(banks) > 1 else str(banks[0])


def _bank_count(page: Writer) -> str:
    """How many banks were calculated, as HTML."""
    return f'<span class="n" data-path="/banks" data-format="words">{len(page.result["banks"])}</span>'


def _of_whom(page: Writer, measure: str) -> str:
    """Whose a figure of the first view is: the only bank's, all banks' sum, or the share that any bank approves."""
    if main_bank(page.result) != ALL_BANKS:
        return page.name("bank", main_bank(page.result))
    key = "summary.any_bank" if measure == "preapproved_share" else "summary.together"
    return page.say(key, banks=_bank_count(page))


def _whose(page: Writer) -> str:
    """The same of all figures of the first view, as a sentence."""
    bank = main_bank(page.result)
    if bank != ALL_BANKS:
        return page.say("summary.of_bank", bank=page.name("bank", bank))
    return page.say("summary.of_banks", banks=_bank_count(page))


def _calculated(page: Writer) -> str:
    """The banks whose decisions were calculated."""
    names = [page.name("bank", bank) for bank in page.result["banks"]]
    if len(names) == 1:
        return page.say("heading.bank", bank=names[0])
    return page.say("heading.banks", banks=_bank_count(page), names=page.label("list.comma").join(names))


def heading(page: Writer, name: str, other: str, up: str = "") -> str:
    """Name and population; ``other`` is the file in the other language, ``up`` a link to the page of all reforms."""
    other_language = "en" if page.language == "zh" else "zh"
    population = page.at(("population",))
    facts = page.say(
        "heading.population" if page.at(("method", "sampled_firms")) is None else "heading.sampled",
        firms=("population", "firms"),
        sampled=("method", "sampled_firms"),
        day=page.figure(("population", "as_of"), "text"),
        product=page.name("product", population["product"]),
        purpose=page.name("purpose", population["purpose"]),
        requested=("population", "requested_cny"),
        tenor=("population", "tenor_months"),
    )
    made_up = "" if "real_data" in page.at(("conditions",)) else f"<p><b>{page.say('condition.synthetic_data')}</b></p>"
    baseline = page.say("heading.baseline", name=scenario_name(page, page.at(("baseline",))))
    links = (
        f'{up}<a href="{other}" lang="{other_language}" hreflang="{other_language}">{page.label("other_language")}</a>'
    )
    return (
        f'<header class="top"><div class="wrap"><div class="kicker"><span>{page.label("kicker")}</span>'
        f'<span class="links">{links}</span></div><h1>{name}</h1><p>{baseline}</p><p>{_calculated(page)}</p>'
        f"<p>{facts}</p>{made_up}"
        "</div></header>"
    )


def every_reform(page: Writer, links: Mapping[str, str]) -> str:
    """The four totals of every reform, with intervals, each a link to its page."""
    bank, parts = main_bank(page.result), []
    for measure in TOTALS:
        _, change, unit = TOTAL_FORMATS[measure]
        paths: list[Path] = []
        for at in range(len(links)):
            paths.append(("reforms", at, "totals", dict(_totals(page, at, bank))[measure], "difference"))
        scale = Scale.of([end for path in paths for end in _ends(page.at(path))])
        rows = []
        for at, (path, link) in enumerate(zip(paths, links.values(), strict=True)):
            name = f'<a href="{link}">{scenario_name(page, page.at(("reforms", at, "scenario")))}</a>'
            rows.append(picture_row(name, whisker_row(scale, page.at(path)), page.estimate(path, change)))
        title = f"{page.label('measure.' + measure)} · {_of_whom(page, measure)}"
        parts.append(picture_rows(title, page.label(unit), rows))
    note = page.say("summary.note", level=("method", "level"))
    return section(
        "reforms", page.label("overview.reforms"), f"<p>{_whose(page)}</p>", f'<p class="quiet">{note}</p>', *parts
    )


def scenario_name(page: Writer, scenario: Mapping[str, Any]) -> str:
    """The name that its author gave it, in the page's language."""
    return page.own((scenario["name_zh"], scenario["name_en"]))


def summary(page: Writer, at: int) -> str:
    """One sentence and four cards."""
    rows = dict(_totals(page, at, main_bank(page.result)))
    paths = {measure: ("reforms", at, "totals", row, "difference") for measure, row in rows.items()}
    ends = {f"{short}_{end}": (*paths[measure], end) for short, measure in _SHORT.items() for end in ("low", "high")}
    values = {short: (*paths[measure], "value") for short, measure in _SHORT.items()}
    if any(page.at((*path, "no_interval")) for path in paths.values()):
        lead = page.say("summary.lead_few", fewest=("method", "fewest_firms"), **values)
    else:
        lead = page.say("summary.lead", level=("method", "level"), **values, **ends)
    cards = "".join(_card(page, at, measure, rows[measure]) for measure in TOTALS)
    return section(
        "summary", page.label("summary.title"), f'<p class="lead">{_whose(page)} {lead}</p>',
        f'<div class="cards">{cards}</div>',
        f'<p class="quiet">{page.say("summary.note", level=("method", "level"))}</p>',
    )  # fmt: skip


_SHORT = {
    "credit": "credit_cny",
    "loss": "expected_loss_cny",
    "profit": "expected_profit_cny",
    "coverage": "preapproved_share",
}


def _totals(page: Writer, at: int, bank: str) -> Iterator[tuple[str, int]]:
    for row, one in enumerate(page.at(("reforms", at, "totals"))):
        if one["bank_id"] == bank:
            yield one["measure"], row


def _card(page: Writer, at: int, measure: str, row: int) -> str:
    path: Path = ("reforms", at, "totals", row)
    level, change, unit = TOTAL_FORMATS[measure]
    difference = page.at((*path, "difference"))
    sides = page.say(
        f"summary.from_to.{level}", baseline=(*path, "baseline", "value"), reform=(*path, "reform", "value")
    )
    value = page.figure((*path, "difference", "value"), change)
    return (
        f'<div class="card"><h3>{page.label(f"measure.{measure}")}</h3><p class="quiet">{_of_whom(page, measure)}</p>'
        f'<p class="big">{value}<span class="unit">{page.label(unit)}</span></p>'
        f"<p>{page.interval((*path, 'difference'), change)}</p>"
        f"{whisker_row(Scale.of([difference['low'], difference['high']]), difference)}"
        f'<p class="finding">{page.label(finding(difference))}</p><p class="quiet">{sides}</p></div>'
    )


def finding(estimate: Mapping[str, Any]) -> str:
    """Key of what an interval of a difference shows about zero."""
    if estimate["low"] is None:
        # A quick run has no figure here: of the firms that it left out, some may move.
        return "finding.few" if estimate["behind"] or estimate["value"] is None else "finding.none"
    if estimate["low"] == estimate["high"] == 0:
        return "finding.none"
    if estimate["low"] > 0:
        return "finding.higher"
    return "finding.lower" if estimate["high"] < 0 else "finding.open"


def changes(page: Writer, at: int) -> str:
    """What the reform changes, lever by lever, and which kinds of rules that is."""
    reform: Path = ("reforms", at)
    given = page.at((*reform, "changes"))
    moving = page.at((*reform, "changed"))
    # Prices move nobody, so they are no part of a move, but they are rules all the same.
    kinds = [*moving, *(["price"] if any(_path(one)[0] == "prices" for one in given) else [])]
    named = page.label("list.comma").join(page.label(f"group.{kind}") for kind in kinds)
    key = "kinds" if moving else "prices"
    text = page.say(f"changes.{key}", kinds=named) if kinds else page.label("changes.none")
    head = [page.label("changes.lever"), page.label("changes.reform")]
    if given:
        head.insert(1, page.label("changes.baseline"))
        rows = [
            [lever_name(page, lever), *(_value(page, lever, (*reform, "changes", row, side)) for side in SIDES)]
            for row, one in enumerate(given)
            if _matters(page, lever := _path(one))
        ]
        others = dict.fromkeys(one["bank_id"] for one in given if not _matters(page, _path(one)))
        if others:
            left_out = page.label("list.comma").join(page.name("bank", bank) for bank in others)
            text += f"</p><p>{page.say('changes.other_banks', banks=left_out)}"
    else:
        levers = [path for path in _levers(page.at((*reform, "scenario", "levers"))) if _matters(page, path)]
        rows = [
            [lever_name(page, lever), _value(page, lever, (*reform, "scenario", "levers", *lever))] for lever in levers
        ]
    shown = table(page.label("changes.caption"), head, rows) if rows else ""
    return section("changes", page.label("changes.title"), f"<p>{text}</p>", shown)


def _path(change: Mapping[str, Any]) -> list[str]:
    """The whole path of a lever that differs: its bank follows its section, as a file has it."""
    kind, *rest = change["lever"].split(".")
    return [kind, change["bank_id"], *rest] if change["bank_id"] else [kind, *rest]


def _matters(page: Writer, lever: Sequence[str | int]) -> bool:
    """Whether a lever is of a bank that was calculated, or of none."""
    return lever[0] != "policies" or lever[1] in page.result["banks"]


def lever_name(page: Writer, lever: Sequence[str | int]) -> str:
    """A lever as a person calls it, part by part, and as a file names it."""
    parts = [str(part) for part in lever]
    if parts[0] == "policies":
        named, parts = [page.name("bank", parts[1])], parts[2:]
    else:
        named = []
    kinds = ("growth_stage", "indicator", "product", "lever")
    named += [next((text for kind in kinds if (text := page.name(kind, part)) != part), part) for part in parts]
    code = page.own((".".join(map(str, lever)),) * 2)
    return f"{' · '.join(named)} <code>{code}</code>"


def _levers(levers: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in levers.items():
        if isinstance(value, Mapping):
            yield from _levers(value, (*before, name))
        else:
            yield (*before, name)


def _value(page: Writer, lever: Sequence[str], path: Path) -> str:
    """A lever's value as a person reads it.

    A share is in percent; what there is none of, a certificate or a model is in words, a list by its members.
    """
    value = page.at(path)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return page.figure(path, lever_format(lever))
    members = value if isinstance(value, list) else [value]
    words = page.label("list.comma").join(_member(page, one) for one in members) or page.label("value.none")
    return f'<span class="n" data-path="{pointer(path)}" data-format="words">{words}</span>'


def _member(page: Writer, value: Any) -> str:
    if value is None:
        return page.label("value.none")
    key = str(value)
    return page.label(f"value.{key}") if key in VALUES else page.name("industry", key)


def banks(page: Writer, at: int) -> str:
    """Totals of every bank: bars with whiskers by measure, and the table."""
    totals = page.at(("reforms", at, "totals"))
    parts = []
    for measure in TOTALS:
        _, change, unit = TOTAL_FORMATS[measure]
        chosen = [row for row, one in enumerate(totals) if one["measure"] == measure]
        scale = Scale.of([end for row in chosen for end in _ends(totals[row]["difference"])])
        rows = [
            picture_row(
                page.name("bank", totals[row]["bank_id"]),
                whisker_row(scale, totals[row]["difference"]),
                page.estimate(("reforms", at, "totals", row, "difference"), change),
            )
            for row in chosen
        ]
        parts.append(picture_rows(page.label("measure." + measure), page.label(unit), rows))
    head = [page.label(f"totals.{name}") for name in ("bank", "measure", "unit", "baseline", "reform", "difference")]
    rows_of_table = [_total_row(page, at, row, one) for row, one in enumerate(totals)]
    figures = folded(page.label("as_table"), table(page.label("totals.caption"), head, rows_of_table, 3))
    note = page.label("totals.together") if len(page.result["banks"]) > 1 else ""
    return section(
        "totals", page.label("totals.title"), f'<p class="quiet">{note}</p>' if note else "", *parts, figures
    )


def _ends(estimate: Mapping[str, Any]) -> list[float | None]:
    return [estimate["low"], estimate["high"]]


def _total_row(page: Writer, at: int, row: int, one: Mapping[str, Any]) -> list[str]:
    path: Path = ("reforms", at, "totals", row)
    level, change, unit = TOTAL_FORMATS[one["measure"]]
    return [
        page.name("bank", one["bank_id"]), page.label(f"measure.{one['measure']}"), page.label(unit),
        page.estimate((*path, "baseline"), level), page.estimate((*path, "reform"), level),
        page.estimate((*path, "difference"), change),
    ]  # fmt: skip
