"""The four tables together."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from data.incubators.fields import RegistryError
from data.incubators.registry import Registry, parted


def registry(records, **more):
    rows = {record: [values, *more.get(record, [])] for record, values in records.items()}
    return Registry.of({record: pd.DataFrame(found, dtype=object) for record, found in rows.items()})


def test_rows_of_unknown_incubators_or_firms_are_parted_with_their_reason(records):
    """Nor may a firm enter, or a period end, before the incubator was founded."""
    made = registry(
        records,
        tenant=[records["tenant"] | {"tenant_id": "T2", "incubator_id": "Z9"},
                records["tenant"] | {"tenant_id": "T3", "founded_on": "2014-01-01", "entered_on": "2014-06-01"}],
        report=[records["report"] | {"incubator_id": "Z8"}],
        voucher=[records["voucher"] | {"entry_id": "E2", "tenant_id": "T2"}],
    )  # fmt: skip
    kept, refused = parted(made)
    assert [len(kept.table(record)) for record in records] == [1, 1, 1, 1]
    assert refused[["record", "key", "where", "found"]].to_numpy().tolist() == [
        ["tenant", "T2", "incubator_id", "Z9"],
        ["tenant", "T3", "entered_on", "2014-06-01"],
        ["report", "Z8 2021-12-31", "incubator_id", "Z8"],
        ["voucher", "E2", "tenant_id", "T2"],
    ]
    assert refused["reason_zh"].tolist()[0] == "载体编号为“Z9”，登记中没有；应为已登记的孵化载体。"
    assert not refused["reason_zh"].str.contains("_id|_on|_to|incubator|tenant").any()


def test_the_latest_report_is_the_one_whose_period_ends_last_by_the_day(records):
    """Not the one that was filed last."""
    older = {"period_from": "2020-01-01", "period_to": "2020-12-31", "filed_on": "2022-03-01", "staff": 9}
    made = registry(records, report=[records["report"] | older])
    assert made.latest_reports(dt.date(2022, 5, 31))["staff"].tolist() == [10.0]
    assert made.latest_reports(dt.date(2021, 12, 30))["staff"].tolist() == [9.0]
    assert len(made.latest_reports(dt.date(2020, 12, 30))) == 0


def test_a_registry_takes_good_rows_alone_and_says_whether_they_are_simulated(records):
    """Faulty rows are parted before."""
    assert registry(records).synthetic
    assert not Registry.of({}).synthetic
    with pytest.raises(RegistryError, match="tenant 0: Days out of order"):
        Registry.of({"tenant": pd.DataFrame([records["tenant"] | {"exited_on": "2019-05-01"}], dtype=object)})
