"""What a query and a firm have in common, as numbers: one row a candidate, the same code for one query and many.

Each leg scores passages or the units that they were cut from; a firm counts with its best. A leg's score is read
against what an unrelated firm gets from the same query (``z``: mean and spread of the library's background firms),
against the best firm of the library (``ratio``, ``gap``) and by its rank. Candidates are the best firms of each leg
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.matching import clean_text, describe_texts, size_of
from features.technical_codes import technical_codes
from models.matching.library import FACTS, LEGS, Floats, Integers, Library

DEPTH = 100  # best firms of each leg
CHUNK = 64  # queries at a time
MEANING = "meaning"
EVERY_LEG = (*LEGS, MEANING)
BY_LEG = ("z", "gap", "ratio", "rank")
RANK_OFFSET = 60.0  # as in reciprocal rank fusion
LEAST_SPREAD = 1e-3
COSINE_DECIMALS = 5
PAIR_COLUMNS = (
    *(f"{leg}_{name}" for leg in EVERY_LEG for name in BY_LEG),
    "cosine",  # of the best passage
    "cosine_less_density",
    "meaning_second_z",
    "meaning_mean_z",
    "characters_second_z",
    "word_coverage_passage",  # share of the query's idf that the best passage, or unit, has (BM25 over its most)
    "word_coverage_unit",
    "fused_ranks",  # sum of 1 / (60 + rank) of the legs
    "legs_in_ten",  # how many legs have it among their first ten
    "log_units",
    "log_size",  # of the best passage
    "size_less_query",
    "codes_shared",
    "same_district",
    "freshness_years",
    *FACTS,
)
QUERY_COLUMNS = (
    "log_size", "share_latin", "share_digit", "log_words", "known_share", "known_mass", "best_coverage", "best_cosine",
    "spread_of_meaning", "legs_agree", "log_firms", "mean_passages", "mean_size",
)  # fmt: skip


@dataclass(frozen=True)
class Candidates:
    """Firms to be ordered, of several queries.

    start   : where the rows of each query begin, and the end; shape (queries + 1,)
    firm    : number of the firm in the library, shape (n,)
    passage : number of the passage that matches best
    columns : shape (n, len(PAIR_COLUMNS)); NaN where not known
    queries : shape (queries, len(QUERY_COLUMNS)): what a query is like, in this library
    """

    start: Integers
    firm: Integers
    passage: Integers
    columns: Floats
    queries: Floats

    @property
    def query(self) -> Integers:
        """Number of each row's query."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


def candidates_of(
    library: Library,
    texts: Sequence[str],
    vectors: Floats | None,
    query_facts: pd.DataFrame | None = None,
    removed: Sequence[Integers] | None = None,
    depth: int = DEPTH,
) -> Candidates:
    """Candidates of every query, with all columns.

    vectors : of the queries, shape (queries, dimension); None where the library has no encoder
    query_facts   : columns district and as_of of the queries, where known
    removed : by query, firms that are left out as if the library did not have them
    """
    parts = []
    cleaned = [clean_text(text) for text in texts]
    for begin in range(0, len(cleaned), CHUNK):
        rows = slice(begin, begin + CHUNK)
        parts.append(
            _chunk(
                library,
                cleaned[rows],
                None if vectors is None else vectors[rows],
                None if query_facts is None else query_facts.iloc[rows],
                None if removed is None else removed[rows],
                depth,
            )
        )
    counts = np.concatenate([np.diff(one.start) for one in parts])
    return Candidates(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        *(np.concatenate([getattr(one, name) for one in parts]) for name in ("firm", "passage", "columns", "queries")),
    )


def leg_scores(library: Library, texts: Sequence[str], vectors: Floats | None) -> dict[str, Floats]:
    """Score of every passage or unit by leg, shape (queries, passages or units)."""
    scores = {name: leg.scores(texts) for name, leg in library.legs.items()}
    if library.vectors is not None and vectors is not None:
        # A product's last bits depend on how many queries it is of; equal texts must stay equal.
        scores[MEANING] = np.round(vectors @ library.vectors.T, COSINE_DECIMALS)
    return scores


def best_of_firms(library: Library, leg: str, scores: Floats) -> Floats:
    """Best score of each firm, shape (queries, firms); a withdrawn firm has -inf."""
    start = library.unit_start if leg.endswith("unit") else library.firm_start[:-1]
    best = np.maximum.reduceat(scores, start, axis=1)
    best[:, library.withdrawn] = -np.inf
    return best


