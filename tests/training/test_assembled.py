"""What the assemble stage left is read part by part, row by row beside its labels."""

from __future__ import annotations

import pandas as pd
import pytest

from data.splits import Split
from features.labels import Labels
from training import assembled
from training.assembled import (
    Labelled,
    read_case_parts,
    read_cases,
    read_known_at,
    read_labelled,
    read_labels,
    read_tables,
    write_labels,
)

pytestmark = pytest.mark.law
DAYS = pd.to_datetime(["2016-12-31", "2017-12-31", "2018-12-31", "2019-12-31", "2022-12-31"])
CASES = pd.DataFrame({"uscc": list("abcde"), "as_of": DAYS, "revenue_wan": [1.0, 2.0, 3.0, 4.0, 5.0]})


@pytest.fixture
def derived(tmp_path, monkeypatch):
    """Five vintages, of which the third has no label, in a folder of derived data."""
    monkeypatch.setattr(assembled, "DERIVED", tmp_path)
    monkeypatch.setattr(assembled, "TABLES", tmp_path / "tables")
    folder = tmp_path / "vintages"
    folder.mkdir()
    CASES.to_parquet(folder / "cases.parquet", index=False)
    CASES.assign(revenue_wan=CASES["as_of"]).to_parquet(folder / "known_at.parquet", index=False)
    table = CASES[["uscc", "as_of"]].assign(
        until=DAYS + pd.DateOffset(years=1), value=[0.1, 0.2, None, 0.4, 0.5], dropped=["", "", "closed", "", ""]
    )
    write_labels("points_outcome", Labels(table))
    return tmp_path


def test_labels_come_back_as_they_were_written(derived):
    """Beside their cases, with the reason of every dropped one."""
    labels = read_labels("points_outcome")
    assert (derived / "vintages/points_outcome.parquet").is_file()
    assert labels.values.tolist() == [0.1, 0.2, 0.4, 0.5]
    assert labels.dropped == {"closed": 1}


def test_labelled_cases_are_those_whose_label_is_known_and_every_case_is_counted(derived):
    """Cases, labels and the days on which values were known have one index; parts and drops add up."""
    labelled = read_labelled("points_outcome")
    assert labelled.cases["uscc"].tolist() == list("abde")
    assert labelled.labels.tolist() == [0.1, 0.2, 0.4, 0.5]
    assert labelled.until.tolist() == (DAYS[[0, 1, 3, 4]] + pd.DateOffset(years=1)).tolist()
    assert labelled.counts["dropped: closed"] == 1
    assert sum(labelled.counts.values()) == len(CASES)
    assert read_known_at("points_outcome")["revenue_wan"].tolist() == DAYS[[0, 1, 3, 4]].tolist()


def test_a_part_has_its_cases_with_their_labels():
    """What is wanted by name, and its rows as a mask."""
    part = pd.Series(["train", "train", "calibration", "calibration", "test"])
    labelled = Labelled(CASES, pd.Series([1.0, 2.0, 3.0, 4.0, 5.0]), pd.Series(DAYS), Split(part, {}), {})
    assert labelled.rows("train").tolist() == [True, True, False, False, False]
    assert labelled.rows("train", "calibration").tolist() == [True, True, True, True, False]
    cases, labels = labelled.part("calibration")
    assert (cases["uscc"].tolist(), labels.tolist()) == (["c", "d"], [3.0, 4.0])


def test_cases_of_one_day_and_in_parts(derived):
    """One vintage alone; two rows at a time in their order, each with its days."""
    folder = derived / "vintages"
    assert read_cases(folder)["uscc"].tolist() == list("abcde")
    assert read_cases(folder, DAYS[1])["uscc"].tolist() == ["b"]
    parts = list(read_case_parts(folder, 2))
    assert [part.frame["uscc"].tolist() for part in parts] == [["a", "b"], ["c", "d"], ["e"]]
    assert pd.concat([part.known_at for part in parts])["revenue_wan"].tolist() == DAYS.tolist()


def test_tables_are_read_by_name(derived):
    """Only those that are wanted."""
    (derived / "tables").mkdir()
    for name in ("loans", "invoices"):
        CASES.to_parquet(derived / f"tables/{name}.parquet")
    assert list(read_tables("loans")) == ["loans"]
