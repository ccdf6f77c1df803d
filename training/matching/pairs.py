"""Pairs of texts that belong together: what an encoder is tuned on, in batches, with wrong answers."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.matching import split_text, split_units
from training.matching.folder import Part

Ints = npt.NDArray[np.int64]

SHORTEST_PART = 8  # characters of a sentence that can ask for the rest
COLUMNS = ("query", "passage", "group", "source")


class PairsError(ValueError):
    """A table of pairs lacks a column or a text."""


@dataclass(frozen=True)
class Pairs:
    """Pairs to learn from, one a row.

    table : query and passage (text), group (near twins among the passages share it: none is a wrong answer to
            another's query), source (kind of pair; a batch holds one source)
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        if lost := [name for name in COLUMNS if name not in self.table]:
            raise PairsError(f"pairs lack the columns {lost}")
        if self.table[list(COLUMNS)].isna().any(axis=None):
            raise PairsError("pairs with a missing text, group or source")

    def __len__(self) -> int:
        return len(self.table)

    def keys(self) -> list[frozenset[tuple[str, str]]]:
        """What may be at most once in a batch, of each pair: its query, and all groups that answer the query."""
        table = self.table
        groups: dict[tuple[str, str], set[str]] = defaultdict(set)
        for source, query, group in zip(table["source"], table["query"], table["group"].astype(str), strict=True):
            groups[source, query].add(group)
        return [
            frozenset({("query", query), *(("group", group) for group in groups[source, query])})
            for source, query in zip(table["source"], table["query"], strict=True)
        ]


def pairs_of(parts: Iterable[Part]) -> Pairs:
    """Every query of ``parts`` with each of its relevant documents; the source is the task's name."""
    tables = []
    for part in parts:
        found = part.relevant
        documents = part.documents.iloc[found["document"]]
        tables.append(
            pd.DataFrame(
                {
                    "query": part.queries["text"].to_numpy()[found["query"]],
                    "passage": documents["text"].to_numpy(),
                    "group": documents["group"].astype(str).to_numpy(),
                    "source": part.task,
                }
            )
        )
    return Pairs(pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS)))


def with_clozes(pairs: Pairs, parts: int, seed: int) -> Pairs:
    """The pairs, and ``parts`` drawn parts of every passage as queries for the rest of it (inverse cloze task).

    Parts are the passages of ``features.matching``, or sentences where it makes one. The new pairs are sources of
    their own, named after their passage's, with its group.
    """
    rng = np.random.default_rng(seed)
    rows = []
    first = pairs.table.drop_duplicates(["passage", "source"])
    for passage, group, source in zip(first["passage"], first["group"], first["source"], strict=True):
        pieces = [piece for unit in split_units(passage) for piece in split_text(unit)]
        if len(pieces) < 2:
            pieces = [piece for piece in re.split(r"(?<=[。！？])", passage) if len(piece) > SHORTEST_PART]
        if parts and len(pieces) >= 2:
            for at in rng.permutation(len(pieces))[:parts]:
                rows.append((pieces[at], "；".join(pieces[:at] + pieces[at + 1 :]), group, f"{source}/cloze"))
    extra = pd.DataFrame(rows, columns=list(COLUMNS))
    return Pairs(pd.concat([pairs.table[list(COLUMNS)], extra], ignore_index=True))


def hold_out(pairs: Pairs, share: float, most_queries: int) -> tuple[Pairs, tuple[Part, ...]]:
    """Pairs without about ``share`` of their groups, and a task a source of what was taken out.

    A group is taken by its hash, so that more pairs do not move it; of a source at most ``most_queries``
    queries are kept, the candidates are all passages that were taken out. A source of fewer than 20 such passages
    is not evaluated.
    """
    table = pairs.table.reset_index(drop=True)
    drawn = {group: _uniform(group) < share for group in table["group"].astype(str).unique()}
    out = table["group"].astype(str).map(drawn).to_numpy(dtype=bool)
    taken = set(zip(table["source"][out], table["query"][out], strict=True))
    held = np.array([pair in taken for pair in zip(table["source"], table["query"], strict=True)], dtype=bool)
    parts = [_part(str(source), rows, most_queries) for source, rows in table.loc[out].groupby("source", sort=True)]
    return Pairs(table.loc[~out & ~held].reset_index(drop=True)), tuple(p for p in parts if len(p.documents) >= 20)


