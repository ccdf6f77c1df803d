"""Names of banks: by the policy in force of each, and a field that takes a name or a code."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import dash_mantine_components as dmc
from dash.development.base_component import Component

from data.texts.figures import Text
from models.quota.policy import read_policies
from serving.console.parts.words import own

if TYPE_CHECKING:
    from serving.console.page import View


def bank_names(view: View) -> dict[str, str]:
    """Every bank with a policy of its own, by its id."""
    banks = view.state.worker.policies.banks
    return {bank_id: one.name_zh if view.lang == "zh" else one.name_en for bank_id, one in banks.items()}


def bank_name(view: View, bank_id: str) -> str:
    """The bank's name, by a policy file of its where none of its policies is in force; else its id."""
    return bank_names(view).get(bank_id) or own(view, _names_of_files().get(bank_id, (bank_id, bank_id)))


@cache
def _names_of_files() -> dict[str, Text]:
    """The Chinese and English name of every bank with a policy file, by its id; the files are read once."""
    return {one.bank_id: (one.name_zh, one.name_en) for one in read_policies()}


def bank_words(view: View, bank_id: str) -> str:
    """Name and id, or the id alone where no name is known."""
    name = bank_name(view, bank_id)
    return bank_id if name == bank_id else view.text("parts.bank_words", name=name, bank=bank_id)


def caller_field(view: View, field_id: str, label: str, description: str, *, zone: bool = False) -> Component:
    """A field for whom somebody acts: a bank is chosen by its name, an enterprise's code is typed.

    zone : the zone is offered as well
    """
    offered = [view.text("operator.zone")] if zone else []
    offered += [bank_words(view, bank_id) for bank_id in bank_names(view)]
    return dmc.Autocomplete(
        id=field_id, label=label, description=description, data=offered, withAsterisk=zone, clearable=True,
        attributes={"input": {"autoComplete": "off"}},
    )  # fmt: skip


def caller_of(view: View, given: str | None, zone_name: str) -> str:
    """The id of what was chosen in such a field; what was typed is taken as it is."""
    text = (given or "").strip()
    if text == view.text("operator.zone"):
        return zone_name
    chosen = {bank_words(view, bank_id): bank_id for bank_id in bank_names(view)}
    return chosen.get(text, text)
