"""A budget shared among the bank's valid pre-approvals."""

from __future__ import annotations

from serving.console.pages.bank import portfolio
from tests.serving.console.pages.bank.conftest import Captured
from tests.serving.console.pages.bank.test_inbox import grid_of
from tests.serving.console.pages.enterprise.conftest import words


def test_a_budget_is_shared_with_its_expected_loss(people):
    """Never above budget or quota; the expected loss is that of the decision for its share of the amount."""
    assert "没有仍有效的预授信" in words(portfolio.layout(people.view()))
    answer = people.quota(people.apply(people.of_outcome("preapproved"))[0])
    people.quota(people.apply(people.of_outcome("declined"))[0])
    view, quota_wan = people.view(), answer["quota"]["amount_wan"]
    assert "目前有效的预授信 1 笔" in words(portfolio.layout(view))
    shown = portfolio.shared(view, quota_wan, "", {"growth": ""})
    (row,) = grid_of(shown)
    assert (row["quota_wan"], row["uscc"]) == (quota_wan, answer["uscc"])
    assert 0 < row["amount_wan"] <= quota_wan
    loss_cny = round(answer["risk"]["expected_loss_cny"] * row["amount_wan"] / quota_wan)
    assert f"预期损失\n{loss_cny / 10_000:,.4f}".rstrip("0").rstrip(".") + " 万元" in words(shown)
    (share,) = Captured(portfolio.register).functions["share"]
    assert "请填写预算" in words(share(view, 1, "", ""))
    assert "没有办理" in words(share(view, 1, 100.0, "", -5.0, "", ""))
