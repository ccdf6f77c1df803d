"""Words and small forms that the operator's pages share."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash.development.base_component import Component

from data.uscc import uscc_fault
from serving.console.accounts import LONGEST_REASON, ZONE_NAME
from serving.console.demo_accounts import DEMO_SET_UP, REASON
from serving.console.page import View
from serving.console.parts.bank_names import bank_words
from serving.console.parts.firm_names import firm_words

NOTHING = "–"


def caller_words(view: View, caller_name: str) -> str:
    """For whom an account or key acts, in words: the zone, a bank or a firm by its name with its code."""
    if caller_name == ZONE_NAME:
        return view.text("operator.zone")
    if not caller_name:
        return NOTHING
    return firm_words(view, caller_name) if uscc_fault(caller_name) is None else bank_words(view, caller_name)


def person_words(view: View, holder: str) -> str:
    """Who acted, by the name in the record; the program that makes the demo accounts in the person's language."""
    number = holder.removeprefix(f"{DEMO_SET_UP} ")
    return view.text("operator.demo_set_up", number=number) if number != holder else holder


def reason_words(view: View, reason: str) -> str:
    """The reason in a record; that of the demo accounts in the person's language."""
    return view.text("operator.demo_reason") if reason == REASON else reason


def reason_input(view: View, field_id: str) -> Component:
    """The reason of an act, which is recorded with it."""
    return dmc.TextInput(
        id=field_id, label=view.text("operator.reason"), description=view.text("operator.reason.note"),
        withAsterisk=True, attributes={"input": {"maxLength": LONGEST_REASON}},
    )  # fmt: skip


def shown_once(view: View, title: str, secret: str, next_key: str) -> Component:
    """A password or key that nobody will see again, and what to do with it."""
    return dmc.Alert(
        dmc.Stack(
            [
                dmc.Code(secret, block=True, className="shown-once"),
                dmc.Text(view.text("operator.shown_once"), size="sm"),
                dmc.Text(view.text(next_key), size="sm"),
            ],
            gap="xs",
        ),
        title=title,
        color="green",
    )
