"""Why a candidate stands where it does: exact contributions, gathered by idea, as sentences in Chinese and English.

A contribution is that idea's part of the score less its mean over all candidates of the query; the parts add up to the
score less the mean score. Sentences are rows ``match.reason.*`` of ``data/reference/sentences.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.texts.sentences import sentence
from models.matching.columns import EVERY_LEG, MEANING, PAIR_COLUMNS, RANK_OFFSET, Candidates
from models.matching.ranker import Doubles, Ranker

NEAR, HALF = 10, 0.5  # up to this rank, and from this share on, a figure says something for a firm
LEAST_CONTRIBUTION = 0.02  # of a score's log-odds; less is not worth a sentence
IDEAS: Mapping[str, tuple[str, ...]] = {
    "meaning": tuple(name for name in PAIR_COLUMNS if name.startswith(("meaning_", "cosine"))),
    "words": tuple(name for name in PAIR_COLUMNS if name.startswith(("words_", "word_"))),
    "characters": tuple(name for name in PAIR_COLUMNS if name.startswith("characters_")),
    "agreement": ("fused_ranks", "legs_in_ten"),
    "codes": ("codes_shared",),
    "extent": ("log_units", "log_size", "size_less_query"),
    "district": ("same_district",),
    "freshness": ("freshness_years",),
    "firm": ("growth_stage", "size_class", "qualifications"),
    "outcomes": ("solved_share", "months_since_outcome"),
}


@dataclass(frozen=True)
class Reason:
    """One idea's part of the score, above (positive) or below the average candidate, and its sentence."""

    column: str
    contribution: float
    zh: str
    en: str


def reasons(ranker: Ranker, candidates: Candidates, rows: Sequence[int]) -> list[list[Reason]]:
    """Reasons of some rows of one query's candidates, the strongest first.

    candidates : of one query
    """
    names, parts = ranker.contributions(candidates)
    parts = parts - parts.mean(axis=0)
    columns = {idea: parts[:, [names.index(name) for name in members]].sum(axis=1) for idea, members in IDEAS.items()}
    return [_of_row(candidates, row, columns) for row in rows]


def _of_row(candidates: Candidates, row: int, columns: Mapping[str, Doubles]) -> list[Reason]:
    value = dict(zip(PAIR_COLUMNS, candidates.columns[row].astype(float), strict=True))
    found = []
    for idea, contribution in columns.items():
        part = float(contribution[row])
        if abs(part) < LEAST_CONTRIBUTION:
            continue
        side, figures = "more" if part > 0 else "less", _figures(idea, value)
        if not _agrees(idea, side, figures):
            side, figures = f"{side}_plain", {}
        zh, en = sentence(f"match.reason.{idea}.{side}", **figures)
        found.append(Reason(idea, part, zh, en))
    return sorted(found, key=lambda one: -abs(one.contribution))


def _agrees(idea: str, side: str, figures: Mapping[str, float]) -> bool:
    """Whether a sentence's figure points the way of its contribution, which is of several columns together.

    Where it does not, as with the rank 216 of a leg for a firm that the idea raised all the same, it is left out.
    """
    good = {
        MEANING: lambda: figures["rank"] <= NEAR,
        "characters": lambda: figures["rank"] <= NEAR,
        "words": lambda: figures["share"] >= HALF,
        "agreement": lambda: figures["count"] * 2 > len(EVERY_LEG),
        "codes": lambda: figures["share"] >= HALF,
    }
    return idea not in good or good[idea]() == (side == "more")


def _figures(idea: str, value: Mapping[str, float]) -> dict[str, float]:
    if idea == "words":
        return {"share": float(np.clip(np.nan_to_num(value["word_coverage_unit"]), 0.0, 1.0))}
    if idea in {MEANING, "characters"}:
        legs = (MEANING,) if idea == MEANING else ("characters_passage", "characters_unit")
        return {"rank": min(_rank(value[f"{leg}_rank"]) for leg in legs)}
    if idea == "agreement":
        return {"count": round(float(np.nan_to_num(value["legs_in_ten"])) * len(EVERY_LEG))}
    if idea == "codes":
        return {"share": float(np.nan_to_num(value["codes_shared"]))}
    if idea == "extent":
        return {"count": round(float(np.exp(np.nan_to_num(value["log_units"]))))}
    if idea == "freshness":
        return {"years": abs(float(np.nan_to_num(value["freshness_years"])))}
    return {}


def _rank(stored: float) -> int:
    """The rank that a ``rank`` column was made from, -ln(6 + rank)."""
    return max(1, round(float(np.exp(-stored)) - RANK_OFFSET / 10.0)) if np.isfinite(stored) else 0
