"""Releases with four eyes: what is packed, proposed and in force; one person proposes, another activates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, html
from dash.development.base_component import Component

from models.quota.policy import read_policies
from serving.auth.access import holder_name
from serving.console.page import Console, Page, View, Waiting
from serving.console.pages.operator import policy_change
from serving.console.pages.operator.words import reason_input
from serving.console.parts.bank_names import bank_name
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import day, moment
from serving.console.parts.states import empty, fact_cards, section, success_message
from serving.releases.releases import EVERYBODY

ROLE, PERMISSION = ("operator",), "release"
PATH = "/operator/releases"


def register(console: Console) -> None:
    """Add the page, its callbacks and what waits."""
    console.add(Page(PATH, ROLE, PERMISSION, "operator.releases", layout, "menu.system", "release"))
    console.callback(
        Output("releases-proposed", "children"), Output("releases-list", "children"),
        Input("releases-propose", "n_clicks"), State("releases-packed", "value"), State("releases-why", "value"),
        roles=ROLE, permission=PERMISSION, running=[(Output("releases-propose", "loading"), True, False)],
    )(propose)  # fmt: skip
    console.callback(
        Output("releases-activated", "children"), Output("releases-list", "children", allow_duplicate=True),
        Input("releases-activate", "n_clicks"), State("releases-open", "value"), State("releases-day", "value"),
        State("releases-reason", "value"), roles=ROLE, permission=PERMISSION,
        running=[(Output("releases-activate", "loading"), True, False)],
    )(activate)  # fmt: skip
    console.callback(
        Output("releases-difference", "children"), Input("releases-open", "value"), roles=ROLE, permission=PERMISSION
    )(policy_change.difference)
    policy_change.register(console)
    console.waiting("operator", waiting)


def layout(view: View) -> Component:
    """In force today, the form that proposes what is packed, the form that activates, and every release."""
    today = view.state.worker.params.today()
    releases = view.api.get("/v1/releases")["releases"]
    packed = choices(view, releases)
    propose_form: list[Any] = [dmc.Text(view.text("operator.propose.note"), className="quiet")]
    if packed:
        propose_form += [
            dmc.Select(id="releases-packed", label=view.text("operator.packed"), data=packed, withAsterisk=True,
                       allowDeselect=False),
            reason_input(view, "releases-why"),
            html.Div(id="releases-proposed", role="status"),
            dmc.Group([dmc.Button(view.text("operator.propose"), id="releases-propose")]),
        ]  # fmt: skip
    else:
        propose_form.append(empty(view.text("operator.packed.none")))
    mine, others = opened(view, releases)
    activate_form: list[Any] = [dmc.Text(view.text("operator.activate.note"), className="quiet")]
    if mine or others:
        activate_form += [
            dmc.Select(id="releases-open", label=view.text("operator.proposed"), withAsterisk=True,
                       allowDeselect=False, data=_labels(view, [*others, *mine])),
            dmc.DateInput(id="releases-day", label=view.text("operator.effective_from"), value=today.isoformat(),
                          minDate=today.isoformat(), valueFormat="YYYY-MM-DD", withAsterisk=True),
            reason_input(view, "releases-reason"),
            html.Div(id="releases-difference", role="status"),
            html.Div(id="releases-activated", role="status"),
            dmc.Group([dmc.Button(view.text("operator.activate"), id="releases-activate")]),
        ]  # fmt: skip
    else:
        activate_form.append(empty(view.text("operator.proposed.none")))
    return dmc.Stack(
        [
            fact_cards(in_force(view, today.isoformat())),
            section(view.text("operator.activate.title"), *activate_form),
            section(view.text("operator.propose.title"), *propose_form),
            policy_change.form(view),
            section(view.text("operator.releases.every"), html.Div(listed(view, releases), id="releases-list")),
        ]
    )


def in_force(view: View, today: str) -> list[tuple[str, str, str | None]]:
    """Cards of what is packed and of what is in force for everybody today."""
    packed = view.state.worker.service.models.release
    cards: list[tuple[str, str, str | None]] = [(view.text("operator.packed.model"), packed, None)]
    for what in ("model", "policy"):
        found = view.api.get("/v1/releases/in-force", what=what, owner=EVERYBODY, on=today)
        who = view.text("operator.set_up") if found["bootstrap"] else found["activated_by"]
        note = view.text("operator.in_force.since", day=day(view, found["effective_from"]), who=who)
        cards.append((view.text(f"operator.in_force.{what}"), found["version"], note))
    return cards


def choices(view: View, releases: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What is packed and was never proposed: the model, and each bank's policy."""
    known = {one["release"] for one in releases}
    model = f"model:{EVERYBODY}:{view.state.worker.service.models.release}"
    found = [model, *(f"policy:{policy.bank_id}:{policy.version}" for policy in read_policies())]
    return [{"value": release, "label": release_words(view, release)} for release in found if release not in known]


