"""The rule of every table: its key, its columns, their titles and the order of its days."""

from __future__ import annotations

import pytest

from data.codebook import read_codebook, read_credit_facts
from data.ingest.rules import DAYS, RULES, Field, table_rules
from data.ingest.source import heading

pytestmark = pytest.mark.contract
BOOK = read_codebook()
TABLES = table_rules(BOOK)


def test_the_register_comes_first_and_every_table_has_a_rule():
    """The other tables refer to the enterprises, so these are read before them."""
    assert list(TABLES) == list(RULES)
    assert next(iter(TABLES)) == "enterprises"
    for name, rule in TABLES.items():
        assert (rule.table, rule.key, rule.day) == (name, RULES[name], DAYS.get(name))


@pytest.mark.parametrize(("table", "items"), [("snapshots", BOOK), ("credit_facts", read_credit_facts())])
def test_the_columns_of_reports_are_those_of_the_codebook(table, items):
    """Its ranges, units and whole numbers; each may be missing, the firm and the two days may not."""
    fields = TABLES[table].fields
    assert list(fields) == ["uscc", "period_end", "known_at", *(item.key for item in items)]
    for item in items:
        assert fields[item.key] == Field(
            "number", nullable=True, low=item.low, high=item.high, unit=item.unit, whole=item.dtype == "int"
        )
    assert not any(fields[name].nullable for name in ("uscc", "period_end", "known_at"))


def test_keys_and_days_are_columns_that_must_be_there():
    """What identifies a row, orders it or dates it is a column of the table, and the key is never missing."""
    for rule in TABLES.values():
        assert all(not rule.fields[name].nullable for name in rule.key)
        assert all(rule.fields[name].dtype == "date" for pair in rule.order for name in pair)
        assert rule.day is None or not rule.fields[rule.day].nullable


def test_no_enterprise_closes_before_it_was_founded_and_no_report_is_known_before_its_end():
    """Pairs of days of which the first is not later."""
    assert TABLES["enterprises"].order == (("founded_on", "closed_on"), ("founded_on", "left_on"))
    assert TABLES["snapshots"].order == TABLES["credit_facts"].order == (("period_end", "known_at"),)
    assert TABLES["loans"].order == (("granted_on", "defaulted_on"),)
    assert TABLES["invoices"].order == TABLES["applications"].order == ()


def test_a_column_is_known_by_its_key_and_by_its_chinese_name():
    """Every title leads to a column of its own table, however it is written."""
    for rule in TABLES.values():
        assert set(rule.aliases.values()) <= set(rule.fields)
        assert all(rule.aliases[heading(key)[0]] == key for key in rule.fields)
    assert TABLES["snapshots"].aliases[heading("研发费用")[0]] == "rd_expense"
    assert TABLES["credit_facts"].aliases[heading("营业收入（万元）")[0]] == "revenue_wan"


def test_amounts_rates_and_constraints_of_a_loan_have_their_ranges():
    """10,000 yuan, of CNY 100 or more, at most 36 % a year, whole months up to ten years; no loss beyond or without."""
    fields = TABLES["loans"].fields
    assert (fields["amount_wan"].low, fields["amount_wan"].unit) == (0.01, "wan_cny")
    assert (TABLES["loans"].at_most, TABLES["loans"].needs) == (
        (("loss_wan", "amount_wan"),),
        (("loss_wan", "defaulted_on"),),
    )
    assert (fields["annual_rate"].low, fields["annual_rate"].high, fields["annual_rate"].unit) == (0, 0.36, "ratio")
    assert (fields["tenor_months"].low, fields["tenor_months"].high, fields["tenor_months"].whole) == (1, 120, True)
