"""Folders of four runs on the same rows: two alike, one much worse, and one on other rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import expit

from models.comparison.params import ComparisonParams
from training.run_rows import evaluation_rows, write_run

FIRMS = 400


@pytest.fixture(scope="session")
def comparison_params() -> ComparisonParams:
    """The numbers of params.yaml with few draws."""
    given = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["comparison"]
    return ComparisonParams(**{**given, "draws": 300})


@pytest.fixture(scope="session")
def runs(tmp_path_factory, comparison_params) -> Path:
    """base, same, worse and other, each a folder as a run keeps it; base and worse have cards."""
    root, rng = tmp_path_factory.mktemp("runs"), np.random.default_rng(3)
    truth = rng.normal(-1.5, 1.3, FIRMS)
    outcome = pd.Series((rng.random(FIRMS) < expit(truth)).astype(float))
    cases = pd.DataFrame(
        {
            "uscc": [f"9133{number:014d}" for number in range(FIRMS)],
            "as_of": pd.Timestamp("2022-12-31"),
            "growth_stage": "growth",
        }
    )
    logits = {"base": truth, "same": truth + 0.02 * rng.normal(size=FIRMS), "worse": 2 * rng.normal(size=FIRMS) - 1.5}
    for number, (name, log_odds) in enumerate(logits.items()):
        facts = {"capability": "risk", "parameters": {"rounds": 10 * number, "seed": 7, "layer": {"width": number}}}
        facts |= {"git_commit": "abc", "data_sha256": "d" * 64}
        tested = evaluation_rows(cases, outcome, expit(log_odds), "probability")
        write_run(root / name, tested, facts, comparison_params, b"k" * 32)
    for name, points in (("base", 4.0), ("worse", 6.5)):
        card = pd.DataFrame({"stage": "growth", "indicator": ["rd", "rd", "ip"], "points": [1.0, points, 2.0]})
        card["full_marks"] = [points + 0.5, points + 0.5, 2.0]
        card.to_csv(root / name / "card.csv", index=False)
    other = evaluation_rows(cases.iloc[:300], outcome.iloc[:300], expit(truth[:300]), "probability")
    write_run(root / "other", other, {"capability": "risk"}, comparison_params, b"k" * 32)
    return root
