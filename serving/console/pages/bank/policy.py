"""The bank's own credit policy: what is in force and since when, and what its loss certificate proves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from data.codebook import read_credit_facts
from data.growth_stages import GROWTH_STAGES
from models.quota.certificate import LossCertificate
from models.quota.policy import CreditPolicy
from serving.console.page import Page
from serving.console.pages.bank.words import (
    NOTHING,
    ROLE,
    facts_list,
    money,
    months,
    plain_table,
    points,
    product,
    purpose,
    rate,
    stage,
    titled,
)
from serving.console.parts.chart import COLOURS, chart
from serving.console.parts.instants import day
from serving.console.parts.states import badge, empty, fact_cards, section
from serving.console.parts.words import capital
from serving.ledger.ledger import Ledger
from serving.releases.releases import ACTIVATED, EVERYBODY, is_bootstrap

if TYPE_CHECKING:
    from serving.console.page import Console, View

PATH, PERMISSION = "/bank-policy", "decisions"


def register(console: Console) -> None:
    """Add the page."""
    console.add(Page(PATH, ROLE, PERMISSION, "bank.policy", layout, "menu.credit", "lever"))


def layout(view: View) -> Component:
    """The policy in force for the bank today, its certificate, and every one before."""
    worker = view.state.worker
    policy: CreditPolicy = worker.policies.policy_of(view.caller.name)
    today = worker.params.today()
    in_force = view.api.get("/v1/releases/in-force", what="policy", owner=view.caller.name, on=today.isoformat())
    counts = worker.covered_grants.counts(view.caller.name)
    certificate, granted = worker.ready().models.engine.issued(policy, counts)
    since = view.text("bank.policy.since", day=day(view, in_force["effective_from"]))
    cards = [
        (view.text("bank.policy_version"), policy.version, since),
        (view.text("bank.policy.min_points"), points(view, policy.min_points),
         view.text("bank.policy.full_points", x=policy.full_points)),
        (view.text("bank.policy.pd_cutoff"), rate(view, policy.pd_cutoff),
         view.text("bank.policy.refer_level", x=policy.refer_level)),
        (view.text("bank.policy.exposure_cap"), money(view, policy.exposure_cap_wan),
         view.text("bank.policy.el_budget", x=policy.el_budget_wan)),
    ]  # fmt: skip
    return dmc.Stack(
        [
            dmc.Text(view.text("bank.policy.proposals"), size="sm"),
            fact_cards(cards),
            section(view.text("bank.policy.caps_part"), caps_chart(view, policy)),
            section(view.text("bank.policy.products"), products_table(view, policy)),
            section(view.text("bank.policy.rules"), rules_table(view, policy)),
            section(view.text("bank.certificate"), *certificate_part(view, certificate, granted)),
            section(view.text("bank.policy.history"), history(view, history_of(worker.ledger, view.caller.name))),
        ]
    )


def caps_chart(view: View, policy: CreditPolicy) -> Component:
    """Caps by stage: what a certificate opens, and what experts allow without one."""
    stages = [stage(view, key) for key in GROWTH_STAGES]
    kinds = (("stage_cap", policy.stage_cap_wan), ("expert_cap", policy.expert_cap_wan))
    figure = go.Figure()
    for kind, caps in kinds:
        amounts = [caps[key] for key in GROWTH_STAGES]
        figure.add_bar(
            name=view.text(f"bank.policy.{kind}"),
            x=stages,
            y=amounts,
            text=[f"{x:,.0f}" for x in amounts],  # in the axis's unit, so that it fits on a telephone
            textposition="outside",
            cliponaxis=False,
        )
    figure.update_yaxes(title=view.text("bank.axis.wan"), rangemode="tozero")
    rows = [
        {"stage": words, **{kind: money(view, caps[key]) for kind, caps in kinds}}
        for key, words in zip(GROWTH_STAGES, stages, strict=True)
    ]
    headings = [("stage", view.text("bank.stage")), *((kind, view.text(f"bank.policy.{kind}")) for kind, _ in kinds)]
    return chart(view, figure, view.text("bank.policy.caps"), headings, rows)


def products_table(view: View, policy: CreditPolicy) -> Component:
    """What the bank offers: rate, tenor, share of the caps, purposes."""
    rows = [
        [
            product(view, key), rate(view, offer.annual_rate), rate(view, offer.tenor_premium),
            f"{offer.min_tenor_months}–{months(view, offer.max_tenor_months)}",
            view.text("bank.whole_share", x=offer.cap_share),
            view.text("bank.list", x=[purpose(view, wanted) for wanted in offer.purposes]),
        ]
        for key, offer in policy.products.items()
    ]  # fmt: skip
    keys = ("product", "annual_rate", "tenor_premium", "tenor", "cap_share", "purposes")
    return plain_table([view.text(f"bank.policy.{key}") for key in keys], rows)


def rules_table(view: View, policy: CreditPolicy) -> Component:
    """The eligibility rules, the vetoes, and what an amount has to earn."""
    vetoes = [getattr(fact, view.lang) for fact in read_credit_facts() if fact.veto]
    industries = [titled(view, f"industry.{key}") for key in policy.excluded_industries]
    rows: list[tuple[str, Any]] = [
        ("vetoes", capital(view.text("bank.list", x=vetoes))),
        ("industries", view.text("bank.list", x=industries) if industries else view.text("bank.policy.no_industries")),
        ("exclusions", view.text("bank.policy.firms", count=len(policy.exclusion_list))),
        ("coverage", view.text("bank.whole_share", x=policy.min_coverage)),
        ("overdue", capital(view.text("bank.policy.overdue_days", refer=policy.overdue_refer_days,
                                      decline=policy.overdue_decline_days))),
        ("min_quota", money(view, policy.min_quota_wan)),
        ("base_need", money(view, policy.base_need_wan)),
        ("lgd", rate(view, policy.lgd)),
        ("risk_premium", view.text("bank.policy.premium", x=policy.risk_premium)),
        ("max_rate", rate(view, policy.max_annual_rate)),
        ("funding_rate", rate(view, policy.funding_rate)),
        ("raroc", rate(view, policy.min_raroc)),
        ("validity", view.text("bank.days", x=policy.validity_days)),
    ]  # fmt: skip
    return facts_list([(view.text(f"bank.policy.rule.{key}"), value) for key, value in rows])


def certificate_part(view: View, certificate: LossCertificate, granted: int = 0) -> list[Component]:
    """What is certified of how many loans, in words and as bounds beside their caps; that the loans are made up.

    granted : how many of the bank's loans it has covered before; where that is all, this comes first
    """
    zh, en = certificate.text(granted=granted)
    certified = certificate.status == "certified"
    status = badge(view.text(f"bank.certificate.{certificate.status}"), "green" if certified else "orange")
    words = [
        status,
        dmc.Text(zh if view.lang == "zh" else en),
        dmc.Text(view.text("bank.certificate.synthetic"), fw=600),
    ]
    if certificate.status == "not_assessed" or certificate.loss_rate is None:
        return words
    cards = [
        (view.text("bank.certificate.loans"), f"{certificate.n:,}",
         view.text("bank.certificate.firms", firms=certificate.firms, first=str(certificate.first_year),
                   last=str(certificate.last_year))),
        (view.text("bank.certificate.largest"), money(view, certificate.largest_wan), None),
        (view.text("bank.certificate.taper"), rate(view, certificate.taper_end_pd),
         view.text("bank.certificate.taper_note")),
    ]  # fmt: skip
    return [*words, fact_cards(cards), loss_chart(view, certificate), statements_table(view, certificate)]


def loss_chart(view: View, certificate: LossCertificate) -> Component:
    """The loss rate that was observed, its upper bound, and the cap that it has to stay below."""
    cap = certificate.statements[0].cap
    shown = {
        "observed": certificate.loss_rate,
        "bound": certificate.loss_rate_bound,
        "cap": cap,
    }
    names = [view.text(f"bank.certificate.{key}") for key in shown]
    values = [0.0 if value is None else value for value in shown.values()]
    texts = [rate(view, value) for value in shown.values()]
    colours = [COLOURS[0], COLOURS[4], COLOURS[6]]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=names,
            orientation="h",
            text=texts,
            marker_color=colours,
            textposition="outside",
            cliponaxis=False,
        )
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=view.text("bank.certificate.rate"), tickformat=".1%", rangemode="tozero")
    rows = [{"name": name, "rate": text} for name, text in zip(names, texts, strict=True)]
    headings = [("name", view.text("bank.certificate.what")), ("rate", view.text("bank.certificate.rate"))]
    return chart(view, figure, view.text("bank.certificate.picture"), headings, rows, 220)


def statements_table(view: View, certificate: LossCertificate) -> Component:
    """Every statement: what it is about, whether it is certified, its cap, confidence and correlation."""
    rows = [
        [
            view.text(f"bank.certificate.{one.kind}"),
            view.text("bank.yes" if one.certified else "bank.no"),
            rate(view, one.cap),
            view.text("bank.whole_share", x=one.confidence),
            NOTHING if one.next_loans is None else f"{one.next_loans:,}",
            NOTHING if one.next_loans is None else f"{one.rho:.2f}",
        ]
        for one in certificate.statements
    ]
    keys = ("statement", "is_certified", "cap", "confidence", "next_loans", "rho")
    return plain_table([view.text(f"bank.certificate.{key}") for key in keys], rows)


def history_of(ledger: Ledger, bank_id: str) -> list[Mapping[str, Any]]:
    """Every activation of a policy of the bank's own or of everybody's, the latest effective day first."""
    found = [record for owner in (bank_id, EVERYBODY) for record in ledger.find(kind=ACTIVATED, owner=owner)]
    policies = [{**record.content, "seq": record.seq, "at": record.recorded_at} for record in found]
    return sorted(
        (one for one in policies if one["what"] == "policy"),
        key=lambda one: (one["effective_from"], one["seq"]),
        reverse=True,
    )


def history(view: View, activated: Sequence[Mapping[str, Any]]) -> Component:
    """Versions with their effective days, by whom and why."""
    if not activated:
        return empty(view.text("bank.policy.no_history"))
    rows = []
    for one in activated:
        first = is_bootstrap(one)
        rows.append(
            [
                one["version"],
                view.text("bank.policy.everybody" if one["owner"] == EVERYBODY else "bank.policy.own"),
                day(view, one["effective_from"]),
                view.text("bank.policy.set_up") if first else one["proposed_by"],
                view.text("bank.policy.set_up") if first else one["by"],
                view.text("bank.policy.first") if first else one["reason"],
            ]
        )
    keys = ("version", "owner", "effective", "proposed_by", "activated_by", "reason")
    return html.Div(plain_table([view.text(f"bank.policy.history.{key}") for key in keys], rows))
