"""A folder of text tasks as training and benchmarks read it: queries, documents and which documents are relevant.

A task is a folder with queries.parquet (query_id, text), documents.parquet (doc_id, text) and qrels.parquet (query_id,
doc_id, relevance); a folder of tasks holds one folder each. ``split`` of queries and documents is train, dev or test;
without it all is test. Documents of the split ``pool`` are candidates in every split. A relevance above 0 is relevant
and its number is the gain; 0 is judged and not relevant; a pair that is not listed is not judged. A column ``known`` of
qrels says with which probability the pair would be listed and judged if it is relevant; without it that is 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

TABLES = {
    "queries": ("query_id", "text"),
    "documents": ("doc_id", "text"),
    "qrels": ("query_id", "doc_id", "relevance"),
}
SPLITS = ("train", "dev", "test")
POOL = "pool"


class FolderError(ValueError):
    """A folder holds no tasks, or a table of a task breaks the form; the message names the place."""


@dataclass(frozen=True)
class Part:
    """One split of one task.

    queries   : query_id, text, group (of the first relevant document, or the query's own id), index 0, 1, ...
    documents : doc_id, text, index 0, 1, ...; the split's own and the pool's
    judged    : query, document (positions), relevance, known; only of these queries and documents
    """

    task: str
    split: str
    queries: pd.DataFrame
    documents: pd.DataFrame
    judged: pd.DataFrame

    @property
    def relevant(self) -> pd.DataFrame:
        """The judged pairs that are relevant."""
        return self.judged.loc[self.judged["relevance"] > 0]

    def gains(self) -> list[dict[int, float]]:
        """Relevance by document position, of each query; only above 0."""
        found: list[dict[int, float]] = [{} for _ in range(len(self.queries))]
        pairs = self.relevant
        for query, document, gain in zip(pairs["query"], pairs["document"], pairs["relevance"], strict=True):
            found[query][document] = float(gain)
        return found

    def judged_documents(self) -> list[npt.NDArray[np.int64]]:
        """Positions of the documents that were judged for each query, relevant or not."""
        by_query = self.judged.groupby("query")["document"].apply(np.asarray)
        empty = np.empty(0, dtype=np.int64)
        return [by_query.get(query, empty) for query in range(len(self.queries))]

    def sample(self, most: int, seed: int) -> Part:
        """At most so many queries, drawn without replacement; the documents stay."""
        if len(self.queries) <= most:
            return self
        drawn = self.queries.sample(most, random_state=seed)
        place = pd.Series(np.arange(most), index=drawn.index)
        judged = self.judged.loc[self.judged["query"].isin(drawn.index)]
        return Part(
            self.task,
            self.split,
            drawn.reset_index(drop=True),
            self.documents,
            judged.assign(query=place.reindex(judged["query"]).to_numpy()).reset_index(drop=True),
        )


@dataclass(frozen=True)
class Task:
    """One task: its three tables, checked."""

    name: str
    queries: pd.DataFrame
    documents: pd.DataFrame
    qrels: pd.DataFrame

    @property
    def splits(self) -> tuple[str, ...]:
        """Splits that have queries, in the order train, dev, test."""
        return tuple(name for name in SPLITS if (self.queries["split"] == name).any())

    def part(self, split: str) -> Part:
        """The queries of one split with a relevant document, and all candidates."""
        documents = self.documents.loc[self.documents["split"].isin([split, POOL])].reset_index(drop=True)
        queries = self.queries.loc[self.queries["split"] == split]
        place = pd.Series(np.arange(len(documents)), index=documents["doc_id"])
        pairs = self.qrels.loc[
            self.qrels["query_id"].isin(queries["query_id"]) & self.qrels["doc_id"].isin(place.index)
        ]
        with_answer = set(pairs.loc[pairs["relevance"] > 0, "query_id"])
        queries = queries.loc[queries["query_id"].isin(with_answer)].reset_index(drop=True)
        pairs = pairs.loc[pairs["query_id"].isin(with_answer)]
        row = pd.Series(np.arange(len(queries)), index=queries["query_id"])
        judged = pd.DataFrame(
            {
                "query": row.reindex(pairs["query_id"]).to_numpy(dtype=np.int64),
                "document": place.reindex(pairs["doc_id"]).to_numpy(dtype=np.int64),
                "relevance": pairs["relevance"].to_numpy(dtype=float),
                "known": pairs["known"].to_numpy(dtype=float) if "known" in pairs else 1.0,
            }
        )
        first = judged.loc[judged["relevance"] > 0].drop_duplicates("query").set_index("query")["document"]
        group = documents["group"].to_numpy()[first.reindex(np.arange(len(queries))).to_numpy(dtype=np.int64)]
        return Part(self.name, split, queries.assign(group=group), documents, judged)


def read_tasks(folder: Path) -> tuple[Task, ...]:
    """The tasks of a folder, or the one task that it is, by name.

    raises : FolderError where there is none, or a table is missing or breaks the form
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is no folder")
    own = [folder] if (folder / "queries.parquet").is_file() else sorted(_task_folders(folder))
    if not own:
        raise FolderError(
            f"{folder} holds no task: a task is a folder with {', '.join(f'{n}.parquet' for n in TABLES)}"
        )
    return tuple(_read_task(one) for one in own)


def _task_folders(folder: Path) -> Iterator[Path]:
    return (one for one in folder.iterdir() if (one / "queries.parquet").is_file())


def _read_task(folder: Path) -> Task:
    tables = {}
    for name, wanted in TABLES.items():
        path = folder / f"{name}.parquet"
        try:
            table = pd.read_parquet(path)
        except (OSError, pa.ArrowInvalid) as fault:
            raise FolderError(f"{path} cannot be read: {fault}") from fault
        if lost := [column for column in wanted if column not in table]:
            raise FolderError(f"{path} lacks the columns {lost}; it has {list(table)}")
        for column in wanted:
            if table[column].isna().any():
                raise FolderError(f"{path}: {int(table[column].isna().sum())} rows have no {column}")
        tables[name] = table
    queries, documents, qrels = tables["queries"], tables["documents"], tables["qrels"]
    for name, table, key in (("queries", queries, "query_id"), ("documents", documents, "doc_id")):
        if table[key].duplicated().any():
            first = table.loc[table[key].duplicated(), key].iloc[0]
            raise FolderError(f"{folder / name}.parquet: {key} {first!r} is there twice")
        if "split" not in table:
            table["split"] = "test"
        allowed = {*SPLITS, POOL} if name == "documents" else set(SPLITS)
        if strange := sorted(set(table["split"]) - allowed):
            raise FolderError(f"{folder / name}.parquet: split {strange}; {sorted(allowed)} are allowed")
    if "group" not in documents:
        documents["group"] = documents["doc_id"]
    if strange := sorted(set(qrels["query_id"]) - set(queries["query_id"]))[:3]:
        raise FolderError(f"{folder / 'qrels'}.parquet names queries that do not exist: {strange}")
    if strange := sorted(set(qrels["doc_id"]) - set(documents["doc_id"]))[:3]:
        raise FolderError(f"{folder / 'qrels'}.parquet names documents that do not exist: {strange}")
    return Task(folder.name, queries, documents, qrels)
