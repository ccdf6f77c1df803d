"""Every row of a table is kept or quarantined with its reason; a table that cannot be used stops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.ingest.tables import IngestError, ingest
from data.uscc import fictitious_uscc
from tests.data.ingest.conftest import DAY, facts, invoices, register, snapshots


def values(good: object, bad: object, n: int = 6) -> list[object]:
    return [good] * (n - 1) + [bad]


ROW_FAULTS = [
    ("snapshots", {"uscc": values(fictitious_uscc(1), "914403001922038217")}, "check digit"),
    ("snapshots", {"known_at": values(pd.Timestamp("2024-05-31"), pd.Timestamp("2031-01-01"))}, "after 2024-06-30"),
    ("snapshots", {"rd_staff_ratio": values(0.3, 30.0)}, "outside [0, 1] ratio"),
    ("snapshots", {"rd_expense": values("12", "many")}, "is no number"),
    ("snapshots", {"founder_team_score": values(1.0, 1.5)}, "is no whole number"),
    ("snapshots", {"known_at": values(pd.Timestamp("2024-05-31"), pd.Timestamp("2023-01-01"))}, "period_end is after"),
    ("credit_facts", {"revenue_wan": values(100.0, -5.0)}, "outside [0,"),
    ("credit_facts", {"uscc": values(fictitious_uscc(1), None)}, "uscc: missing"),
]


@pytest.mark.contract
@pytest.mark.parametrize(("table", "columns", "answer"), ROW_FAULTS, ids=[fault[2] for fault in ROW_FAULTS])
def test_a_bad_row_is_quarantined_with_its_reason_and_line_and_the_rest_goes_on(table, columns, answer):
    """Nothing is lost: kept and quarantined rows add up, and the reason says what was found and what is allowed."""
    made = {"snapshots": snapshots, "credit_facts": facts}[table]()
    fault = made.assign(**{key: value for key, value in columns.items() if key != "uscc"})
    if "uscc" in columns:
        fault.loc[5, "uscc"] = columns["uscc"][-1]
    result = ingest(fault, table, DAY)
    assert result.counts == {"read": 6, "kept": 5, "quarantined": 1}
    assert answer in result.quarantine.loc[0, "reason"]
    assert result.quarantine.loc[0, "source_line"] == 7


@pytest.mark.contract
def test_two_snapshots_of_one_firm_on_one_day_are_both_quarantined():
    """Nobody can say which of the two is right."""
    table = snapshots()
    table.loc[5, "uscc"] = table.loc[4, "uscc"]
    result = ingest(table, "snapshots", DAY)
    assert result.counts["quarantined"] == 2
    assert result.quarantine["reason"].str.contains("occurs more than once").all()


@pytest.mark.contract
def test_one_row_lists_all_its_faults():
    """Two faults of one row are in one reason."""
    table = snapshots()
    table.loc[0, ["rd_staff_ratio", "patent_quality_index"]] = [9.0, -1.0]
    reason = ingest(table, "snapshots", DAY).quarantine.loc[0, "reason"]
    assert "rd_staff_ratio" in reason
    assert "patent_quality_index" in reason


@pytest.mark.contract
def test_a_missing_and_an_unknown_column_stop_with_one_message():
    """A wrong header is a fault of the table, not of its rows."""
    table = snapshots().drop(columns=["rd_expense"]).assign(turnover=1)
    with pytest.raises(IngestError) as answer:
        ingest(table, "snapshots", DAY)
    assert "rd_expense: column missing" in str(answer.value)
    assert "turnover" in str(answer.value)


@pytest.mark.contract
def test_a_ratio_in_percent_stops_and_says_so():
    """A whole column in another unit is never quarantined row by row."""
    with pytest.raises(IngestError, match=r"rd_staff_ratio: 6 of 6 values outside \[0, 1\] ratio.*percent"):
        ingest(snapshots(rd_staff_ratio=30.0), "snapshots", DAY)


@pytest.mark.contract
def test_a_table_of_no_rows_stops():
    """An empty delivery is an error, not a success with nothing in it."""
    with pytest.raises(IngestError, match="0 rows"):
        ingest(snapshots().head(0), "snapshots", DAY)


@pytest.mark.contract
def test_nan_in_an_indicator_is_missing_not_wrong():
    """An agency may not know a value; the row stays and the value is unknown."""
    result = ingest(snapshots(rd_expense=np.nan), "snapshots", DAY)
    assert result.counts["quarantined"] == 0
    assert result.frame["rd_expense"].isna().all()


@pytest.mark.contract
def test_a_record_of_an_enterprise_that_was_gone_is_quarantined(cohort):
    """No loan, application or figure on or after the day on which the enterprise closed or left."""
    register, loans = cohort.tables["enterprises"], cohort.tables["loans"].head(50)
    first = loans.iloc[0]
    for column in ("closed_on", "left_on"):
        for shift, kept in ((0, 49), (1, 50)):
            exits = register.loc[register["uscc"].isin(set(loans["uscc"]))].assign(closed_on=pd.NaT, left_on=pd.NaT)
            exits.loc[exits["uscc"] == first["uscc"], column] = first["granted_on"] + pd.Timedelta(days=shift)
            alone = loans.loc[(loans["uscc"] != first["uscc"]) | (loans["loan_id"] == first["loan_id"])]
            result = ingest(alone, "loans", DAY, enterprises=exits)
            assert result.counts["kept"] == kept - (len(loans) - len(alone))
    assert (
        "granted_on: the enterprise closed or left on"
        in ingest(alone, "loans", DAY, enterprises=exits.assign(left_on=pd.Timestamp("2000-01-01"))).quarantine.loc[
            0, "reason"
        ]
    )


@pytest.mark.contract
def test_an_exit_before_the_founding_is_quarantined(cohort):
    """An enterprise cannot close before it was founded."""
    register = cohort.tables["enterprises"].head(10).copy()
    register.loc[0, "closed_on"] = register.loc[0, "founded_on"] - pd.Timedelta(days=1)
    assert "founded_on is after closed_on" in ingest(register, "enterprises", DAY).quarantine.loc[0, "reason"]


WRONG = [
    ("enterprises", register(industry="Industry 4.0"), "industry: 6 of 6.*allowed: one of"),
    (
        "enterprises",
        register(founded_on="soon"),
        "founded_on: 6 of 6.*soon is no date.*allowed: a day such as 2024-06-30",
    ),
    ("enterprises", register(founded_on="2031-01-01"), "founded_on: 6 of 6.*is in the future"),
    ("enterprises", register(uscc=[f"X{n}" for n in range(6)]), "uscc: 6 of 6"),
    ("enterprises", register(name=None), "name: 6 of 6 cells cannot be used: missing"),
    (
        "invoices",
        invoices(amount_cny="viel"),
        "amount_cny: 6 of 6.*viel is no number.*allowed: a number from [^;]* to [1-9][0-9]{0,2}(,[0-9]{3})+ cny",
    ),
    ("invoices", invoices(valid="maybe"), "valid: 6 of 6.*allowed: true or false"),
]


@pytest.mark.law
@pytest.mark.parametrize(("table", "frame", "answer"), WRONG, ids=[one[2][:20] for one in WRONG])
def test_a_column_that_is_wrong_throughout_stops_the_table(table, frame, answer):
    """Its rows are not quarantined one by one: the message names column, what was found and what is allowed."""
    with pytest.raises(IngestError, match=answer):
        ingest(frame, table, DAY)


def test_a_register_may_have_districts_or_not():
    """Without the column nothing changes; with it an empty cell is missing, and the row is kept."""
    plain = ingest(register(), "enterprises", DAY)
    assert "district" not in plain.frame
    given = ingest(register(所在区县=["滨江区", "", "西湖区 ", " ", None, "A"]), "enterprises", DAY)
    assert given.frame["district"].fillna("").tolist() == ["滨江区", "", "西湖区", "", "", "A"]
    assert given.counts == plain.counts
