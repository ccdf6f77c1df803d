"""A folder of the registry as it arrives."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest

from data.incubators.folder import CORRECTIONS, read_folder

RECEIVED = dt.datetime(2022, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def folder(tmp_path, records):
    """Two of the tables, and three corrections of which one is good."""
    second = records["voucher"] | {"entry_id": "E2", "step": "redeemed", "amount_cny": 9_000.0}
    pd.DataFrame([records["incubator"]]).to_csv(tmp_path / "incubators.csv", index=False)
    pd.DataFrame([records["tenant"]]).to_csv(tmp_path / "tenants.csv", index=False)
    pd.DataFrame([records["voucher"], second]).to_csv(tmp_path / "vouchers.csv", index=False)
    sent = {"record": "tenant", "key": "T1", "at": "2022-03-05T00:00:00+00:00", "by": "clerk", "why": "late"}
    lines = [
        json.dumps(sent | {"values": records["tenant"] | {"jobs": 20}}),
        json.dumps(sent | {"at": "2022-03-06T00:00:00+00:00", "values": records["tenant"] | {"jobs": 3}}),
        "{no JSON",
    ]
    (tmp_path / CORRECTIONS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_with_its_corrections_and_every_refusal(folder):
    """What is not taken is in one quarantine: a bad correction, a line that is none, a voucher beyond its amount."""
    read = read_folder(folder, RECEIVED)
    assert read.registry.tenants["jobs"].tolist() == [20.0]
    assert len(read.registry.reports) == 0
    assert read.ledger.balances()["left_cny"].tolist() == [5_000.0]
    assert read.quarantine[["record", "key"]].to_numpy().tolist() == [
        ["tenant", "T1"], ["report", ""], ["voucher", "E2"]
    ]  # fmt: skip
    assert read.quarantine["line"].tolist()[:2] == [2, 3]
    assert len(read.journal.history("tenant", "T1")) == 2


def test_the_registry_of_an_earlier_instant_is_without_later_corrections(folder):
    """Nothing was overwritten."""
    read = read_folder(folder, RECEIVED, until=dt.datetime(2022, 3, 4, tzinfo=dt.UTC))
    assert read.registry.tenants["jobs"].tolist() == [12.0]


def test_an_empty_folder_is_an_empty_registry(tmp_path):
    """A missing table is no error."""
    read = read_folder(tmp_path, RECEIVED)
    assert (len(read.registry.incubators), len(read.quarantine), read.registry.synthetic) == (0, 0, False)
