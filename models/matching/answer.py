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
from typing import Literal

import jieba
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.growth_stages import GROWTH_STAGES
from data.matching import Demand
from data.sizes import SIZE_CLASSES
from data.texts.figures import Text
from data.texts.sentences import label, sentence
from features.matching import QUERY_CHARACTERS, clean_text, query_fault, words
from features.technical_codes import technical_codes
from features.text import TextEncoder
from models.content_digest import content_digest
from models.matching.columns import DEPTH, Candidates, candidates_of
from models.matching.confidence import Confidence
from models.matching.evidence import Evidence, distinct_evidence
from models.matching.filters import Filtered, filter_demands, filter_suppliers
from models.matching.lexical import CharacterLeg
from models.matching.library import VECTORS, Floats, Library
from models.matching.query_vectors import QueryVectors
from models.matching.ranked import Ranked, RankedDemands, rank_candidates
from models.matching.ranker import Doubles, Ranker
from models.matching.wording import Reason, reasons

ENCODER, LIBRARY, MODEL, DEMANDS, CARD = "encoder", "library", "model", "demands", "matching.json"
SAME_DEMAND = 0.8  # cosine of character n-grams, weighed as in the library, from which on two demands of a list are one


class MatcherError(ValueError):
    """A folder holds no matching, or its parts do not belong together; the message names the part."""


