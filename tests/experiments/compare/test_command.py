"""The command writes both files, and on bad input one sentence and exit code 1."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from experiments.__main__ import app


@pytest.mark.surface
def test_two_runs_become_a_page_and_a_record(runs, tmp_path):
    done = CliRunner().invoke(app, ["compare", str(runs / "base"), str(runs / "worse"), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "AUC" in done.output
    found = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert found["schema"] == "comparison/1"
    assert found["method"]["draws"] == 2_000  # of params.yaml: those stored with the runs have fewer
    for language, title in (("zh", "2 次运行的比较"), ("en", "Comparison of 2 runs")):
        text = (tmp_path / f"comparison.{language}.html").read_text(encoding="utf-8")
        assert text.startswith("<!doctype html>")
        assert f"<title>{title}</title>" in text


@pytest.mark.contract
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["nowhere"], "'nowhere' is no folder and no id of a run"),
        (["other"], "other/rows.parquet: key: found 0 rows"),
        (["worse", "--metric", "gini"], "--metric: found gini; allowed for these probability rows: auc"),
    ],
)
def test_bad_input_is_one_sentence(runs, tmp_path, given, message):
    name = str(runs / given[0]) if given[0] != "nowhere" else given[0]
    done = CliRunner().invoke(app, ["compare", str(runs / "base"), name, *given[1:], "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert message in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.contract
def test_a_folder_that_cannot_be_is_one_sentence(runs, tmp_path):
    """A file lies where a folder would have to be."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = CliRunner().invoke(
        app, ["compare", str(runs / "base"), str(runs / "worse"), "--out", str(tmp_path / "file/x")]
    )
    assert done.exit_code == 1
    assert "file/x/comparison.json cannot be written: Not a directory" in done.output
    assert "Traceback" not in done.output
