"""Rules of numbers that name things: items, containers, the declaration itself."""

from __future__ import annotations

from collections.abc import Iterator

from data.clearance.container_numbers import check_digit, has_form
from models.clearance.rules.form import Finding, Form, finding

MOST_GOODS = 50  # items of one declaration


def items(form: Form) -> Iterator[Finding]:
    """There are 1 to 50 items, and they are numbered from 1 without a gap (item 33)."""
    lines = form.rows("DecList")
    if not lines:
        yield finding("no_goods", "DecLists", 0, "0", f"1-{MOST_GOODS}")
    if len(lines) > MOST_GOODS:
        yield finding("too_many_goods", "DecLists", 0, str(len(lines)), f"1-{MOST_GOODS}")
    for path, line, row in lines:
        given = row.get("GNo", "").strip()
        if given and given != str(line):
            yield finding("item_number", f"{path}/GNo", line, given, str(line))


def containers(form: Form) -> Iterator[Finding]:
    """Numbers have the form and check digit of ISO 6346, occur once, and hold items that there are."""
    n_items, seen = len(form.declaration.goods), set()
    for path, _, row in form.rows("Container"):
        container = row.get("ContainerId", "").strip()
        where = f"{path}/ContainerId"
        if container and not has_form(container):
            yield finding("container_form", where, 0, container, "")
        elif container and check_digit(container[:10]) != int(container[10]):
            yield finding("container_check_digit", where, 0, container, str(check_digit(container[:10])))
        if container and container in seen:
            yield finding("container_twice", where, 0, container, "")
        seen.add(container)
        items_in = filter(None, (part.strip() for part in row.get("GoodsNo", "").split(",")))
        wrong = next((item for item in items_in if not _names_item(item, n_items)), None)
        if wrong is not None:
            yield finding("container_goods", f"{path}/GoodsNo", 0, wrong, f"1-{n_items}")


def _names_item(text: str, n_items: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= n_items


def of_customs(form: Form) -> Iterator[Finding]:
    """The number of the Single Window begins with the direction, that of customs with the office that gave it."""
    number, flag = form.head("SeqNo"), form.head("IEFlag")
    if number and flag in ("I", "E") and number[0] in ("I", "E") and number[0] != flag:
        yield finding("number_direction", "DecHead/SeqNo", 0, number[0], flag)
    entry, office = form.head("EntryId"), form.head("CustomMaster")
    if len(entry) == 18 and entry.isascii() and entry.isdigit() and office and entry[:4] != office:
        yield finding("number_office", "DecHead/EntryId", 0, entry[:4], office)


RULES = (items, containers, of_customs)
