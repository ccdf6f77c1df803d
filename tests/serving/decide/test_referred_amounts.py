"""A referral by the safeguard says that no quota was calculated, and names none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.serving.decide.test_safeguard import FACTS, POLICY, approved, referred

pytestmark = pytest.mark.law


@pytest.mark.parametrize("asked", ["cut", "certified", "met", "whole"])
def test_a_referral_for_which_no_quota_was_calculated_names_none(service, certified, asked):
    """A quota of x wan cut from 3,000,000, also by a certificate; x wan, which meets it; and x wan and 5,000: no x."""
    service = certified.service if asked == "certified" else service
    models = service.models
    case, request, _ = approved(service, 60)
    most = models.decide(case, request, POLICY, FACTS)["quota"]["amount_wan"]
    sums = {"met": (most - 1) * 10_000, "whole": (most - 1) * 10_000 + 5_000}
    request = request.model_copy(update={"requested_amount_cny": sums.get(asked, 3_000_000)})
    before = models.decide(case, request, POLICY, FACTS)
    bound, amount = before["quota"]["limited_by"], before["quota"]["amount_wan"]
    assert (before["outcome"], amount) == ("preapproved", most - (asked in sums))
    assert (bound == "requested") == (asked in sums)
    assert before["reasons"][0]["code"] == f"constraint.{bound}"
    assert [limit["name"] for limit in before["quota_trace"] if limit["limiting"]] == [bound]
    assert before["loss_certificate"]["covered_wan"] == (amount if asked == "certified" else 0.0)
    after = models.decide(case, request, POLICY, replace(FACTS, drift_alarm=True))
    referred(after, "drift_alarm")
    drivers = [one for one in before["reasons"] if one["code"].startswith("risk.")]
    assert len(drivers) >= 2
    assert after["reasons"][1:] == drivers
    assert after["summary_en"].endswith("No quota was calculated; the bank decides.")
    plain = [limit | {"limiting": False} for limit in before["quota_trace"]]
    assert after["quota_trace"] == plain
    texts = [one[name] for one in (*after["reasons"], *after["advice"]) for name in ("text_zh", "text_en")]
    assert not [text for text in texts if "测算额度" in text or "quota" in text.lower()]
