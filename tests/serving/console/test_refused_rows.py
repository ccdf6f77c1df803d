"""Reasons of ingest in both languages, as ingest itself writes them."""

from __future__ import annotations

import pandas as pd
import pytest

from data.ingest.tables import ingest
from serving.console.refused_rows import column_words, reason_words


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        ("rd_intensity: 9.2 is outside [0, 8] ratio", "研发费用占营收比重：9.2 超出允许范围 0 至 8",
         "R&D expense to revenue: 9.2 is outside 0 to 8"),
        ("revenue_wan: -3,000.5 is outside [-1,000, 10,000,000] wan_cny",
         "营业收入：-3,000.5 超出允许范围 -1,000 至 10,000,000",
         "revenue: -3,000.5 is outside -1,000 to 10,000,000"),
        ("uscc: is not in the enterprises table; known_at is after period_end",
         "“uscc”列：企业登记表中没有这家企业；“known_at”列晚于“period_end”列",
         'column "uscc": is not in the register of enterprises; column "known_at" is after column "period_end"'),
        ("uscc + period_end: occurs more than once", "“uscc + period_end”列：同一主键出现多次",
         'column "uscc + period_end": occurs more than once'),
        ("granted_on: 2027-01-01 is in the future, after 2026-06-30",
         "“granted_on”列：2027-01-01 晚于 2026-06-30，是未来日期",
         'column "granted_on": 2027-01-01 is in the future, after 2026-06-30'),
        ("product: a; b is not in ['x']", "“product”列：a; b 不在允许的取值之内（'x'）",
         "column \"product\": a; b is none of 'x'"),
        ("loss_wan: 400 is more than 100 of amount_wan; loss_wan: 40 without defaulted_on",
         "“loss_wan”列：400 大于“amount_wan”列 100；“loss_wan”列：40，但未填写“defaulted_on”列",
         'column "loss_wan": 400 is more than 100 of column "amount_wan"; '
         'column "loss_wan": 40, but column "defaulted_on" is missing'),
        ("granted_on: before the enterprise was founded on 2021-05-02",
         "“granted_on”列：企业于 2021-05-02 才成立",
         'column "granted_on": the enterprise was founded on 2021-05-02 only'),
        ("line 3 has 4 cells", "line 3 has 4 cells", "line 3 has 4 cells"),
    ],
)  # fmt: skip
def test_a_reason_is_said_in_the_language_of_the_session(reason, zh, en):
    assert (reason_words(reason, "zh"), reason_words(reason, "en")) == (zh, en)


def test_an_indicator_is_called_by_its_name_and_another_column_as_in_the_file():
    assert (column_words("revenue_wan", "zh"), column_words("note", "en")) == ("营业收入", 'column "note"')


def test_what_ingest_writes_is_understood():
    """No part of a real reason is left as ingest wrote it."""
    firms = pd.DataFrame(
        {
            "uscc": ["910000000000002038", "910000000000002038", "1", "91000000000000027B"],
            "name": ["甲", "甲", "乙", "丙"], "founded_on": ["2015-01-01", "2015-01-01", "2016-01-01", "2099-01-01"],
            "industry": ["software", "software", "software", "steel"], "size_rule": ["software"] * 4,
            "district": ["滨江区"] * 4,
        }
    )  # fmt: skip
    reasons = list(ingest(firms, "enterprises", pd.Timestamp("2024-06-30")).quarantine["reason"])
    said = [reason_words(reason, "zh") for reason in reasons]
    assert len(said) == 4
    assert "同一主键出现多次" in said[0]
    assert "是未来日期" in said[3]
    assert "不在允许的取值之内" in said[3]
