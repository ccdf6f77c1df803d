"""The banks' indications side by side: what each bank's policy would allow today, which is no offer of any bank."""

from __future__ import annotations

import secrets
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Input, Output, State, html
from dash.development.base_component import Component

from data.money import CNY_PER_WAN
from serving.console.page import Console, Page, View
from serving.console.pages.enterprise.held import table
from serving.console.parts.chart import chart
from serving.console.parts.consents import term_options
from serving.console.parts.instants import day
from serving.console.parts.states import section
from serving.console.parts.words import NOTHING, broken, capital, limit_text, named

ROLES = ("enterprise",)
FIRST_WAN = 300


def need_fields(view: View, part: str) -> list[Any]:
    """The fields of what is needed: amount, months, product and purpose; ids begin with ``part``."""
    return [
        dmc.NumberInput(
            id=f"{part}-amount", label=view.text("need.amount"), value=_query(view, "amount", FIRST_WAN), min=1,
            max=100_000, allowDecimal=False, thousandSeparator=",",
        ),
        dmc.NumberInput(
            id=f"{part}-months", label=view.text("need.months"), value=_query(view, "months", 12), min=1, max=60,
            allowDecimal=False,
        ),
        dmc.Select(
            id=f"{part}-product", label=view.text("need.product"), data=term_options(view, "product"),
            value=view.query.get("product", "innovation_points"), allowDeselect=False,
        ),
        dmc.Select(
            id=f"{part}-purpose", label=view.text("need.purpose"), data=term_options(view, "purpose"),
            value=view.query.get("purpose", "working_capital"), allowDeselect=False,
        ),
    ]  # fmt: skip


def need_states(part: str) -> list[State]:
    """The fields of ``need_fields`` in their order, as a callback reads them."""
    return [State(f"{part}-{name}", "value") for name in ("amount", "months", "product", "purpose")]


def need_body(amount_wan: float | str, months: int | str, product: str, purpose: str) -> dict[str, Any]:
    """What the API takes of them; an empty field is left as it is, for the API to name it."""
    amount = round(amount_wan * CNY_PER_WAN) if isinstance(amount_wan, int | float) else amount_wan
    return {"requested_amount_cny": amount, "tenor_months": months, "product": product, "purpose": purpose}


def _query(view: View, name: str, otherwise: int) -> int:
    text = view.query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 7 else otherwise


def layout(view: View) -> Component:
    """What is needed, and a button that brings every bank's indication."""
    fields = dmc.SimpleGrid(need_fields(view, "indications"), cols={"base": 1, "sm": 2, "lg": 4})
    button = dmc.Button(view.text("indications.show"), id="indications-show")
    form = section(view.text("need.title"), fields, dmc.Group([button]))
    result = dmc.Box(id="indications-result", **{"aria-live": "polite"})
    return dmc.Stack([dmc.Alert(view.text("indications.note"), color="blue"), form, result])


def show(view: View, _clicks: int | None, *need: Any) -> Component:
    """Every bank's indication as a picture and a table, the largest first."""
    body = {"request_id": f"console-{secrets.token_hex(12)}", **need_body(*need)}
    answer = view.api.post("/v1/indications", body)
    rows = [_row(view, one) for one in answer["indications"]]
    figure = go.Figure(
        go.Bar(
            y=[broken(view, row["bank"]) for row in rows], x=[row["amount_wan"] for row in rows], orientation="h",
            text=[f"{row['amount_wan']:,}" for row in rows], textposition="outside", cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=answer["requested_cny"] / CNY_PER_WAN, line_dash="dash")
    widest = max([answer["requested_cny"] / CNY_PER_WAN, *(row["amount_wan"] for row in rows)])
    figure.update_layout(
        yaxis={"autorange": "reversed"},
        xaxis={"title": view.text("need.amount.unit"), "range": [0.0, 1.3 * widest]},
    )
    columns = [(key, view.text(f"indications.col.{key}")) for key in ("bank", "outcome", "amount", "rate", "limited")]
    title = view.text("indications.picture", date=day(view, answer["as_of"]))
    picture = chart(view, figure, title, columns, rows, height=110 + 44 * len(rows))
    body_rows = [
        html.Tr([html.Th(row["bank"], scope="row"), *(html.Td(row[key]) for key, _ in columns[1:])]) for row in rows
    ]
    chosen = ",".join(row["bank_id"] for row in rows if row["amount_wan"] > 0)
    amount, months, product, purpose = need
    href = view.href(
        "/applications/new", banks=chosen, amount=amount, months=months, product=product, purpose=purpose
    )  # fmt: skip
    link = dmc.Anchor(view.text("indications.apply"), href=href, refresh=True)
    return section(
        view.text("indications.result"), picture, table([heading for _, heading in columns], body_rows), link
    )


def _row(view: View, one: dict[str, Any]) -> dict[str, Any]:
    """One bank's line; amounts and rates only where the policy allows an amount, and never the word approved."""
    given = one["amount_wan"] > 0
    return {
        "bank_id": one["bank_id"],
        "bank": named(view, one, "name"),
        "outcome": capital(view.text(f"indications.outcome.{one['outcome']}")),
        "amount_wan": one["amount_wan"],
        "amount": view.text("indications.amount", amount=float(one["amount_wan"])) if given else NOTHING,
        "rate": view.text("indications.rate", rate=float(one["annual_rate"])) if one["annual_rate"] else NOTHING,
        "limited": limit_text(view, one["limited_by"]) if one["limited_by"] else NOTHING,
    }


def register(console: Console) -> None:
    """Add the page and its callback."""
    console.add(Page("/indications", ROLES, "apply", "indications.title", layout, "menu.credit", "compare"))
    console.callback(
        Output("indications-result", "children"), Input("indications-show", "n_clicks"), *need_states("indications"),
        roles=ROLES, permission="apply", running=[(Output("indications-show", "loading"), True, False)],
    )(show)  # fmt: skip
