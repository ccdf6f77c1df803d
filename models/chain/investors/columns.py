"""Columns of investors: how often and how lately it invests, and how much more often near the query.

Each of the columns ``text`` to ``round`` compares an investor's part in the deals near the query with its part in all
deals, shrunk where there are few deals near:

    ln( (s + m p) / (S + m) / p )

    s : its deals near the query, weighed by nearness and by age; S : those of all investors
    p : its part in all deals, weighed by age; m : ``prior_deals``, deals of that usual part that are added

0 means "as often as everywhere"; where nothing is known of the query the column is 0 for every investor.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from models.chain.investors.funding import Doubles, Funding, Ids, Query

Flags = npt.NDArray[np.bool_]

COLUMNS = ("recent", "deals", "text", "field", "region", "co_investors", "round")
SPARE_DEALS = 0.05  # added to each investor's deals, so that the oldest ones have a part too
PRIOR_ROUNDS = 5.0  # rounds of the usual kind that are added to those seen after a round
POPULARITY_DAYS = 730  # the plain popularity that ours is compared with counts the deals of two years


@dataclass(frozen=True)
class ColumnParams:
    """half_life_days : after so many days a deal counts half; prior_deals : m of the columns.

    nearest : passages that are searched for a passage; closeness : a funded firm whose cosine is lower by so much than
        the nearest one's counts 1 / e of it
    """

    half_life_days: float
    prior_deals: float
    nearest: int
    closeness: float


class PastDeals:
    """The deals before a day, and nothing that happened or was written on that day or later.

    without : rows of firms whose deals, texts and codes are left out
    """

    def __init__(self, funding: Funding, day: int, params: ColumnParams, without: Collection[int] = ()) -> None:
        self.funding, self.day, self.params = funding, day, params
        kept = np.ones(len(funding.firm_ids), bool)
        kept[list(without)] = False
        self.deal = np.flatnonzero((funding.deal_day < day) & kept[funding.deal_firm])
        self.investors, column = np.unique(funding.deal_investor[self.deal], return_inverse=True)
        firm, age = funding.deal_firm[self.deal], day - funding.deal_day[self.deal]
        shape = (len(funding.firm_ids), len(self.investors))
        decayed = 0.5 ** (age / params.half_life_days)
        self.weight = sparse.csr_matrix((decayed, (firm, column)), shape=shape)
        self.pairs = sparse.csr_matrix((np.ones(len(firm)), (firm, column)), shape=shape)
        self.pairs.data[:] = 1.0
        self.column = column
        self.count = np.bincount(column, minlength=shape[1]).astype(float)
        self.lately = np.bincount(column[age <= POPULARITY_DAYS], minlength=shape[1]).astype(float)
        spared = np.bincount(column, decayed, shape[1]) + SPARE_DEALS
        self.part = spared / spared.sum() if len(spared) else spared
        self.last_day = np.full(shape[1], np.iinfo(np.int64).min)
        np.maximum.at(self.last_day, column, funding.deal_day[self.deal])
        self.funded = np.bincount(firm, minlength=shape[0]) > 0

    @property
    def activity(self) -> Doubles:
        """Plain popularity: deals of the last two years, those with as many ordered by all their deals."""
        return np.asarray(self.lately + self.count / (self.count.max(initial=0.0) + 1.0))

    @cached_property
    def codes(self) -> sparse.csr_matrix:
        """Codes of the firms, rare ones weighed up, as rows of unit length."""
        return self.code_rows(self.funding.codes_before(self.day))

    @cached_property
    def rarity(self) -> sparse.dia_matrix:
        """Weight of each code: ln(1 + n / (1 + firms that have it)) of the n firms that were funded."""
        held = self.funding.codes_before(self.day)[np.flatnonzero(self.funded)]
        firms = np.bincount(held.indices, minlength=held.shape[1])
        return sparse.diags_array(np.log1p(held.shape[0] / (1.0 + firms)))

    def code_rows(self, codes: sparse.csr_matrix) -> sparse.csr_matrix:
        """A query's codes, rare ones weighed up, as rows of unit length."""
        return _unit(codes @ self.rarity)

    @cached_property
    def by_code(self) -> sparse.csr_matrix:
        """Deals by code of the funded firm, (codes, investors)."""
        return (self.codes.T @ self.weight).tocsr()

    @cached_property
    def by_region(self) -> sparse.csr_matrix:
        """Deals by region of the funded firm, (regions, investors)."""
        return (_one_hot(self.funding.region, len(self.funding.regions)).T @ self.weight).tocsr()

    @cached_property
    def beside(self) -> sparse.csr_matrix:
        """Row e, column i: deals of i in the firms that e funded, for each firm that e funded."""
        firms = np.asarray(self.pairs.sum(axis=0)).ravel()
        return (sparse.diags_array(1.0 / firms) @ self.pairs.T @ self.weight).tocsr()

    @cached_property
    def _rounds(self) -> tuple[Ids, Doubles, Doubles]:
        """Last kind of round of each firm (-1: none), chances of the next by the last (row 0: none), part by kind."""
        funding = self.funding
        count, kind = len(funding.kinds), funding.kind_of_round[funding.deal_round]
        steps = np.unique(np.stack([funding.deal_firm, funding.deal_day, kind], axis=1)[self.deal], axis=0)
        firm, held = steps[:, 0], steps[:, 2]
        first = np.diff(firm, prepend=-1) != 0
        before = np.where(first, -1, np.roll(held, 1))
        seen = np.zeros((count + 1, count))
        np.add.at(seen, (before + 1, held), 1.0)
        usual = PRIOR_ROUNDS * seen.sum(axis=0) / max(len(steps), 1)
        chances = (seen + usual) / (seen.sum(axis=1, keepdims=True) + PRIOR_ROUNDS)
        last = np.full(len(funding.firm_ids), -1)
        last[firm] = held  # of several assignments to one firm the last one counts: the steps are in order of days
        deals = np.zeros((count, len(self.investors)))
        age = self.day - funding.deal_day[self.deal]
        np.add.at(deals, (kind[self.deal], self.column), 0.5 ** (age / self.params.half_life_days))
        prior = self.params.prior_deals
        part = (deals + prior * self.part) / (deals.sum(axis=1, keepdims=True) + prior)
        return last, chances, part

    def last_round(self, firm: Ids) -> Ids:
        """The kind of the last round of firms before the day, -1 where they had none."""
        return self._rounds[0][firm]

    def next_rounds(self, firm: Ids) -> Doubles:
        """Chances of each kind of round to be the next one of firms, (firms, kinds)."""
        chances: Doubles = self._rounds[1][self.last_round(firm) + 1]
        return chances

    def part_of_round(self) -> Doubles:
        """Each investor's part in the deals of a kind of round, shrunk towards its part in all; (kinds, investors)."""
        return self._rounds[2]

    def neighbours(self, query: Query) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Cosine and nearness of the funded firms nearest in text to each row, (rows, firms) each.

        A firm's cosine is that of its nearest passage to any of the row's; the row's own firm is left out.
        """
        funding, shape = self.funding, (len(query), len(self.funding.firm_ids))
        allowed = np.flatnonzero(self.funded[funding.passage_firm] & (funding.passage_day < self.day))
        if not len(allowed) or not len(query.owner):
            return sparse.csr_matrix(shape), sparse.csr_matrix(shape)
        own = np.bincount(funding.passage_firm, minlength=shape[1])[query.firm[query.firm >= 0]]
        wanted = min(len(allowed), self.params.nearest + int(own.max(initial=0)))
        found, cosine = funding.index.search(query.vectors, wanted, allowed)
        owner = np.repeat(query.owner, wanted)
        firm, cosine = funding.passage_firm[found.ravel()], cosine.ravel().astype(float)
        kept = (found.ravel() >= 0) & (firm != query.firm[owner])
        pair, number = np.unique(owner[kept] * shape[1] + firm[kept], return_inverse=True)
        best = np.full(len(pair), -np.inf)
        np.maximum.at(best, number, cosine[kept])
        row, column = np.divmod(pair, shape[1])
        top = np.full(len(query), -np.inf)
        np.maximum.at(top, row, best)
        near = np.exp((best - top[row]) / self.params.closeness)
        return (
            sparse.csr_matrix((best, (row, column)), shape=shape),
            sparse.csr_matrix((near, (row, column)), shape=shape),
        )


def columns(past: PastDeals, query: Query) -> tuple[Doubles, Flags]:
    """Columns of every investor of the past deals for each row, and whether it may be proposed.

    returns : (rows, investors, len(COLUMNS)); (rows, investors), False for those that have invested in the firm before
    """
    rows, investors = len(query), len(past.investors)
    known = query.firm >= 0
    firm = np.where(known, query.firm, 0)
    own_weight = past.weight[firm].multiply(known[:, None]).tocsr()
    own_pairs = past.pairs[firm].multiply(known[:, None]).tocsr()
    own_codes = past.codes[firm].multiply(known[:, None]).tocsr()
    codes = past.code_rows(query.codes)
    own_near = np.asarray(codes.multiply(own_codes).sum(axis=1)).ravel()
    firms_of = np.maximum(np.asarray(past.pairs.sum(axis=0)).ravel(), 1.0)
    region = _one_hot(query.region, len(past.funding.regions))
    same_region = (known & (query.region >= 0) & (past.funding.region[firm] == query.region)).astype(float)
    found = np.empty((rows, investors, len(COLUMNS)))
    found[:, :, 0] = np.log(past.part)
    found[:, :, 1] = np.log(past.count)
    found[:, :, 2] = lift(past, past.neighbours(query)[1] @ past.weight)
    found[:, :, 3] = lift(past, codes @ past.by_code - _times(own_weight, own_near))
    found[:, :, 4] = lift(past, region @ past.by_region - _times(own_weight, same_region))
    shared = np.asarray(own_pairs @ (1.0 / firms_of)).ravel()
    found[:, :, 5] = lift(past, own_pairs @ past.beside - _times(own_weight, shared))
    rounds = np.log(past.next_rounds(firm) @ past.part_of_round() / past.part)
    found[:, :, 6] = np.where(known[:, None], rounds, 0.0)
    return found, np.asarray(own_pairs.todense()) == 0.0


def lift(past: PastDeals, near: sparse.csr_matrix) -> Doubles:
    """The module's formula for deals near the query, (rows, investors)."""
    deals = np.maximum(np.asarray(near.todense()), 0.0)  # 0 but for rounding
    prior = past.params.prior_deals
    part = (deals + prior * past.part) / (deals.sum(axis=1, keepdims=True) + prior)
    return np.asarray(np.log(part / past.part))


def _unit(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (sparse.diags_array(1.0 / np.where(length > 0, length, 1.0)) @ rows).tocsr()


def _one_hot(position: Ids, count: int) -> sparse.csr_matrix:
    known = np.flatnonzero(position >= 0)
    return sparse.csr_matrix((np.ones(len(known)), (known, position[known])), shape=(len(position), count))


def _times(rows: sparse.csr_matrix, factor: Doubles) -> sparse.csr_matrix:
    return (sparse.diags_array(factor) @ rows).tocsr()
