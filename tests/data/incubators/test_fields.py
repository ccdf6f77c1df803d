"""Columns of the records and the form's codes."""

from __future__ import annotations

import pytest

from data.incubators.fields import RECORDS, fault, heads, logic_checks, record_fields

pytestmark = pytest.mark.surface


def test_the_codes_of_the_form_are_kept():
    """Every code that was read is in the file, each once, with its basis where it is a figure."""
    form = {one.code: one for one in record_fields("report").values() if one.code}
    assert {"TDF711", "TDF713", "TDF714", "TDF716", "TDF719", "TDF721", "TDF730"} <= set(form)
    assert {"7a10", "7a11", "7a12", "7a13", "7b00", "7b01", "7b02", "7b03", "7b04", "7b10", "7b11", "7b15"} <= set(form)
    assert {"7b16", "7c00", "7c60", "7d00", "7d10", "7d11", "7d12", "7e00", "7e01", "7e02", "7e03", "7e04"} <= set(form)
    assert all(one.basis for one in record_fields("report").values() if one.field.dtype == "number")


def test_money_of_a_report_is_in_thousand_yuan_and_says_so():
    """The unit is in the key, as everywhere."""
    for key, one in record_fields("report").items():
        assert (one.field.unit == "thousand_cny") == key.endswith("_thousand_cny")


def test_a_column_is_found_by_key_code_or_name():
    """TDF711, 711 and the name lead to the same column; no head leads to two."""
    known = heads("report")
    assert {known["tdf711"], known["711"], known["孵化器名称"]} == {"report_name"}
    assert known["7e00"] == known["场地面积"] == known["7e00场地面积"] == "area_m2"
    assert all(heads(record) for record in RECORDS)


def test_the_checks_are_those_that_the_filing_notice_names():
    """Parts of investment, income and space; staff; teams and members; firms and jobs; tenant firms and their staff."""
    assert {one.key: one.relation for one in logic_checks()} == {
        "investment": "sum", "income": "sum", "area": "sum", "staff": "each_at_most", "tenants": "each_at_most",
        "tenant_staff": "together", "teams": "together", "jobs": "at_least", "financed": "both",
    }  # fmt: skip


def test_a_fault_names_the_column_what_was_found_and_what_is_allowed():
    """In both languages."""
    one = fault("range", "staff", -1, "0 - 100", name=("工作人员", "staff"))
    assert one.as_dict() == {
        "where": "staff", "found": "-1", "allowed": "0 - 100", "text_zh": "工作人员为 -1；允许范围：0 - 100。",
        "text_en": "staff is -1; allowed: 0 - 100.",
    }  # fmt: skip


def test_a_name_has_its_code_once():
    """Two columns of the form share all of their name but the code."""
    names = [one.name for one in record_fields("report").values() if one.code]
    assert {zh.count(one.code) for one, (zh, _) in zip(_coded(), names, strict=True)} == {1}
    assert {en.count(one.code) for one, (_, en) in zip(_coded(), names, strict=True)} == {1}
    assert ("财政资助（7b16）", "public grants (7b16)") in names


def test_a_sum_is_said_as_what_must_be_and_no_incubator_is_an_item():
    """What is wrong is said as a rule, not as a fact that the figures contradict."""
    sums = [one.text for one in logic_checks() if one.relation == "sum"]
    assert all("应等于" in zh and "must add up" in en for zh, en in sums)
    assert record_fields("report")["teams"].unit == ("个", "count")


def _coded():
    return [one for one in record_fields("report").values() if one.code]
