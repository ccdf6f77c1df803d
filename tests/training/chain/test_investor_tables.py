"""Tables as funding: codes with the nodes above, texts of funded firms only, names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.chain.chain_file import load_chain
from models.matching.query_vectors import QueryVectors
from training.chain.investor_tables import (
    funding_of,
    ipc_of_applicants,
    ipc_of_documents,
    labels_of,
    nodes_of,
)

DAY = pd.Timestamp("2020-01-01")


class CountingEncoder:
    digest = "counting"
    dimension = 2

    def __init__(self):
        self.texts = []

    def encode(self, texts, kind):
        self.texts += texts
        return np.tile(np.array([1.0, 0.0], np.float32), (len(texts), 1))


@pytest.fixture
def chain():
    return load_chain(Path("tests/data/chain/small_chain.yaml"))


@pytest.fixture
def tables():
    documents = pd.DataFrame(
        [
            ("D1", "F1", "intro", "一号", "做相机的企业。", None, DAY),
            ("D2", "F2", "patent", "一种药物", None, "A61K31/00;A61P9/00", DAY),
        ],
        columns=["document_id", "firm_id", "kind", "title", "text", "ipc", "date"],
    )
    patents = pd.DataFrame(
        [("CN1A", "一种摄像机", "H04N5/225", "F1;F2", DAY),
         ("CN2A", "一种镜头", "H04N7/18", "F1", DAY + pd.Timedelta(days=9)),
         ("CN3A", "一种方法", "H04N7/18", None, DAY)],
        columns=["publication_number", "title", "ipc", "applicant_ids", "publication_date"],
    ).assign(abstract=None)  # fmt: skip
    deals = pd.DataFrame([("F1", DAY, "A轮", "甲")], columns=["firm_id", "date", "round", "investor"])
    firms = pd.DataFrame({"firm_id": ["F1", "F2"], "name": ["一号", "二号"], "region": ["杭州", None]})
    return {"documents": documents, "patents": patents, "deals": deals, "firms": firms}


def placed(chain, rows):
    columns = ["kind", "item_id", "node_id", "probability", "band", "as_of"]
    return pd.DataFrame(rows, columns=columns).assign(chain_id=chain.id)


def test_subclasses_of_documents_and_of_applicants_count_from_the_first_on(tables):
    """Each once for each firm; a patent without applicants is of nobody."""
    found = ipc_of_documents(tables["documents"])
    assert sorted(zip(found["firm_id"], found["code"], strict=True)) == [("F2", "ipc:A61K"), ("F2", "ipc:A61P")]
    found = ipc_of_applicants(tables["patents"])
    assert sorted(zip(found["firm_id"], found["code"], strict=True)) == [("F1", "ipc:H04N"), ("F2", "ipc:H04N")]
    assert (found["date"] == DAY).all()


def test_nodes_bring_those_above_with_the_largest_probability(chain, tables):
    """Two leaves of one parent give the parent the larger probability; what is not placed gives nothing."""
    parent = next(node for node in chain.nodes if len(chain.children(node.id)) >= 2)
    first, second = (node.id for node in chain.children(parent.id)[:2])
    table = placed(
        chain,
        [("firm", "F1", first, 0.9, "placed", DAY), ("firm", "F1", second, 0.6, "to_person", DAY),
         ("firm", "F2", first, 0.2, "not_placed", DAY), ("patent", "CN1A", first, 0.7, "placed", DAY)],
    )  # fmt: skip
    found = nodes_of(table, "firm", "firm_id", {chain.id: chain})
    weights = dict(zip(found["code"], found["weight"], strict=True))
    assert set(found["firm_id"]) == {"F1"}
    assert weights[f"node:{chain.id}/{first}"] == 0.9
    assert weights[f"node:{chain.id}/{second}"] == 0.6
    assert weights[f"node:{chain.id}/{parent.id}"] == 0.9
    assert nodes_of(table, "patent", "publication_number", {})["code"].tolist() == [f"node:{chain.id}/{first}"]


def test_only_texts_of_funded_firms_are_encoded(chain, tables):
    """F2 has no deal."""
    encoder = CountingEncoder()
    made = funding_of(tables, placed(chain, []), {chain.id: chain}, encoder, QueryVectors("counting"))
    assert encoder.texts == ["做相机的企业。", "一种摄像机", "一种镜头"]
    assert made.firm_ids.tolist() == ["F1", "F2"]
    assert made.passages["document_id"].tolist() == ["D1", "CN1A", "CN2A"]


def test_vectors_that_are_known_are_taken_over(chain, tables):
    """Nothing is encoded a second time."""
    vectors, encoder = QueryVectors("counting"), CountingEncoder()
    for _ in range(2):
        funding_of(tables, placed(chain, []), {}, encoder, vectors)
    assert len(encoder.texts) == 3


def test_an_empty_table_of_deals_is_a_funding_without_deals(chain, tables):
    """Nothing is encoded and nobody is known."""
    tables["deals"] = tables["deals"].iloc[:0]
    made = funding_of(tables, placed(chain, []), {}, CountingEncoder(), QueryVectors("counting"))
    assert (len(made.deal_firm), len(made.investors), len(made.passages)) == (0, 0, 0)


def test_names_of_firms_nodes_and_subclasses(chain, tables):
    """What a sentence shows."""
    labels = labels_of(tables["firms"], {chain.id: chain})
    node = chain.nodes[0]
    assert labels.firms == {"F1": "一号", "F2": "二号"}
    assert labels.codes[f"node:{chain.id}/{node.id}"] == (node.name_zh, node.name_en)
    assert labels.codes["ipc:H04N"][0].startswith("H04N ")
