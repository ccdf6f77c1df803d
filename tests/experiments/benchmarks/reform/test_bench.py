from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.benchmarks.reform import speed
from experiments.benchmarks.reform.bench import faults


@pytest.mark.surface
def test_the_bench_writes_every_part_of_its_record(trained, tmp_path, monkeypatch):
    """In small: two repetitions, two reforms of each kind, no large run; too little to show what is promised."""
    monkeypatch.setattr(speed, "LEVERS", 2)
    options = ["--repetitions", "2", "--samples", "2", "--rows", "0", "--draws", "2", "--runs", "1", "--workers", "1"]
    out = tmp_path / "reform.json"
    done = CliRunner().invoke(app, ["bench", "reform", *options, "--artifacts", str(trained.folder), "--out", str(out)])
    assert done.exit_code == 1, done.output
    assert "null: 2 repetitions; at least 1000 are needed" in done.output
    assert "quick: 2 samples; at least 1000 are needed" in done.output
    assert "2 draws were timed; at least 50 are needed" in done.output
    record = json.loads(out.read_text(encoding="utf-8"))
    assert set(record) == {"machine", "seed", "null", "refit", "quick", "speed", "million"}
    assert record["speed"]["draws_are_refitted"] is False
    assert set(faults(record)) <= set(done.output.splitlines())


def record_of_all_that_is_promised() -> dict[str, Any]:
    """Every figure at its bar: 20 evaluations of 0.25 s and 1 s are 6 s, two of ten banks and 1 s 2.2 s."""

    def coverage(times: str, **held: float) -> dict[str, Any]:
        return {times: 1_000, "held": held, "withheld": dict.fromkeys(held, 0.0)}

    medians = {
        "evaluation": 0.25, "evaluation_10_banks": 0.6, "one_bank": 2.0, "10_banks": 2.2, "20_policy_reforms": 6.0,
        "20_weight_reforms": 6.0,
    }  # fmt: skip
    speeds = {name: {"seconds": 0.01, "median_seconds": median} for name, median in medians.items()}
    return {
        "null": coverage("repetitions", credit_cny=0.93, points=0.97),
        "refit": coverage("repetitions", with_draws=0.95, without_draws=0.5),
        "quick": coverage("samples", credit_cny=0.97),
        "speed": {**speeds, "firms": 7_310, "refitted_draws": {"draws": 50, "seconds": 1.0, "median_seconds": 60.0}},
        "million": {"firms": 1_000_000, "seconds": 60.0},
    }


@pytest.mark.contract
def test_a_record_at_every_bar_has_no_fault():
    """Without refitted draws intervals need not hold the truth; a large run that was left out is not looked for."""
    record = record_of_all_that_is_promised()
    assert faults(record) == []
    assert faults(record | {"million": None}) == []


@pytest.mark.contract
@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (
            "null>held>credit_cny",
            0.929,
            "null, credit_cny: 0.929 of the intervals hold the truth; allowed: 0.93 to 0.97",
        ),
        ("null>held>points", 0.971, "null, points: 0.971 of the intervals hold the truth; allowed: 0.93 to 0.97"),
        (
            "refit>held>with_draws",
            0.92,
            "refit, with_draws: 0.92 of the intervals hold the truth; allowed: 0.93 to 0.97",
        ),
        (
            "quick>held>credit_cny",
            0.98,
            "quick, credit_cny: 0.98 of the intervals hold the truth; allowed: 0.93 to 0.97",
        ),
        ("quick>withheld>points", 1.0, "quick, points: no interval was given in any of 1000 samples"),
        ("null>repetitions", 999, "null: 999 repetitions; at least 1000 are needed"),
        ("quick>samples", 999, "quick: 999 samples; at least 1000 are needed"),
        ("speed>one_bank>median_seconds", 2.01, "one_bank: 2.01 seconds; allowed: 2"),
        ("speed>10_banks>median_seconds", 2.21, "10_banks: 2.21 seconds; allowed: 2.2"),
        ("speed>20_policy_reforms>median_seconds", 6.1, "20_policy_reforms: 6.1 seconds; allowed: 6"),
        ("speed>20_weight_reforms>median_seconds", 6.1, "20_weight_reforms: 6.1 seconds; allowed: 6"),
        ("speed>refitted_draws>median_seconds", 61.0, "refitted_draws: 61 seconds; allowed: 60"),
        ("speed>refitted_draws>draws", 49, "49 draws were timed; at least 50 are needed"),
        ("million>seconds", 76.0, "million: 76 seconds; allowed: 60"),
        ("million>firms", 999_999, "999999 firms were timed; at least 1000000 are needed"),
    ],
)
def test_what_does_not_hold_is_named_with_what_is_allowed(path, value, fault):
    """One figure beyond its bar, and no other fault."""
    record = record_of_all_that_is_promised()
    *steps, last = path.split(">")
    inner = record
    for step in steps:
        inner = inner[step]
    inner[last] = value
    assert faults(record) == [fault]


@pytest.mark.contract
def test_without_artefacts_it_names_what_is_absent(tmp_path):
    done = CliRunner().invoke(app, ["bench", "reform", "--artifacts", str(tmp_path)], env={"COLUMNS": "400"})
    assert done.exit_code == 2
    assert "cases.parquet is absent" in " ".join(done.output.split())
