"""The zone's records as a text task."""

from __future__ import annotations

import pandas as pd
import pytest

from training.matching.cohort import read_cohort


@pytest.fixture
def tables():
    demands = pd.DataFrame(
        {
            "demand_id": ["d1", "d2"],
            "title": ["需要焊接", "需要水泵"],
            "problem": ["精度不足", "漏水"],
            "district": ["甲", None],
            "as_of": pd.to_datetime(["2024-01-01", "2024-02-01"]),
        }
    )
    capabilities = pd.DataFrame(
        {
            "document_id": ["c1", "c2", "c3"],
            "enterprise_id": ["f1", "f1", "f2"],
            "kind": ["patent", "product", "patent"],
            "title": ["焊接头", "焊机", "泵"],
            "text": ["甲", "乙", "丙"],
            "date": pd.Timestamp("2023-01-01"),
        }
    )
    outcomes = pd.DataFrame(
        {
            "demand_id": ["d1", "d1", "d1", "d2", "d2", "gone"],
            "enterprise_id": ["f1", "f1", "f2", "f2", "f1", "f1"],
            "solved": [False, True, False, False, False, True],
            "signed": False,
            "reason_not": ["price", None, None, "time", "capability", None],
        }
    )
    return {"demands": demands, "capabilities": capabilities, "match_outcomes": outcomes}


@pytest.mark.law
def test_what_came_of_a_pair_is_its_best_outcome(tables):
    cohort = read_cohort(tables)
    found = {(row.query_id, row.doc_id): row.relevance for row in cohort.task.qrels.itertuples()}
    assert found == {("d1", "f1"): 2.0, ("d1", "f2"): -1.0, ("d2", "f2"): 1.0, ("d2", "f1"): 0.0}


@pytest.mark.law
def test_a_pair_is_known_with_its_propensity_times_the_share_of_which_something_is_stated(tables):
    """Of six shown pairs one says nothing: 5 / 6; a pair that two lists showed has the better of its propensities."""
    tables["match_outcomes"]["propensity"] = [0.2, 0.6, 0.3, 0.5, 1.0, 1.0]
    known = read_cohort(tables).task.qrels.set_index(["query_id", "doc_id"])["known"]
    assert known["d1", "f1"] == pytest.approx(0.6 * 5 / 6)
    assert known["d2", "f1"] == pytest.approx(5 / 6)
    del tables["match_outcomes"]["propensity"]
    assert read_cohort(tables).task.qrels["known"].to_numpy() == pytest.approx(5 / 6)


@pytest.mark.behaviour
def test_firms_are_candidates_of_every_demand_and_keep_their_documents(tables):
    cohort = read_cohort(tables)
    assert set(cohort.task.documents["split"]) == {"pool"}
    assert set(cohort.task.queries["split"]) <= {"train", "dev"}
    assert cohort.documents_of(pd.Series(["f1"]))["document_id"].tolist() == ["c1", "c2"]
    query_facts = cohort.query_facts(pd.DataFrame({"query_id": ["d2", "d1"]}))
    assert query_facts["as_of"].tolist() == list(pd.to_datetime(["2024-02-01", "2024-01-01"]))
    assert pd.isna(query_facts["district"].iloc[0])
    assert query_facts["district"].iloc[1] == "甲"


@pytest.mark.contract
def test_a_missing_table_is_named(tables):
    del tables["match_outcomes"]
    with pytest.raises(KeyError, match="match_outcomes"):
        read_cohort(tables)
