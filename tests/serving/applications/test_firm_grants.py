"""What a bank has granted to a firm is read from the firm's own applications."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from serving.applications.firm_grants import FirmGrant, covered_cny, firm_grants, running
from serving.contract.instants import today_in
from tests.serving.http.test_applications import GRANT, Flow
from tests.serving.http.test_grants import ready_for_grant


@pytest.mark.law
def test_a_grant_counts_until_the_last_day_of_its_tenor(shop):
    """Of 12 months from today it runs to the same day of the next year; another bank has granted nothing."""
    ledger, uscc = shop.worker.ledger, shop.codes[0]
    flow, li = Flow(shop), shop.key("standard", holder="li")
    number = ready_for_grant(flow, "a1", li)
    assert firm_grants(ledger, "standard", uscc, "Asia/Shanghai") == []
    wang = shop.key("standard", holder="wang")
    assert flow.action(number, "grant", GRANT | {"amount_cny": 1_000_000}, wang).json()["state"] == "granted"
    (one,) = firm_grants(ledger, "standard", uscc, "Asia/Shanghai")
    today = today_in("Asia/Shanghai")
    assert (one.product, one.amount_cny, one.certificate) == ("innovation_points", 1_000_000, "")
    assert one.last_day == (pd.Timestamp(today) + pd.DateOffset(years=1)).date()
    assert firm_grants(ledger, "growth", uscc, "Asia/Shanghai") == []
    assert running([one], one.last_day) == [one]
    assert running([one], one.last_day + timedelta(days=1)) == []


def test_what_a_certificate_covered_of_a_firm_is_added_up():
    """300 and 200 under one, 100 under another, 50 under none."""
    loans = ((300, "c"), (100, "d"), (50, ""), (200, "c"))
    grants = [FirmGrant("innovation_points", amount, date(2026, 1, 1), digest) for amount, digest in loans]
    assert covered_cny(grants) == {"c": 500, "d": 100}
