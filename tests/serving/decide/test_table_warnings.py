"""What each row of a decided table is warned of: its own values first, then what holds of all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.quota.certificate import CertificateStatement, LossCertificate
from serving.decide.table_warnings import row_warnings
from tests.serving.decide.test_safeguard import FACTS

pytestmark = pytest.mark.contract
CERTIFICATE = LossCertificate(
    bank_id="one", version="one-1", policy="p" * 64, models="m" * 64, parameters="t" * 64, cohort="c" * 64,
    status="certified", statements=(CertificateStatement("realised", True, 0.02, 0.1, 0.75, 210, 0.0, None),),
    taper_end_pd=0.04, largest_wan=300.0, total_wan=15_000.0, approved_share=0.6,
)  # fmt: skip
OUTCOMES = np.array(["preapproved", "declined", "insufficient_data"], dtype=object)
NONE = np.zeros(3, dtype=bool)


def test_that_a_certificate_is_used_up_is_said_where_something_was_calculated():
    """Not where data are insufficient; before the last of its loans nowhere."""
    assert row_warnings((CERTIFICATE, 209), FACTS, NONE, OUTCOMES, {}) == ["", "", ""]
    first, second, third = row_warnings((CERTIFICATE, 210), FACTS, NONE, OUTCOMES, {})
    assert first == second
    assert first.startswith("损失率验证已用完")
    assert "The certificate is used up: it covered the bank's next 210 loans" in first
    assert third == ""


def test_a_missed_total_and_a_set_clock_are_said_of_all_after_what_is_the_rows_own():
    """The contradiction first, then what cannot be checked."""
    facts = replace(FACTS, clock_set=True, covered_short={CERTIFICATE.digest: 210_000_000 // 2})
    own = {"contradiction": {1: ("甲", "one")}, "unchecked": {1: ("乙", "two")}}
    brought = np.array([False, True, True])
    first, second, third = row_warnings((CERTIFICATE, 0), facts, brought, OUTCOMES, own)
    for text in (first, second, third):
        assert "total CNY 105,000,000, below" in text
        assert "30 June 2024" in text
    assert "No agency's record" not in first
    assert "so the certificate does not cover it" in second
    assert "so the certificate does not cover it" not in third
    assert "every value was sent by the caller" in third
    assert 0 <= second.index("甲") < second.index("乙") < second.index("No agency's record")
