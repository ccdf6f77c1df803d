"""The simulated registry of incubators as files: tables of records and the corrections after them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.synthetic.incubators import synthesize_incubators, write_incubators
from training.params import read_section
from training.pipeline.artifacts import console

RECORDS = Path("data/raw/incubators")


@dataclass(frozen=True)
class SyntheticIncubatorParams:
    """Section ``synthetic_incubators`` of params.yaml."""

    seed: int


def incubator_records() -> None:
    """Make the simulated incubators, tenant firms, reports, vouchers and corrections; every row says synthetic."""
    made = synthesize_incubators(read_section("synthetic_incubators", SyntheticIncubatorParams).seed)
    write_incubators(made, RECORDS)
    made.planted.to_csv(RECORDS / "planted_faults.csv", index=False, lineterminator="\n")
    rows = ", ".join(f"{len(table)} {record}s" for record, table in made.tables.items())
    console.print(f"incubators: {rows}, {len(made.planted)} of them with a planted fault", markup=False)
