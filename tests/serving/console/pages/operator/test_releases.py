"""Releases: one person proposes, another activates, and sees before what it changes."""

from __future__ import annotations

import pytest

from serving.console.api import Refused
from serving.console.pages.operator import policy_change, releases
from serving.contract.refusals import Refusal
from tests.serving.console.pages.operator.conftest import waits, words

pytestmark = pytest.mark.contract
BANK = "standard"


def propose(view, version, **terms):
    """Propose the bank's policy with some terms changed, as the form sends it."""
    values = dict(zip(policy_change.TERMS, policy_change.fill(view, BANK), strict=True)) | terms
    return policy_change.propose(view, 1, BANK, version, "more cautious", *values.values())


def test_a_changed_policy_needs_two_people(operator, shop, console):
    """The other's start page has it, the proposer is refused in words; then it is in force."""
    today = shop.worker.params.today().isoformat()
    before = shop.worker.policies.policy_of(BANK)
    assert "standard-9.1 已提议" in words(propose(operator("li"), "standard-9.1", pd_cutoff=before.pd_cutoff * 50))
    release = "policy:standard:standard-9.1"
    assert waits(console, operator("wang"))["他人提议、待您启用的版本"] == 1
    assert waits(console, operator("li"))["他人提议、待您启用的版本"] == 0
    with pytest.raises(Refused) as caught:
        releases.activate(operator("li"), 1, release, today, "myself")
    assert "须由另一人办理" in caught.value.text("zh")
    assert "Another person must do this" in caught.value.text("en")
    table = words(policy_change.difference(operator("wang"), release)).split("\n")
    now = f"{before.pd_cutoff * 100:.2f}"
    assert table[-3:] == ["违约概率准入上限（%）", now, f"{before.pd_cutoff * 50:.2f}"]
    shown, _ = releases.activate(operator("wang"), 1, release, today, "checked")
    assert "已启用：信贷政策 standard-9.1（标准示例银行）" in words(shown)
    shop.worker.refresh()
    after = shop.worker.policies.policy_of(BANK)
    assert (after.version, after.pd_cutoff) == ("standard-9.1", pytest.approx(before.pd_cutoff / 2))
    assert after.min_points == before.min_points
    again, _ = releases.activate(operator("wang"), 1, release, today, "checked")
    assert "没有新增记录" in words(again)
    assert waits(console, operator("wang"))["他人提议、待您启用的版本"] == 0


def test_a_term_that_cannot_be_is_refused_with_its_name(operator):
    """By the API's own check of the whole policy."""
    with pytest.raises(Refused) as caught:
        propose(operator("li"), "standard-9.2", min_points=500)
    assert any("min_points" in fault["where"] for fault in caught.value.problem["faults"])
    with pytest.raises(Refusal):
        policy_change.propose(operator("li"), 1, None, "x", "why", *[None] * len(policy_change.TERMS))


def test_the_page_shows_what_is_in_force_and_every_release(operator):
    page = words(releases.layout(operator("li", lang="en")))
    assert "Model in force" in page
    assert "activated by Set-up" in page
    rows = releases.listed(operator("li"), operator("li").api.get("/v1/releases")["releases"]).children.rowData
    assert all(row["id"].isdigit() and row["release"] for row in rows)
    assert {row["act"] for row in rows} >= {"提议", "启用"}


def test_what_is_packed_and_was_never_proposed_is_offered(operator, shop, monkeypatch):
    """Another packed model: proposed with the versions of its parts."""
    view = operator("li")
    assert releases.choices(view, view.api.get("/v1/releases")["releases"]) == []
    models = shop.worker.service.models
    release = f"model:*:{models.release}"
    every = [one for one in view.api.get("/v1/releases")["releases"] if one["release"] != release]
    assert [one["value"] for one in releases.choices(view, every)] == [release]
    with pytest.raises(Refused) as caught:  # it was proposed at the set-up, by somebody else
        releases.propose(view, 1, release, "again")
    assert caught.value.problem["status"] == 409
