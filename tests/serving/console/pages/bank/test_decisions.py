"""The list of the bank's decisions, and one found by its number."""

from __future__ import annotations

import dash

from serving.console.pages.bank import decisions
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
