"""One objection as both sides read it: what it is about, where it is, what happened, what may be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dash
import dash_mantine_components as dmc
from dash import dcc
from dash.development.base_component import Component

from serving.console.parts.firm_names import firm_link
from serving.console.parts.forms import confirm_button, reason_field
from serving.console.parts.instants import day, moment
from serving.console.parts.states import badge, fact_cards, section
from serving.console.parts.words import NOTHING, capital, named
from serving.objections.clock import WORKING_DAYS, ObjectionClock, objection_clocks
from serving.objections.objections import (
    FINAL,
    RULES,
    Action,
    Objection,
    action_draft,
    check_written,
    own_objections,
    read_objection,
)

if TYPE_CHECKING:
    from serving.console.page import View

LAMPS = {"green": "green", "yellow": "yellow", "red": "red", "suspended": "blue", "closed": "gray"}
BODY, ID, TEXT, ACT, SURE = "objections-body", "objections-id", "objections-text", "objections-act", "objections-sure"


def read_one(view: View, objection_id: str) -> Objection:
    """An objection that the person may see; any other is not found."""
    worker = view.state.worker
    return view.run(worker.read(lambda: read_objection(worker.ledger, objection_id, view.caller)))


def all_of(view: View) -> list[Objection]:
    """The objections that the person may see, the earliest filed first."""
    worker = view.state.worker
    return view.run(worker.read(lambda: own_objections(worker.ledger, view.caller)))


def page_of_one(view: View) -> Component:
    """The whole page of the objection in the address."""
    one = read_one(view, view.params["objection_id"])
    return dmc.Box([dcc.Store(id=ID, data=one.objection_id), dmc.Box(body(view, one), id=BODY)])


def body(view: View, one: Objection) -> Component:
    """Facts, the subject, history and actions."""
    (clock,) = objection_clocks([one], datetime.now(UTC))
    whose = [] if view.caller.role == "enterprise" else [dmc.Group([firm_link(view, one.uscc)])]
    return dmc.Stack(
        [
            *whose,
            fact_cards(_facts(view, one, clock)),
            section(view.text("objections.col.about"), subject_list(view, one.about)),
            section(view.text("objections.history"), _history(view, one)),
            section(view.text("objections.act"), *_actions(view, one)),
        ]
    )


def lamp_badge(view: View, lamp: str) -> Component:
    """The lamp of a clock, in words on its colour."""
    return badge(view.text(f"objections.lamp.{lamp}"), LAMPS[lamp])


def left_text(view: View, clock: ObjectionClock) -> str:
    """Working days left, or by how many it is late."""
    if clock.left_days is None:
        return NOTHING
    key = "objections.left" if clock.left_days >= 0 else "objections.late"
    return view.text(key, days=abs(clock.left_days))


def subject_list(view: View, about: Mapping[str, Any]) -> Component:
    """What is objected to: kind, name, value, source and date as they were on the day of filing."""
    agency = view.text(f"agency.{about['agency']}") if about["agency"] else view.text("objections.source.service")
    rows = [
        ("objections.col.kind", view.text(f"objections.kind.{about['kind']}")),
        ("objections.col.about", capital(named(view, about))),
        ("objections.col.value", named(view, about, "value")),
        ("objections.col.source", capital(agency)),
        ("objections.col.data_date", day(view, about["data_date"])),
    ]
    lines = [
        dmc.Group([dmc.Text(view.text(key), size="sm", className="quiet", w=140), dmc.Text(words, flex=1, miw=180)],
                  align="flex-start", gap="sm")
        for key, words in rows
    ]  # fmt: skip
    return dmc.Stack(lines, gap="xs")


def _facts(view: View, one: Objection, clock: ObjectionClock) -> list[tuple[str, str, str | None]]:
    promise = view.text("objections.due.note", days=WORKING_DAYS)
    return [
        (view.text("objections.col.state"), view.text(f"objections.state.{one.state}"), None),
        (view.text("objections.col.lamp"), view.text(f"objections.lamp.{clock.lamp}"), left_text(view, clock)),
        (view.text("objections.col.due"), day(view, clock.due_on), promise if one.is_open else None),
        (view.text("objections.col.age"), view.text("objections.days", days=clock.age_days), None),
    ]


def _history(view: View, one: Objection) -> Component:
    items = [
        dmc.TimelineItem(
            [
                dmc.Text(f"{moment(view, step['at'])} · {_who(view, step)}", size="sm", className="quiet"),
                dmc.Text(step["text"], style={"whiteSpace": "pre-wrap"}),
            ],
            title=view.text(f"objections.state.{step['state']}"),
        )
        for step in one.steps
    ]
    return dmc.Timeline(items, active=len(items), bulletSize=16, lineWidth=2)


def _who(view: View, step: Mapping[str, Any]) -> str:
    side = view.text(f"objections.side.{step['role']}")
    return f"{side} {step['by']}" if view.caller.role == step["role"] else side


def _actions(view: View, one: Objection) -> list[Any]:
    role = view.caller.role
    actions = one.next_actions(role)
    if not actions:
        return [dmc.Text(view.text("objections.act.nothing"))]
    words = "objections.act.text.enterprise" if role == "enterprise" else "objections.act.text"
    field = reason_field(TEXT, view.text(words))
    buttons = [_button(view, action) for action in actions]
    note = [dmc.Text(view.text("objections.uphold.note"), size="sm")] if "uphold" in actions else []
    return [field, dmc.Group(buttons), *note]


def _button(view: View, action: Action) -> Component:
    words = view.text(f"objections.action.{action}")
    if RULES[action].leads_to in FINAL:
        colour = "green" if action == "uphold" else "red"
        question = view.text(f"objections.confirm.{action}")
        return confirm_button({"type": SURE, "action": action}, words, question, colour)
    return dmc.Button(words, id={"type": ACT, "action": action})


def act(view: View, clicks: list[int | None], sure: list[int | None], text: str | None, objection_id: str) -> Component:
    """Take the action whose button was used, and show the objection as it is then."""
    if not any([*clicks, *sure]):
        raise dash.exceptions.PreventUpdate
    action: Action = dash.ctx.triggered_id["action"]
    before = read_one(view, objection_id)
    draft = action_draft(before, action, view.caller, text or "")
    ((record, new),) = view.run(view.state.worker.write([draft]))
    check_written(draft, record, new=new)
    done = dmc.Alert(view.text("objections.done"), color="green")
    return dmc.Stack([done, body(view, read_one(view, objection_id))])
