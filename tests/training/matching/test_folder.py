"""A folder of text tasks."""

from __future__ import annotations

import pandas as pd
import pytest

from training.matching.folder import FolderError, read_tasks


def write(folder, queries=None, documents=None, qrels=None):
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "queries": queries or {"query_id": ["a", "b"], "text": ["甲", "乙"], "split": ["dev", "test"]},
        "documents": documents
        or {
            "doc_id": ["x", "y", "p"],
            "text": ["一", "二", "三"],
            "split": ["dev", "test", "pool"],
            "group": ["g", "h", "p"],
        },
        "qrels": qrels or {"query_id": ["a", "b", "b"], "doc_id": ["x", "y", "p"], "relevance": [1, 2, 0]},
    }
    for name, table in tables.items():
        pd.DataFrame(table).to_parquet(folder / f"{name}.parquet")


@pytest.mark.behaviour
def test_candidates_are_the_splits_own_documents_and_the_pool(tmp_path):
    write(tmp_path / "one")
    (task,) = read_tasks(tmp_path)
    assert (task.name, task.splits) == ("one", ("dev", "test"))
    part = task.part("test")
    assert part.documents["doc_id"].tolist() == ["y", "p"]
    assert part.gains() == [{0: 2.0}]
    assert [one.tolist() for one in part.judged_documents()] == [[0, 1]]
    assert part.queries["group"].tolist() == ["h"]


@pytest.mark.behaviour
def test_one_task_without_a_split_is_all_test(tmp_path):
    write(
        tmp_path,
        {"query_id": ["a"], "text": ["甲"]},
        {"doc_id": ["x"], "text": ["一"]},
        {"query_id": ["a"], "doc_id": ["x"], "relevance": [1]},
    )
    (task,) = read_tasks(tmp_path)
    assert task.splits == ("test",)
    assert len(task.part("test").queries) == 1


@pytest.mark.law
def test_a_sample_keeps_the_judgements_of_its_queries(tmp_path):
    ids = [f"q{number}" for number in range(20)]
    write(
        tmp_path,
        {"query_id": ids, "text": ids, "split": ["test"] * 20},
        {"doc_id": ids, "text": ids, "split": ["test"] * 20},
        {"query_id": ids, "doc_id": ids, "relevance": [1] * 20},
    )
    part = read_tasks(tmp_path)[0].part("test")
    drawn = part.sample(5, 0)
    assert len(drawn.queries) == 5
    named = drawn.documents["doc_id"].to_numpy()[[next(iter(gains)) for gains in drawn.gains()]]
    assert named.tolist() == drawn.queries["query_id"].tolist()
    assert part.sample(99, 0) is part


@pytest.mark.contract
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"queries": {"query_id": ["a"]}}, "lacks the columns"),
        ({"queries": {"query_id": ["a", "a"], "text": ["甲", "乙"]}}, "'a' is there twice"),
        ({"queries": {"query_id": ["a", "b"], "text": ["甲", None]}}, "1 rows have no text"),
        ({"queries": {"query_id": ["a", "b"], "text": ["甲", "乙"], "split": ["dev", "x"]}}, r"split \['x'\]"),
        ({"qrels": {"query_id": ["z"], "doc_id": ["x"], "relevance": [1]}}, "queries that do not exist"),
        ({"qrels": {"query_id": ["a"], "doc_id": ["z"], "relevance": [1]}}, "documents that do not exist"),
    ],
)
def test_a_table_that_breaks_the_form_is_named(tmp_path, changes, message):
    write(tmp_path, **changes)
    with pytest.raises(FolderError, match=message):
        read_tasks(tmp_path)


@pytest.mark.contract
def test_a_folder_without_a_task_is_refused(tmp_path):
    with pytest.raises(FolderError, match="holds no task"):
        read_tasks(tmp_path)
    with pytest.raises(FolderError, match="is no folder"):
        read_tasks(tmp_path / "nothing")
