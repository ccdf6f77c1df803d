"""A weight table by the command line: a card, what was done with it, and every fault in one message."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from data.codebook import read_codebook
from models.points.card import PointsCard
from training.__main__ import app
from training.pipeline import import_card as command

pytestmark = pytest.mark.contract
STAGES = {"startup": "初创期", "growth": "成长期", "stable": "稳定期"}
TABLE = {
    "name": "zone", "title": "Zone card", "status": "published", "note": "Of the zone.", "stages": STAGES,
    "weights": {stage: {"rd_intensity": 60, "revenue_growth": 40.0} for stage in STAGES},
}  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Import a table among four firms of each stage, of which indicator values are 0, 1, 2 and 3."""
    n = 4 * len(STAGES)
    peers = pd.DataFrame({key: np.arange(n) % 4.0 for key in read_codebook().keys})
    peers = peers.assign(
        growth_stage=np.repeat(list(STAGES), 4), industry="iot", size_rule="software", size_class="small"
    )
    monkeypatch.setattr(command, "read_cases", lambda *_: peers)

    def of(text: str, out: str = "card.yaml"):
        (tmp_path / "table.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "cases.parquet").touch()
        done = CliRunner().invoke(app, ["import-card", str(tmp_path / "table.yaml"), "--out", str(tmp_path / out),
                                        "--cases", str(tmp_path)],
                                  env={"COLUMNS": "400"})  # fmt: skip
        return done, tmp_path / out, peers

    return of


def test_a_published_table_becomes_a_card_with_points_by_hand(run):
    """The third of four firms is at mid-rank 5/8: 60 x 5/8 + 40 x 5/8 = 62.5 points; the command says what it did."""
    done, out, peers = run(yaml.safe_dump(TABLE, allow_unicode=True))
    assert done.exit_code == 0, done.output
    card = PointsCard.load(out)
    assert card.score(peers)["total"].tolist() == pytest.approx([12.5, 37.5, 62.5, 87.5] * 3)
    assert "zone (published): Zone card" in done.output
    assert "2 of 24" in done.output
    again, _, _ = run(yaml.safe_dump(TABLE))
    assert again.exit_code == 2
    assert "exists" in again.output


def test_without_assembled_cases_the_command_names_the_stage_that_makes_them(tmp_path):
    """A newcomer learns what to run."""
    given = ["import-card", "national-2025", "--out", str(tmp_path / "c.yaml"), "--cases", str(tmp_path)]
    done = CliRunner().invoke(app, given, env={"COLUMNS": "400"})
    assert done.exit_code == 2
    assert "dvc repro assemble" in done.output


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"ghost": 5}, "the codebook has no indicator ghost; allowed: rd_expense, rd_intensity, "),
        ({"rd_intensity": 10_000_000}, "add up to 10,000,000, allowed"),
        ({"rd_intensity": float("nan")}, "growth.rd_intensity: weight is nan"),
        ({"rd_intensity": True}, "weight is True"),
        ({"rd_intensity": "5"}, "weight is '5'"),
        ({"rd_intensity": -1}, "weight is -1"),
        ({"rd_intensity": 131}, "add up to 131, allowed: above 0, at most 130"),
        ({}, "add up to 0"),
        ([5], "allowed: weights by indicator"),
    ],
)
def test_a_faulty_table_writes_nothing_and_says_why(run, weights, message):
    """Unknown indicators and weights that are none."""
    table = TABLE | {"stages": {"growth": "x"}, "weights": {"growth": weights}}
    done, out, _ = run(yaml.safe_dump(table, allow_unicode=True))
    assert (done.exit_code, out.exists()) == (2, False)
    assert message in done.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "is no weight table"),
        ("{a: [", "cannot be read as a weight table"),
        ("{name: z, name: y}", "'name' is given twice"),
        (yaml.safe_dump(TABLE | {"weights": {"decline": {"rd_intensity": 1}}}), "weights are of decline; allowed: the"),
        (yaml.safe_dump(TABLE | {"weights": 3}), "mappings by stage"),
        (yaml.safe_dump(TABLE | {"status": "secret"}), "status is 'secret', allowed: published, recalled, proposal"),
        (yaml.safe_dump(TABLE | {"stages": {"decline": "x"}, "weights": {"decline": {"rd_intensity": 1}}}),
         "the codebook has no stage decline; allowed: startup, growth, stable"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(run, text, message):
    """Another shape, broken YAML, a key twice, a stage that the codebook lacks."""
    done, out, _ = run(text)
    assert (done.exit_code, out.exists()) == (2, False)
    assert message in done.output