def _chunk(
    library: Library,
    texts: Sequence[str],
    vectors: Floats | None,
    query_facts: pd.DataFrame | None,
    removed: Sequence[Integers] | None,
    depth: int,
) -> Candidates:
    scores = leg_scores(library, texts, vectors)
    best = {leg: best_of_firms(library, leg, one) for leg, one in scores.items()}
    for row, firms in enumerate(removed or ()):
        for one in best.values():
            one[row, firms] = -np.inf
    chosen = np.zeros((len(texts), len(library.firms)), dtype=bool)
    for one in best.values():
        _choose(chosen, one, depth)
    if library.meaning is not None and vectors is not None:
        wanted = [np.flatnonzero(row) for row in chosen]
        scores[MEANING] = np.round(library.meaning.cosines(vectors, wanted, depth), COSINE_DECIMALS)
        best[MEANING] = best_of_firms(library, MEANING, scores[MEANING])
        for row, firms in enumerate(removed or ()):
            best[MEANING][row, firms] = -np.inf
        _choose(chosen, best[MEANING], depth)
    query, firm = np.nonzero(chosen)
    start = np.concatenate([[0], np.cumsum(chosen.sum(axis=1))]).astype(np.int64)
    found: dict[str, Any] = {}
    ranks = []
    for leg, one in best.items():
        mean, spread = _background(library, one)
        value, top = one[query, firm], one.max(axis=1, initial=-np.inf, where=np.isfinite(one))[query]
        rank = _ranks(value, start)
        ranks.append(rank)
        found[f"{leg}_z"] = (value - mean[query]) / spread[query]
        found[f"{leg}_gap"] = (value - top) / spread[query]
        found[f"{leg}_ratio"] = np.where(top > 0.0, value / np.where(top > 0.0, top, 1.0), 0.0)
        found[f"{leg}_rank"] = -np.log(RANK_OFFSET / 10.0 + rank)
    place = np.stack(ranks, axis=1)
    found["fused_ranks"] = (1.0 / (RANK_OFFSET + place)).sum(axis=1)
    found["legs_in_ten"] = (place <= 10).mean(axis=1)
    passage = _passages(library, scores, best, query, firm, found)
    found["log_units"] = np.log(library.unit_counts)[firm]
    size = library.sizes
    own = np.array([size_of(text) for text in texts])
    found["log_size"] = np.log1p(size[passage])
    found["size_less_query"] = found["log_size"] - np.log1p(own)[query]
    legs: Any = library.legs["words_unit"]
    mass = legs.query_mass(texts)
    full = np.maximum(mass[:, 0] / np.where(mass[:, 1] > 0.0, mass[:, 1], 1.0), 1e-9)
    for level in ("passage", "unit"):
        found[f"word_coverage_{level}"] = best[f"words_{level}"][query, firm] / full[query]
    found["codes_shared"] = _codes(library, texts, query, firm)
    _facts(library, query_facts, firm, query, passage, found)
    columns = np.full((len(query), len(PAIR_COLUMNS)), np.nan, dtype=np.float32)
    for number, name in enumerate(PAIR_COLUMNS):
        if name in found:
            columns[:, number] = found[name]
    described = _describe(library, texts, best, place, start, found, mass)
    return Candidates(start, firm, passage, columns, described)


def _choose(chosen: npt.NDArray[np.bool_], best: Floats, depth: int) -> None:
    """Mark each query's ``depth`` best firms of one leg in ``chosen``."""
    most = min(depth, best.shape[1])
    top = np.argpartition(-best, most - 1, axis=1)[:, :most]
    np.put_along_axis(chosen, top, np.isfinite(np.take_along_axis(best, top, axis=1)), axis=1)


def _background(library: Library, best: Floats) -> tuple[Floats, Floats]:
    """Mean and spread of what the background firms get from each query."""
    drawn = best[:, library.background[~library.withdrawn[library.background]]]
    if not drawn.shape[1]:
        return np.zeros(len(best), np.float32), np.ones(len(best), np.float32)
    known = np.isfinite(drawn)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, drawn, 0.0).sum(axis=1) / count
    variance = (np.where(known, drawn - mean[:, None], 0.0) ** 2).sum(axis=1) / count
    return mean, np.maximum(np.sqrt(variance), LEAST_SPREAD)


def _ranks(value: Floats, start: Integers) -> Floats:
    """Rank of each row within its query, 1 the best; equal values share the better rank."""
    rank = np.empty(len(value), dtype=np.float32)
    for low, high in pairwise(start):
        ordered = np.sort(-value[low:high])
        rank[low:high] = 1.0 + np.searchsorted(ordered, -value[low:high], side="left")
    return rank


