"""Why an investor is on a list: its parts of the score above the average investor's, each with the deals behind it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import read_sentences
from models.chain.investors.columns import COLUMNS, PastDeals, columns
from models.chain.investors.funding import Doubles, Ids, Query, dates_of
from models.chain.investors.model import InvestorModel

LEAST_CONTRIBUTION = 0.02  # of the log-odds; less is not worth a sentence
SHOWN = 3  # deals, codes or investors that a sentence names
FILE = "chain_investor_sentences.csv"


@dataclass(frozen=True)
class Reason:
    """One column's part of the log-odds less its mean over all investors that may be proposed, and its sentence."""

    column: str
    contribution: float
    zh: str
    en: str


@dataclass(frozen=True)
class FundedFirm:
    """A firm that an investor funded before: ``similarity`` is the cosine of the nearest passages.

    date, round : of the investor's latest deal in it; co_investors : others of that deal's day and firm, no persons
    """

    firm_id: str
    name: str
    similarity: float
    date: str
    round: str
    co_investors: tuple[str, ...]


@dataclass(frozen=True)
class Labels:
    """Names that a person reads: of firms by id, and of codes, as (zh, en); a code without one is written as it is."""

    firms: Mapping[str, str]
    codes: Mapping[str, Text]


def words(key: str, **figures: Any) -> Text:
    """A sentence of ``data/reference/chain_investor_sentences.csv`` with its figures, in Chinese and English."""
    return read_sentences(reference_path(FILE))[key].fill(figures)


class Reasons:
    """What decided, for one query and the past deals.

    found, allowed : its columns (investors, len(COLUMNS)) and whether each investor may be proposed
    persons : names of private persons, whom no reason of another investor names: that would tie them to a deal
    popularity_rank : from 1, shared by those as active; activity_share : mid-rank as a share, small where active
    """

    def __init__(
        self, model: InvestorModel, past: PastDeals, query: Query, labels: Labels, persons: Collection[str] = ()
    ) -> None:
        found, allowed = columns(past, query)
        self.past, self.query, self.labels = past, query, labels
        self.persons = np.isin(past.funding.investors.astype(str), sorted(persons))
        self.found, self.allowed = found[0], allowed[0]
        parts = self.found * np.array(model.weights)
        self.contributions: Doubles = parts - parts[self.allowed].mean(axis=0) if self.allowed.any() else parts
        self.log_odds: Doubles = model.log_odds(self.found)
        cosine, near = past.neighbours(query)
        self.cosine, self.near = (np.asarray(one.todense())[0] for one in (cosine, near))
        self.popularity_rank = rankdata(-past.activity, "min").astype(np.int64)
        self.activity_share = rankdata(-past.activity, "average") / max(len(past.activity), 1)

    def of(self, investor: int) -> list[Reason]:
        """Reasons for a column of the past deals' investors, the strongest first; how active it is closes the list."""
        firms = self.firms_of(investor)
        made = []
        for row, column in enumerate(COLUMNS):
            part = float(self.contributions[investor, row])
            if column != "deals" and (part < LEAST_CONTRIBUTION or not self._holds(column, row, investor)):
                continue
            text = self._text(column, investor, firms)
            if text is not None:
                made.append(Reason(column, part, *text))
        return sorted(made, key=lambda one: (one.column == "deals", -one.contribution))

    def funded_firms(self, investor: int) -> list[FundedFirm]:
        """The SHOWN firms of an investor that are nearest in text, with its latest deal in each."""
        firms = self.firms_of(investor)
        nearest = firms[self.cosine[firms] > 0]
        nearest = nearest[np.argsort(-self.cosine[nearest], kind="stable")][:SHOWN]
        return [self._funded_firm(investor, int(firm)) for firm in nearest]

    def firms_of(self, investor: int) -> Ids:
        """Rows of the firms that an investor funded before the day."""
        return np.unique(self.past.funding.deal_firm[self.past.deal[self.past.column == investor]])

    def _holds(self, column: str, row: int, investor: int) -> bool:
        """Whether the column itself says more than usual: a sentence never says the opposite of its figure."""
        if column == "recent":
            return bool(self.past.lately[investor] > 0)
        return bool(self.found[investor, row] > 0)

    def _text(self, column: str, investor: int, firms: Ids) -> Text | None:
        past, funding = self.past, self.past.funding
        if column == "text":
            nearest = self.funded_firms(investor)
            deals = [words("reason.text_deal", firm=one.name, similarity=one.similarity, round=one.round,
                           date=dates_of(np.array([np.datetime64(one.date, "D").astype(np.int64)]))[0])
                     for one in nearest]  # fmt: skip
            return words("reason.text", deals=deals) if deals else None
        if column == "field":
            wanted = self.query.codes.indices[self.query.codes.data > 0]
            held = past.codes[firms][:, wanted] > 0
            shared = wanted[np.flatnonzero(np.asarray(held.sum(axis=0)).ravel())][:SHOWN]
            names = [self.labels.codes.get(str(code), str(code)) for code in funding.codes[shared]]
            count = int((np.asarray(held.sum(axis=1)).ravel() > 0).sum())
            return words("reason.field", codes=names, firms=count) if count else None
        if column == "region":
            region = int(self.query.region[0])
            own = self.query.firm[0]
            count = int((funding.region[firms[firms != own]] == region).sum())
            return words("reason.region", region=str(funding.regions[region]), firms=count) if count else None
        if column == "co_investors":
            own = np.flatnonzero(past.pairs[self.query.firm[0]].toarray()[0])
            own = own[~self.persons[past.investors[own]]]
            together = past.pairs[firms][:, own].toarray() > 0
            names = [str(name) for name in funding.investors[past.investors[own[together.any(axis=0)]]][:SHOWN]]
            return (
                words("reason.co_investors", investors=names, firms=int(together.any(axis=1).sum())) if names else None
            )
        if column == "round":
            return self._round(investor)
        latest = dates_of(past.last_day[[investor]])[0]
        if column == "recent":
            return words("reason.recent", recent=int(past.lately[investor]), date=latest)
        return words("reason.deals", deals=int(past.count[investor]), rank=int(self.popularity_rank[investor]),
                     known=len(past.count))  # fmt: skip

    def _round(self, investor: int) -> Text | None:
        past, funding = self.past, self.past.funding
        likely = int(past.next_rounds(self.query.firm[:1])[0].argmax())
        rounds = funding.kind_of_round[funding.deal_round[past.deal[past.column == investor]]]
        share = float((rounds == likely).mean())
        return words("reason.round", kind=words(f"kind.{funding.kinds[likely]}"), share=share) if share else None

    def _funded_firm(self, investor: int, firm: int) -> FundedFirm:
        past, funding = self.past, self.past.funding
        mine = past.deal[(past.column == investor) & (funding.deal_firm[past.deal] == firm)]
        latest = int(mine[funding.deal_day[mine].argmax()])
        day = funding.deal_day[latest]
        beside = past.deal[(funding.deal_firm[past.deal] == firm) & (funding.deal_day[past.deal] == day)]
        others: npt.NDArray[np.int64] = np.setdiff1d(funding.deal_investor[beside], funding.deal_investor[latest])
        others = others[~self.persons[others]]
        identifier = str(funding.firm_ids[firm])
        return FundedFirm(
            identifier,
            self.labels.firms.get(identifier, identifier),
            float(self.cosine[firm]),
            f"{dates_of(np.array([day]))[0]:%Y-%m-%d}",
            str(funding.rounds[funding.deal_round[latest]]),
            tuple(str(name) for name in funding.investors[others][:SHOWN]),
        )
