"""The report over HTTP is made once for a registry, and its links lead back to the service."""

import datetime as dt
import re

import pytest

from serving.contract.refusals import Refusal
from serving.incubators.pages import page_of_incubator, statistics_file
from serving.incubators.schemas import GivenVoucher, GivenVouchers
from tests.serving.incubators.conftest import USCC, ZONE


def test_the_page_needs_nothing_else_and_links_to_its_files(service):
    page = statistics_file(service, "page.html", "statistics", "en", None, None)
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="https?:', page) == []
    assert "table.csv?lang=en&amp;table=statistics" in page
    assert statistics_file(service, "page.html", "statistics", "en", None, None) is page


def test_files_are_of_their_kind_in_both_languages(service):
    for lang in ("zh", "en"):
        assert statistics_file(service, "table.csv", "groups", lang, None, None).startswith(b"\xef\xbb\xbf")
    assert statistics_file(service, "table.xlsx", "statistics", "en", None, None).startswith(b"PK")


def test_an_incubator_has_a_page_in_both_languages_and_an_enterprise_sees_its_part(service):
    whole = page_of_incubator(service, service.see("H001", None), "zh")
    assert all(one in whole for one in ("测试孵化器", "独立法人", "登记历史", "甲公司", "2023-12-31"))
    english = page_of_incubator(service, service.see("H002", None), "en")
    assert "mentors: 4 → 3" in english
    own = page_of_incubator(service, service.see("H001", USCC), "zh")
    assert ("甲公司" in own, "独立法人" in own, "登记历史" in own, "<script" in own) == (True, False, False, False)
    early = page_of_incubator(service, service.see("H001", None, on=dt.date(2010, 1, 1)), "en")
    assert "Recognition" not in early


def test_a_record_that_is_refused_is_on_the_next_page(own_service):
    """The registry is as before, its quarantine is not."""
    before = statistics_file(own_service, "table.csv", "quarantine", "en", None, None)
    wrong = {"entry_id": "x", "voucher_id": "V-9", "step": "redeemed", "amount_cny": 1.0, "tenant_id": "T001"}
    with pytest.raises(Refusal):
        own_service.receive_vouchers(GivenVouchers(vouchers=[GivenVoucher(**wrong, day=dt.date(2024, 4, 1))]), ZONE)
    after = statistics_file(own_service, "table.csv", "quarantine", "en", None, None)
    assert (b"V-9" in before, b"V-9" in after) == (False, True)


def test_a_table_that_there_is_not_is_refused(service):
    with pytest.raises(Refusal) as caught:
        statistics_file(service, "table.csv", "officers", "zh", None, None)
    assert caught.value.faults[0].where == "table"
