"""The cohort is the same for equal parameters, and its figures are those of its messages."""

from __future__ import annotations

import base64
import json

import pandas as pd

from data.synthetic.clearance import demo_cohort, messages, write_clearance


def test_equal_parameters_give_equal_bytes():
    first, second = ([one.raw for one in messages(demo_cohort(30))] for _ in range(2))
    assert first == second
    assert first != [one.raw for one in messages(demo_cohort(30, seed=1))]


def test_what_is_written(simulated, tmp_path):
    write_clearance(simulated, tmp_path / "raw", tmp_path / "truth")
    lines = [json.loads(line) for line in (tmp_path / "raw/clearance_messages.jsonl").read_text().splitlines()]
    assert len(lines) == simulated.figures["messages"]
    assert all(one["simulated"] is True and one["source"] == "simulator" for one in lines)
    assert [base64.b64decode(one["raw"]) for one in lines] == [one.raw for one in messages(simulated)]
    assert {one["box"] for one in lines} == {"OutBox", "InBox"}
    cutoffs = pd.read_parquet(tmp_path / "raw/clearance_cutoffs.parquet")
    assert cutoffs["simulated"].all()
    assert sorted(path.name for path in (tmp_path / "truth").iterdir()) == [
        "clearance.json", "clearance_declarations.parquet", "clearance_events.parquet", "clearance_medians.parquet",
    ]  # fmt: skip
    assert not {"course", "suspended", "planted"} & set(cutoffs)


def test_cutoffs_are_known_before_and_some_are_missed(simulated):
    table = simulated.cutoffs.merge(simulated.declarations, on="client_seq_no")
    declared = pd.to_datetime(table["first_declared"], unit="s", utc=True)
    reached = pd.to_datetime(
        table["released"].where(table["milestone"] == "released", table["completed"]), unit="s", utc=True
    )
    assert (table["known_at"] < declared).all()
    assert (table["cutoff_at"] > declared).all()
    assert 0.03 < (reached > table["cutoff_at"]).mean() < 0.3
    assert (table["empty_space_fee_cny"] > 0).all()
    assert (table.loc[table["kind"] == "ship", "milestone"] == "released").all()
