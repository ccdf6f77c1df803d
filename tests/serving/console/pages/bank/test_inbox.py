"""A bank's applications as a list with filters in the address."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from serving.console.pages.bank import inbox, waiting
from serving.console.pages.bank.inbox import block, days_left, is_due_soon, layout, row_of
from tests.serving.console.components import all_of
from tests.serving.console.pages.enterprise.conftest import words

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def grid_of(page):
    """The rows of the page's grid; none where the page has none."""
    found = [one for one in all_of(page) if type(one).__name__ == "AgGrid"]
    return found[0].rowData if found else []


@pytest.mark.parametrize(
    ("now", "expires", "days", "soon"),
    [
        ("2026-11-27T01:00:00Z", "2026-12-27T01:00:00Z", 30, False),  # filed at nine in Beijing, 30 days: 30 are left
        ("2026-11-27T15:59:59Z", "2026-12-27T01:00:00Z", 30, False),  # still the 27th, a second before midnight
        ("2026-11-27T16:00:00Z", "2026-12-27T01:00:00Z", 29, False),  # the 28th begins in Beijing
        ("2026-12-20T01:00:00Z", "2026-12-27T01:00:00Z", 7, False),
        ("2026-12-20T17:00:00Z", "2026-12-27T01:00:00Z", 6, True),
        ("2026-12-26T15:00:00Z", "2026-12-27T01:00:00Z", 1, True),  # tomorrow
        ("2026-12-26T16:30:00Z", "2026-12-27T01:00:00Z", 0, True),  # its last day
        ("2026-12-27T02:00:00Z", "2026-12-27T01:00:00Z", 0, True),  # over, and not closed yet
    ],
)
def test_days_left_are_counted_on_the_calendar(now, expires, days, soon):
    """From today to the day of the end, in Beijing; a closed application has none."""
    one, now = {"state": "sent", "expires_at": expires}, datetime.fromisoformat(now)
    assert (days_left(one, now), is_due_soon(one, now)) == (days, soon)
    assert days_left(one | {"state": "granted"}, NOW) is None
    assert not is_due_soon(one | {"state": "granted"}, NOW)


def test_the_list_holds_the_banks_own_and_the_address_filters(people):
    """3,000,000 yuan are 300 万元; another bank's application is not there; what waits leads to the filtered list."""
    mine, _ = people.apply(0, "standard", "growth")
    people.apply(1, "growth")
    (row,) = grid_of(layout(people.view()))
    assert (row["uscc"], row["requested_wan"], row["state"], row["age"]) == (people.shop.codes[0], 300.0, "新收到", 0)
    assert row["href"] == f"/console/applications/{mine['bank_application_id']}"
    assert grid_of(layout(people.view(state="granted"))) == []
    assert "没有符合条件的申请单" in words(layout(people.view(state="granted")))
    assert "还没有企业向本行提交申请" in words(layout(people.view(bank="prudent")))
    new, _, soon = waiting.of_applications(people.view())
    assert (new.text, new.count, new.href) == ("新收到的授信申请", 1, "/console/applications?state=sent")
    assert soon.count == 0
    people.revoke(mine)
    ended = people.view().api.get("/v1/bank-applications")["bank_applications"][0]
    assert row_of(people.view(), ended, NOW)["next"] == "企业授权已失效，请企业重新授权"


def test_a_long_list_comes_page_by_page_the_newest_first(people, monkeypatch):
    """Above the bound no row is sent with the page; the blocks put together are the same rows."""
    for firm in range(4):
        people.apply(firm, "standard", "growth")
    short = [row["id"] for row in grid_of(layout(people.view()))]
    monkeypatch.setattr(inbox, "BROWSER_ROWS", 3)
    page = layout(people.view())
    (pages,) = [one for one in all_of(page) if type(one).__name__ == "AgGrid"]
    assert (pages.rowModelType, getattr(pages, "rowData", None)) == ("infinite", None)
    assert pages.defaultColDef["sortable"] is False  # the blocks come in one order
    assert "共 4 份" in words(page)
    first, second = (block(people.view(), {"startRow": at, "endRow": at + 3}, {}) for at in (0, 3))
    assert [row["id"] for row in first["rowData"] + second["rowData"]] == short
    assert (first["rowCount"], second["rowCount"]) == (4, 4)
    assert block(people.view(bank="prudent"), {"startRow": 0, "endRow": 50}, {}) == {"rowData": [], "rowCount": 0}


def test_the_blocks_of_a_long_list_keep_its_filter(people):
    """A state of the address, what expires soon, and what is no state."""
    mine, _ = people.apply(0, "standard", "growth")
    people.apply(1)
    declined = people.view().api.post(f"/v1/bank-applications/{mine['bank_application_id']}/decline", {"reason": "x"})
    rows = {"startRow": 0, "endRow": 50}
    seen = block(people.view(), rows, {"state": "declined", "due": ""})
    assert [row["id"] for row in seen["rowData"]] == [declined["bank_application_id"]]
    assert seen["rowCount"] == 1
    assert block(people.view(), rows, {"state": "", "due": "soon"})["rowData"] == []
    assert len(block(people.view(), rows, {"state": "x' OR 1"})["rowData"]) == 2
    assert len(block(people.view(), {"startRow": -5, "endRow": 10**9}, None)["rowData"]) == 2
