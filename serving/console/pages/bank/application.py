"""One bank application: the enterprise under its consent, the quota, what may be done next, all that was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from data.codebook import read_codebook
from data.money import CNY_PER_WAN
from data.texts.quantities import read_quantities
from serving.applications.bank_applications import FINAL
from serving.consents.check import check_recorded
from serving.console.page import Page
from serving.console.pages.bank import application_forms as forms
from serving.console.pages.bank import inbox
from serving.console.pages.bank.decision_book import Decided, book_of
from serving.console.pages.bank.decision_parts import (
    constraints_chart,
    points_chart,
    reasons_chart,
    summary,
    warnings_list,
)
from serving.console.pages.bank.words import (
    NOTHING,
    ROLE,
    against_words,
    limited_by,
    money,
    money_cny,
    months,
    outcome,
    plain_table,
    points,
    product,
    purpose,
    stage,
    state_badge,
)
from serving.console.parts.firm_names import firm_name
from serving.console.parts.instants import day, moment
from serving.console.parts.states import empty, fact_cards, section, success_message
from serving.console.parts.words import capital, named

if TYPE_CHECKING:
    from serving.console.page import Console, View

PATH = "/applications/{bank_application_id}"


def register(console: Console) -> None:
    """Add the page, and what its forms do."""
    console.add(Page(PATH, ROLE, inbox.PERMISSION, "bank.application", layout))
    forms.register(console)


def layout(view: View) -> Component:
    """Facts, consent, points, quota, forms and history of the application named in the address."""
    wanted = view.params["bank_application_id"]
    one = view.api.get(f"/v1/bank-applications/{quote(wanted, safe='')}")
    decided = decisions_of(view, one)
    held = one["points"] is not None
    done = view.query.get("done", "")
    parts: list[Any] = [
        dcc.Store(id="bank-application-id", data=one["bank_application_id"]),
        dcc.Location(id="bank-application-moved", refresh=True),
        *([success_message(view, view.text(f"bank.done.{done}"))] if done in forms.DONE else []),
        facts(view, one),
        section(view.text("bank.consent"), consent_part(view, one)),
    ]
    if held:
        parts.append(section(view.text("bank.indicators"), *seen_part(view, one["points"])))
    parts.append(section(view.text("bank.quota"), *quota_part(view, one, decided, held=held)))
    parts += forms.sections(view, one, decided)
    parts.append(section(view.text("bank.timeline"), timeline(view, one)))
    return dmc.Stack(parts)


def decisions_of(view: View, one: Mapping[str, Any]) -> list[Decided]:
    """The bank's decisions about the enterprise, the newest first."""
    view.caller.need("decisions", "bank")
    return [item for item in book_of(view.state.worker).decided(view.caller.name) if item.uscc == one["uscc"]][::-1]


def facts(view: View, one: Mapping[str, Any]) -> Component:
    """Who wants what, how old the application is and when it ends."""
    request, left = one["request"], inbox.days_left(one, datetime.now(UTC))
    amount = money_cny(view, request["requested_amount_cny"])
    in_yuan = view.text("bank.yuan", x=request["requested_amount_cny"])
    ends = view.text("bank.closed") if left is None else view.text("bank.days_left", days=left)
    name = firm_name(view, one["uscc"])
    cards = fact_cards(
        [
            (view.text("bank.enterprise"), name, None if name == one["uscc"] else one["uscc"]),
            (view.text("bank.requested"), amount, None if in_yuan == amount else in_yuan),  # not twice in English
            (view.text("bank.product"), product(view, request["product"]),
             f"{months(view, request['tenor_months'])} · {purpose(view, request['purpose'])}"),
            (view.text("bank.expires"), day(view, one["expires_at"]) if left is not None else NOTHING, ends),
        ]
    )  # fmt: skip
    return dmc.Stack([dmc.Group([state_badge(view, one["state"])]), cards])


def consent_part(view: View, one: Mapping[str, Any]) -> Component:
    """The consent and whether it holds; what is against it in words."""
    consent = one["consent"]
    against = check_recorded(consent, one["uscc"], view.caller, view.state.worker.consents)
    allowed = view.text("bank.list", x=[view.text(f"share.{share}") for share in consent["scope"]])
    given = view.text(
        "bank.consent.given", by=consent["granted_by"], day=day(view, consent["granted_at"]),
        end=day(view, consent["expires_at"]), scope=allowed,
    )  # fmt: skip
    if not against.faults:
        return dmc.Stack([dmc.Text(view.text("bank.consent.holds"), fw=600), dmc.Text(given, size="sm")], gap=4)
    words = [against_words(view, against), *([] if one["state"] in FINAL else [view.text("bank.consent.ask")])]
    return dmc.Stack(
        [dmc.Alert(dmc.Stack([dmc.Text(line, size="sm") for line in words], gap=4),
                   title=view.text("bank.consent.ended"), color="orange"),
         dmc.Text(given, size="sm")],
        gap="xs",
    )  # fmt: skip


