"""The operator's pages of accounts: a password shown once, acts with reasons, and their history in words."""

from __future__ import annotations

import pytest

from serving.console.pages.operator import accounts as page
from serving.console.sign_in import sign_in
from serving.contract.refusals import Refusal
from tests.serving.console.pages.operator.conftest import waits, words

pytestmark = pytest.mark.contract


def test_an_account_is_made_and_its_password_is_shown_once(operator, accounts, console):
    """The list shows that it waits to be bound; another operator's start page says so, the maker's own does not."""
    shown, rows = page.make(operator("li"), 1, "firm-9", "enterprise", "firm nine", "asked by letter")
    password = words(shown).split("\n")[1]
    assert "只显示这一次" in words(shown)
    assert sign_in(accounts, "firm-9", password).sign_in_name == "firm-9"
    row = next(row for row in rows if row["name"] == "firm-9")
    assert (row["state"], row["caller"], row["role"]) == ("待绑定", "–", "企业")
    assert password not in words(page.layout(operator("li")))
    assert waits(console, operator("wang"))["待绑定的账号"] == 1
    assert waits(console, operator("li"))["待绑定的账号"] == 0


def test_a_form_that_was_left_empty_names_everything_that_is_missing(operator):
    with pytest.raises(Refusal) as caught:
        page.make(operator(), 1, None, None, None, None)
    assert {fault.where for fault in caught.value.faults} == {"sign_in_name", "role", "holder", "reason"}


def test_one_account_shows_what_was_done_to_it(operator, accounts):
    """The English page too; acts give their result in words, and every one of them is in the history."""
    made, _ = accounts.make("bank-9", "bank", "officer nine", operator("li").caller, "asked by letter")
    view = operator("wang", lang="en", params={"account_id": made.account_id})
    assert "To be bound" in words(page.one_account(view))
    assert "disabled" in words(page.disable(view, 1, made.account_id, "left the bank"))
    assert "may sign in" in words(page.enable(view, 1, made.account_id, "came back"))
    assert "shown this once" in words(page.reset(view, 1, made.account_id, "forgot it"))
    assert "Policy analyst" in words(page.change_role(view, 1, "policy_analyst", made.account_id, "moved"))
    rows = page.history(view, made.account_id).children.rowData
    acts = [(row["act"], row["by"], row["reason"]) for row in rows]
    assert acts == [
        ("Role changed", "wang", "moved"),
        ("Password reset", "wang", "forgot it"),
        ("Account enabled", "wang", "came back"),
        ("Account disabled", "wang", "left the bank"),
        ("Account made", "li", "asked by letter"),
    ]


def test_nobody_is_offered_acts_on_an_own_account(operator, accounts):
    """The page says that somebody else does it; the call itself is refused."""
    made, _ = accounts.make("self", "operator", "self", operator("li").caller, "for a test")
    view = operator("self", params={"account_id": made.account_id})
    view.account = made.account()
    assert "须由另一位管理员办理" in words(page.one_account(view))
    with pytest.raises(Refusal) as caught:
        page.disable(operator("self"), 1, made.account_id, "for a test")
    assert caught.value.key == "four-eyes"


def test_another_role_cannot_act_even_where_the_page_lets_it_in(view_of):
    """The functions behind the page check the permission themselves."""
    with pytest.raises(Refusal) as caught:
        page.make(view_of(role="zone_officer"), 1, "x", "bank", "x", "for a test")
    assert caught.value.key == "permission-missing"
