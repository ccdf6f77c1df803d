"""The order of candidates: a linear fusion whose weights depend on the query, and LightGBM's remainder on top of it.

    score(query, firm) = sum over columns j of x_j * (w_j0 + sum over k of w_jk * d_k) + trees(x, d)

x are the pair's columns, d what the query is like, both standardised by training; a query unlike all of training
counts as the nearest that was seen (d is clipped), and so does a pair (x is clipped). A missing column counts as the
mean of training in the fusion. The fusion alone is a full ranker: where the trees did not help on tasks that they
had not seen, there are none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from models.content_digest import content_digest
from models.matching.columns import PAIR_COLUMNS, QUERY_COLUMNS, Candidates
from models.matching.library import Floats

Doubles = npt.NDArray[np.float64]
CARD, BOOSTER = "ranker.json", "booster.txt"
FARTHEST = 2.5  # standard deviations that a query's description counts at most
FARTHEST_PAIR = 8.0


class RankerError(ValueError):
    """A ranker's files are missing or corrupt, or it was trained on other columns or another encoder."""


@dataclass(frozen=True)
class Fusion:
    """The linear part.

    columns, described : names of PAIR_COLUMNS and QUERY_COLUMNS that it reads
    centre, scale      : of the columns, shape (p,); described_centre, described_scale : shape (k,)
    weights            : shape (p, 1 + k); the first column holds the weights of the average query
    """

    columns: tuple[str, ...]
    described: tuple[str, ...]
    centre: Doubles
    scale: Doubles
    described_centre: Doubles
    described_scale: Doubles
    weights: Doubles

    def read(self, candidates: Candidates) -> tuple[Doubles, Doubles]:
        """Standardised columns, shape (n, p), and descriptions with a leading 1, shape (queries, 1 + k)."""
        places = [PAIR_COLUMNS.index(name) for name in self.columns]
        x = (candidates.columns[:, places].astype(np.float64) - self.centre) / self.scale
        x = np.clip(np.where(np.isfinite(x), x, 0.0), -FARTHEST_PAIR, FARTHEST_PAIR)
        kept = [QUERY_COLUMNS.index(name) for name in self.described]
        d = (candidates.queries[:, kept].astype(np.float64) - self.described_centre) / self.described_scale
        return x, np.hstack([np.ones((len(d), 1)), np.clip(d, -FARTHEST, FARTHEST)])

    def contributions(self, candidates: Candidates) -> Doubles:
        """Each column's part of the score, shape (n, p); they add up to it."""
        x, d = self.read(candidates)
        return np.asarray(x * (d @ self.weights.T)[candidates.query])


@dataclass(frozen=True)
class Ranker:
    """Fusion, trees and what they were made from.

    booster_text   : LightGBM's text, or empty where the fusion alone is the ranker
    encoder_digest : whose cosines it learned, or None
    """

    version: str
    encoder_digest: str | None
    data_digest: str
    code: str
    fusion: Fusion
    booster_text: str = ""

    @cached_property
    def booster(self) -> lgb.Booster | None:
        """The trees."""
        return lgb.Booster(model_str=self.booster_text) if self.booster_text else None

    @property
    def digest(self) -> str:
        """Of everything that changes a score."""
        return content_digest([self.encoder_digest, self.fusion, self.booster_text, list(PAIR_COLUMNS)])

    def scores(self, candidates: Candidates) -> Doubles:
        """Score of each row; only differences within a query have a meaning."""
        total: Doubles = self.fusion.contributions(candidates).sum(axis=1)
        if self.booster is not None and len(total):
            total = total + np.asarray(self.booster.predict(tree_matrix(candidates), raw_score=True, num_threads=1))
        return total

    def contributions(self, candidates: Candidates) -> tuple[tuple[str, ...], Doubles]:
        """Names and each column's exact part of the score, shape (n, names); rows add up to ``scores``.

        The trees' parts are TreeSHAP's; what they say of the query alone is the last column, ``query``.
        """
        names = [*PAIR_COLUMNS, "query"]
        parts = np.zeros((len(candidates.firm), len(names)))
        places = [PAIR_COLUMNS.index(name) for name in self.fusion.columns]
        parts[:, places] = self.fusion.contributions(candidates)
        if self.booster is not None and len(parts):
            shap = np.asarray(self.booster.predict(tree_matrix(candidates), pred_contrib=True, num_threads=1))
            parts[:, : len(PAIR_COLUMNS)] += shap[:, : len(PAIR_COLUMNS)]
            parts[:, -1] += shap[:, len(PAIR_COLUMNS) :].sum(axis=1)
        return tuple(names), parts

    def save(self, folder: Path) -> None:
        """Write ranker.json and booster.txt."""
        folder.mkdir(parents=True, exist_ok=True)
        fusion = {name: np.asarray(getattr(self.fusion, name)).tolist() for name in Fusion.__dataclass_fields__}
        card = {
            "version": self.version,
            "encoder_digest": self.encoder_digest,
            "data_digest": self.data_digest,
            "code": self.code,
            "pair_columns": list(PAIR_COLUMNS),
            "query_columns": list(QUERY_COLUMNS),
            "fusion": fusion,
        }
        (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
        (folder / BOOSTER).write_text(self.booster_text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, encoder_digest: str | None) -> Ranker:
        """Read and check a ranker; raises RankerError naming the file and what is wrong with it."""
        try:
            card: Mapping[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
            text = (folder / BOOSTER).read_text(encoding="utf-8")
            fusion = card["fusion"]
            made = cls(
                card["version"],
                card["encoder_digest"],
                card["data_digest"],
                card["code"],
                Fusion(
                    tuple(fusion["columns"]),
                    tuple(fusion["described"]),
                    *(np.array(fusion[name], dtype=np.float64) for name in list(Fusion.__dataclass_fields__)[2:]),
                ),
                text,
            )
            columns = (card["pair_columns"], card["query_columns"])
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise RankerError(f"ranker in {folder.name}/ cannot be read: {fault!r}") from fault
        if columns != (list(PAIR_COLUMNS), list(QUERY_COLUMNS)):
            raise RankerError(f"ranker in {folder.name}/ was trained on other columns than this code makes")
        if made.encoder_digest != encoder_digest:
            raise RankerError(
                f"ranker in {folder.name}/ learned the cosines of encoder {(made.encoder_digest or 'none')[:12]}, "
                f"the encoder is {(encoder_digest or 'none')[:12]}"
            )
        return made


def tree_matrix(candidates: Candidates) -> Floats:
    """What the trees read: the pair's columns, then the query's description; shape (n, both)."""
    return np.hstack([candidates.columns, candidates.queries[candidates.query]])


def order_of(scores: Doubles, candidates: Candidates) -> list[npt.NDArray[np.int64]]:
    """Rows of each query from the best to the last; equal scores keep the library's order."""
    return [low + np.argsort(-scores[low:high], kind="stable") for low, high in pairwise(candidates.start)]
