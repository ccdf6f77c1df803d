"""One decision of the bank: every input, version, reason and constraint, a person's own beside it, a replay, a record.

The inputs are more than the decision's answer: they are shown only while the consent behind the decision holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import dash_mantine_components as dmc
import flask
import orjson
from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from serving.consents.check import check_recorded
from serving.console.page import Page
from serving.console.pages.bank import overriding
from serving.console.pages.bank.decision_parts import (
    advice_list,
    constraints_chart,
    points_chart,
    reasons_chart,
    risk_table,
    sources_table,
    summary,
    versions_table,
    warnings_list,
)
from serving.console.pages.bank.decisions import PATH, PERMISSION, read_decision
from serving.console.pages.bank.members import difference_rows, input_rows
from serving.console.pages.bank.replaying import ModelsAtHand, NotReplayedError, own_record, replay_own
from serving.console.pages.bank.words import (
    ROLE,
    against_words,
    facts_list,
    money_cny,
    months,
    plain_table,
    product,
    purpose,
)
from serving.console.parts.firm_names import firm_words
from serving.console.parts.instants import day, moment
from serving.console.parts.states import empty, section, success_message
from serving.console.parts.words import named

if TYPE_CHECKING:
    from serving.audit.replay import Replayed
    from serving.console.page import Console, View

_MODELS: WeakKeyDictionary[Any, ModelsAtHand] = WeakKeyDictionary()


def register(console: Console) -> None:
    """Add the page, its printed form, the record as a file, and the replay."""
    console.add(
        Page(f"{PATH}/{{audit_id}}", ROLE, PERMISSION, "bank.decision", layout),
        Page("/decision-prints/{audit_id}", ROLE, PERMISSION, "bank.decision", printed),
    )
    console.download("bank/decisions/<audit_id>.json", ROLE, PERMISSION, record_file)
    overriding.register(console)

    @console.callback(
        Output("bank-replay-said", "children"), Input("bank-replay-button", "n_clicks"),
        State("bank-decision-of", "data"), roles=ROLE, permission=PERMISSION,
        running=[(Output("bank-replay-button", "loading"), True, False)],
    )  # fmt: skip
    def replay(view: View, clicks: int | None, audit_id: str) -> Any:
        """Decide again from the record, and say whether every byte is the same."""
        return replayed(view, audit_id) if clicks else no_update


def layout(view: View) -> Component:
    """The decision with everything that may be done about it."""
    found = read_decision(view, view.params["audit_id"])
    audit_id, done = found["audit_id"], view.query.get("done", "")
    links = dmc.Group(
        [
            dmc.Anchor(view.text("bank.record.file"), href=view.href(f"/files/bank/decisions/{audit_id}.json")),
            dmc.Anchor(view.text("bank.record.print"), href=view.href(f"/decision-prints/{audit_id}")),
        ]
    )
    replaying = [
        dmc.Text(view.text("bank.replay.note"), size="sm"),
        dmc.Group([dmc.Button(view.text("bank.replay.button"), id="bank-replay-button")]),
        dmc.Box(id="bank-replay-said", **{"aria-live": "polite"}),
    ]
    return dmc.Stack(
        [
            dcc.Store(id="bank-decision-of", data=audit_id),
            dcc.Location(id="bank-override-moved", refresh=True),
            *([success_message(view, view.text("bank.done.override"))] if done == "override" else []),
            links,
            *content(view, found),
            section(view.text("bank.override"), *overriding.form(view, found)),
            section(view.text("bank.replay"), *replaying),
        ]
    )


def printed(view: View) -> Component:
    """The decision as it is printed: nothing to press."""
    found = read_decision(view, view.params["audit_id"])
    back = dmc.Anchor(view.text("bank.record.back"), href=view.href(f"{PATH}/{found['audit_id']}"))
    note = dmc.Text(view.text("bank.record.print_note"), size="sm")
    return dmc.Stack([html.Div([note, back], className="no-print"), *content(view, found)])


def content(view: View, found: Mapping[str, Any]) -> list[Component]:
    """What was decided about whom, why, from what, by which versions, and by whom otherwise."""
    answer = found["answer"]
    record = own_record(view.state.worker.ledger, view.caller, found["audit_id"]).content
    scored, request = answer["points"], record["request"]
    dimensions = {key: value for key, value in scored["dimensions"].items() if value is not None}
    position = facts_list(
        [
            (view.text("bank.audit_id"), found["audit_id"]),
            (view.text("bank.enterprise"), firm_words(view, answer["uscc"])),
            (view.text("bank.decided_at"), moment(view, found["recorded_at"])),
            (view.text("bank.member.as_of"), day(view, answer["as_of"])),
            (view.text("bank.product"), product(view, request["product"])),
            (view.text("bank.purpose"), purpose(view, request["purpose"])),
            (view.text("bank.requested"), money_cny(view, request["requested_amount_cny"])),
            (view.text("bank.tenor"), months(view, request["tenor_months"])),
            (view.text("bank.record.number"), f"{found['record']:,}"),
            (view.text("bank.record.digest"), html.Span(found["digest"], style={"overflowWrap": "anywhere"})),
        ]
    )
    return [
        section(view.text("bank.decision.result"), summary(view, answer), warnings_list(view, answer["warnings"])),
        section(view.text("bank.limited_by"), constraints_chart(view, answer)),
        section(view.text("bank.reasons"), reasons_chart(view, answer), advice_list(view, answer["advice"])),
        section(
            view.text("bank.indicators"),
            points_chart(view, {**scored, "dimensions": dimensions}, scored["growth_stage"]),
        ),
        section(view.text("bank.risk"), risk_table(view, answer["risk"])),
        section(view.text("bank.certificate"), dmc.Text(named(view, answer["loss_certificate"], "text"), size="sm"),
                dmc.Text(view.text("bank.certificate.synthetic"), size="sm")),
        section(view.text("bank.inputs"), inputs(view, record), sources_table(view, answer)),
        section(view.text("bank.versions"), position, versions_table(view, answer)),
        section(view.text("bank.overrides"), overriding.history(view, found["overrides"])),
    ]  # fmt: skip


def inputs(view: View, record: Mapping[str, Any]) -> Component:
    """Every input with agency and day, while the consent behind the decision holds; else why not, in words."""
    consent, uscc = record["request"]["consent"], record["request"]["uscc"]
    against = check_recorded(consent or {}, uscc, view.caller, view.state.worker.consents)
    if against.faults:
        return empty(view.text("bank.inputs.no_consent", why=against_words(view, against)))
    rows = input_rows(view, record["inputs"], personal="personal" in view.caller.permissions)
    headings = [view.text(f"bank.inputs.{key}") for key in ("name", "value", "agency", "day")]
    words = view.text("bank.inputs.all", count=len(rows))
    return html.Details([html.Summary(words), plain_table(headings, rows)], open=True)


def models_of(view: View) -> ModelsAtHand:
    """The models that replays of this service take theirs from."""
    worker = view.state.worker
    held = _MODELS.get(worker)
    if held is None:
        held = _MODELS[worker] = ModelsAtHand(worker.service.models)
    return held


def replayed(view: View, audit_id: str) -> Component:
    """The result of a replay in words: the same bytes, or each member that differs."""
    try:
        one = replay_own(view.state.worker.ledger, models_of(view), view.caller, audit_id)
    except NotReplayedError as fault:
        return dmc.Alert(view.text(fault.key), color="orange")
    return replay_words(view, one)


def replay_words(view: View, one: Replayed) -> Component:
    """Whether record and replay are the same, and where they differ."""
    with_what = view.text("bank.replay.with", release=one.release, policy=one.policy)
    code = [view.text("bank.replay.other_code")] if one.other_code else []
    lines = [dmc.Text(words, size="sm") for words in (with_what, *code)]
    if one.identical:
        return dmc.Alert(dmc.Stack(lines, gap=4), title=view.text("bank.replay.same"), color="green")
    rows = difference_rows(view, one.differences)
    headings = [view.text(f"bank.replay.{key}") for key in ("member", "recorded", "replayed")]
    title = view.text("bank.replay.differs", count=len(rows))
    return dmc.Alert(dmc.Stack([*lines, plain_table(headings, rows)]), title=title, color="red")


def record_file(view: View, audit_id: str) -> flask.Response:
    """The decision as the API gives it, as a JSON file: the answer, its record's number and digest, every override."""
    found = read_decision(view, audit_id)
    text = orjson.dumps(found, option=orjson.OPT_INDENT_2)
    name = {"content-disposition": f'attachment; filename="{found["audit_id"]}.json"'}
    return flask.Response(text, mimetype="application/json", headers=name)