def _uniform(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def _part(source: str, rows: pd.DataFrame, most_queries: int) -> Part:
    documents = rows.drop_duplicates("passage")[["passage", "group"]].reset_index(drop=True)
    queries = rows.drop_duplicates("query")["query"].iloc[:most_queries].reset_index(drop=True)
    place = pd.Series(np.arange(len(documents)), index=documents["passage"])
    number = pd.Series(np.arange(len(queries)), index=queries)
    found = rows.loc[rows["query"].isin(number.index)]
    judged = pd.DataFrame(
        {
            "query": found["query"].map(number).to_numpy(),
            "document": found["passage"].map(place).to_numpy(),
            "relevance": 1.0,
        }
    )
    return Part(
        task=source,
        split="dev",
        queries=pd.DataFrame({"query_id": [f"q{row}" for row in number], "text": queries, "group": ""}),
        documents=pd.DataFrame(
            {"doc_id": [f"d{row}" for row in place], "text": documents["passage"], "group": documents["group"]}
        ),
        judged=judged,
    )


def smaller(part: Part, queries: int, documents: int, seed: int) -> Part:
    """At most so many queries of ``part``, their relevant documents, and others up to ``documents``, all drawn."""
    drawn = part.sample(queries, seed)
    needed = np.unique(drawn.relevant["document"].to_numpy(np.int64))
    others = np.setdiff1d(np.arange(len(drawn.documents)), needed)
    more = np.random.default_rng(seed).permutation(others)[: max(0, documents - len(needed))]
    kept = np.sort(np.concatenate([needed, more]))
    place = pd.Series(np.arange(len(kept)), index=kept)
    judged = drawn.judged.loc[drawn.judged["document"].isin(kept)].reset_index(drop=True)
    return replace(
        drawn,
        documents=drawn.documents.iloc[kept].reset_index(drop=True),
        judged=judged.assign(document=place.reindex(judged["document"]).to_numpy(np.int64)),
    )


def batches(pairs: Pairs, size: int, count: int, power: float, seed: int) -> Iterator[Ints]:
    """``count`` batches of row numbers, each of one source, with no query and no group twice.

    A source is drawn with a chance ∝ (its pairs)^``power``: 1 is as the pairs come, 0 is every source alike. Within a
    source all pairs come once before any comes again. A batch is smaller than ``size`` where a source has not as many
    groups.
    """
    rng = np.random.default_rng(seed)
    keys = pairs.keys()
    rows = {str(name): np.array(own, np.int64) for name, own in sorted(pairs.table.groupby("source").indices.items())}
    names = sorted(rows)
    chances = np.array([len(rows[name]) for name in names], float) ** power
    waiting: dict[str, list[int]] = {name: [] for name in names}
    for _ in range(count):
        name = names[int(rng.choice(len(names), p=chances / chances.sum()))]
        batch, waiting[name] = _take(waiting[name], keys, size, [])
        if len(batch) < size:  # the next time round; what is left of this one is too alike and is dropped
            batch, waiting[name] = _take(rng.permutation(rows[name]).tolist(), keys, size, batch)
        yield np.array(batch, np.int64)


def _take(
    rows: list[int], keys: Sequence[frozenset[tuple[str, str]]], size: int, batch: list[int]
) -> tuple[list[int], list[int]]:
    """``batch`` filled up to ``size`` with the first ``rows`` that share nothing with it, and the rows left."""
    batch, left = list(batch), list[int]()
    used: set[tuple[str, str]] = set().union(*(keys[row] for row in batch))
    for at, row in enumerate(rows):
        if len(batch) == size:
            return batch, left + rows[at:]
        if used.isdisjoint(keys[row]):
            batch.append(row)
            used |= keys[row]
        else:
            left.append(row)
    return batch, left


def hard_negatives(
    pairs: Pairs,
    queries: npt.NDArray[np.float32],
    passages: npt.NDArray[np.float32],
    count: int,
    depth: int,
    margin: float,
    seed: int,
) -> Ints:
    """Row numbers of ``count`` pairs a pair whose passages look like an answer to its query, int64 [pairs, count].

    Of the ``depth`` nearest passages of the same source, those of another group than every answer's and with a cosine
    below ``margin`` · that of the pair itself (nearer ones are answers that nobody noted); ``count`` of them are drawn,
    with repetition where there are fewer, any other pair of the source where there is none.

    queries, passages : vectors of unit length of each row's texts, float32 [pairs, dimension]
    """
    rng = np.random.default_rng(seed)
    table = pairs.table.reset_index(drop=True)
    keys = pairs.keys()
    group_of = table["group"].astype(str).tolist()
    chosen = np.empty((len(table), count), np.int64)
    for _, own in sorted(table.groupby("source").indices.items()):
        first = table.loc[own].drop_duplicates("passage").index.to_numpy(np.int64)
        for start in range(0, len(own), 1_024):
            block = np.asarray(own[start : start + 1_024])
            cosines = queries[block] @ passages[first].T
            nearest = min(depth, len(first))
            near = np.argpartition(-cosines, nearest - 1, axis=1)[:, :nearest]
            for at, row in enumerate(block):
                limit = margin * float(queries[row] @ passages[row])
                near_row = near[at][np.argsort(-cosines[at, near[at]], kind="stable")]
                fit = [
                    first[i]
                    for i in near_row
                    if cosines[at, i] < limit and ("group", group_of[first[i]]) not in keys[row]
                ]
                pool = np.array(fit, np.int64) if fit else first
                chosen[row] = rng.choice(pool, size=count, replace=len(pool) < count)
    return chosen


def sources_of(pairs: Pairs) -> dict[str, int]:
    """Pairs a source."""
    return {
        str(name): int(count) for name, count in pairs.table["source"].value_counts(sort=False).sort_index().items()
    }


def texts_of(pairs: Pairs) -> Sequence[str]:
    """Every text of the pairs once, sorted."""
    return sorted({*pairs.table["query"], *pairs.table["passage"]})
