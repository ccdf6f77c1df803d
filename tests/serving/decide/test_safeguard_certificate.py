"""What a referred answer says of the loss certificate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.requests import QuotaRequest
from tests.serving.decide.test_safeguard import FACTS, POLICY

pytestmark = pytest.mark.law


def test_a_referral_says_of_no_quota_that_the_certificate_covers_it_or_not(service, certified):
    """Covered, and beyond the certificate by tenor: referred, each is told what a firm without a quota is told."""
    said = set()
    for case in service.snapshot.cases.values():
        for months in (12, 36):
            terms = {"requested_amount_cny": 10**7, "tenor_months": months}
            request = QuotaRequest(request_id="x", uscc=case.row["uscc"], **terms)
            quota, none = (
                certified.service.models.decide(case, request, POLICY, replace(FACTS, drift_alarm=alarm))
                for alarm in (False, True)
            )
            if quota["outcome"] == "preapproved":
                issued = none["loss_certificate"]
                assert (issued["covered"], issued["covered_wan"], issued["status"]) == (False, 0.0, "certified")
                assert "quota goes beyond" not in issued["text_en"]
                assert "本次测算超出" not in issued["text_zh"]
                said.add((quota["loss_certificate"]["covered"], issued["text_en"], issued["text_zh"]))
        if len(said) > 1:
            break
    assert [covered for covered, *_ in sorted(said)] == [False, True]  # of one text alone
