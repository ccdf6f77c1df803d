"""A log becomes cases: what is refused keeps its reason and loses its content, and the readings come from the rows."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from data.approvals.catalogue import Catalogue
from data.synthetic.approvals import write_approvals
from models.approvals.statistics import statistics
from tests.data.synthetic.planted_approvals import planted_cohort
from training.__main__ import app
from training.pipeline import approvals_events as stage


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The stage, run once in a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("stage"))
        write_approvals(planted_cohort(), stage.RAW, Path("truth"))
        done = CliRunner().invoke(app, ["approvals-events"])
        assert done.exit_code == 0, done.output
        yield done


@pytest.mark.truth
def test_the_published_reductions_come_out_of_the_stage(run):
    """-79 % by sums, -96 % the largest item; the mean is another number. A longer promise of one item changes it."""
    assert "simulated" in run.output
    figures = json.loads(Path("artifacts/approvals/events.json").read_text(encoding="utf-8"))
    reading = figures["reductions"]["promised_statutory"]
    assert (round(100 * reading["ratio_of_sums"]), round(100 * reading["largest"])) == (79, 96)
    assert round(100 * reading["mean_of_ratios"]) == 75
    assert figures["caveat"].startswith("simulated")
    cohort = planted_cohort()
    assert figures["cases"] == cohort.log["办件编号"].replace("", None).nunique()
    assert figures["refused_by_reason"] == {"no_case": int((cohort.log["办件编号"] == "").sum())}
    quarantine = pd.read_parquet(stage.OUT / "quarantine.parquet")
    assert list(quarantine.columns) == ["row", "line", "reason", "filled"]
    assert not quarantine.astype(str).apply(lambda column: column.str.contains("SIM")).any().any()
    events = pd.read_parquet(stage.OUT / "events.parquet")
    assert not [name for name in events if "officer" in name]
    rows = [line.split(",") for line in stage.ITEMS.read_text(encoding="utf-8").splitlines()]
    last = next(i for i, row in enumerate(rows) if row[0] == "water_intake_permit" and row[2] == "")
    rows[last][11] = str(int(rows[last][11]) + 10)
    stage.ITEMS.with_name("longer.csv").write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    longer = Catalogue.load(stage.ITEMS.with_name("longer.csv"))
    now = dt.datetime(2024, 6, 30, tzinfo=dt.UTC)
    again = statistics(pd.read_parquet(stage.OUT / "cases.parquet"), longer, now=now).reductions["promised_statutory"]
    assert again.ratio_of_sums < reading["ratio_of_sums"]


@pytest.mark.truth
def test_the_late_ones_are_those_that_were_planted(run):
    """Of cases with every instant, decided and accepted within the five days of the law."""
    cases = pd.read_parquet(stage.OUT / "cases.parquet").set_index("case_number")
    clear = cases[(cases["flags"] == "") & cases["decided_at"].notna() & cases["late"].notna()]
    truth = planted_cohort().cases.set_index("case_number").loc[clear.index]
    same_instants = (clear["accepted_at"] == truth["accepted_at"]) & (clear["decided_at"] == truth["decided_at"])
    clear, truth = clear[same_instants], truth[same_instants]
    assert len(clear) > 500
    agree = clear["late"].astype(bool) == truth["late"]
    assert agree.mean() > 0.99
    assert 0.08 < clear["late"].astype(bool).mean() < 0.17


def test_a_log_that_is_none_ends_the_step_with_a_sentence(run):
    Path("log.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["approvals-events", "--log", "log.csv"])
    assert done.exit_code == 1
    assert "absent" in done.output