def seen_part(view: View, seen: Mapping[str, Any]) -> list[Component]:
    """Points and every indicator as the enterprise shared them."""
    scored = seen["points"]
    dimensions = {key: value for key in read_codebook().dimensions if (value := scored[f"dim_{key}"]) is not None}
    rows = [
        [capital(one[view.lang]), indicator_value(view, one), points(view, one["points"])] for one in seen["indicators"]
    ]
    missing = sum(one["missing"] for one in seen["indicators"])
    of_day = view.text("bank.indicators.of", day=day(view, seen["as_of"]), stage=stage(view, seen["growth_stage"]))
    notes = [of_day, *([view.text("bank.indicators.personal")] if seen["personal_excluded"] else [])]
    headings = [view.text(f"bank.indicator.{key}") for key in ("name", "value", "points")]
    table = html.Details(
        [html.Summary(view.text("bank.indicators.all", count=len(rows), missing=missing)), plain_table(headings, rows)],
        open=True,
    )
    return [
        dmc.Text(" ".join(notes), size="sm"),
        points_chart(view, {**scored, "dimensions": dimensions}, seen["growth_stage"]),
        table,
    ]


def indicator_value(view: View, one: Mapping[str, Any]) -> str:
    """The value of an indicator with its unit; that it is missing or not in the consent in words."""
    if one["missing"]:
        return view.text("bank.indicator.missing")
    if one["value"] is None:
        return view.text("bank.indicator.hidden")
    text = read_quantities()[one["key"]].text(float(one["value"]))
    return capital(text[0 if view.lang == "zh" else 1])


def quota_part(view: View, one: Mapping[str, Any], decided: list[Decided], *, held: bool) -> list[Component]:
    """The newest quota with its limiting constraint and reasons, the earlier ones, and the form for another."""
    parts: list[Component] = []
    if decided:
        newest = view.api.get(f"/v1/decisions/{decided[0].audit_id}")
        answer = newest["answer"]
        made = view.text("bank.quota.made", at=moment(view, newest["recorded_at"]))
        link = dmc.Anchor(view.text("bank.quota.whole"), href=view.href(f"/decisions/{decided[0].audit_id}"))
        parts += [
            dmc.Group([dmc.Text(made, size="sm"), link]),
            summary(view, answer),
            warnings_list(view, answer["warnings"]),
            constraints_chart(view, answer),
            reasons_chart(view, answer),
        ]
    if len(decided) > 1:
        headings = [view.text(key) for key in ("bank.decided_at", "bank.outcome", "bank.quota", "bank.limited_by")]
        rows = [
            [
                dmc.Anchor(moment(view, item.recorded_at), href=view.href(f"/decisions/{item.audit_id}")),
                outcome(view, item.outcome), money(view, item.amount_wan),
                limited_by(view, item.limited_by),
            ]
            for item in decided[1:]
        ]  # fmt: skip
        earlier = view.text("bank.quota.earlier", count=len(rows))
        parts.append(html.Details([html.Summary(earlier), plain_table(headings, rows)]))
    if not decided:
        parts.append(empty(view.text("bank.quota.none" if held else "bank.quota.no_consent")))
    return [*parts, *([forms.quota_form(view, one)] if held and one["state"] not in FINAL else [])]


def timeline(view: View, one: Mapping[str, Any]) -> Component:
    """Every action with its day, its person and what it recorded, the oldest first."""
    actions = one["actions"]
    items = [
        dmc.TimelineItem(
            [dmc.Text(moment(view, action["at"]), size="xs", className="quiet"),
             *[dmc.Text(line, size="sm") for line in action_lines(view, action)]],
            title=view.text(f"bank.action.{action['state']}"),
        )
        for action in actions
    ]  # fmt: skip
    return dmc.Timeline(items, active=len(actions) - 1, bulletSize=16)


def action_lines(view: View, action: Mapping[str, Any]) -> list[str]:
    """What an action recorded, line by line."""
    lines = []
    if action.get("by"):
        who = view.text("bank.by_clock") if action["by"] == "clock" else str(action["by"])
        lines.append(view.text("bank.by", who=who))
    if "visited_on" in action:
        advice = "bank.recommended" if action["recommended"] else "bank.not_recommended"
        lines.append(view.text("bank.visited", day=day(view, action["visited_on"]), advice=view.text(advice)))
        lines.append(str(action["findings"]))
    if "amount_cny" in action:
        lines.append(
            view.text(
                "bank.granted", amount=action["amount_cny"] / CNY_PER_WAN, rate=action["annual_rate"],
                months=action["tenor_months"],
            )
        )  # fmt: skip
    if "certificate" in action:
        covered = action["certificate"]
        key = "bank.certificate.within" if covered["within"] else "bank.certificate.beyond"
        lines.append(view.text(key, number=covered["number"], total=covered["total_cny"] / CNY_PER_WAN))
    if action.get("reason"):
        lines.append(view.text("bank.because", reason=str(action["reason"])))
    return lines + [named(view, warning) for warning in action.get("warnings", ())]
