"""The command writes every file of a report, or says in one sentence what is missing."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from serving.__main__ import app
from tests.models.clearance.reports.conftest import log_of


def test_every_file_is_written(tmp_path):
    log_of(200).to_parquet(tmp_path / "declarations.parquet")
    out = tmp_path / "report"
    done = CliRunner().invoke(
        app, ["clearance-report", "--data", str(tmp_path), "--out", str(out), "--by", "transport", "--lang", "en"]
    )
    assert done.exit_code == 0, done.output
    assert "200 declarations in 3 periods" in done.output
    assert {path.name for path in out.iterdir()} == {
        "report.html", "report.xlsx", "periods.csv", "currencies.csv", "change.csv", "time.svg", "counts.svg",
        "change.svg",
    }  # fmt: skip


@pytest.mark.parametrize("arguments", [[], ["--lang", "fr"], ["--by", "firm_uscc"], ["--baseline", "2024Q1"]])
def test_what_is_wrong_is_one_sentence(arguments, tmp_path):
    done = CliRunner().invoke(app, ["clearance-report", "--data", str(tmp_path), *arguments])
    assert done.exit_code == 2
    assert "allowed" in done.output
    assert "Traceback" not in done.output
