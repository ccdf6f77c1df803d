"""One answer of matching: firms for a demand or a text, or demands for a firm.

Each line has the passage that matched, reasons and a probability.
``Matcher`` holds everything that an answer needs: encoder, library, ranker and confidence, each checked against the
others when it is loaded. It decides nothing about who may see what: that is the caller's.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import jieba
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.matching import Demand
from data.texts.figures import Text
from data.texts.sentences import label, sentence
from features.matching import QUERY_CHARACTERS, clean_text, mark_words, query_fault, words
from features.text import TextEncoder
from models.content_digest import content_digest
from models.matching.columns import DEPTH, Candidates, candidates_of
from models.matching.confidence import Confidence, confidence_columns
from models.matching.filters import Filtered, filter_demands, filter_suppliers
from models.matching.lexical import CharacterLeg
from models.matching.library import Floats, Library
from models.matching.ranker import Doubles, Ranker, order_of
from models.matching.wording import Reason, reasons

ENCODER, LIBRARY, MODEL, CARD = "encoder", "library", "model", "matching.json"
SAME_DEMAND = 0.8  # cosine of character n-grams from which on two demands of one list are one


class MatcherError(ValueError):
    """A folder holds no matching, or its parts do not belong together; the message names the part."""


@dataclass(frozen=True)
class Evidence:
    """A passage that matched; ``marks`` are the (start, end) of its words that the demand uses too."""

    document_id: str
    kind: str
    title: str
    passage: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Candidate:
    """One line of a list: a firm for a demand, or a demand for a firm.

    probability : calibrated, of being relevant; same_as : demands of nearly the same text that this line stands in for
    """

    enterprise_id: str
    demand_id: str | None
    rank: int
    match_score: float
    probability: float
    evidence: tuple[Evidence, ...]
    reasons: tuple[Reason, ...]
    same_as: tuple[str, ...] = ()


@dataclass(frozen=True)
class MatchAnswer:
    """A list, best first.

    abstained  : no supplier in the library is likely; the list is empty then
    error_rate : where firms are proposed, the promised share of lists without a relevant firm among the first three
    probability_of_any : that one of the first three is relevant, were they shown
    filtered   : how many candidates each rule of the zone took out
    """

    candidates: tuple[Candidate, ...]
    abstained: bool
    error_rate: float
    probability_of_any: float
    filtered: Mapping[str, int]
    note: Text


@dataclass
class Matcher:
    """The loaded parts; safe for many readers, ``withdraw`` from one thread at a time."""

    encoder: TextEncoder | None
    library: Library
    ranker: Ranker
    confidence: Confidence
    error_rate: float
    library_digest: str = field(default="")

    def __post_init__(self) -> None:
        self.library.check_encoder(self.encoder)
        jieba.initialize()
        if not self.library_digest:
            self.library_digest = content_digest(self.library.passages["text"].tolist())

    @property
    def model_version(self) -> str:
        """Of ranker and confidence: the same version gives the same list of the same library."""
        return content_digest([self.ranker.digest, self.confidence.digest, self.error_rate])

    @property
    def encoder_digest(self) -> str:
        """The encoder's, or ``none``."""
        return self.library.encoder_digest or "none"

    @classmethod
    def load(cls, folder: Path, threads: int = 2) -> Matcher:
        """Read encoder/ (if the library has one), library/ and model/; raises MatcherError or a part's own error."""
        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            rate, digest = float(card["error_rate"]), str(card["library_digest"])
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise MatcherError(f"{folder.name}/{CARD} is missing or cannot be read: {fault!r}") from fault
        library = Library.load(folder / LIBRARY)
        encoder = TextEncoder.load(folder / ENCODER, threads) if library.encoder_digest else None
        return cls(
            encoder,
            library,
            Ranker.load(folder / MODEL, library.encoder_digest),
            Confidence.load(folder / MODEL),
            rate,
            digest,
        )

    def save(self, folder: Path) -> None:
        """Write library/, model/ and the card; the encoder's folder is copied by whoever made it."""
        self.library.save(folder / LIBRARY)
        self.ranker.save(folder / MODEL)
        self.confidence.save(folder / MODEL)
        card = {"error_rate": self.error_rate, "library_digest": self.library_digest}
        (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def firms(self) -> list[str]:
        """The library's firms that have not withdrawn."""
        return [str(one) for one in self.library.firms.loc[~self.library.withdrawn, "enterprise_id"]]

    def withdraw(self, enterprise_id: str) -> bool:
        """Take a firm out at once; False where the library has no such firm."""
        return self.library.withdraw(enterprise_id)

    def suppliers(self, demand: Demand, day: dt.date, k: int = 10, exclude: Collection[str] = ()) -> MatchAnswer:
        """Firms for a demand."""
        query_facts = pd.DataFrame({"district": [demand.district], "as_of": [pd.Timestamp(day)]})
        return self._firms(demand_text(demand), query_facts, demand, day, k, exclude)

    def search(self, text: str, day: dt.date, k: int = 10, exclude: Collection[str] = ()) -> MatchAnswer:
        """Firms for a text."""
        return self._firms(text, pd.DataFrame({"as_of": [pd.Timestamp(day)]}), None, day, k, exclude)

    def demands(self, enterprise_id: str, demands: Sequence[Demand], day: dt.date, k: int = 10) -> MatchAnswer:
        """Open demands for a firm of the library, by the probability that the firm is relevant to each.

        A demand for which the firm is no candidate is not listed; nearly equal demands are one line.
        raises : LookupError where the library has no such firm
        """
        firm = self._number(enterprise_id)
        allowed = filter_demands(demands, enterprise_id, day)
        kept = [one for one, stays in zip(demands, allowed.kept, strict=True) if stays]
        lines, probabilities = [], []
        for demand, candidates, probability in self._each(kept):
            if len(row := np.flatnonzero(candidates.firm == firm)):
                scores = self.ranker.scores(candidates)
                line = self._line(
                    candidates, int(row[0]), scores, float(probability[row[0]]), words(clean_text(demand_text(demand)))
                )
                lines.append(replace(line, demand_id=demand.demand_id))
                probabilities.append(line.probability)
        order = np.argsort(-np.array(probabilities, dtype=float), kind="stable")
        texts = {one.demand_id: demand_text(one) for one in kept}
        ranked = _once([lines[place] for place in order], texts)[:k]
        ranked = [replace(line, rank=place) for place, line in enumerate(ranked, start=1)]
        note = "match.note.proposed" if ranked else "match.note.none"
        best = max(probabilities, default=0.0)
        return MatchAnswer(tuple(ranked), False, self.error_rate, best, allowed.counts, label(note))

    def probabilities(self, demands: Sequence[Demand], firms: Sequence[str]) -> Doubles:
        """Calibrated probability of each pair, shape (demands, firms).

        A firm that is no candidate of a demand has at most the probability of its last candidate, and gets it.
        """
        table = np.zeros((len(demands), len(firms)))
        numbers = pd.Index(self.library.firms["enterprise_id"]).get_indexer(pd.Index(firms))
        for row, (_, candidates, probability) in zip(table, self._each(demands), strict=True):
            every = np.full(len(self.library.firms), float(probability.min(initial=0.0)) if len(probability) else 0.0)
            every[candidates.firm] = probability
            every[self.library.withdrawn] = 0.0
            row[:] = np.where(numbers >= 0, every[numbers], 0.0)
        return table

    def _number(self, enterprise_id: str) -> int:
        places = np.flatnonzero((self.library.firms["enterprise_id"] == enterprise_id) & ~self.library.withdrawn)
        if not len(places):
            raise LookupError(f"{enterprise_id} is no firm of the library")
        return int(places[0])

    def _vectors(self, texts: Sequence[str]) -> Floats | None:
        return None if self.encoder is None else self.encoder.encode(texts, "query")

    def _each(self, demands: Sequence[Demand]) -> list[tuple[Demand, Candidates, Doubles]]:
        """Candidates of each demand and their probabilities."""
        if not demands:
            return []
        texts = [clean_text(demand_text(one)) for one in demands]
        query_facts = pd.DataFrame(
            {"district": [one.district for one in demands], "as_of": [pd.Timestamp(one.as_of) for one in demands]}
        )
        every = candidates_of(self.library, texts, self._vectors(texts), query_facts)
        found = []
        for number, demand in enumerate(demands):
            mine = _rows(every, slice(every.start[number], every.start[number + 1]), number)
            found.append((demand, mine, self._probability(mine)[0]))
        return found

    def _probability(self, candidates: Candidates) -> tuple[Doubles, float]:
        """Of each candidate of one query, and that one of the first three is relevant."""
        scores = self.ranker.scores(candidates)
        columns = confidence_columns(candidates, scores)
        order = order_of(scores, candidates)[0]
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(1, len(order) + 1)
        first = self.confidence.first.probability(columns)
        gap = scores.max(initial=-np.inf) - scores if len(scores) else scores
        shown = self.confidence.shown(np.repeat(first, len(scores)), gap, rank)
        return shown, float(self.confidence.any_of_three.probability(columns)[0])

    def _firms(
        self,
        text: str,
        query_facts: pd.DataFrame,
        demand: Demand | None,
        day: dt.date,
        k: int,
        exclude: Collection[str],
    ) -> MatchAnswer:
        plain = clean_text(text)[:QUERY_CHARACTERS]
        if fault := query_fault(plain):
            return self._none(f"match.note.{fault}")
        every = candidates_of(self.library, [plain], self._vectors([plain]), query_facts, depth=DEPTH + len(exclude))
        firms = self.library.firm_ids[every.firm]
        allowed: Filtered = filter_suppliers(firms.tolist(), demand, day, exclude)
        candidates = _rows(every, np.flatnonzero(allowed.kept), 0)
        if not len(candidates.firm):
            return replace(self._none("match.note.none"), filtered=allowed.counts)
        probability, any_of_three = self._probability(candidates)
        if not self.confidence.answers(np.array([any_of_three]), self.error_rate)[0]:
            note = sentence("match.note.abstained", share=self.error_rate)
            return MatchAnswer((), True, self.error_rate, any_of_three, allowed.counts, note)
        scores = self.ranker.scores(candidates)
        rows = order_of(scores, candidates)[0][:k]
        sought_words = words(plain)
        lines = [self._line(candidates, int(row), scores, float(probability[row]), sought_words) for row in rows]
        found = reasons(self.ranker, candidates, [int(row) for row in rows])
        shown = tuple(
            replace(line, rank=place, reasons=tuple(why))
            for place, (line, why) in enumerate(zip(lines, found, strict=True), start=1)
        )
        return MatchAnswer(shown, False, self.error_rate, any_of_three, allowed.counts, label("match.note.proposed"))

    def _none(self, note: str) -> MatchAnswer:
        return MatchAnswer((), True, self.error_rate, 0.0, {}, label(note))

    def _line(
        self, candidates: Candidates, row: int, scores: Doubles, probability: float, query_facts: Sequence[str]
    ) -> Candidate:
        library, firm, first = self.library, int(candidates.firm[row]), int(candidates.passage[row])
        evidence = self._evidence(first, query_facts)
        rank = int((scores > scores[row]).sum()) + 1
        enterprise = str(library.firm_ids[firm])
        return Candidate(enterprise, None, rank, float(scores[row]), probability, (evidence,), ())

    def _evidence(self, passage: int, query_words: Sequence[str]) -> Evidence:
        row = self.library.passages.iloc[passage]
        document = self.library.documents.iloc[int(self.library.document_of[passage])]
        title = document["title"] if isinstance(document["title"], str) else ""
        text = str(row["text"])
        return Evidence(str(row["document_id"]), str(row["kind"]), title, text, mark_words(text, query_words))


def demand_text(demand: Demand) -> str:
    """What of a demand is compared: title, problem and requirement."""
    return "。".join(part for part in (demand.title, demand.problem, demand.requirement) if part)


def _rows(every: Candidates, rows: slice | npt.NDArray[np.int64], query: int) -> Candidates:
    """Some rows of one query, as candidates of that query alone."""
    firm = every.firm[rows]
    return Candidates(
        np.array([0, len(firm)], dtype=np.int64), firm, every.passage[rows], every.columns[rows], every.queries[[query]]
    )


def _once(lines: Sequence[Candidate], texts: Mapping[str, str]) -> list[Candidate]:
    """The lines with each group of nearly equal demands as its first line."""
    if not lines:
        return []
    words_of = [clean_text(texts[str(one.demand_id)]) for one in lines]
    alike = CharacterLeg.fit(words_of).scores(words_of) >= SAME_DEMAND
    shown: list[Candidate] = []
    taken: dict[int, int] = {}
    for place, line in enumerate(lines):
        first = next((kept for kept in taken if alike[place, kept]), None)
        if first is None:
            taken[place] = len(shown)
            shown.append(line)
        else:
            kept = shown[taken[first]]
            shown[taken[first]] = replace(kept, same_as=(*kept.same_as, str(line.demand_id)))
    return shown
