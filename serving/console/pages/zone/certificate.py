"""Issuing the points certificate of a firm, its sheets, and the page on which anybody signed in verifies one."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
import flask
import orjson
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from serving.auth.access import ROLES
from serving.console.certificate_sheet import certificate_html, certificate_pdf
from serving.console.firm_words import DIMENSIONS, FirmWords
from serving.console.page import Console, Page, View, as_refused, not_found
from serving.console.parts.instants import day
from serving.console.parts.links import framed_page
from serving.console.parts.portrait import firm_of
from serving.console.parts.states import empty, refusal_message, section, success_message
from serving.console.parts.words import capital
from serving.console.points_certificate import (
    PointsCertificate,
    certificate_draft,
    certificate_of,
    find_certificate,
    issued_to,
    verify,
)
from serving.console.texts import Lang
from serving.contract.refusals import Refusal

OFFICER = ("zone_officer",)
PATH, PERMISSION = "/firms/{uscc}/certificate", "firms"
SHEETS = (("pdf", "zh"), ("pdf", "en"), ("html", "zh"), ("html", "en"))
SHEET_PX = 1_000
SHEET_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def register(console: Console) -> None:
    """Add both pages, the sheets and the callbacks."""
    console.add(Page(PATH, OFFICER, PERMISSION, "certificate.page.title", issue_page))
    console.add(
        Page(
            "/certificates",
            tuple(ROLES),
            "",
            "certificate.verify.title",
            verify_page,
            menu="menu.enterprises",
            icon="points",
        )
    )
    console.callback(
        Output("certificate-ask", "opened"),
        Input("certificate-open", "n_clicks"),
        Input("certificate-no", "n_clicks"),
        State("certificate-ask", "opened"),
        roles=OFFICER,
        permission=PERMISSION,
    )(ask)
    console.callback(
        Output("certificate-issued", "children"),
        Output("certificate-earlier", "children"),
        Output("certificate-ask", "opened", allow_duplicate=True),
        Input("certificate-yes", "n_clicks"),
        State("certificate-uscc", "data"),
        roles=OFFICER,
        permission=PERMISSION,
        running=[(Output("certificate-yes", "loading"), True, False)],
    )(issue)
    console.callback(
        Output("certificate-result", "children"),
        Input("certificate-check", "n_clicks"),
        State("certificate-number", "value"),
        State("certificate-code", "value"),
        roles=tuple(ROLES),
    )(checked)
    console.download("certificates/<number>/<lang>.<form>", ("zone_officer", "enterprise"), "", sheet_file)


def issue_page(view: View) -> Component:
    """What a certificate of today would state, the button that issues it, and those issued before."""
    uscc = view.params["uscc"]
    firm, worker = firm_of(view, uscc), view.state.worker
    back = html.A(view.text("certificate.page.back"), href=view.href(f"/firms/{uscc}"))
    try:
        draft = certificate_draft(firm.table, firm.row, worker.ready(), view.caller.name, view.account.holder)
    except Refusal as refusal:
        shown: list[Any] = [refusal_message(view, as_refused(refusal))]
    else:
        content = orjson.loads(draft.body)
        shown = [
            section(view.text("certificate.page.facts"), _stated(view, content)),
            dmc.Group([dmc.Button(view.text("certificate.page.issue"), id="certificate-open")]),
            _question(view),
        ]
    parts = [
        dcc.Store(id="certificate-uscc", data=uscc),
        dmc.Text(view.text("certificate.page.intro")),
        back,
        *shown,
        html.Div(id="certificate-issued", role="status"),
        section(view.text("certificate.page.earlier"), html.Div(_earlier(view, uscc), id="certificate-earlier")),
    ]
    return dmc.Stack(parts)


def _earlier(view: View, uscc: str) -> Component:
    """The certificates issued to a firm, the newest first, with their sheets."""
    worker = view.state.worker
    issued = view.run(worker.read(lambda: issued_to(worker.ledger, uscc)))
    if not issued:
        return empty(view.text("certificate.page.none"))
    return dmc.Stack([_sheets(view, one["number"]) for one in issued])


def ask(_: View, open_clicks: int | None, no_clicks: int | None, opened: bool) -> bool:
    """Open the question, or close it."""
    return not opened and bool(open_clicks or no_clicks)


def issue(view: View, clicks: int | None, uscc: str) -> tuple[Any, Any, bool]:
    """Write the record, and show the sheets drawn from it."""
    if not clicks:
        raise dash.exceptions.PreventUpdate
    firm, worker = firm_of(view, uscc), view.state.worker
    draft = certificate_draft(firm.table, firm.row, worker.ready(), view.caller.name, view.account.holder)
    ((record, _),) = view.run(worker.write([draft]))
    made = certificate_of(record)
    said = success_message(view, view.text("certificate.page.issued", number=made.number, code=made.code))
    sheet = framed_page(
        view.text("certificate.page.preview"), _sheet_href(view, made.number, "html", view.lang), SHEET_PX
    )
    return dmc.Stack([said, sheet]), _earlier(view, uscc), False


def sheet_file(view: View, number: str, lang: Lang, form: str) -> flask.Response:
    """A sheet drawn from its record, as HTML or PDF in either language; an enterprise gets its own alone."""
    worker = view.state.worker
    found = view.run(worker.read(lambda: find_certificate(worker.ledger, number)))
    theirs = found is not None and (view.caller.role != "enterprise" or found.content["uscc"] == view.caller.name)
    if found is None or not theirs or (form, lang) not in SHEETS:
        raise not_found("number", number)
    if view.caller.role != "enterprise":
        view.caller.need(PERMISSION, *OFFICER)
    if form == "html":
        return flask.Response(
            certificate_html(found, lang),
            mimetype="text/html",
            headers={"content-security-policy": SHEET_POLICY, "x-frame-options": "SAMEORIGIN"},
        )
    named = f"inline; filename={found.number}-{lang}.pdf"
    return flask.Response(
        certificate_pdf(found, lang), mimetype="application/pdf", headers={"content-disposition": named}
    )


def verify_page(view: View) -> Component:
    """Number and code, and whether the ledger holds exactly this certificate."""
    number, code = view.query.get("number", ""), view.query.get("code", "")
    result = _result(view, number, code) if number and code else empty(view.text("certificate.verify.empty"))
    inputs = dmc.SimpleGrid(
        [
            dmc.TextInput(
                id="certificate-number",
                label=view.text("certificate.verify.number"),
                value=number,
                placeholder="IP-20260101-0123456789",
            ),
            dmc.TextInput(
                id="certificate-code",
                label=view.text("certificate.verify.code"),
                value=code,
                placeholder="0123-4567-89AB-CDEF",
            ),
        ],
        cols={"base": 1, "sm": 2},
    )
    button = dmc.Group([dmc.Button(view.text("certificate.verify.check"), id="certificate-check")])
    form = dmc.Paper(
        dmc.Stack([dmc.Text(view.text("certificate.verify.intro")), inputs, button]),
        withBorder=True,
        p="md",
        radius="md",
    )
    return dmc.Stack([form, html.Div(result, id="certificate-result", role="status")])


def checked(view: View, _: int | None, number: str | None, code: str | None) -> Component:
    """The result for what was entered."""
    return _result(view, number or "", code or "")


def _result(view: View, number: str, code: str) -> Component:
    worker = view.state.worker
    found: PointsCertificate | None = view.run(worker.read(lambda: verify(worker.ledger, number, code)))
    if found is None:
        return dmc.Alert(view.text("certificate.verify.bad"), color="red")
    until = day(view, found.content["valid_until"])
    valid = found.is_valid(worker.service.clock.today())
    said = view.text("certificate.verify.good") if valid else view.text("certificate.verify.over", day=until)
    record = view.text("certificate.field.record_value", seq=found.seq, digest=found.digest)
    extra = [(view.text("certificate.field.record"), record)]
    stated = _stated(view, found.content, extra)
    return dmc.Stack([dmc.Alert(said, color="green" if valid else "yellow"), stated])


def _stated(view: View, content: dict[str, Any] | Any, extra: list[tuple[str, str]] | None = None) -> Component:
    """The content of a certificate as a table."""
    words = FirmWords.of_view(view)
    points = view.text("certificate.field.points_value", x=content["points"])
    rows = [
        (view.text("certificate.field.name"), f"{content['name'] or view.text('firms.no_name')} · {content['uscc']}"),
        (view.text("certificate.field.points"), f"{points} · {_parts(view, content)}"),
        *(
            (
                words.name("dimension", name),
                view.text("certificate.of", x=content["dimensions"][name], full=content["full"][name]),
            )
            for name in DIMENSIONS
        ),
        (view.text("certificate.fact.stage"), capital(words.name("stage", content["stage"]))),
        *(
            (view.text(f"certificate.fact.{key}"), day(view, content[key]))
            for key in ("as_of", "issued_on", "valid_until")
        ),
        (view.text("certificate.fact.issued_by"), content["issued_by"]),
        (view.text("certificate.field.release"), content["release"]),
        *(extra or ()),
    ]
    body = [html.Tr([html.Th(head, scope="row"), html.Td(cell)]) for head, cell in rows]
    return dmc.TableScrollContainer(html.Table(html.Tbody(body), className="data-table"), minWidth=280)


def _parts(view: View, content: Any) -> str:
    return view.text("certificate.parts", base=content["base"], bonus=content["bonus"])


def _question(view: View) -> Component:
    buttons = dmc.Group(
        [
            dmc.Button(view.text("certificate.page.no"), id="certificate-no", variant="default"),
            dmc.Button(view.text("certificate.page.yes"), id="certificate-yes"),
        ],
        justify="flex-end",
    )
    return dmc.Modal(
        dmc.Stack([dmc.Text(view.text("certificate.page.confirm")), buttons]),
        id="certificate-ask",
        opened=False,
        title=view.text("certificate.page.issue"),
        withCloseButton=False,
    )


def _sheets(view: View, number: str) -> Component:
    links = [
        html.A(
            view.text(f"certificate.page.{'pdf' if form == 'pdf' else 'print'}_{lang}"),
            href=_sheet_href(view, number, form, lang),
            target="_blank",
            rel="noopener",
        )
        for form, lang in SHEETS
    ]
    return dmc.Group([dmc.Text(number, fw=600), *links], gap="md")


def _sheet_href(view: View, number: str, form: str, lang: str) -> str:
    return view.href(f"/files/certificates/{number}/{lang}.{form}")
