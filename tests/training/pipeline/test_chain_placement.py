"""The stage on the project's chains and a few firms made of their own key words, with an encoder of random letters."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from tokenizers import Tokenizer, models, pre_tokenizers
from typer.testing import CliRunner

from data.chain.chain_file import load_chains
from data.chain.corrections import correction_event
from data.codebook import reference_path
from data.events import EventStore
from features.text import EncoderCard
from models.chain.placement import Placer
from training.__main__ import app

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
CHAIN, LEAVES, FIRMS = "digital-security", 6, 16
DAY = pd.Timestamp("2021-03-04")
SECTIONS = ("chain_placement", "chain_scores", "comparison")  # of params.yaml, which the stage reads


@pytest.fixture(scope="module")
def leaves():
    chain = load_chains(reference_path("chains"))[CHAIN]
    return [leaf for leaf in chain.leaves() if len(leaf.keywords) > 3][:LEAVES]


def write_encoder(folder, letters):
    """A table of random vectors by character: texts of the same characters are near."""
    folder.mkdir(parents=True)
    pieces = {"[UNK]": 0} | {letter: place for place, letter in enumerate(sorted(letters), start=1)}
    tokenizer = Tokenizer(models.WordLevel(pieces, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(folder / "tokenizer.json"))
    np.save(folder / "table.npy", np.random.default_rng(0).normal(size=(len(pieces), 24)).astype(np.float32))
    EncoderCard(24, 64, {"query": "", "passage": ""}, "", "MIT", "test").save(folder)


@pytest.fixture
def records(tmp_path, monkeypatch, leaves):
    rng, documents, confirmed = np.random.default_rng(0), [], []
    for at in range(LEAVES * FIRMS):
        leaf = leaves[at % LEAVES]
        words = "、".join(rng.choice(leaf.keywords, 3, replace=False))
        documents.append((f"d{at}", f"f{at}", "business_scope", "经营范围", f"{words}的研发与销售，不含车联网。", DAY))
        if at % 3 != 2:
            confirmed.append(("firm", f"f{at}", CHAIN, leaf.id, dt.date(2024, 1, 1), "产业部门"))
    tables = {
        "documents": pd.DataFrame(
            documents, columns=["document_id", "firm_id", "kind", "title", "text", "date"]
        ).assign(gb4754=None, ipc=None),
        "patents": pd.DataFrame(
            {"publication_number": ["CN1A"], "title": [leaves[0].keywords[0]], "abstract": None, "ipc": "H04N5/1",
             "applicant_ids": "f0;f1", "publication_date": pd.Timestamp("2022-01-01")}
        ),
        "product_links": pd.DataFrame(
            {"from_product": [leaves[1].keywords[0]], "to_product": [leaves[2].keywords[0]]}
        ),
        "staff": pd.DataFrame(
            [("f0", f"{leaves[3].keywords[0]}工程师", 5, 1, DAY)],
            columns=["firm_id", "occupation", "n_staff", "n_openings", "date"],
        ),
        "confirmed_placements": pd.DataFrame(
            confirmed, columns=["kind", "item_id", "chain_id", "node_id", "decided_on", "decided_by"]
        ),
    }  # fmt: skip
    every = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params = {name: every[name] for name in SECTIONS}
    params["chain_placement"] |= {"vector_shares": [0.3], "sharpnesses": [1.0], "ridges": [0.1], "rounds": 0}
    params["comparison"]["draws"] = 200
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    for folder in ("data/derived/chain", "data/derived/matching"):
        Path(folder).mkdir(parents=True)
    for name, table in tables.items():
        table.to_parquet(f"data/derived/chain/{name}.parquet")
    demands = ["demand_id", "enterprise_id", "title", "problem", "requirement", "field", "budget_wan", "deadline",
               "district", "visible_to", "as_of", "source"]  # fmt: skip
    pd.DataFrame(
        [("D1", "f0", "找设备", "水稻收割", None, "农业", None, None, None, "public", dt.date(2023, 1, 1), "x")],
        columns=demands,
    ).to_parquet("data/derived/matching/demands.parquet")
    write_encoder(Path("artifacts/matching/encoder"), {letter for row in documents for letter in row[4]})
    logged: list[tuple[object, ...]] = []
    monkeypatch.setattr("training.pipeline.tracked.track", lambda *given: logged.append(given))
    return logged


def run(*options):
    done = CliRunner().invoke(app, ["chain-placement", *options])
    assert done.exit_code == 0, done.output
    return pd.read_parquet("artifacts/chain/placements.parquet")


@pytest.mark.behaviour
def test_firms_are_placed_confirmed_and_corrected(records, leaves):
    table = run()
    metrics = json.loads(Path("artifacts/chain/metrics.json").read_text(encoding="utf-8"))
    assert metrics["caveat"].startswith("Synthetic labels")
    assert metrics["test"]["top_1"] > 0.8
    assert set(table["kind"]) == {"firm", "patent", "product", "staff", "demand"}
    occupation = table[table["kind"] == "staff"].sort_values("probability").iloc[-1]
    assert (occupation["node_id"], occupation["as_of"]) == (leaves[3].id, DAY)
    firm = table[(table["item_id"] == "f0") & (table["chain_id"] == CHAIN)]
    assert firm[["node_id", "band", "corrected"]].to_numpy().tolist() == [[leaves[0].id, "placed", True]]
    first = table[table["item_id"] == "f2"].sort_values("probability").iloc[-1]  # nobody confirmed it
    assert (first["node_id"], first["corrected"], first["as_of"]) == (leaves[2].id, False, DAY)
    assert "车联网" not in first["passage"]
    assert table.loc[table["kind"] == "demand", "band"].tolist() == ["not_placed"]
    assert Placer.load(Path("artifacts/chain/model")).knowledge.tree.ids[0].startswith(CHAIN)
    capability, _, numbers, _, files, model, example, _ = records[0]
    assert (capability, numbers["test.top_1"]) == ("chain_placement", metrics["test"]["top_1"])
    assert {path.name for path in files} > {"placer.json", "booster.txt", "knowledge.json"}
    assert {path.name for path in files} > {"rows.parquet", "statistics.json", "run.json"}
    # The logged model places a text as the stage does, from its own files.
    text = "、".join(leaves[2].keywords[:3])
    placed = model.predict(pd.DataFrame({"text": [text, *example["text"]]}))
    assert placed.loc[0, "node"] == f"{CHAIN}/{leaves[2].id}"
    assert placed["probability"].between(0, 1).all()
    assert set(placed["band"]) <= {"placed", "to_person", "not_placed"}

    again = Path("artifacts/chain/placements.parquet").read_bytes()
    store = EventStore("sqlite:///events.sqlite")
    at = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    wrong = correction_event("c1", at, "firm", "f0", CHAIN, leaves[0].id, right=False, decided_by="office", reason="")
    store.append(wrong)
    store.close()
    corrected = run("--events", "sqlite:///events.sqlite")
    assert not ((corrected["item_id"] == "f0") & (corrected["node_id"] == leaves[0].id)).any()
    assert run().equals(table)
    assert Path("artifacts/chain/placements.parquet").read_bytes() == again


def test_firms_of_a_day_are_placed_by_what_was_written_until_then(records, leaves):
    """A document of 2023 moves f2 from then on, and nothing in 2022."""
    run()
    path = Path("artifacts/chain/firm_placements.parquet")
    before = pd.read_parquet(path)
    assert before["on"].dt.year.unique().tolist() == [2022, 2023, 2024]
    documents = pd.read_parquet("data/derived/chain/documents.parquet")
    later = documents[documents["firm_id"] == "f2"].assign(
        document_id="later", text="、".join(leaves[5].keywords) + "的研发与销售。", date=pd.Timestamp("2023-01-01")
    )
    pd.concat([documents, later], ignore_index=True).to_parquet("data/derived/chain/documents.parquet")
    run()
    after = pd.read_parquet(path)
    for table in (before, after):
        assert (table["as_of"] <= table["on"]).all()
    moved = [table[(table["item_id"] == "f2")].reset_index(drop=True) for table in (before, after)]
    of_2022, of_2023 = ([one[one["on"].dt.year == year].reset_index(drop=True) for one in moved]
                        for year in (2022, 2023))  # fmt: skip
    assert of_2022[0].equals(of_2022[1])
    assert not of_2023[0].equals(of_2023[1])
    assert leaves[5].id in set(of_2023[1]["node_id"])


@pytest.mark.contract
def test_what_is_missing_is_one_sentence(records):
    Path("data/derived/chain/patents.parquet").unlink()
    done = CliRunner().invoke(app, ["chain-placement"])
    assert done.exit_code == 1
    assert "patents.parquet" in done.output
    done = CliRunner().invoke(app, ["chain-placement", "--events", "sqlite:///none.sqlite"])
    assert done.exit_code != 0
