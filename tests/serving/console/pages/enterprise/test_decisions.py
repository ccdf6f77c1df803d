"""A bank's calculation is shown to its enterprise alone, each reason with the way to object."""

from __future__ import annotations

import pytest

from serving.console.api import Refused
from serving.console.pages.enterprise.decisions import layout
from tests.serving.console.pages.enterprise.conftest import words


def test_reasons_are_shown_to_the_enterprise_and_to_no_other(view_of, shop):
    made = shop.client.post("/v1/quota", json=shop.body(14), headers=shop.key("standard")).json()
    shown = words(layout(view_of(14, params={"audit_id": made["audit_id"]})))
    assert made["summary_zh"] in shown
    for reason in made["reasons"]:
        assert reason["text_zh"] in shown
    assert shown.count("提出异议") == len(made["reasons"])
    with pytest.raises(Refused) as caught:
        layout(view_of(15, params={"audit_id": made["audit_id"]}))
    assert caught.value.status == 404
