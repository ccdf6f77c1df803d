"""A budget shared among the bank's valid pre-approvals: amounts, expected profit, expected loss with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from data.growth_stages import GROWTH_STAGES
from data.requests import BATCH_LIMIT
from serving.console.api import Refused
from serving.console.page import Page
from serving.console.pages.bank.book_figures import approved_now, expected_loss
from serving.console.pages.bank.decision_book import Decided, book_of
from serving.console.pages.bank.words import ROLE, money, money_cny, plain_table, refused, stage
from serving.console.parts.chart import chart
from serving.console.parts.firm_names import firm_words
from serving.console.parts.forms import typed_number
from serving.console.parts.grid import Column, grid
from serving.console.parts.states import empty, fact_cards, section
from serving.console.parts.words import named

if TYPE_CHECKING:
    from serving.console.page import Console, View

PATH, PERMISSION = "/portfolio", "decisions"


def register(console: Console) -> None:
    """Add the page and its calculation."""
    console.add(Page(PATH, ROLE, PERMISSION, "bank.portfolio", layout, "menu.credit", "compare"))
    stages = [State(f"bank-portfolio-{key}", "value") for key in GROWTH_STAGES]

    @console.callback(
        Output("bank-portfolio-said", "children"), Input("bank-portfolio-button", "n_clicks"),
        State("bank-portfolio-budget", "value"), State("bank-portfolio-loss", "value"), *stages,
        roles=ROLE, permission=PERMISSION, running=[(Output("bank-portfolio-button", "loading"), True, False)],
    )  # fmt: skip
    def share(view: View, clicks: int | None, budget_wan: Any, loss_wan: Any, *caps_wan: Any) -> Any:
        """Share the budget; nothing is recorded."""
        if not clicks:
            return no_update
        if budget_wan in (None, ""):
            return dmc.Alert(view.text("bank.portfolio.no_budget"), color="yellow")
        try:
            return shared(view, budget_wan, loss_wan, dict(zip(GROWTH_STAGES, caps_wan, strict=True)))
        except Refused as refusal:
            return refused(view, refusal)


def layout(view: View) -> Component:
    """How many pre-approvals there are to share a budget among, and the form."""
    valid = valid_decisions(view)
    if not valid:
        return empty(view.text("bank.portfolio.empty"), view.text("bank.inbox"), view.href("/applications"))
    total_wan = sum(one.amount_wan for one in valid)
    money_fields = [("budget", "budget", total_wan), ("loss", "loss", "")]
    fields = [
        dmc.NumberInput(
            id=f"bank-portfolio-{key}", label=view.text(f"bank.portfolio.{words}"), value=value, min=0,
            allowNegative=False, decimalScale=4, thousandSeparator=",",
        )
        for key, words, value in money_fields
    ]  # fmt: skip
    fields += [
        dmc.NumberInput(
            id=f"bank-portfolio-{key}", label=view.text("bank.portfolio.of_stage", stage=stage(view, key)), value="",
            min=0, allowNegative=False, decimalScale=4, thousandSeparator=",",
        )
        for key in GROWTH_STAGES
    ]  # fmt: skip
    words = view.text("bank.portfolio.from", count=len(valid), amount=money(view, total_wan))
    form = [
        dmc.Text(words, size="sm"),
        dmc.SimpleGrid(fields, cols={"base": 1, "sm": 2, "lg": 5}, style={"alignItems": "end"}),
        dmc.Group([dmc.Button(view.text("bank.portfolio.button"), id="bank-portfolio-button")]),
    ]
    said = dmc.Stack(id="bank-portfolio-said", **{"aria-live": "polite"})
    return dmc.Stack([section(view.text("bank.portfolio.form"), *form), said])


def valid_decisions(view: View) -> list[Decided]:
    """The newest valid pre-approval of each enterprise, as many of the newest as the API takes at once."""
    worker = view.state.worker
    found = approved_now(book_of(worker).decided(view.caller.name), worker.service.clock.today())
    return found[-BATCH_LIMIT:]


def shared(view: View, budget_wan: float, loss_wan: Any, caps_wan: Mapping[str, Any]) -> Component:
    """What the API shares, beside what these amounts are expected to lose."""
    valid = valid_decisions(view)
    groups = [
        {"column": "growth_stage", "value": key, "most_wan": typed_number(wan)}
        for key, wan in caps_wan.items()
        if wan not in (None, "")
    ]
    limits: dict[str, Any] = {"groups": groups}
    if loss_wan not in (None, ""):
        limits["expected_loss_wan"] = typed_number(loss_wan)
    body = {"budget_wan": typed_number(budget_wan), "decisions": [one.audit_id for one in valid], "limits": limits}
    return result(view, view.api.post("/v1/portfolio", body), valid)


def result(view: View, answer: Mapping[str, Any], valid: Sequence[Decided]) -> Component:
    """Amounts by enterprise, what the whole earns and may lose, and what every limit costs."""
    by_id = {one.audit_id: one for one in valid}
    loans = [(by_id[one["audit_id"]], float(one["amount_wan"])) for one in answer["loans"]]
    loss = expected_loss(loans)
    between = view.text("bank.portfolio.interval", low=loss.low_cny / 10_000, high=loss.high_cny / 10_000)
    cards = fact_cards(
        [
            (view.text("bank.portfolio.amount"), money(view, answer["amount_wan"]),
             view.text("bank.portfolio.of_budget", x=answer["budget_wan"])),
            (view.text("bank.portfolio.loans"), f"{loss.loans:,}", None),
            (view.text("bank.portfolio.profit"), money_cny(view, answer["expected_profit_cny"]),
             view.text("bank.portfolio.year")),
            (view.text("bank.expected_loss"), money_cny(view, round(loss.expected_cny)), between),
        ]
    )  # fmt: skip
    limits = [
        [named(view, one, "text"), money(view, one["most_wan"]), money(view, one["used_wan"]),
         money_cny(view, one["marginal_profit_cny"])]
        for one in answer["limits"]
    ]  # fmt: skip
    headings = [view.text(f"bank.portfolio.limit.{key}") for key in ("words", "most", "used", "marginal")]
    rows = [
        {
            "id": one["audit_id"],
            "href": view.href(f"/decisions/{one['audit_id']}"),
            "uscc": one["uscc"],
            "enterprise": firm_words(view, one["uscc"]),
            "stage": stage(view, by_id[one["audit_id"]].growth_stage),
            "quota_wan": one["quota_wan"],
            "amount_wan": one["amount_wan"],
            "pd_12m": by_id[one["audit_id"]].pd_12m,
        }
        for one in answer["loans"]
    ]
    columns = [
        Column("enterprise", view.text("bank.enterprise"), link="href", least_px=200),
        Column("stage", view.text("bank.stage")),
        Column("quota_wan", view.text("bank.amount_wan"), "money_wan"),
        Column("amount_wan", view.text("bank.portfolio.share"), "money_wan"),
        Column("pd_12m", view.text("bank.pd"), "share", decimals=2),
    ]
    listed = grid(view, "bank-portfolio-grid", columns, rows, label=view.text("bank.portfolio.shares"), height=360)
    words = dmc.Text(named(view, answer, "text"))
    note = dmc.Text(view.text("bank.portfolio.interval_note"), size="sm")
    return section(
        view.text("bank.portfolio.result"), words, cards, note, stages_chart(view, loans),
        plain_table(headings, limits), listed,
    )  # fmt: skip


def stages_chart(view: View, loans: Sequence[tuple[Decided, float]]) -> Component:
    """The shared amounts by stage of growth."""
    keys = [key for key in GROWTH_STAGES if any(one.growth_stage == key for one, _ in loans)]
    amounts = [sum(wan for one, wan in loans if one.growth_stage == key) for key in keys]
    names = [stage(view, key) for key in keys]
    texts = [money(view, wan) for wan in amounts]
    figure = go.Figure(go.Bar(x=names, y=amounts, text=texts, textposition="outside", cliponaxis=False))
    figure.update_yaxes(title=view.text("bank.axis.wan"), rangemode="tozero")
    rows = [{"stage": name, "amount": text} for name, text in zip(names, texts, strict=True)]
    headings = [("stage", view.text("bank.stage")), ("amount", view.text("bank.portfolio.share"))]
    return chart(view, figure, view.text("bank.portfolio.by_stage"), headings, rows, 260)
