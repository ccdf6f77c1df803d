"""Rules of codes: each is a member of its table of the day, and the nature of levy fits direction and supervision.

A code is looked up only in a table of the very day. Where there is none, one finding a table says so and no member is
called wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from data.clearance.codes import Code
from models.clearance.rules.form import Finding, Form, Position, finding, label

MOST_CODES = 50  # of one element; the table of attributes has 20


def members(form: Form) -> Iterator[Finding]:
    """Every code is in its table on the day; one that was in force on other days is said to be so."""
    without: dict[str, list[Position]] = {}
    for position in form.positions:
        table = position.element.table
        if not position.text or not table:
            continue
        if not form.tables.known(table):
            without.setdefault(table, []).append(position)
            continue
        for code in _codes(position):
            if form.tables.find(table, code) is None:
                yield _not_member(form, position, code)
    for table, positions in sorted(without.items()):
        yield _no_table(form, table, positions)


def _no_table(form: Form, table: str, positions: list[Position]) -> Finding:
    source = form.tables.codes.source(table)
    fields = {position.element.name: position.element.label for position in positions}
    if table == "tariff":  # its units and conditions are not known either
        fields |= {name: label("DecList", name) for name in ("FirstUnit", "SecondUnit")}
        fields["DocuCode"] = label("LicenseDocu", "DocuCode")
    known = f"{source.valid_from.isoformat()}/{source.valid_to.isoformat()}"
    return finding(
        "no_table",
        positions[0].where,
        0,
        ", ".join(fields),
        known,
        title=(source.title, source.en),
        day=form.tables.day,
        first=source.valid_from,
        last=source.valid_to,
        fields=list(fields.values()),
    )


def _codes(position: Position) -> list[str]:
    if position.element.kind == "codes":
        given = dict.fromkeys(code.strip() for code in position.text.split(",") if code.strip())
        return list(given)[:MOST_CODES]
    return [position.text]


def _not_member(form: Form, position: Position, code: str) -> Finding:
    table, field = position.element.table, position.element.label
    other = form.tables.other_days(table, code)
    if not other:
        return finding("code_unknown", position.where, position.line, code, "", field=field)
    row = other[-1]
    now = [after.code for after in form.tables.successors(table, code)]
    if now and row.valid_to < form.tables.day:
        allowed = ", ".join(now)
        return finding("code_former", position.where, position.line, code, allowed, field=field, last=row.valid_to)
    known = f"{_day(row, first=True)}/{_day(row, first=False)}"
    return finding("code_not_in_force", position.where, position.line, code, known, field=field)


def _day(row: Code, *, first: bool) -> str:
    day = row.valid_from if first else row.valid_to
    return "" if day in (day.min, day.max) else day.isoformat()


def levy_nature(form: Form) -> Iterator[Finding]:
    """What the full name of a nature of levy says of direction and of supervision holds for the declaration."""
    nature = form.tables.find("levy_natures", form.head("CutMode"))
    if nature is None:
        return
    direction, modes, mode = (
        nature.values["direction"],
        nature.values["supervision_modes"].split(),
        form.head("TradeMode"),
    )
    if direction and form.direction and direction != form.direction:
        way = {"import": ("进口", "imports"), "export": ("出口", "exports")}[direction]
        yield finding("levy_direction", "DecHead/CutMode", 0, nature.code, direction, name=nature.zh, way=way)
    if modes and mode and mode not in modes:
        of_mode = form.tables.name("supervision_modes", mode)
        yield finding(
            "levy_supervision", "DecHead/CutMode", 0, nature.code, " ".join(modes), name=nature.zh, mode=of_mode
        )


RULES = (members, levy_nature)
