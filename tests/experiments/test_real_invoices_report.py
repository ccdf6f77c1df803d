"""The report of experiment 0001 is written from its figures: no number in it was typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.real_invoices import MODELS
from experiments.real_invoices_report import write_report

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
FOLDER = ROOT / "experiments/0001-real-invoices"


@pytest.fixture
def metrics():
    """The committed record, its models in the order in which they are shown."""
    record = json.loads((FOLDER / "results/metrics.json").read_text(encoding="utf-8"))
    return record | {"models": {name: record["models"][name] for name in MODELS}}


@pytest.fixture
def report(tmp_path):
    """Writes the report of some figures; the pictures are of forty made-up firms."""

    def write(figures):
        rng = np.random.default_rng(1)
        out = tmp_path / "results"
        out.mkdir(exist_ok=True)
        predicted = {name: rng.random((2, 40)) for name in ("ours", "peer")}
        quotas = pd.DataFrame({"quota_wan": rng.uniform(0, 100, 30)})
        write_report(figures, predicted, (np.arange(40) % 4 == 0).astype(float), quotas, out)
        return (tmp_path / "README.md").read_text(encoding="utf-8"), sorted(path.name for path in out.iterdir())

    return write


@pytest.mark.contract
def test_the_committed_report_is_that_of_the_committed_figures(metrics, report):
    """Byte for byte, and three pictures beside it."""
    text, pictures = report(metrics)
    assert text == (FOLDER / "README.md").read_text(encoding="utf-8")
    assert pictures == ["calibration.png", "quotas.png", "roc.png"]


@pytest.mark.law
def test_the_verdict_follows_from_the_figures(metrics, report):
    """A peer whose interval leaves zero is named; an AUC below the peer's less its error is a no."""
    peer = next(name for name in metrics["models"] if name not in ("ours", "lightgbm_default"))
    metrics["models"][peer]["ours_minus_this_auc"] = {"value": 0.1, "low": 0.05, "high": 0.15}
    text, _ = report(metrics)
    assert f"apart from ours by more than chance: {peer}" in text
    metrics["models"]["ours"]["auc"]["value"] = metrics["models"]["lightgbm_default"]["auc"]["value"] - 1.0
    assert "one standard error: **no**" in report(metrics)[0]
