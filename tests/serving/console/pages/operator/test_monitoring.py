"""Drift and challengers: what monitoring gives, in words; empty states say what will be there."""

from __future__ import annotations

import pytest

from serving.console.pages.operator import monitoring
from tests.serving.console.pages.operator.conftest import waits, words

pytestmark = pytest.mark.contract


def test_before_the_first_decision_the_page_says_so(operator, console):
    page = words(monitoring.layout(operator("li")))
    assert "还没有决策记录" in page
    assert "没有漂移报警" in page
    assert waits(console, operator())["申请企业漂移的银行"] == 0


def test_decisions_are_counted_by_bank(operator, shop):
    shop.client.post("/v1/quota", json=shop.body(0), headers=shop.key("standard"))
    view = operator("li", lang="en")
    found = view.api.get("/v1/monitoring")
    rows = monitoring.by_bank(view, found).children.rowData
    assert [(row["id"], row["decisions"], row["overrides"], row["rate"]) for row in rows] == [("standard", 1, 0, 0.0)]
    drift = words(monitoring.drift_part(view, found["drift"]["banks"]))
    assert "Mean rank" in drift


def test_a_challengers_verdict_is_in_words(operator):
    run = {"run_id": "r1", "challenger": "pd-2", "verdict": "too_few", "n_pairs": 30, "n_outcomes": 0, "changed": 0.1}
    table = monitoring.challengers(operator(), [run])[1].children.rowData
    assert [(row["challenger"], row["verdict"], row["pairs"]) for row in table] == [("pd-2", "结果太少，不能判定", 30)]


def test_a_bank_whose_applicants_drifted_is_named(operator):
    banks = {"standard": {"enterprises": 40, "mean_rank": 0.8, "usual_rank": 0.5, "psi": None, "alarm": True}}
    shown = words(monitoring.drift_part(operator(), banks))
    assert "客群漂移报警" in shown
    assert "标准示例银行" in shown
    assert "80.0%" in shown
