"""Six firms by hand, and an open service with the console's pages over it, seen by people of any role."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dash
import numpy as np
import pandas as pd
from dash.development.base_component import Component

from data.sizes import SIZE_CLASSES
from models.quota.policy import read_policy
from serving.auth.access import ROLE_PERMISSIONS
from serving.console.account import Account
from serving.console.firms import OUTCOMES, FirmTable
from serving.console.page import Console, View
from serving.decide.decision_service import DecisionService
from serving.releases.filings import NAMES, REFUSED, REPORT, PackedFilings
from tests.serving.conftest import Shop, opened_shops
from tests.serving.console.components import all_of

SCRIPT, FORMULA = "<script>alert('x')</script>甲", "=SUM(1,2)乙"
CODES = [f"91330108MA2AAAA{number}1X" for number in range(6)]
# stage, industry, district, points, grade, outcome, quota, oldest source in days, fresh, alarms, chains
FIRMS = (
    ("growth", "software", "滨江区", 80.0, "A2", "preapproved", 300.0, 30.0, True, "", "iot"),
    ("growth", "iot", "滨江区", 60.0, "B1", "preapproved", 120.0, 200.0, True, "", "iot"),
    ("growth", "iot", "西湖区", 40.0, "B1", "declined", 0.0, 400.0, True, "veto", ""),
    ("startup", "software", "西湖区", 60.0, "C", "manual_review", 0.0, 700.0, False, "data_stale", "materials"),
    ("startup", "software", "not_given", 20.0, "C", "declined", 0.0, 10.0, True, "", ""),
    ("unknown", "services", "滨江区", np.nan, None, "insufficient_data", 0.0, 50.0, True, "stage_unknown", ""),
)
FIRM_NAMES = [SCRIPT, FORMULA, "丙科技", "丁科技", "", "己科技"]


def planted_table() -> FirmTable:
    """The six firms: iot holds 0 and 1 (1 on its node sensors), materials holds 3."""
    columns = ("stage", "industry", "district", "points", "grade", "outcome", "quota_wan", "oldest_days", "fresh")
    frame = pd.DataFrame([firm[:9] for firm in FIRMS], columns=list(columns))
    keys = {
        "stage": ["startup", "growth", "stable", "unknown"], "industry": ["iot", "software", "services"],
        "district": ["滨江区", "西湖区", "not_given"], "grade": ["A1", "A2", "B1", "C"], "outcome": list(OUTCOMES),
    }  # fmt: skip
    for name, known in keys.items():
        frame[name] = pd.Categorical(frame[name], known, ordered=True)
    until = [date(2025, 1, 1), date(2024, 12, 1), date(2024, 9, 1), date(2024, 5, 1), date(2025, 2, 1), None]
    points = frame["points"]
    frame = frame.assign(
        uscc=CODES, name=FIRM_NAMES, size=pd.Categorical(["small"] * 6, SIZE_CLASSES, ordered=True), base=points - 5.0,
        bonus=points * 0 + 5.0, dim_innovation_input=points * 0.5, dim_innovation_output=points * 0.25,
        dim_operations=points * 0.125, dim_auxiliary=points * 0.125, coverage=[1.0, 0.75, 0.5, 1.0, 1.0, 0.0],
        fresh_until=np.array(until, dtype="datetime64[D]"), alarm_keys=[firm[9] for firm in FIRMS],
        alarms=[len(firm[9].split()) for firm in FIRMS], chains=[firm[10] for firm in FIRMS],
    )  # fmt: skip
    placed = {"iot": np.array([0, 1]), "iot/sensors": np.array([1]), "materials": np.array([3])}
    source_days = np.array([[30.0, 10.0], [200.0, 20.0], [400.0, 30.0], [700.0, 40.0], [10.0, np.nan], [50.0, np.nan]])
    earned = np.stack([points.to_numpy() * 0.5, points.to_numpy() * 0.5], axis=1)
    return FirmTable(
        frame, earned, ("rd_expense", "rd_intensity"), source_days, ("tax", "court"), placed, date(2024, 6, 30),
        date(2024, 6, 30), "release", read_policy(), False, False,
    )  # fmt: skip


def shown_words(part: Any) -> str:
    """Everything that a component and what is in it shows as text, in order, a line each."""
    found: list[str] = []

    def read(one: Any) -> None:
        if isinstance(one, list | tuple):
            for inner in one:
                read(inner)
        elif isinstance(one, Component):
            for name in ("title", "label", "description", "children"):
                read(getattr(one, name, None))
        elif one is not None and not isinstance(one, bool):
            found.append(str(one))

    read(part)
    return "\n".join(found)


def hrefs(part: Component) -> list[str]:
    """The addresses of all links."""
    return [one.href for one in all_of(part) if isinstance(getattr(one, "href", None), str)]


@dataclass
class Office:
    """An open service, its console, and views of its people."""

    shop: Shop
    console: Console

    def view(self, role: str = "zone_officer", lang: Any = "zh", firm: int = 0, **more: Any) -> View:
        """A view of a role; an enterprise's is of the snapshot's firm ``firm``; params, and other members as query."""
        name = self.shop.codes[firm] if role == "enterprise" else {"bank": "standard"}.get(role, "zone")
        account = Account(f"{role}.1", role, role, name, f"{role} 1", frozenset(ROLE_PERMISSIONS[role]), lang)
        return self.console.view("/", more.pop("params", None), more, account)


@contextmanager
def opened_office(service: DecisionService, folder: Path) -> Iterator[Office]:
    """The service with names of the register, of which the first is a script, and three refused rows."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with opened_shops(service, folder) as open_one:
        shop = open_one(f"sqlite:///{folder / 'office.sqlite'}")
        app = shop.client.app
        app.state.filings = _filings(folder / "filings", shop.codes)
        console = Console(app, app.state, dash.Dash("serving.console", add_log_handler=False))
        console.running_loop = loop
        yield Office(shop, console)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _filings(folder: Path, codes: list[str]) -> PackedFilings:
    folder.mkdir()
    names = pd.DataFrame({"uscc": codes[:3], "name": [SCRIPT, FORMULA, "丙" * 600]})
    names.to_parquet(folder / NAMES, index=False)
    report = '{"loans": {"read": 10, "kept": 7, "quarantined": 3, "at_fault": {"amount_wan": 2, "uscc": 1}}}'
    (folder / REPORT).write_text(report, encoding="utf-8")
    reasons = ["amount_wan: -5 is outside [0, 100] wan_cny", "uscc: is not in the enterprises table", "odd"]
    where = {"table": "loans", "source_sheet": ["", "2024", ""], "source_line": [3, 9, 12]}
    pd.DataFrame(where | {"reason": reasons}).to_parquet(folder / REFUSED, index=False)
    return PackedFilings(folder)
