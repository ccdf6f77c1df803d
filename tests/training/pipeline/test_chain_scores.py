"""The stage on the project's chains and a few firms: six tables by day, same bytes again, a fault in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from data.chain.chain_file import load_chains
from data.codebook import reference_path
from models.chain.flags import FLAG_COLUMNS
from models.chain.scores import SCORE_COLUMNS, SCORES
from models.chain.targets import TARGET_COLUMNS
from training.__main__ import app

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
OUT = Path("artifacts/chain")
SECTIONS = ("chain_scores", "chain_flags", "chain_targets")  # of params.yaml, which the stage reads
START, DAYS = pd.Timestamp("2023-01-01"), ("2020-06-30", "2024-06-30")


@pytest.fixture(scope="module")
def params():
    every = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    return {name: every[name] for name in SECTIONS}


@pytest.fixture
def records(tmp_path, monkeypatch, params):
    """Local firms on the nodes that the first feeding leaf of digital security supplies, others on the leaf itself."""
    params["chain_scores"] |= {"days": list(DAYS), "draws": 20}
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    chain = load_chains(reference_path("chains"))["digital-security"]
    leaf = next(node for node in chain.leaves() if node.feeds)
    ids = [f"L{number}" for number in range(4)] + [f"W{number}" for number in range(8)]
    firms = pd.DataFrame(
        {
            "firm_id": ids,
            "local": [True] * 4 + [False] * 8,
            "founded": pd.Timestamp("2015-01-01"),
            "revenue_wan": [float(100 + number) for number in range(12)],
            "as_of": START,
        }
    )
    on = [(one, leaf.feeds[0]) for one in ids[:4] + ids[-2:]] + [(one, leaf.id) for one in ids[4:-2]]
    placements = pd.DataFrame(on, columns=["item_id", "node_id"]).assign(
        kind="firm", chain_id="digital-security", probability=1.0, band="placed", as_of=START
    )
    tables = {
        "firms": firms,
        "patents": pd.DataFrame(columns=["publication_number", "applicant_ids", "inventor_keys", "publication_date"]),
        "staff": pd.DataFrame(columns=["firm_id", "occupation", "n_staff", "n_openings", "date"]),
        "product_links": pd.DataFrame(columns=["from_product", "to_product"]),
    }
    Path("data/derived/chain").mkdir(parents=True)
    OUT.mkdir(parents=True)
    for name, table in tables.items():
        table.to_parquet(f"data/derived/chain/{name}.parquet")
    placements.to_parquet(OUT / "placements.parquet")
    by_day(placements)
    return chain, leaf, placements


def by_day(placements: pd.DataFrame, days: tuple[str, ...] = DAYS) -> None:
    """The firms as placed on each day, written where the stage reads them."""
    dated = [placements.assign(on=pd.Timestamp(day)) for day in days]
    pd.concat(dated).to_parquet(OUT / "firm_placements.parquet")


def run(exit_code: int = 0) -> str:
    """The command's output."""
    done = CliRunner().invoke(app, ["chain-scores"])
    assert done.exit_code == exit_code, done.output
    return done.output


def test_the_tables_by_day(records):
    chain, leaf, _ = records
    run()
    names = ("scores", "flags", "targets", "leaders", "talents", "inventors")
    scores, flags, targets, leaders, talents, inventors = (pd.read_parquet(OUT / f"{name}.parquet") for name in names)
    nodes = sum(len(one.nodes) for one in load_chains(reference_path("chains")).values())
    assert len(scores) == 2 * nodes * len(SCORES)
    assert set(scores.columns) == {"as_of", *SCORE_COLUMNS}
    assert set(flags.columns) == {"as_of", *FLAG_COLUMNS}
    assert len(flags) == 2 * nodes * 3
    now = scores["as_of"] == pd.Timestamp(DAYS[1])
    assert (scores[~now]["status"] == "no_data").all()  # before the first record
    own = scores[now & (scores["chain_id"] == chain.id) & (scores["node_id"] == leaf.id)].set_index("score")
    assert own.loc["gap", "value"] == pytest.approx(4 * 6 / 2)
    assert set(targets.columns) == {"as_of", *TARGET_COLUMNS}
    assert targets[targets["node_id"] == leaf.id]["firm_id"].tolist() == [f"W{number}" for number in range(6)]
    assert targets.dtypes[["rank", "rank_low"]].astype(str).tolist() == ["int64", "int64"]  # though 2020 has none
    assert leaders["as_of"].unique().tolist() == [pd.Timestamp(DAYS[1])]
    assert (talents["status"] == "no_data").all()
    assert (inventors["status"] == "no_data").all()
    figures = json.loads((OUT / "scores.json").read_text(encoding="utf-8"))["days"][DAYS[1]][chain.id]
    assert figures["firms"] == 12
    assert figures["raised"]["gap"] >= 1
    before = {name: (OUT / f"{name}.parquet").read_bytes() for name in names}
    run()
    assert {name: (OUT / f"{name}.parquet").read_bytes() for name in names} == before


@pytest.mark.contract
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"node_id": "lense"}, "placements: chain digital-security has no node lense"),
        ({"chain_id": "space"}, "placements: found chain space; allowed: digital-security"),
        ({"item_id": "Z"}, "placements: firm Z"),
        ({"probability": 2.0}, "placements: probability 2.0 of"),
    ],
)
def test_a_fault_is_one_sentence(records, change, message):
    records[2].assign(**change).to_parquet(OUT / "placements.parquet")
    by_day(records[2].assign(**change))
    assert message in run(1)


def test_what_is_written_later_about_a_firm_changes_no_earlier_score(records):
    """The table of today may say anything of firms: a day's scores are of the firms as placed on that day."""
    run()
    before = (OUT / "scores.parquet").read_bytes()
    records[2].assign(probability=0.5, as_of=pd.Timestamp("2020-01-01")).to_parquet(OUT / "placements.parquet")
    run()
    assert (OUT / "scores.parquet").read_bytes() == before


@pytest.mark.contract
def test_a_day_on_which_no_firm_was_placed(records):
    by_day(records[2], DAYS[1:])
    assert "no firm was placed on 2020-06-30; days there: 2024-06-30" in run(1).replace("\n", " ")


@pytest.mark.contract
def test_without_placements(records):
    (OUT / "placements.parquet").unlink()
    assert "artifacts/chain/placements.parquet is absent; an earlier step" in run(1)
