"""The stage of the registry: a changed record is a changed report."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from tests.models.incubators.conftest import incubator, report, tenant
from training.pipeline import incubators as stage

BAD = tenant("E", exited="2019-01-01", reason="left")


@pytest.fixture
def at(tmp_path, monkeypatch, pytestconfig):
    """A folder with a few records, one of them faulty; MLflow is left out."""
    shutil.copy(pytestconfig.rootpath / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stage, "track", lambda *_: "run")
    stage.RECORDS.mkdir(parents=True)
    tables = {
        "incubators": [incubator("Z1", "national"), incubator("Z2", kind="makerspace")],
        "tenants": [tenant("A"), tenant("B"), tenant("C", "Z2"), BAD],
        "reports": [report(), report("Z2", area_m2=400)],
    }
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(stage.RECORDS / f"{name}.csv", index=False)
    return tmp_path


def test_one_changed_record_changes_the_figures_and_the_report(at):
    """The figures are those of the rows; every file of the report is there; the faulty row is in the quarantine."""
    stage.incubators()
    figures, page = at / stage.OUT / "metrics.json", at / stage.OUT / "report/report.html"
    first, shown = json.loads(figures.read_text(encoding="utf-8")), page.read_text(encoding="utf-8")
    assert (
        first["statistics"] | {"incubators": 2, "area_m2": 1_400, "firms_ever": 3, "jobs_ever": 15}
        == (first["statistics"])
    )
    assert first["quarantine"] == {"rows": 1, "faults": 1, "by_record": {"tenant": 1}}
    assert (first["corrected"], first["published"]["figures"]) == (0, 15)
    assert "tibet_staff" in first["published"]["differ"]
    assert first["levels"] == {"national incubator": 1, "regional": 0, "lower": 1}
    assert len(list((at / stage.OUT / "report").iterdir())) == 2 + 2 + 2 * 7
    path = at / stage.RECORDS / "tenants.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",5,2,", ",9,2,", 1), encoding="utf-8")
    stage.incubators()
    second = json.loads(figures.read_text(encoding="utf-8"))
    assert second["statistics"]["jobs_ever"] == 19
    assert page.read_text(encoding="utf-8") != shown
