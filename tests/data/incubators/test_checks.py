"""Every rule of a record refuses what breaks it and nothing else."""

from __future__ import annotations

import pandas as pd
import pytest

from data.incubators.checks import check_codes, check_record, check_rows
from data.incubators.fields import RECORDS

pytestmark = pytest.mark.law


@pytest.mark.parametrize("record", RECORDS)
def test_a_good_record_has_no_fault(records, record):
    """The hand-made ones are good."""
    assert check_record(record, records[record]) == []


# record, changes of a good one, columns of the fault
BROKEN = [
    ("report", {"area_m2": 8_001}, "area_m2, office_area_m2, tenant_area_m2, shared_area_m2, other_area_m2"),
    ("report", {"investment_other_thousand_cny": 11}, "investment_thousand_cny"),
    ("report", {"income_property_thousand_cny": 21}, "income_thousand_cny"),
    ("report", {"professional_staff": 11}, "staff, professional_staff"),
    ("report", {"returnee_staff": 11}, "staff, professional_staff"),
    ("report", {"tenants_of_returnees": 21}, "tenants, tenants_of_returnees"),
    ("report", {"team_members": 3}, "team_members, teams"),
    ("report", {"teams": 0}, "team_members, teams"),
    ("report", {"tenant_staff": 19}, "tenant_staff, tenants"),
    ("report", {"jobs_inside": 100}, "jobs_inside, tenant_staff, team_members"),
    ("report", {"tenants_financed": 0}, "tenant_venture_thousand_cny, tenants_financed"),
    ("report", {"period_from": "2022-01-01"}, "period_from, period_to"),
    ("report", {"filed_on": "2021-12-30"}, "period_to, filed_on"),
    ("report", {"staff": "五人"}, "staff"),
    ("report", {"staff": 10.5}, "staff"),
    ("report", {"staff": True}, "staff"),
    ("report", {"staff": float("inf")}, "staff"),
    ("report", {"area_m2": None}, "area_m2"),
    ("report", {"fixed_assets_thousand_cny": "3万元"}, "fixed_assets_thousand_cny"),
    ("tenant", {"exited_on": "2019-05-31"}, "entered_on, exited_on"),
    ("tenant", {"exited_on": None}, "exited_on, exit_reason"),
    ("tenant", {"graduation_reason": None}, "exit_reason, graduation_reason"),
    ("tenant", {"exit_reason": "left"}, "exit_reason, graduation_reason"),
    ("tenant", {"college_graduate_jobs": 13}, "college_graduate_jobs"),
    ("tenant", {"exit_reason": "sold"}, "exit_reason"),
    ("tenant", {"uscc": "123"}, "uscc"),
    ("tenant", {"uscc": "910000000000002039"}, "uscc"),
    ("incubator", {"recognised_on": None}, "level, recognised_on"),
    ("incubator", {"recognised_on": "2015-02-28"}, "founded_on, recognised_on"),
    ("incubator", {"kind": "house"}, "kind"),
    ("voucher", {"amount_cny": 0}, "amount_cny"),
    ("voucher", {"amount_cny": 0.015}, "amount_cny"),
    ("voucher", {"amount_cny": 1_000.001}, "amount_cny"),
    ("voucher", {"step": "lost"}, "step"),
]


def test_what_breaks_a_rule_is_refused_with_its_column(records):
    """Where, what was found, what is allowed; the reason in Chinese and English. All rows of a kind at once."""
    for record in RECORDS:
        broken = [(changes, where) for kind, changes, where in BROKEN if kind == record]
        rows = pd.DataFrame([records[record] | changes for changes, _ in broken], dtype=object)
        found, faults = check_rows(record, rows)
        check_codes(record, found, faults)
        for row, (_, where) in enumerate(broken):
            assert any(one.where.startswith(where) for one in faults[row]), broken[row]
            assert all(one.text[0] and one.text[1] for one in faults[row])


def test_a_member_that_is_none_and_a_value_that_is_several_are_refused(records):
    """As a caller may send them."""
    assert [one.where for one in check_record("incubator", records["incubator"] | {"colour": "red"})] == ["colour"]
    assert "staff" in {one.where for one in check_record("report", records["report"] | {"staff": [10]})}


def test_a_fault_is_written_in_both_languages(records):
    """Column, kind and unit by their names."""
    (one,) = check_record("report", records["report"] | {"fund_thousand_cny": "3万元"})
    assert one.text == (
        "孵化资金（7c60）为“3万元”：单位或写法不符；应为：数字（千元）。",
        'incubation fund (7c60) is "3万元": is in another unit or form; allowed: a number (thousand CNY).',
    )
    (one,) = check_record("report", records["report"] | {"staff": "五"})
    assert one.text[0] == "工作人员（7d00）为“五”：不是数字；应为：数字（人）。"
    (one,) = check_record("tenant", records["tenant"] | {"entered_on": "2019-01-09"})
    assert one.text[0] == "日期先后有误（成立日期、入驻日期）：2019-01-10, 2019-01-09；应为：成立日期不晚于入驻日期。"
    (one,) = check_record("tenant", records["tenant"] | {"college_graduate_jobs": 13})
    assert one.text[1] == "jobs of college graduates is 13, which is above jobs, 12."


@pytest.mark.parametrize(
    "changes",
    [
        {"teams": 0, "team_members": 0, "jobs_inside": 90},
        {"tenants_financed": 0, "tenant_venture_thousand_cny": 0},
        {"investment_thousand_cny": None},
        {"office_area_m2": None},
        {"team_members": None},
        {"net_profit_thousand_cny": -40},
    ],
)
def test_what_is_not_given_is_not_checked_and_nothing_is_a_number(records, changes):
    """A check needs all its figures; a loss is no fault."""
    assert check_record("report", records["report"] | changes) == []


def test_a_table_is_checked_as_its_rows_one_by_one(records):
    """One implementation: the faults of a table are those of its rows."""
    good = records["report"]
    rows = [good, good | {"staff": 7}, good | {"area_m2": "x"}, good | {"teams": 50}]
    _, faults = check_rows("report", pd.DataFrame(rows, dtype=object))
    assert {row: faults.get(row, []) for row in range(4)} == {
        row: check_record("report", values) for row, values in enumerate(rows)
    }
    assert 0 not in faults


@pytest.mark.parametrize("amount", [0.01, 0.29, 19_460.68, 99_999_999.99])
def test_an_amount_of_whole_fen_is_one_in_spite_of_floating_point(records, amount):
    assert check_record("voucher", records["voucher"] | {"amount_cny": amount}) == []


def test_a_range_is_written_with_the_unit_that_a_person_reads(records):
    """No 1e+08 and no unit's key."""
    found = check_record("voucher", records["voucher"] | {"amount_cny": 0})
    assert found[0].text[0] == "金额为 0；允许范围：0.01 – 100,000,000 元。"
    found = check_record("tenant", records["tenant"] | {"jobs": 1.5})
    assert found[0].text == ("吸纳就业为 1.5；应为整数（人）。", "jobs is 1.5; allowed: a whole number (persons).")
