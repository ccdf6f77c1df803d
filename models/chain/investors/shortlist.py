"""From a patent's publication number to investors: a shortlist with reasons, or "unknown" and never a guess."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from data.chain.patent_numbers import parse_publication_number
from data.texts.figures import Text
from features.matching import clean_text
from models.chain.investors.columns import PastDeals
from models.chain.investors.funding import Doubles, Funding, Query, day_of, days_of
from models.chain.investors.model import InvestorModel
from models.chain.investors.reasons import FundedFirm, Labels, Reason, Reasons, words
from models.matching.index import Vectors

PATENTS, PATENT_CODES, INVESTORS, NAMES, LABELS = (
    "patents.parquet", "patent_codes.parquet", "investors.parquet", "names.parquet", "labels.parquet"
)  # fmt: skip
PERSON = "person"
COUNT = 50
NEAREST_SHOWN = 10  # funded firms nearest to the patent


class Encoder(Protocol):
    """What ``features.text.TextEncoder`` can do."""

    @property
    def digest(self) -> str: ...  # noqa: D102
    def encode(self, texts: Sequence[str], kind: Any) -> Vectors: ...  # noqa: D102


@dataclass(frozen=True)
class LoadedPatent:
    """A row of the loaded table of patents; what is missing there is empty."""

    publication_number: str
    title: str
    abstract: str
    ipc: tuple[str, ...]
    applicant_ids: tuple[str, ...]
    publication_date: str


@dataclass(frozen=True)
class Entry:
    """One investor of the list.

    probability, low, high : that it is among the firm's new investors within the model's window, if the firm gets any
    deals, popularity_rank, last_deal, funded_firms : None and empty for a person, of whom only the name is shown
    """

    rank: int
    investor: str
    kind: str | None
    probability: float
    low: float
    high: float
    deals: int | None
    popularity_rank: int | None
    last_deal: str | None
    funded_firms: tuple[FundedFirm, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Shortlist:
    """The answer for one number on one day; only deals and documents before the day are used.

    status : "found", "unknown_patent" (not in the loaded table, or published on the day or later) or "no_deals"
    nodes : code and weight of the patent's nodes and IPC subclasses; nearest_firms : (firm_id, name, cosine)
    by_activity : shares of the list among the most active tenth of the known investors, the next four, the other half
    popularity_as_good : whether the last test shows no gain over popularity; the notes then say so
    """

    publication_number: str
    status: str
    text: Text
    as_of: str
    patent: dict[str, Any] | None
    nodes: tuple[tuple[str, float], ...]
    nearest_firms: tuple[tuple[str, str, float], ...]
    investors: tuple[Entry, ...]
    by_activity: dict[str, float]
    popularity_as_good: bool
    comparison: dict[str, Any]
    notes: tuple[Text, ...]
    model: str

    def as_dict(self) -> dict[str, Any]:
        """Members as plain values; each text as text_zh and text_en."""
        made = asdict(self)
        made |= {"text_zh": self.text[0], "text_en": self.text[1]}
        made["nodes"] = [{"code": code, "weight": weight} for code, weight in self.nodes]
        made["nearest_firms"] = [
            {"firm_id": firm, "name": name, "similarity": cosine} for firm, name, cosine in self.nearest_firms
        ]
        made["notes"] = [{"text_zh": zh, "text_en": en} for zh, en in self.notes]
        for entry in made["investors"]:
            for one in entry["reasons"]:
                one |= {"text_zh": one.pop("zh"), "text_en": one.pop("en")}
        del made["text"]
        return made


class InvestorFinder:
    """Model, funding and the loaded table of patents.

    patents : publication_number in its normal form, title, abstract, ipc, applicant_ids (";" between), publication_date
    patent_codes : publication_number, code, weight, date, such as the nodes it is placed on; IPC is read from patents
    kinds : investor, kind
    """

    def __init__(
        self,
        model: InvestorModel,
        funding: Funding,
        patents: pd.DataFrame,
        patent_codes: pd.DataFrame,
        kinds: pd.DataFrame,
        labels: Labels,
        encoder: Encoder,
    ) -> None:
        self.model, self.funding, self.labels, self.encoder = model, funding, labels, encoder
        self.patents = patents.drop_duplicates("publication_number").set_index("publication_number")
        self.patent_codes = patent_codes.set_index("publication_number").sort_index(kind="stable")
        self.kinds = dict(zip(kinds["investor"].astype(str), kinds["kind"].astype(str), strict=True))
        self.persons = frozenset(name for name, kind in self.kinds.items() if kind == PERSON)
        self._kept: tuple[tuple[int, frozenset[str]], PastDeals] | None = None
        self._code_rows = {str(code): row for row, code in enumerate(funding.codes)}

    def save(self, folder: Path) -> None:
        """Write everything but the encoder."""
        self.model.save(folder)
        self.funding.save(folder)
        self.patents.reset_index().to_parquet(folder / PATENTS, index=False)
        self.patent_codes.reset_index().to_parquet(folder / PATENT_CODES, index=False)
        kinds = pd.DataFrame(sorted(self.kinds.items()), columns=["investor", "kind"])
        kinds.to_parquet(folder / INVESTORS, index=False)
        names = pd.DataFrame(sorted(self.labels.firms.items()), columns=["firm_id", "name"])
        names.to_parquet(folder / NAMES, index=False)
        rows = [(code, *text) for code, text in sorted(self.labels.codes.items())]
        pd.DataFrame(rows, columns=["code", "zh", "en"]).to_parquet(folder / LABELS, index=False)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> InvestorFinder:
        """What ``save`` wrote.

        raises : InvestorModelError, and DenseIndexError for vectors of another encoder
        """
        model = InvestorModel.load(folder)
        patents, patent_codes, kinds, names, labels = (
            pd.read_parquet(folder / name) for name in (PATENTS, PATENT_CODES, INVESTORS, NAMES, LABELS)
        )
        made = Labels(
            dict(zip(names["firm_id"], names["name"], strict=True)),
            {code: (zh, en) for code, zh, en in labels.itertuples(index=False)},
        )
        funding = Funding.load(folder, encoder.digest)
        return cls(model, funding, patents, patent_codes, kinds, made, encoder)

    def find(
        self, publication_number: str, as_of: dt.date, count: int = COUNT, without: Collection[str] = ()
    ) -> Shortlist:
        """Investors for a patent as of a day.

        count : investors, at most; without : ids of firms, such as those that have withdrawn, of which nothing is used
            or named
        raises : PatentNumberError for a number of unknown form
        """
        number = str(parse_publication_number(publication_number))
        day = day_of(as_of)
        left_out = frozenset(without)
        patent = self.patent(number, left_out)
        if patent is None or day_of(patent.publication_date) >= day:
            return self._empty(number, "unknown_patent", as_of)
        query, past = self.query(patent, day), self._past(day, left_out)
        if not len(past.investors):
            return self._empty(number, "no_deals", as_of)
        found = Reasons(self.model, past, query, self.labels, self.persons)
        order = np.lexsort((np.arange(len(found.log_odds)), -found.log_odds))
        order = order[found.allowed[order]][:count]
        entries = tuple(self._entry(found, rank, int(row)) for rank, row in enumerate(order, start=1))
        by_activity = shares_by_activity(found.activity_share[order])
        near = np.argsort(-found.cosine, kind="stable")[:NEAREST_SHOWN]
        ids = [str(self.funding.firm_ids[row]) for row in near if found.cosine[row] > 0]
        return Shortlist(
            number,
            "found",
            words("status.found", number=number, count=len(entries), date=as_of),
            as_of.isoformat(),
            asdict(patent),
            tuple((str(self.funding.codes[at]), float(query.codes[0, at])) for at in query.codes.indices),
            tuple((one, self.labels.firms.get(one, one), float(found.cosine[self.funding.rows[one]])) for one in ids),
            entries,
            by_activity,
            self.model.comparison.popularity_as_good,
            asdict(self.model.comparison),
            self._notes(query, by_activity),
            self.model.digest,
        )

    def patent(self, number: str, without: Collection[str] = ()) -> LoadedPatent | None:
        """The patent of a number in its normal form, applicants of ``without`` left out; None where there is none."""
        if number not in self.patents.index:
            return None
        row = self.patents.loc[number].to_dict()
        title, abstract = (str(row[name]) if isinstance(row[name], str) else "" for name in ("title", "abstract"))
        named = row["applicant_ids"].split(";") if isinstance(row["applicant_ids"], str) else []
        applicants = tuple(one for one in named if one not in without)
        ipc = tuple(row["ipc"].split(";")) if isinstance(row["ipc"], str) else ()
        return LoadedPatent(
            number, title, abstract, ipc, applicants, f"{pd.Timestamp(row['publication_date']):%Y-%m-%d}"
        )

    def query(self, patent: LoadedPatent, day: int) -> Query:
        """A patent as a query: its text, its codes that funded firms have, and its applicant among the known firms."""
        weights = {}
        if patent.publication_number in self.patent_codes.index:
            placed = self.patent_codes.loc[[patent.publication_number]]
            placed = placed[days_of(placed["date"]) < day]
            weights = dict(zip(placed["code"], placed["weight"], strict=True))
        weights |= dict.fromkeys(ipc_codes(patent.ipc), 1.0)
        rows = [(self._code_rows[code], weight) for code, weight in sorted(weights.items()) if code in self._code_rows]
        codes = sparse.csr_matrix(
            ([weight for _, weight in rows], ([0] * len(rows), [at for at, _ in rows])), (1, len(self.funding.codes))
        )
        firms = [self.funding.rows[one] for one in patent.applicant_ids if one in self.funding.rows]
        firm = firms[0] if firms else -1
        text = "。".join(clean_text(part) for part in (patent.title, patent.abstract) if part)
        vectors = self.encoder.encode([text] if text else [], "query")
        region = self.funding.region[firm] if firms else -1
        return Query(vectors, np.zeros(len(vectors), np.int64), codes, np.array([region]), np.array([firm]))

    def _past(self, day: int, without: frozenset[str]) -> PastDeals:
        """The deals before the day; those of the last call are kept, for most questions are of the same day."""
        kept = self._kept
        if kept is None or kept[0] != (day, without):
            rows = [self.funding.rows[one] for one in without if one in self.funding.rows]
            kept = self._kept = ((day, without), PastDeals(self.funding, day, self.model.params, rows))
        return kept[1]

    def _entry(self, found: Reasons, rank: int, row: int) -> Entry:
        past = found.past
        name = str(self.funding.investors[past.investors[row]])
        kind = self.kinds.get(name)
        chances = self.model.band(float(found.log_odds[row])).probability
        if kind == PERSON:
            reason = Reason("person", 0.0, *words("reason.person"))
            return Entry(rank, name, kind, *chances, None, None, None, (), (reason,))
        last = str(np.datetime64(int(past.last_day[row]), "D"))
        facts = (int(past.count[row]), int(found.popularity_rank[row]), last)
        return Entry(rank, name, kind, *chances, *facts, tuple(found.funded_firms(row)), tuple(found.of(row)))

    def _notes(self, query: Query, by_activity: dict[str, float]) -> tuple[Text, ...]:
        comparison = self.model.comparison
        figures = {"firms": comparison.firms, "gain": comparison.gain, "low": comparison.low, "high": comparison.high}
        key = "popularity_as_good" if comparison.popularity_as_good else "better_than_popularity"
        notes = [words(f"note.{key}", **figures), words("note.probability", days=self.model.window_days)]
        notes.append(words("note.unseen", share=comparison.unseen_share))
        notes.append(words("note.by_activity", top=by_activity["top_tenth"], lower=by_activity["lower_half"]))
        if not query.codes.nnz:
            notes.append(words("note.no_class"))
        if query.firm[0] < 0:
            notes.append(words("note.no_applicant"))
        return tuple(notes)

    def _empty(self, number: str, status: str, as_of: dt.date) -> Shortlist:
        comparison = self.model.comparison
        text = words(f"status.{status}", number=number, date=as_of)
        facts = (comparison.popularity_as_good, asdict(comparison), (), self.model.digest)
        return Shortlist(number, status, text, as_of.isoformat(), None, (), (), (), {}, *facts)


def ipc_codes(ipc: Sequence[str]) -> list[str]:
    """Codes of the subclasses of IPC codes: H04N21/44 and H04N7/18 give ipc:H04N."""
    return sorted({f"ipc:{one.strip()[:4]}" for one in ipc if one.strip()})


def shares_by_activity(activity_share: Doubles) -> dict[str, float]:
    """Shares of a list among the most active tenth of the known investors, the next four tenths, and the other half.

    activity_share : of each investor of the list, its mid-rank by activity over the number of known investors
    """
    top, lower = (float(part.mean()) if len(part) else 0.0 for part in (activity_share <= 0.1, activity_share > 0.5))
    return {"top_tenth": top, "next_four_tenths": float(len(activity_share) > 0) - top - lower, "lower_half": lower}
