"""Members of a recorded decision by name and value, as a person reads them: inputs, and where a replay differs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from data.codebook import Codebook, read_codebook, read_credit_facts
from data.texts.quantities import read_quantities
from data.texts.sentences import read_sentences
from serving.console.pages.bank.words import NOTHING, titled
from serving.console.parts.instants import day
from serving.console.parts.words import capital, own
from serving.console.texts import console_sentences
from serving.objections.subjects import HeldValue

if TYPE_CHECKING:
    from serving.audit.replay import Difference
    from serving.console.page import View

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def member_name(view: View, path: str) -> str:
    """The name of a member by its path, as ``reasons[0].value``: every step in words, items counted from 1."""
    steps = []
    for name, number in _STEP.findall(path):
        steps.append(view.text("bank.member.item", number=int(number) + 1) if number else step_name(view, name))
    return " › ".join(steps)


def step_name(view: View, name: str) -> str:
    """One step of a path: a member of the answer, an agency, an indicator or a fact."""
    for key in (f"bank.member.{name}", f"bank.dimension.{name}"):
        if key in console_sentences():
            return view.text(key)
    if f"agency.{name}" in read_sentences():
        return titled(view, f"agency.{name}")
    quantity = read_quantities().get(name)
    return view.text("bank.member.other") if quantity is None else quantity.name[0 if view.lang == "zh" else 1]


def value_text(view: View, value: Any) -> str:
    """A value of a record: figures with thousands, yes and no in words, a dash for nothing."""
    if value is None or value == [] or value == {}:
        return NOTHING
    if isinstance(value, bool):
        return view.text("bank.yes" if value else "bank.no")
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)


def difference_rows(view: View, differences: Sequence[Difference]) -> list[list[str]]:
    """What differs: the member in words, its value in the record, and decided again."""
    return [
        [member_name(view, one.member), value_text(view, one.recorded), value_text(view, one.replayed)]
        for one in differences
    ]


def input_rows(view: View, inputs: Mapping[str, Any], *, personal: bool, book: Codebook | None = None,
               ) -> list[list[str]]:  # fmt: skip
    """Every indicator and credit fact behind a decision: name, value with its unit, the agency, the day it was known.

    personal : whether indicators about natural persons are shown; without it they are left out
    """
    rows, known = inputs["row"], inputs["known_at"]
    found = []
    for item in (*(book or read_codebook()), *read_credit_facts()):
        if getattr(item, "personal", False) and not personal:
            continue
        value = rows.get(item.key)
        text = view.text("bank.indicator.missing")
        if value is not None:
            text = own(view, HeldValue(item, float(value), None, withheld=False).texts)
        agency = titled(view, f"agency.{item.agency}")
        found.append([capital(getattr(item, view.lang)), capital(text), agency, day(view, known.get(item.key))])
    return found