def _passages(
    library: Library,
    scores: dict[str, Floats],
    best: dict[str, Floats],
    query: Integers,
    firm: Integers,
    found: dict[str, Any],
) -> Integers:
    """The best passage of each row; its columns and those of the passages after it go into ``found``."""
    count = np.diff(library.firm_start)[firm]
    row = np.repeat(np.arange(len(firm)), count)
    passage = (
        np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(library.firm_start[firm], count)
    )
    first = np.cumsum(count) - count
    chosen: Integers | None = None
    for leg, short in ((MEANING, "meaning"), ("characters_passage", "characters")):
        if leg not in scores or not len(row):
            continue
        value = scores[leg][query[row], passage]
        order = np.lexsort((-value, row))
        ordered = value[order]
        mean, spread = (one[query] for one in _background(library, best[leg]))
        second = np.where(count > 1, ordered[np.minimum(first + 1, len(ordered) - 1)], np.nan)
        found[f"{short}_second_z"] = (second - mean) / spread
        if chosen is None:
            chosen = passage[order][first]
        if leg == MEANING:
            third = np.where(count > 2, ordered[np.minimum(first + 2, len(ordered) - 1)], np.nan)
            found["cosine"] = ordered[first]
            found["cosine_less_density"] = ordered[first] - library.density[chosen]
            found["meaning_mean_z"] = (_mean_known(ordered[first], second, third) - mean) / spread
    return library.firm_start[firm] if chosen is None else chosen


def _mean_known(*columns: Floats) -> Floats:
    stacked = np.stack(columns)
    known = np.isfinite(stacked)
    return np.asarray(np.where(known, stacked, 0.0).sum(axis=0) / known.sum(axis=0))


def _codes(library: Library, texts: Sequence[str], query: Integers, firm: Integers) -> npt.NDArray[np.float64]:
    """Share of the query's codes that the firm's documents name; NaN where the query names none."""
    shared = np.full(len(query), np.nan)
    for number, text in enumerate(texts):
        if not (sought := technical_codes(text)):
            continue
        rows = np.flatnonzero(query == number)
        wanted = {firm[row]: row for row in rows}
        shared[rows] = 0.0
        offered: dict[int, set[str]] = {}
        for document, codes in enumerate(library.codes):
            if codes and (one := int(library.document_firm[document])) in wanted:
                offered.setdefault(one, set()).update(codes & sought)
        for one, codes_of_firm in offered.items():
            shared[wanted[one]] = len(codes_of_firm) / len(sought)
    return shared


def _facts(
    library: Library,
    query_facts: pd.DataFrame | None,
    firm: Integers,
    query: Integers,
    passage: Integers,
    found: dict[str, Any],
) -> None:
    for name in FACTS:
        found[name] = library.firms[name].to_numpy(dtype=float)[firm]
    if query_facts is None:
        return
    if "district" in query_facts:
        own, theirs = (
            query_facts["district"].to_numpy(dtype=object)[query],
            library.firms["district"].to_numpy(dtype=object)[firm],
        )
        known = ~(pd.isna(own) | pd.isna(theirs))
        found["same_district"] = np.where(known, own == theirs, np.nan)
    if "as_of" in query_facts:
        day = pd.to_datetime(query_facts["as_of"]).to_numpy()[query]
        written = library.dates[passage]
        found["freshness_years"] = -np.maximum((day - written) / np.timedelta64(1, "D"), 0.0) / 365.25


def _describe(
    library: Library,
    texts: Sequence[str],
    best: dict[str, Floats],
    place: Floats,
    start: Integers,
    found: dict[str, Any],
    mass: npt.NDArray[np.float64],
) -> Floats:
    text = describe_texts(texts)
    live = np.isfinite(best["words_unit"]).sum(axis=1)
    described = {name: text[name].to_numpy() for name in text} | {
        "known_share": mass[:, 1],
        "known_mass": np.log1p(mass[:, 0]),
        "best_coverage": _most(found["word_coverage_unit"], start),
        "best_cosine": _most(found["cosine"], start) if "cosine" in found else np.zeros(len(texts)),
        "spread_of_meaning": _background(library, best[MEANING])[1] if MEANING in best else np.zeros(len(texts)),
        "legs_agree": _most((place == 1).mean(axis=1), start),
        "log_firms": np.log(np.maximum(live, 1)),
        "mean_passages": np.full(len(texts), np.log(len(library.passages) / len(library.firms))),
        "mean_size": np.full(len(texts), np.log1p(library.sizes.mean())),
    }
    return np.stack([np.asarray(described[name], dtype=np.float32) for name in QUERY_COLUMNS], axis=1)


def _most(values: npt.NDArray[np.floating[Any]], start: Integers) -> npt.NDArray[np.float64]:
    return np.array([values[low:high].max(initial=0.0) for low, high in pairwise(start)])
