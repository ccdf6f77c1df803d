"""The form with which a person records what came of a firm that was shown or invited."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from data.match_feedback import STEPS
from data.matching import REASONS_NOT
from serving.console.page import Console, View
from serving.console.parts.firm_names import firm_words
from serving.console.parts.states import success_message

OUTSIDE = ("met", "kept", "second_meeting", "solved", "signed")  # steps of a firm that no event invited
IMPLIED = {"kept": ("met",), "second_meeting": ("kept", "met")}  # what a step needs before it
AT_EVENT = {"accepted": ("invited",), "met": ("accepted", "invited")}
SEPARATOR = "|"
Pairs = Sequence[tuple[str, str]]  # demand and firm


def outcome_form(
    view: View, prefix: str, pairs: Pairs, *, query_id: str | None = None, event_id: str | None = None
) -> Component:
    """A choice of pairs, the steps that happened, and why nothing came of it; ids begin with ``prefix``.

    query_id : of the list that showed the firms; event_id : of the event to which they were invited
    """
    several = len({demand for demand, _ in pairs}) > 1
    choices = [
        {"value": SEPARATOR.join(pair), "label": _pair(view, *pair) if several else firm_words(view, pair[1])}
        for pair in pairs
    ]
    steps = STEPS if event_id else OUTSIDE
    boxes = [dmc.Checkbox(label=view.text(f"outcomes.step.{step}"), value=step) for step in steps]
    reasons = [{"value": key, "label": view.text(f"outcomes.reason.{key}")} for key in REASONS_NOT]
    clear = {"aria-label": view.text("demands.clear_one")}
    return dmc.Stack(
        [
            dmc.Select(id=f"{prefix}-pair", label=view.text("outcomes.pair"), data=choices, searchable=True,
                       nothingFoundMessage=view.text("outcomes.no_pair")),
            dmc.CheckboxGroup(dmc.Group(boxes), id=f"{prefix}-steps", label=view.text("outcomes.steps"), value=[]),
            dmc.Select(id=f"{prefix}-reason", label=view.text("outcomes.reason"), data=reasons, clearable=True,
                       clearButtonProps=clear),
            html.Div(dmc.Button(view.text("outcomes.record"), id=f"{prefix}-record")),
            dcc.Store(id=f"{prefix}-list", data={"query_id": query_id, "event_id": event_id}),
            html.Div(id=f"{prefix}-recorded", role="status"),
        ]
    )  # fmt: skip


def register_outcome_form(console: Console, prefix: str, *, roles: Sequence[str], permission: str) -> None:
    """Register the form's callback, which posts the record and says so."""

    @console.callback(
        Output(f"{prefix}-recorded", "children"), Output(f"{prefix}-steps", "value"),
        Output(f"{prefix}-reason", "value"), Input(f"{prefix}-record", "n_clicks"),
        State(f"{prefix}-pair", "value"), State(f"{prefix}-steps", "value"), State(f"{prefix}-reason", "value"),
        State(f"{prefix}-list", "data"), roles=roles, permission=permission,
        running=[(Output(f"{prefix}-record", "loading"), True, False)],
    )  # fmt: skip
    def record(
        view: View, _: int, pair: str | None, steps: list[str], reason: str | None, about: dict[str, Any]
    ) -> Any:
        if not pair or not (steps or reason):
            return dmc.Alert(view.text("outcomes.incomplete"), color="yellow"), steps, reason
        demand, uscc = pair.split(SEPARATOR)
        view.api.post("/v1/match/outcomes", outcome_body(demand, uscc, steps, reason, **about))
        return success_message(view, view.text("outcomes.recorded", firm=firm_words(view, uscc))), [], None


def outcome_body(
    demand_id: str, uscc: str, steps: Sequence[str], reason: str | None = None, *, query_id: str | None = None,
    event_id: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The body of ``POST /v1/match/outcomes``: with every step that the given ones need before them."""
    happened = set(steps)
    for rules in (IMPLIED, AT_EVENT if event_id else {}):
        for step, before in rules.items():
            happened |= set(before) if step in happened else set()
    body = {
        "outcome_id": f"o-{secrets.token_hex(8)}", "demand_id": demand_id, "uscc": uscc, "query_id": query_id,
        "event_id": event_id, "at": datetime.now(UTC).isoformat(), "reason_not": reason,
        **{step: True for step in STEPS if step in happened},
    }  # fmt: skip
    return {name: value for name, value in body.items() if value is not None}


def _pair(view: View, demand: str, uscc: str) -> str:
    return view.text("outcomes.of_pair", demand=demand, firm=firm_words(view, uscc))
