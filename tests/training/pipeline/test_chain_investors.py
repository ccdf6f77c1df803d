"""The stage on a small cohort whose investors keep to one IPC subclass: a folder that answers, and its figures."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from features.text import TextEncoder
from models.chain.investors.shortlist import InvestorFinder
from tests.training.pipeline.test_matching import write_encoder
from training.__main__ import app

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
OUT = Path("artifacts/chain/investors")
SUBCLASSES = ("H04N", "A61K", "G06V", "C12N")


class Logged:
    """In place of the tracking store, whose own tests make one."""

    def __init__(self):
        self.runs = []

    def append_run(self, capability, params, numbers, digest, files, model, example, tags):
        self.runs.append((capability, numbers, [Path(path).name for path in files], model.predict(example)))


@pytest.fixture
def logged():
    return Logged()


@pytest.fixture
def records(tmp_path, monkeypatch, logged):
    """400 firms with a patent each and two investors of their subclass; 100 investors."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["chain_investors"] |= {"step_days": 365, "least_deals": 60, "band_funded": 10, "test_windows": 2}
    params["comparison"]["draws"] = 200
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    rng = np.random.default_rng(11)
    field, liked = rng.integers(4, size=400), rng.integers(4, size=100)
    ids, start = [f"F{number:03d}" for number in range(400)], pd.Timestamp("2014-01-01")
    day = start + pd.to_timedelta(rng.integers(1_200, 3_000, 400), unit="D")
    rows = [
        (f"{firm}-{one}", firm, date, "A轮", None, f"I{one:02d}")
        for firm, date, mine in zip(ids, day, field, strict=True)
        for one in rng.choice(np.flatnonzero(liked == mine), 2, replace=False)
    ]
    numbers = [f"CN1140{number:05d}A" for number in range(400)]
    text = [f"{SUBCLASSES[one]}" for one in field]
    nothing = {"kind": [], "item_id": [], "chain_id": [], "node_id": [], "probability": [], "band": [], "as_of": []}
    tables = {
        "firms": pd.DataFrame({"firm_id": ids, "name": [f"企业{one}" for one in ids], "region": "杭州"}),
        "documents": pd.DataFrame(
            {"document_id": [f"D{one}" for one in ids], "firm_id": ids, "kind": "product", "title": None,
             "text": text, "ipc": None, "gb4754": None, "date": start}
        ),
        "patents": pd.DataFrame(
            {"publication_number": numbers, "title": text, "abstract": None, "applicant_ids": ids,
             "ipc": [f"{SUBCLASSES[one]}1/00" for one in field], "publication_date": start}
        ),
        "deals": pd.DataFrame(rows, columns=["deal_id", "firm_id", "date", "round", "amount_wan", "investor"]),
        "investors": pd.DataFrame({"investor": [f"I{one:02d}" for one in range(100)], "kind": "fund", "intro": None}),
    }  # fmt: skip
    Path("data/derived/chain").mkdir(parents=True)
    OUT.parent.mkdir(parents=True)
    for name, table in tables.items():
        table.to_parquet(f"data/derived/chain/{name}.parquet")
    pd.DataFrame(nothing).astype({"as_of": "datetime64[us]"}).to_parquet(OUT.parent / "placements.parquet")
    write_encoder(tmp_path / "artifacts/matching/encoder")
    monkeypatch.setattr("training.pipeline.tracked.track", logged.append_run)
    return tables, liked, field


def test_the_stage_writes_a_folder_that_answers(records, logged):
    """A planted preference beats popularity with an interval, and the first of a list keep to the patent's subclass."""
    tables, liked, field = records
    done = CliRunner().invoke(app, ["chain-investors"])
    assert done.exit_code == 0, done.output
    assert "popularity is less good than ours" in done.output
    metrics = json.loads(OUT.with_suffix(".json").read_text(encoding="utf-8"))
    assert metrics["comparison"]["low"] > 0
    assert metrics["weights"]["field"] > 0
    assert metrics["caveat"].startswith("Synthetic")
    finder = InvestorFinder.load(OUT, TextEncoder.load(Path("artifacts/matching/encoder")))
    number = tables["patents"]["publication_number"].iloc[0]
    found = finder.find(number, dt.date(2022, 7, 1), 10)
    assert found.status == "found"
    assert np.mean([liked[int(one.investor[1:])] == field[0] for one in found.investors]) >= 0.8
    ((capability, numbers, files, predicted),) = logged.runs
    kept = ["model.json", "investors.json", "rows.parquet", "statistics.json", "run.json"]
    assert (capability, files) == ("chain_investors", kept)
    first = [finder.find(one, dt.date.fromisoformat(metrics["comparison"]["last_day"]), 1).investors[0]
             for one in tables["patents"]["publication_number"].head(5)]  # fmt: skip
    assert predicted["investor"].tolist() == [one.investor for one in first]
    assert predicted["probability"].tolist() == [one.probability for one in first]
    assert set(predicted["status"]) == {"found"}
    assert numbers["gain"] == metrics["comparison"]["gain"]
    again = {path.name: path.read_bytes() for path in OUT.glob("*.json")}
    assert CliRunner().invoke(app, ["chain-investors"]).exit_code == 0
    assert {path.name: path.read_bytes() for path in OUT.glob("*.json")} == again


def test_too_few_deals_end_in_one_sentence(records):
    """An empty table of deals, and one of a single day."""
    path = Path("data/derived/chain/deals.parquet")
    deals = pd.read_parquet(path)
    for few in (deals.iloc[:0], deals.assign(date=pd.Timestamp("2020-01-01"))):
        few.to_parquet(path)
        done = CliRunner().invoke(app, ["chain-investors"])
        assert done.exit_code == 1
        assert "found 0 windows of 365 days" in done.output
