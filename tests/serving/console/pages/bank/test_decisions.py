"""The list of the bank's decisions, and one found by its number."""

from __future__ import annotations

import dash

from serving.console.pages.bank import decisions
from tests.serving.console.components import all_of
from tests.serving.console.pages.bank.conftest import Captured
from tests.serving.console.pages.bank.test_inbox import grid_of
from tests.serving.console.pages.enterprise.conftest import words


def test_the_list_and_the_search_know_only_the_banks_own(people):
    """Newest first, amounts in 10,000 yuan; a number of another bank is not found, in words."""
    mine, theirs = people.apply(0, "standard", "growth")
    answer, other = people.quota(mine), people.quota(theirs)
    view = people.view()
    (row,) = grid_of(decisions.layout(view))
    assert (row["id"], row["requested_wan"]) == (answer["audit_id"], 300.0)
    assert row["amount_wan"] == answer["quota"]["amount_wan"]
    assert "本行还没有决策" in words(decisions.layout(people.view(bank="prudent")))
    (find,) = Captured(decisions.register).functions["find"]
    assert find(view, 1, None, f" {answer['audit_id']} ") == (row["href"], dash.no_update)
    moved, said = find(view, 1, None, other["audit_id"])
    assert moved is dash.no_update
    assert "没有办理" in words(said)
    assert find(view, None, None, answer["audit_id"]) == (dash.no_update, dash.no_update)


def test_a_long_list_comes_page_by_page_and_the_ledger_is_not_read_whole(people, monkeypatch):
    """The blocks put together are the short list; the book of all decisions is not made."""
    made = [people.quota(people.apply(firm, "standard", "growth")[0])["audit_id"] for firm in range(4)]
    short = grid_of(decisions.layout(people.view()))
    assert [row["id"] for row in short] == made[::-1]
    monkeypatch.setattr(decisions, "BROWSER_ROWS", 3)

    def scanned(*_, **__):
        raise AssertionError("the whole ledger is read")

    monkeypatch.setattr(type(people.shop.worker.ledger), "scan", scanned)
    page = decisions.layout(people.view())
    (pages,) = [one for one in all_of(page) if type(one).__name__ == "AgGrid"]
    assert (pages.id, pages.rowModelType) == ("bank-decisions-pages", "infinite")
    assert "共 4 项决策" in words(page)
    first, second = (decisions.block(people.view(), {"startRow": at, "endRow": at + 3}) for at in (0, 3))
    assert first["rowData"] + second["rowData"] == short
    assert (first["rowCount"], second["rowCount"]) == (4, 4)
    assert decisions.block(people.view(bank="prudent"), {"startRow": 0, "endRow": 9}) == {"rowData": [], "rowCount": 0}
    assert len(decisions.block(people.view(), {"startRow": -2, "endRow": 10**9})["rowData"]) == 4
