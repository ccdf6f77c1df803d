"""An officer sees every open objection, the most urgent first, and what waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from data.uscc import fictitious_uscc
from serving.console.pages.zone import objections as page
from serving.console.texts import text
from serving.objections.objections import Objection
from tests.serving.console.components import of_id

ABOUT = {"kind": "indicator", "key": "rd_expense", "zh": "研发费用", "en": "R&D expense", "value_zh": "30 万元",
         "value_en": "CNY 300,000", "agency": "tax", "data_date": "2024-04-30"}  # fmt: skip
VIEW = SimpleNamespace(lang="zh", state=SimpleNamespace(filings=None, chain=None),
                       text=lambda key, **figures: text(key, "zh", **figures),
                       href=lambda path, **_: f"/console{path}")  # fmt: skip


def objection(number: int, days_ago: int, *states: str) -> Objection:
    """Filed so many days ago; the later states followed an hour after each other."""
    first = datetime.now(UTC) - timedelta(days=days_ago)
    steps = tuple({"state": state, "at": (first + timedelta(hours=hour)).isoformat(), "by": "li", "role": "enterprise",
                   "text": "t"} for hour, state in enumerate(states))  # fmt: skip
    return Objection(f"obj-{number}", fictitious_uscc(number), ABOUT, steps)


@pytest.fixture
def every(monkeypatch):
    """One fresh, one long late, one that waits for its firm, one decided."""
    found = [objection(1, 1, "filed"), objection(2, 60, "filed", "under_review"),
             objection(3, 60, "filed", "under_review", "information_wanted"),
             objection(4, 90, "filed", "under_review", "upheld")]  # fmt: skip
    monkeypatch.setattr(page, "all_of", lambda _: found)
    return found


def rows_of(shown, grid_id):
    return of_id(shown, grid_id).rowData


def test_the_late_come_first_and_the_decided_stand_apart(every):
    shown = page.layout(VIEW)
    rows = rows_of(shown, "objections-grid")
    assert [row["id"] for row in rows] == ["obj-2", "obj-1", "obj-3"]
    assert rows[0]["lamp"] == "到期或超期"
    assert rows[0]["left"] < 0
    assert rows[0]["href"] == "/console/zone/objections/obj-2"
    assert rows[2]["lamp"] == "等待企业补充"
    assert [row["id"] for row in rows_of(shown, "objections-closed")] == ["obj-4"]


def test_what_waits_are_those_that_an_officer_can_act_on(every):
    assert [(one.text, one.count) for one in page.waiting(VIEW)] == [
        ("件异议到期或超期", 1),
        ("件异议待核查或办理", 1),
    ]


def test_without_objections_the_page_says_so(monkeypatch):
    monkeypatch.setattr(page, "all_of", lambda _: [])
    assert "没有企业提交的异议" in str(page.layout(VIEW))
