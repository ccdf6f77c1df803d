"""Binding: offered to whom it is not forbidden, refused to who knows the first password."""

from __future__ import annotations

import pytest

from data.uscc import fictitious_uscc
from serving.console.pages.operator import bind_accounts
from serving.contract.refusals import Refusal
from tests.serving.console.pages.operator.conftest import waits, words

pytestmark = pytest.mark.contract


def test_an_officer_binds_what_an_operator_made(operator, view_of, accounts, console):
    uscc = fictitious_uscc(9)
    made, _ = accounts.make("firm-9", "enterprise", "firm nine", operator("li").caller, "asked by letter")
    officer = view_of(role="zone_officer", holder="zhao")
    assert waits(console, officer)["待绑定的账号"] == 1
    assert "firm nine" in str(bind_accounts.layout(officer))
    done, left, chosen, reason = bind_accounts.bind(officer, 1, made.account_id, uscc, "papers seen")
    assert uscc in words(done)
    assert (left, chosen, reason) == ([], None, "")
    assert "目前没有待您绑定的账号" in words(bind_accounts.layout(officer))
    assert accounts.find(made.account_id).caller_name == uscc


def test_who_made_the_account_is_shown_that_another_has_to_bind_it(operator, accounts):
    made, _ = accounts.make("bank-9", "bank", "officer nine", operator("li").caller, "asked by letter")
    own = words(bind_accounts.layout(operator("li")))
    assert "须由另一人绑定" in own
    assert "officer nine" in own
    with pytest.raises(Refusal) as caught:
        bind_accounts.bind(operator("li"), 1, made.account_id, "standard", "papers seen")
    assert caught.value.key == "four-eyes"
    with pytest.raises(Refusal):
        bind_accounts.bind(operator("wang"), 1, None, None, "papers seen")
    form = str(bind_accounts.layout(operator("wang")))
    assert "标准示例银行（standard）" in form  # chosen by its name
    done = bind_accounts.bind(operator("wang"), 1, made.account_id, "标准示例银行（standard）", "papers seen")[0]
    assert "代表标准示例银行（standard）" in words(done)
    assert accounts.find(made.account_id).caller_name == "standard"
