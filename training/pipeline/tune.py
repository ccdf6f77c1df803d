"""The search for better numbers, which proposes and never decides."""

from __future__ import annotations

import yaml

from data.codebook import read_codebook
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, console
from training.pipeline.risk import read_seasoned_loans
from training.risk import fit as risk_training


def tune() -> None:
    """Search better numbers for risk in a box of time; artifacts/risk/proposed.yaml, never params.yaml."""
    from training.tuning import TuningParams, proposal
    from training.tuning import tune as search  # Optuna takes a second to import, and only this command needs it

    loans = read_seasoned_loans()
    known = loans.cases.loc[loans.rows("train", "calibration")]
    params, tuning = read_section("risk", risk_training.RiskParams), read_section("tuning", TuningParams)
    with console.status("tuning") as status:
        tuned = search(
            known,
            loans.labels[known.index],
            read_codebook(),
            params,
            tuning,
            ARTIFACTS / "risk/tuning.journal",
            report=status.update,
        )
    text = yaml.safe_dump(proposal(tuned), sort_keys=False, allow_unicode=True)
    (ARTIFACTS / "risk/proposed.yaml").write_text(text, encoding="utf-8")
    console.print(text)
