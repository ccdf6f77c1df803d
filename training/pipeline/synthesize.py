"""The synthetic cohort and its planted truth."""

from __future__ import annotations

from data.synthetic.tables import SyntheticParams, target_table, write_cohort
from data.synthetic.tables import synthesize as make_cohort
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, RAW, TRUTH, console, write_json


def synthesize() -> None:
    """Make the synthetic cohort, its planted truth apart, and print its figures beside their targets."""
    cohort = make_cohort(read_section("synthetic", SyntheticParams))
    write_cohort(cohort, RAW, TRUTH)
    targets = target_table(cohort)
    console.print(targets.to_string())
    write_json(
        ARTIFACTS / "synthetic/metrics.json",
        {"caveat": CAVEAT, **{str(row["target"]): float(row["figure"]) for row in targets.to_dict("records")}},
    )
