"""What the values of a row, the register and other tables say against it, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from data.codebook import read_codebook
from data.ingest.row_checks import check_references, check_register, check_values
from data.ingest.rules import table_rules

pytestmark = pytest.mark.contract
TABLES = table_rules(read_codebook())
FIRM = "91000000000000011X"


def loans(**change: object) -> pd.DataFrame:
    columns = {"loan_id": ["a", "b"], "uscc": [FIRM] * 2, "amount_wan": [100.0, 100.0], "loss_wan": [float("nan")] * 2}
    columns |= {"granted_on": pd.to_datetime(["2021-05-01"] * 2), "defaulted_on": pd.to_datetime([None, "2021-09-01"])}
    return pd.DataFrame(columns | change)


def reasons_of(check, *given, rows: int = 2) -> list[str]:
    reasons = pd.Series([""] * rows, dtype=object)
    check(*given, reasons)
    return reasons.tolist()


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, ["", ""]),
        ({"loss_wan": [0.0, 100.0]}, ["", ""]),
        ({"loss_wan": [None, 400.0]}, ["", "loss_wan: 400 is more than 100 of amount_wan; "]),
        ({"loss_wan": [40.0, 40.0]}, ["loss_wan: 40 without defaulted_on; ", ""]),
        ({"loan_id": ["a", "a"]}, ["loan_id: occurs more than once; "] * 2),
        ({"granted_on": pd.to_datetime(["2021-05-01", "2021-09-02"])}, ["", "granted_on is after defaulted_on; "]),
        ({"granted_on": pd.to_datetime(["2021-05-01", "2021-09-01"])}, ["", ""]),
    ],
)  # fmt: skip
def test_figures_of_a_loan_that_cannot_stand_beside_each_other(change, reasons):
    """No more is lost than was lent, and nothing without a default; a default may be on the day of the grant."""
    assert reasons_of(check_values, loans(**change), TABLES["loans"]) == reasons


def test_nothing_of_an_enterprise_is_from_before_its_founding():
    """On the day itself it may have a loan; one day before it there was no enterprise."""
    for founded, reason in (
        ("2021-05-01", ""),
        ("2021-05-02", "granted_on: before the enterprise was founded on 2021-05-02; "),
    ):
        register = pd.DataFrame({"uscc": [FIRM], "founded_on": pd.to_datetime([founded])})
        given = loans().assign(uscc=[FIRM, "unknown"])
        strange = "uscc: is not in the enterprises table; "
        assert reasons_of(check_register, given, TABLES["loans"], register) == [reason, strange]


def test_a_row_refers_to_one_that_is_there():
    events = pd.DataFrame({"event_id": ["E1"]})
    given = pd.DataFrame({"event_id": ["E1", "E2"], "demand_id": ["D1", "D1"]})
    found = reasons_of(check_references, given, TABLES["match_outcomes"], {"match_events": events})
    assert found == ["", "event_id: is not in the table match_events; "]
