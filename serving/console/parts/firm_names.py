"""Names of firms: of the register as the release holds them, else of the library of its chains, else the code."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import dash_mantine_components as dmc
from dash.development.base_component import Component

if TYPE_CHECKING:
    from serving.console.page import View

PORTRAIT_ROLES = ("zone_officer", "policy_analyst")  # who has a page of each firm
_kept: dict[str, dict[str, str]] = {}  # of one release at a time, by its digest
_lock = threading.Lock()


def firm_name(view: View, uscc: str) -> str:
    """The firm's name, or its code where the release has none."""
    filings = view.state.filings
    registered = "" if filings is None else filings.names.get(uscc, "")
    return registered or _names(view).get(uscc, uscc)


def firm_words(view: View, uscc: str) -> str:
    """Name and code, or the code alone where no name is known."""
    name = firm_name(view, uscc)
    return uscc if name == uscc else view.text("suppliers.firm", name=name, uscc=uscc)


def firm_link(view: View, uscc: str) -> Component:
    """Name and code, linked to the firm's page for those who have one."""
    words = firm_words(view, uscc)
    if view.account.role not in PORTRAIT_ROLES:
        return dmc.Text(words, span=True, fw=600)
    return dmc.Anchor(words, href=view.href(f"/firms/{uscc}"), fw=600)


def _names(view: View) -> dict[str, str]:
    packed = None if view.state.chain is None else view.state.chain.if_packed()
    if packed is None:
        return {}
    with _lock:
        if packed.digest not in _kept:
            latest = packed.tables["firms"].sort_values("as_of", kind="stable").drop_duplicates("firm_id", keep="last")
            _kept.clear()
            _kept[packed.digest] = dict(zip(latest["firm_id"].astype(str), latest["name"].astype(str), strict=True))
        return _kept[packed.digest]