@dataclass(frozen=True)
class Candidate:
    """One line of a list: a firm for a demand, or a demand for a firm.

    probability : calibrated, of being relevant; same_as : demands of nearly the same text that this line stands in for
    evidence : the passage that matched best; where a line above has the same text, a passage of the firm's own
               follows, and where it lacks exact codes of the query that the firm names elsewhere, the passage with them
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
    """The loaded parts; safe for many readers, ``withdraw`` from one thread at a time.

    queries : vectors of demands on file
    """

    encoder: TextEncoder | None
    library: Library
    ranker: Ranker
    confidence: Confidence
    error_rate: float
    library_digest: str = ""
    queries: QueryVectors | None = None
    _ranked: RankedDemands = field(default_factory=RankedDemands, init=False, repr=False)

    def __post_init__(self) -> None:
        self.library.check_encoder(self.encoder)
        jieba.initialize()
        self.queries = self.queries or QueryVectors(self.library.encoder_digest)
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
    def load(cls, folder: Path, threads: int = 2, index_url: str | None = None) -> Matcher:
        """Read encoder/ (if the library has one), library/ and model/; raises MatcherError or a part's own error.

        index_url : a PostgreSQL with pgvector that holds the passages' vectors in place of this process
        """
        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            rate, digest = float(card["error_rate"]), str(card["library_digest"])
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise MatcherError(f"{folder.name}/{CARD} is missing or cannot be read: {fault!r}") from fault
        library = Library.load(folder / LIBRARY, with_vectors=index_url is None)
        if index_url is not None and library.encoder_digest:
            from models.matching.shared_index import open_shared  # the driver is loaded only where it is used

            library.meaning = open_shared(index_url, library, digest, folder / LIBRARY / VECTORS)
        encoder = TextEncoder.load(folder / ENCODER, threads) if library.encoder_digest else None
        return cls(
            encoder,
            library,
            Ranker.load(folder / MODEL, library.encoder_digest),
            Confidence.load(folder / MODEL),
            rate,
            digest,
            QueryVectors.load(folder / DEMANDS, library.encoder_digest),
        )

    def save(self, folder: Path) -> None:
        """Write library/, demands/, model/ and the card; the encoder's folder is copied by whoever made it."""
        self.library.save(folder / LIBRARY)
        if self.queries is not None and self.queries.vectors:
            self.queries.save(folder / DEMANDS)
        self.ranker.save(folder / MODEL)
        self.confidence.save(folder / MODEL)
        self.save_card(folder)

    def save_card(self, folder: Path) -> None:
        """Write the card alone."""
        card = {"error_rate": self.error_rate, "library_digest": self.library_digest}
        (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def firms(self) -> list[str]:
        """The library's firms that have not withdrawn."""
        return [str(one) for one in self.library.firms.loc[~self.library.withdrawn, "enterprise_id"]]

    def group(self, name: Literal["startup", "small"], firms: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which of the firms are of the growth stage ``startup``, or micro or small; not where it is not known."""
        known = self.library.firms.set_index("enterprise_id").reindex(pd.Index(firms))
        if name == "startup":
            return (known["growth_stage"] == GROWTH_STAGES.index("startup")).to_numpy()
        return known["size_class"].isin([SIZE_CLASSES.index("micro"), SIZE_CLASSES.index("small")]).to_numpy()

    def withdraw(self, enterprise_id: str) -> bool:
        """Take a firm out at once; False where the library has no such firm."""
        done = self.library.withdraw(enterprise_id)
        self._ranked.forget()
        return done

    def suppliers(
        self,
        demand: Demand,
        day: dt.date,
        k: int = 10,
        exclude: Collection[str] = (),
        competitors: Collection[str] = (),
    ) -> MatchAnswer:
        """Firms for a demand; exclude : firms that are not wanted; competitors : of the firm that asks."""
        query_facts = pd.DataFrame({"district": [demand.district], "as_of": [pd.Timestamp(day)]})
        return self._firms(demand_text(demand), query_facts, demand, day, k, exclude, competitors)

    def search(self, text: str, day: dt.date, k: int = 10, exclude: Collection[str] = ()) -> MatchAnswer:
        """Firms for a text."""
        return self._firms(text, pd.DataFrame({"as_of": [pd.Timestamp(day)]}), None, day, k, exclude)

    def demands(
        self,
        enterprise_id: str,
        demands: Sequence[Demand],
        k: int = 10,
        least_budget_wan: float | None = None,
    ) -> MatchAnswer:
        """Demands for a firm of the library, by the probability that the firm is relevant to each.

        demands : open ones of other firms, which the firm may see
        least_budget_wan : below which the firm does not work, in 10,000 yuan; a demand without a budget stays
        A demand for which the firm is no candidate is not listed; nearly equal demands are one line.
        raises : LookupError where the library has no such firm
        """
        firm = self._number(enterprise_id)
        allowed = filter_demands(demands, least_budget_wan)
        kept = [one for one, stays in zip(demands, allowed.kept, strict=True) if stays]
        rows = [(demand, one, one.row_of(firm)) for demand, one in zip(kept, self._ranked_demands(kept), strict=True)]
        found = [(demand, one, row) for demand, one, row in rows if row is not None]
        found.sort(key=lambda one: -float(one[1].probability[one[2]]))  # equal ones stay in the order given
        best = float(found[0][1].probability[found[0][2]]) if found else 0.0
        shown: list[Candidate] = []
        for members in self._alike([demand_text(demand) for demand, _, _ in found])[:k]:
            demand, one, row = found[members[0]]
            (evidence,) = self._evidence(clean_text(demand_text(demand)), [(enterprise_id, int(one.passage[row]))])
            line = self._line(one, row, evidence)
            same = tuple(found[other][0].demand_id for other in members[1:])
            shown.append(replace(line, demand_id=demand.demand_id, rank=len(shown) + 1, same_as=same))
        note = "match.note.proposed" if shown else "match.note.none"
        return MatchAnswer(tuple(shown), False, self.error_rate, best, allowed.counts, label(note))

    def probabilities(self, demands: Sequence[Demand], firms: Sequence[str]) -> Doubles:
        """Calibrated probability of each pair, shape (demands, firms).

        A firm that is no candidate of a demand has at most the probability of its last candidate, and gets it.
        """
        table = np.zeros((len(demands), len(firms)))
        numbers = pd.Index(self.library.firms["enterprise_id"]).get_indexer(pd.Index(firms))
        for row, one in zip(table, self._ranked_demands(demands), strict=True):
            least = float(one.probability.min()) if len(one.firm) else 0.0
            every = np.full(len(self.library.firms), least)
            every[one.firm] = one.probability
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

    def _ranked_demands(self, demands: Sequence[Demand]) -> list[Ranked]:
        """Candidates of demands on file; what is not known yet is encoded and ranked in one pass."""

        def compute(places: Sequence[int]) -> list[Ranked]:
            chosen = [demands[place] for place in places]
            texts = [clean_text(demand_text(one)) for one in chosen]
            query_facts = pd.DataFrame(
                {"district": [one.district for one in chosen], "as_of": [pd.Timestamp(one.as_of) for one in chosen]}
            )
            vectors = None
            if self.encoder is not None and self.queries is not None:
                vectors = self.queries.encode(texts, self.encoder)
            candidates = candidates_of(self.library, texts, vectors, query_facts)
            return rank_candidates(self.ranker, self.confidence, candidates)

        return self._ranked.of([(demand_text(one), one.district, one.as_of) for one in demands], compute)

    def _alike(self, texts: Sequence[str]) -> list[list[int]]:
        """Places of the texts, nearly equal ones together with the first of them, in the order of the first ones."""
        leg = self.library.legs["characters_unit"]
        if not texts or not isinstance(leg, CharacterLeg):
            return [[place] for place in range(len(texts))]
        rows = leg.rows([clean_text(text) for text in texts])
        alike = (rows @ rows.T).toarray() >= SAME_DEMAND
        groups: dict[int, list[int]] = {}
        for place in range(len(texts)):
            first = next((kept for kept in groups if alike[place, kept]), place)
            groups.setdefault(first, []).append(place)
        return list(groups.values())

    def _firms(
        self,
        text: str,
        query_facts: pd.DataFrame,
        demand: Demand | None,
        day: dt.date,
        k: int,
        exclude: Collection[str],
        competitors: Collection[str] = (),
    ) -> MatchAnswer:
        plain = clean_text(text)[:QUERY_CHARACTERS]
        if fault := query_fault(plain):
            return self._none(f"match.note.{fault}")
        depth = DEPTH + len({*exclude, *competitors})
        every = candidates_of(self.library, [plain], self._vectors([plain]), query_facts, depth=depth)
        firms = self.library.firm_ids[every.firm]
        allowed: Filtered = filter_suppliers(firms.tolist(), demand, day, exclude, competitors)
        candidates = _rows(every, np.flatnonzero(allowed.kept), 0)
        if not len(candidates.firm):
            return replace(self._none("match.note.none"), filtered=allowed.counts)
        (ranked,) = rank_candidates(self.ranker, self.confidence, candidates)
        any_of_three = ranked.any_of_three
        if not self.confidence.answers(np.array([any_of_three]), self.error_rate)[0]:
            note = sentence("match.note.abstained", share=self.error_rate)
            return MatchAnswer((), True, self.error_rate, any_of_three, allowed.counts, note)
        rows = np.argsort(-ranked.score, kind="stable")[:k].tolist()
        best = [(str(self.library.firm_ids[ranked.firm[row]]), int(ranked.passage[row])) for row in rows]
        lines = [self._line(ranked, row, one) for row, one in zip(rows, self._evidence(plain, best), strict=True)]
        found = reasons(self.ranker, candidates, rows)
        shown = tuple(
            replace(line, rank=place, reasons=tuple(why))
            for place, (line, why) in enumerate(zip(lines, found, strict=True), start=1)
        )
        return MatchAnswer(shown, False, self.error_rate, any_of_three, allowed.counts, label("match.note.proposed"))

    def _evidence(self, plain: str, lines: Sequence[tuple[str, int]]) -> list[tuple[Evidence, ...]]:
        return distinct_evidence(self.library, lines, words(plain), technical_codes(plain))

    def _none(self, note: str) -> MatchAnswer:
        return MatchAnswer((), True, self.error_rate, 0.0, {}, label(note))

    def _line(self, ranked: Ranked, row: int, evidence: tuple[Evidence, ...]) -> Candidate:
        enterprise = str(self.library.firm_ids[ranked.firm[row]])
        score, probability = float(ranked.score[row]), float(ranked.probability[row])
        return Candidate(enterprise, None, ranked.rank(row), score, probability, evidence, ())


def demand_text(demand: Demand) -> str:
    """What of a demand is compared: title, problem and requirement."""
    return "。".join(part for part in (demand.title, demand.problem, demand.requirement) if part)


def _rows(every: Candidates, rows: slice | npt.NDArray[np.int64], query: int) -> Candidates:
    """Some rows of one query, as candidates of that query alone."""
    firm = every.firm[rows]
    return Candidates(
        np.array([0, len(firm)], dtype=np.int64), firm, every.passage[rows], every.columns[rows], every.queries[[query]]
    )
