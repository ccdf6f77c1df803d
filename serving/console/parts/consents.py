"""A consent in words: what it lets a bank do, with exactly the data that its scopes hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash.development.base_component import Component

from data.codebook import read_loan_terms
from data.consents import BANK_QUOTAS, CATEGORIES, Share
from serving.console.parts.words import capital, loan_term

if TYPE_CHECKING:
    from serving.console.page import View

SHARES: tuple[Share, ...] = tuple(CATEGORIES)


def offered(permissions: Collection[str]) -> tuple[Share, ...]:
    """The scopes that a person may give: personal data only with the right to them."""
    return tuple(share for share in SHARES if share != "personal" or "personal" in permissions)


def joined(view: View, words: Sequence[str]) -> str:
    """Words as a list in a sentence."""
    return ("、" if view.lang == "zh" else ", ").join(words)


def scope_text(view: View, share: str) -> str:
    """What one scope lets its recipient do, and with which data."""
    if share == BANK_QUOTAS:
        return view.text("consents.scope.bank_quotas")
    data = joined(view, [view.text(f"consents.category.{one}") for one in CATEGORIES[share]])  # type: ignore[index]
    return view.text(f"consents.scope.{share}", data=data)


def data_text(view: View, categories: Sequence[str]) -> str:
    """The kinds of data that a consent names, as a cell has them."""
    return capital(joined(view, [view.text(f"consents.category.{one}") for one in categories]))


def share_boxes(view: View, group_id: str) -> Component:
    """One box for each scope, none of them ticked beforehand."""
    boxes = [
        dmc.Checkbox(
            value=share, label=capital(view.text(f"share.{share}")), description=scope_text(view, share), mb="xs"
        )
        for share in offered(view.caller.permissions)
    ]
    words = view.text("consents.scope.label")
    return dmc.CheckboxGroup(
        boxes, id=group_id, label=words, description=view.text("consents.scope.note"), value=[], withAsterisk=True
    )


def bank_boxes(view: View, group_id: str, banks: Sequence[dict[str, Any]], chosen: Sequence[str] = ()) -> Component:
    """One box for each bank."""
    boxes = [
        dmc.Checkbox(
            value=bank["bank_id"], label=bank[f"name_{view.lang}"], mb="xs",
            description=view.text("consents.bank.rate", rate=float(bank["annual_rate"])),
        )
        for bank in banks
    ]  # fmt: skip
    known = [bank["bank_id"] for bank in banks]
    return dmc.CheckboxGroup(
        boxes, id=group_id, label=view.text("consents.banks"), value=[one for one in chosen if one in known],
        withAsterisk=True,
    )  # fmt: skip


def term_options(view: View, kind: str) -> list[dict[str, str]]:
    """Products or purposes as options of a field."""
    return [
        {"value": one.key, "label": loan_term(view, kind, one.key)} for one in read_loan_terms() if one.kind == kind
    ]


def consent_words(
    view: View,
    banks: Sequence[str],
    shares: Sequence[str],
    products: Sequence[str],
    purposes: Sequence[str],
    until: str,
) -> Component:
    """What is about to be given, in whole sentences: to whom, which data, for what business, until when."""
    lines = [scope_text(view, share) for share in SHARES if share in shares]
    business = view.text(
        "consents.words.business",
        products=joined(view, [loan_term(view, "product", one) for one in products]),
        purposes=joined(view, [loan_term(view, "purpose", one) for one in purposes]),
    )
    return dmc.Stack(
        [
            dmc.Text(view.text("consents.words.banks", banks=joined(view, banks))),
            dmc.List([dmc.ListItem(line) for line in lines]),
            dmc.Text(business),
            dmc.Text(view.text("consents.words.until", until=until)),
            dmc.Text(view.text("consents.words.end")),
        ],
        gap="xs",
    )
