"""The command on a small folder: merged records, skipped tables, refusals in one sentence."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app

from .conftest import write


def run(data, out, *more):
    command = ["bench", "chain", "--data", str(data), "--out", str(out), "--seeds", "1", "--draws", "200"]
    return CliRunner().invoke(app, [*command, *more], env={"COLUMNS": "200"})


@pytest.mark.surface
def test_tasks_are_merged_into_the_record_and_absent_tables_left_out(chain_folder, tmp_path):
    out = tmp_path / "chain.json"
    done = run(chain_folder, out, "--only", "patents")
    assert done.exit_code == 0, done.output
    first = json.loads(out.read_text(encoding="utf-8"))
    assert set(first["tasks"]) == {"patents"}
    patents = first["tasks"]["patents"]
    assert patents["tested"] == 40
    assert patents["micro_f1"]["ours"]["value"] > 0.6
    assert patents["run"]["encoder"] is None
    assert len(patents["run"]["code"]) == 16
    done = run(chain_folder, out, "--only", "startups")
    both = json.loads(out.read_text(encoding="utf-8"))
    assert set(both["tasks"]) == {"patents", "startups"}
    assert both["tasks"]["patents"] == patents
    (tmp_path / "few").mkdir()
    write(tmp_path / "few", "cn_vc_deals/companies", [("1", "a", "b", "c")], ["gid", "industry", "sub_industry", "x"])
    done = run(tmp_path / "few", out)
    assert done.exit_code == 2
    assert "lacks the columns ['intro']" in done.output
    assert set(json.loads(out.read_text(encoding="utf-8"))["skipped"]) >= {"gb_items", "sina", "listed_firms"}


@pytest.mark.contract
def test_what_cannot_be_run_is_refused_in_one_sentence(chain_folder, tmp_path):
    out = tmp_path / "chain.json"
    for more, message in (
        (["--only", "nothing"], "unknown ['nothing']"),
        (["--only", "sina"], "stock_industry_sina.parquet is not there"),
        (["--encoder", str(tmp_path)], "is no encoder"),
    ):
        done = run(chain_folder, out, *more)
        assert done.exit_code == 2
        assert message in " ".join(done.output.split())
    assert not out.exists()
    (tmp_path / "none").mkdir()
    assert "holds no table of any task" in run(tmp_path / "none", out).output
    out.write_text("{}")
    assert "is no record of this benchmark" in run(chain_folder, out, "--only", "startups").output
    pd.DataFrame({"a": []}).to_parquet(tmp_path / "none" / "ipc_zh.parquet")
