"""A record keeps what earlier runs put into it, holds no number that JSON cannot, and is no other file."""

import pytest
import typer

from experiments.benchmarks.part_records import cpu_seconds, known, read_record, write_record

pytestmark = pytest.mark.law


def test_a_record_is_read_as_it_was_written(tmp_path):
    out = tmp_path / "new/bench.json"
    record = read_record(out, "simulated")
    assert record == {"caveat": "simulated", "parts": {}, "skipped": {}}
    record["parts"]["one"] = {"value": float("nan"), "held": True, "most": (1, float("inf"))}
    write_record(out, record)
    assert read_record(out, "another")["parts"] == {"one": {"value": None, "held": True, "most": [1, None]}}
    assert read_record(out, "another")["caveat"] == "simulated"


def test_another_file_is_refused(tmp_path):
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(typer.BadParameter, match="no record"):
        read_record(tmp_path / "other.json", "")


def test_a_number_that_is_none_is_none_wherever_it_lies():
    assert known({"a": [1.5, float("nan")], 2: {"b": -float("inf")}}) == {"a": [1.5, None], "2": {"b": None}}


def test_processor_time_grows():
    before = cpu_seconds()
    sum(range(2_000_000))
    assert cpu_seconds() > before
