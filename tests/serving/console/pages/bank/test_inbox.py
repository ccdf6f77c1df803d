"""A bank's applications as a list with filters in the address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from serving.console.pages.bank import waiting
from serving.console.pages.bank.inbox import days_left, is_due_soon, layout, row_of
from tests.serving.console.components import all_of
from tests.serving.console.pages.enterprise.conftest import words

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def grid_of(page):
    """The rows of the page's grid; none where the page has none."""
    found = [one for one in all_of(page) if type(one).__name__ == "AgGrid"]
    return found[0].rowData if found else []


@pytest.mark.parametrize(("left", "days", "soon"), [(timedelta(hours=30), 1, True), (timedelta(days=7), 7, False)])
def test_days_left_are_whole_days(left, days, soon):
    """30 hours are one day; seven days are not yet soon; a closed application has none."""
    one = {"state": "sent", "expires_at": (NOW + left).isoformat()}
    assert (days_left(one, NOW), is_due_soon(one, NOW)) == (days, soon)
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