def opened(
    view: View, releases: Sequence[Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Proposed and never activated: by this person, and by others."""
    done = {one["release"] for one in releases if one["effective_from"]}
    waits = [one for one in releases if not one["effective_from"] and one["release"] not in done]
    mine = [one for one in waits if holder_name(one["by"]) == holder_name(view.caller.holder)]
    return mine, [one for one in waits if one not in mine]


def propose(view: View, clicks: int, release: str, reason: str) -> Any:
    """Propose what is packed, with its whole body."""
    what, owner, version = (release or "::").split(":", 2)
    models = view.state.worker.service.models
    body: Any = dict(models.versions)
    if what == "policy":
        policy = next(one for one in read_policies() if (one.bank_id, one.version) == (owner, version))
        body = policy.model_dump(mode="json")
    sent = {"what": what, "owner": owner, "version": version, "body": body, "reason": reason or ""}
    view.api.post("/v1/releases", sent)
    words = view.text("operator.proposed.done", release=release_words(view, release))
    return success_message(view, words), listed(view, view.api.get("/v1/releases")["releases"])


def activate(view: View, clicks: int, release: str, effective_from: str, reason: str) -> Any:
    """Activate what somebody else proposed; the API refuses the proposer."""
    sent = {"release": release or "", "effective_from": (effective_from or "")[:10], "reason": reason or ""}
    done = view.api.post("/v1/releases/activate", sent)
    lines = [warning["zh" if view.lang == "zh" else "en"] for warning in done["warnings"]]
    key = "operator.activated.done" if done["changed"] else "operator.activated.before"
    words = view.text(key, release=release_words(view, release), day=day(view, done["effective_from"]))
    shown = dmc.Stack([success_message(view, words), *(dmc.Text(line, size="sm") for line in lines)], gap="xs")
    return shown, listed(view, view.api.get("/v1/releases")["releases"])


def listed(view: View, releases: Sequence[Mapping[str, Any]]) -> Component:
    """Every proposal and activation, the newest first."""
    rows = [
        {
            "id": str(one["record"]),
            "release": release_words(view, one["release"]),
            "act": view.text("operator.act.activated" if one["effective_from"] else "operator.act.proposed"),
            "by": view.text("operator.set_up") if one["bootstrap"] else one["by"],
            "at": moment(view, one["recorded_at"]),
            "from": one["effective_from"],
            "reason": view.text("operator.first_release") if one["bootstrap"] else one["reason"],
        }
        for one in reversed(releases)
    ]
    columns = [
        Column("release", view.text("operator.release"), least_px=330),
        Column("act", view.text("operator.what")),
        Column("by", view.text("operator.who"), least_px=140),
        Column("at", view.text("operator.when"), least_px=185),
        Column("from", view.text("operator.effective_from"), "date", least_px=140),
        Column("reason", view.text("operator.reason"), least_px=200),
    ]
    return grid(view, "releases-grid", columns, rows, label=view.text("operator.releases.every"), height=380)


def release_words(view: View, release: str) -> str:
    """A release in words: the model or the policy, whose, and its version."""
    what, owner, version = release.split(":", 2)
    whose = view.text("operator.everybody") if owner == EVERYBODY else bank_name(view, owner)
    return view.text(f"operator.release.{what}", whose=whose, version=version)


def waiting(view: View) -> list[Waiting]:
    """Releases that others proposed and this person may activate."""
    _, others = opened(view, view.api.get("/v1/releases")["releases"])
    return [Waiting(view.text("operator.waiting.releases"), len(others), view.href(PATH))]


def _labels(view: View, releases: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    labels = {
        one["release"]: view.text("operator.proposed.line", release=release_words(view, one["release"]), by=one["by"])
        for one in releases
    }
    return [{"value": release, "label": words} for release, words in labels.items()]
