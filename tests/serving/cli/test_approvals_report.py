"""``approvals-report`` writes pages and tables whose figures are those of the statistics."""

import json

import pytest
from typer.testing import CliRunner

from data.approvals.calendar import WorkCalendar
from data.approvals.catalogue import Catalogue
from data.synthetic.approvals import demo_cohort
from models.approvals.cases import case_table
from models.approvals.statistics import statistics
from serving.__main__ import app

pytestmark = pytest.mark.surface


def test_the_report_has_every_grouping_in_both_languages_and_the_published_reduction(tmp_path):
    """The simulated catalogue is planted to -79 % by sums and -96 % at most; the cases to the figures of statistics."""
    made = demo_cohort(100)
    made.items.to_csv(tmp_path / "items.csv", index=False)
    catalogue = Catalogue.load(tmp_path / "items.csv")
    now = max(one.at for one in made.events if one.at is not None)
    cases = case_table(made.events, catalogue, WorkCalendar.load(), now=now).frame
    cases.to_parquet(tmp_path / "cases.parquet", index=False)
    arguments = ["--data", str(tmp_path), "--items", str(tmp_path / "items.csv"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, ["approvals-report", *arguments])
    assert done.exit_code == 0, done.output
    assert "ratio_of_sums -79%" in done.output
    assert "largest -96%" in done.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    by = ("item", "department", "department_before", "month")
    assert names == {
        f"{one}.{lang}.{kind}" for one in by for lang in ("zh", "en") for kind in ("html", "csv", "xlsx")
    } | {"reductions.json"}
    written = json.loads((tmp_path / "out/reductions.json").read_text(encoding="utf-8"))
    wanted = statistics(cases, catalogue, now=now, by="item").reductions["actual_statutory"]
    assert written["actual_statutory"]["median_of_ratios"] == wanted.median_of_ratios
    assert 'href="month.zh.html"' in (tmp_path / "out/item.zh.html").read_text(encoding="utf-8")


def test_what_is_missing_is_named(tmp_path):
    done = CliRunner().invoke(app, ["approvals-report", "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert "approvals-events" in done.output
