"""A budget over the output of a table job: the bank's own, unchanged, and never more than was approved."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from typer.testing import CliRunner

from models.quota.policy import read_policies
from serving.__main__ import app
from serving.ledger.ledger import Ledger
from serving.ledger.store import LEDGER_URL, migrate
from serving.releases.policies import set_up

pytestmark = pytest.mark.contract


@pytest.fixture
def recorded(job, service, tmp_path, monkeypatch):
    """A recorded table job of the standard bank, and the command over its output."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv(LEDGER_URL, url)
    migrate(url)
    ledger = Ledger(url)
    set_up(ledger, read_policies, service.models.release, service.models.versions, date(2024, 1, 1))
    done, table = job(rows=200)
    ledger.append([done.draft("standard")])
    ledger.close()

    def run(budget, out="shares.parquet", bank="standard", limits=None, table="out.parquet"):
        given = ["allocate", str(tmp_path / table), "--bank", bank, "--budget-wan", str(budget)]
        given += ["--out", str(tmp_path / out)]
        if limits is not None:
            (tmp_path / "limits.yaml").write_text(limits, encoding="utf-8")
            given += ["--limits", str(tmp_path / "limits.yaml")]
        return CliRunner().invoke(app, given, env={"COLUMNS": "400"})

    run.folder, run.table = tmp_path, table
    run.approved = table[table["outcome"] == "preapproved"]
    assert len(run.approved) >= 5
    return run


def test_a_budget_is_shared_among_what_the_table_approved(recorded):
    """In the table's order; none above its quota, none to a refused firm; the limits hold and are written out."""
    limits = "groups:\n- {column: growth_stage, value: growth, most_wan: 40}\nexpected_loss_wan: 100\n"
    done = recorded(100, limits=limits)
    assert done.exit_code == 0, done.output
    shares = pd.read_parquet(recorded.folder / "shares.parquet")
    assert shares["uscc"].tolist() == recorded.table["uscc"].tolist()
    assert (shares["amount_wan"] <= recorded.table["amount_wan"]).all()
    assert 0 < shares["amount_wan"].sum() <= 100
    assert shares.loc[(recorded.table["growth_stage"] == "growth").to_numpy(), "amount_wan"].sum() <= 40
    assert "Budget (CNY 1,000,000)" in done.output
    assert "成长期贷款合计（40 万元）" in done.output
    assert f"200 rows, {len(recorded.approved)} approved, 0 no longer valid" in done.output


def test_money_enough_gives_every_quota(recorded):
    """And says that more of it would earn nothing."""
    done = recorded(1_000_000)
    shares = pd.read_parquet(recorded.folder / "shares.parquet")
    assert shares["amount_wan"].tolist() == recorded.table["amount_wan"].tolist()
    assert "more of it would not raise the expected profit" in done.output


def test_a_changed_table_or_another_banks_is_not_found(recorded):
    """Raised amounts, a table of no job, and the job of another bank look alike; nothing is written."""
    changed = recorded.table.assign(amount_wan=recorded.table["amount_wan"] * 10)
    changed.to_parquet(recorded.folder / "changed.parquet", index=False)
    for run in (
        recorded(100, table="changed.parquet"),
        recorded(100, table="in.parquet"),
        recorded(100, bank="growth"),
    ):
        assert run.exit_code == 2
        assert "is not found among the table jobs of" in run.output
    assert recorded(100, table="absent.parquet").exit_code == 2
    assert not (recorded.folder / "shares.parquet").exists()


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("groups: [{column: growth_stage, value: infant, most_wan: 1}]", "no loan has growth_stage 'infant'"),
        ("groups: [{column: pd_12m, value: x, most_wan: 1}]", "groups.0.column"),
        ("groups: [{column: growth_stage, value: growth, most_wan: -1}]", "groups.0.most_wan"),
        ("group: []", "group"),
        ("[1", "cannot be read as YAML"),
        ("3", "(body)"),
    ],
)
def test_faulty_limits_are_refused_with_what_is_wrong(recorded, limits, message):
    """Unknown groups, columns and members, amounts that are none, no YAML."""
    done = recorded(100, limits=limits)
    assert done.exit_code == 2
    assert message in done.output


@pytest.mark.parametrize("budget", [0, -5, "nan", "inf"])
def test_a_budget_that_is_none_is_refused(recorded, budget):
    """What is allowed is named."""
    done = recorded(budget)
    assert done.exit_code == 2
    assert "allowed: above 0" in done.output


def test_no_file_is_overwritten_and_no_ended_quota_counts(recorded, monkeypatch):
    """The table itself as output is refused; after the validity everything is left out."""
    assert "exists; allowed: a new file" in recorded(100, out="out.parquet").output
    monkeypatch.setattr("serving.cli.allocate.pd.Timestamp", lambda _: pd.NaT)
    done = recorded(100)
    assert f"{len(recorded.approved)} no longer valid" in done.output
    assert (pd.read_parquet(recorded.folder / "shares.parquet")["amount_wan"] == 0).all()
