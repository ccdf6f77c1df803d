"""Deals of funded firms, and what is known of those firms: all dated, so that any day can be looked at alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from models.matching.index import FaissIndex, Vectors

Ids = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]

DEAL_COLUMNS = ("firm_id", "date", "round", "investor")
PASSAGE_COLUMNS = ("firm_id", "document_id", "date")
CODE_COLUMNS = ("firm_id", "code", "weight", "date")
# What a round is called, by kind; whatever is none of these is "later": later rounds, mergers, strategic investments.
ROUND_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("seed", re.compile(r"种子|天使|seed|angel", re.IGNORECASE)),
    ("a", re.compile(r"^\W*(?:pre|series)?\W*a\W*(?:轮|round)?\W*$", re.IGNORECASE)),
    ("b", re.compile(r"^\W*(?:pre|series)?\W*b\W*(?:轮|round)?\W*$", re.IGNORECASE)),
)
LATER = "later"
FIRMS, DEALS, PASSAGES, CODES, INDEX = "firms.parquet", "deals.parquet", "passages.parquet", "codes.parquet", "index"


class FundingError(ValueError):
    """A table of deals or of firms cannot be used; the message names the column, what was found and what is allowed."""


@dataclass(frozen=True)
class Query:
    """Firms or patents for which investors are wanted, one row each; what is not known is left empty.

    vectors : (passages, dimension), of unit length; owner : (passages,), the row that each belongs to
    codes : (rows, codes) weights of the funded firms' codes; region : (rows,), -1 where unknown
    firm : (rows,) row of the funded firms, -1 where it is none of them; its own deals give its investors and round
    """

    vectors: Vectors
    owner: Ids
    codes: sparse.csr_matrix
    region: Ids
    firm: Ids

    def __len__(self) -> int:
        return len(self.firm)

    def take(self, rows: Ids) -> Query:
        """Some of the rows, in the order given."""
        position = np.full(len(self), -1)
        position[rows] = np.arange(len(rows))
        kept = np.flatnonzero(position[self.owner] >= 0)
        owner = position[self.owner[kept]]
        return Query(self.vectors[kept], owner, self.codes[rows], self.region[rows], self.firm[rows])


@dataclass(frozen=True)
class Funding:
    """All deals and all that is known of the firms, each with its day (days since 1970-01-01).

    firm_ids, investors, rounds, kinds, regions, codes : sorted names; the arrays hold their positions
    kinds : of rounds, as ``round_kind`` has them; kind_of_round : (rounds,)
    deal_* : (deals,), one row for each firm, day, round and investor
    passage_* : (passages,), passage number n of ``index`` is row n; code_* : (rows,), weights above 0
    region : (firms,), -1 where unknown
    """

    firm_ids: npt.NDArray[np.object_]
    investors: npt.NDArray[np.object_]
    rounds: npt.NDArray[np.object_]
    kinds: npt.NDArray[np.object_]
    kind_of_round: Ids
    codes: npt.NDArray[np.object_]
    regions: npt.NDArray[np.object_]
    region: Ids
    deal_firm: Ids
    deal_investor: Ids
    deal_round: Ids
    deal_day: Ids
    passages: pd.DataFrame
    passage_firm: Ids
    passage_day: Ids
    code_firm: Ids
    code: Ids
    code_weight: Doubles
    code_day: Ids
    index: FaissIndex

    @classmethod
    def of(
        cls,
        firms: pd.DataFrame,
        deals: pd.DataFrame,
        passages: pd.DataFrame,
        vectors: Vectors,
        codes: pd.DataFrame,
        encoder_digest: str,
    ) -> Funding:
        """From tables.

        firms : firm_id, region (may be missing); firms that only have deals need no row
        deals : DEAL_COLUMNS, equal rows count once; passages : PASSAGE_COLUMNS, a row each of ``vectors``
        codes : CODE_COLUMNS, such as nodes with their probabilities and IPC subclasses
        raises : FundingError
        """
        for name, table, needed in (
            ("firms", firms, ("firm_id", "region")),
            ("deals", deals, DEAL_COLUMNS),
            ("passages", passages, PASSAGE_COLUMNS),
            ("codes", codes, CODE_COLUMNS),
        ):
            missing = [column for column in needed if column not in table]
            if missing:
                raise FundingError(f"{name}: found columns {list(table)}; missing: {', '.join(missing)}")
        if len(passages) != len(vectors):
            raise FundingError(f"passages: found {len(passages)} rows and {len(vectors)} vectors; allowed: one each")
        deals = deals.drop_duplicates(list(DEAL_COLUMNS)).sort_values(list(DEAL_COLUMNS), ignore_index=True)
        ids = np.unique(pd.concat([table["firm_id"] for table in (firms, deals, passages, codes)]).astype(str))
        own = firms.drop_duplicates("firm_id", keep="last").set_index("firm_id")["region"].reindex(ids)
        regions, region = np.unique(own.dropna().astype(str)), np.full(len(ids), -1)
        region[own.notna()] = np.searchsorted(regions, own.dropna().astype(str))
        investors, deal_investor = _numbers(deals["investor"])
        rounds, deal_round = _numbers(deals["round"])
        kinds, kind_of_round = _numbers(pd.Series([round_kind(name) for name in rounds], dtype=object))
        names, code = _numbers(codes["code"])
        index = FaissIndex(vectors.shape[1], encoder_digest)
        index.add(np.arange(len(vectors)), vectors)
        return cls(
            firm_ids=ids,
            investors=investors,
            rounds=rounds,
            kinds=kinds,
            kind_of_round=kind_of_round,
            codes=names,
            regions=regions.astype(object),
            region=region,
            deal_firm=np.searchsorted(ids, deals["firm_id"].astype(str)),
            deal_investor=deal_investor,
            deal_round=deal_round,
            deal_day=days_of(deals["date"]),
            passages=passages.loc[:, list(PASSAGE_COLUMNS)].reset_index(drop=True),
            passage_firm=np.searchsorted(ids, passages["firm_id"].astype(str)),
            passage_day=days_of(passages["date"]),
            code_firm=np.searchsorted(ids, codes["firm_id"].astype(str)),
            code=code,
            code_weight=codes["weight"].to_numpy(float),
            code_day=days_of(codes["date"]),
            index=index,
        )

    def query_of_firms(self, firms: Ids, day: int) -> Query:
        """The firms' own passages, codes and regions, as known before the day, as queries."""
        position = np.full(len(self.firm_ids), -1)
        position[firms] = np.arange(len(firms))
        mine = np.flatnonzero((position[self.passage_firm] >= 0) & (self.passage_day < day))
        vectors = self.index.vectors_of(mine)
        codes = self.codes_before(day)[firms]
        return Query(vectors, position[self.passage_firm[mine]], codes, self.region[firms], np.asarray(firms))

    def codes_before(self, day: int) -> sparse.csr_matrix:
        """Weights of codes known before the day, shape (firms, codes); of one firm and code the latest."""
        rows = np.flatnonzero(self.code_day < day)
        rows = rows[np.argsort(self.code_day[rows], kind="stable")]
        key = self.code_firm[rows] * max(len(self.codes), 1) + self.code[rows]
        _, last = np.unique(key[::-1], return_index=True)
        rows = rows[::-1][last]
        return sparse.csr_matrix(
            (self.code_weight[rows], (self.code_firm[rows], self.code[rows])),
            shape=(len(self.firm_ids), len(self.codes)),
        )

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """The row of each firm by its id."""
        return {str(name): row for row, name in enumerate(self.firm_ids)}

    def save(self, folder: Path) -> None:
        """Tables and vectors, such that ``load`` gives the same."""
        folder.mkdir(parents=True, exist_ok=True)
        known = self.region >= 0
        region = np.full(len(self.firm_ids), None, dtype=object)
        region[known] = self.regions[self.region[known]]
        pd.DataFrame({"firm_id": self.firm_ids, "region": region}).to_parquet(folder / FIRMS, index=False)
        deals = pd.DataFrame({
            "firm_id": self.firm_ids[self.deal_firm],
            "date": dates_of(self.deal_day),
            "round": self.rounds[self.deal_round],
            "investor": self.investors[self.deal_investor],
        })  # fmt: skip
        deals.to_parquet(folder / DEALS, index=False)
        self.passages.to_parquet(folder / PASSAGES, index=False)
        codes = pd.DataFrame({
            "firm_id": self.firm_ids[self.code_firm],
            "code": self.codes[self.code],
            "weight": self.code_weight,
            "date": dates_of(self.code_day),
        })  # fmt: skip
        codes.to_parquet(folder / CODES, index=False)
        self.index.save(folder / INDEX)

    @classmethod
    def load(cls, folder: Path, encoder_digest: str) -> Funding:
        """What ``save`` wrote; raises DenseIndexError for the vectors of another encoder."""
        firms, deals, passages, codes = (pd.read_parquet(folder / name) for name in (FIRMS, DEALS, PASSAGES, CODES))
        index = FaissIndex.load(folder / INDEX, encoder_digest)
        return cls.of(firms, deals, passages, index.vectors_of(np.arange(len(passages))), codes, encoder_digest)


def round_kind(name: str) -> str:
    """The kind of a round by its name: A轮, Pre-A轮 and "Series A" are all "a"."""
    return next((kind for kind, form in ROUND_KINDS if form.search(name)), LATER)


def days_of(dates: pd.Series) -> Ids:
    """Days since 1970-01-01."""
    return pd.to_datetime(dates).to_numpy().astype("datetime64[D]").astype(np.int64)


def day_of(date: dt.date | str) -> int:
    """Days since 1970-01-01 of one date."""
    return (pd.Timestamp(date).date() - dt.date(1970, 1, 1)).days


def dates_of(days: Ids) -> pd.DatetimeIndex:
    """The dates of days since 1970-01-01."""
    return pd.DatetimeIndex(days.astype("datetime64[D]"))


def _numbers(names: pd.Series) -> tuple[npt.NDArray[np.object_], Ids]:
    known, number = np.unique(names.astype(str).to_numpy(dtype=object), return_inverse=True)
    return known.astype(object), number.astype(np.int64)
