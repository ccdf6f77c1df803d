"""Evidence of a line: the passage that matched, with the words that it shares with the query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from features.matching import mark_words
from features.technical_codes import technical_codes
from models.matching.library import Library


@dataclass(frozen=True)
class Evidence:
    """A passage that matched; ``marks`` are the (start, end) of its words that the demand uses too.

    shared_by : other firms of the library that have a passage of exactly this text
    """

    document_id: str
    kind: str
    title: str
    passage: str
    marks: tuple[tuple[int, int], ...]
    shared_by: int = 0


def evidence_of(library: Library, passage: int, query_words: Sequence[str]) -> Evidence:
    """Of one passage of the library, by its number."""
    row = library.passages.iloc[passage]
    document = library.documents.iloc[int(library.document_of[passage])]
    title = document["title"] if isinstance(document["title"], str) else ""
    text, shared = str(row["text"]), library.firms_with_text(passage) - 1
    return Evidence(str(row["document_id"]), str(row["kind"]), title, text, mark_words(text, query_words), shared)


def distinct_evidence(
    library: Library,
    lines: Sequence[tuple[str, int]],
    query_words: Sequence[str],
    codes: frozenset[str] = frozenset(),
) -> list[tuple[Evidence, ...]]:
    """Evidence of each line, in order.

    Firms with one text word for word are different firms and keep their ranks; a line whose passage a line above has
    too shows another passage of its own firm beside it, the one with the most letters of the query's words. Where
    the best passage lacks exact codes of the query that other passages of the firm name, the one with most of these
    is beside it.
    lines : firm and number of its best passage; codes : of the query, as ``technical_codes`` gives them
    """
    seen: set[str] = set()
    made = []
    for firm, passage in lines:
        own = [evidence_of(library, passage, query_words)]
        coded = _with_codes(library, firm, codes - technical_codes(own[0].passage))
        if own[0].passage in seen:
            others = [evidence_of(library, one, query_words) for one in library.passages_of(firm)]
            new = [one for one in others if one.passage not in seen]
            own += sorted(new, key=lambda one: -sum(end - start for start, end in one.marks))[:1]
        if coded is not None and library.passages["text"].iloc[coded] not in [one.passage for one in own]:
            own.append(evidence_of(library, coded, query_words))
        seen.update(one.passage for one in own)
        made.append(tuple(own))
    return made


def _with_codes(library: Library, firm: str, codes: frozenset[str]) -> int | None:
    """The firm's first passage with most of the codes; None where none has one."""
    if not codes:
        return None
    named = {one: len(codes & technical_codes(library.passages["text"].iloc[one])) for one in library.passages_of(firm)}
    best = max(named, key=lambda one: named[one])
    return best if named[best] else None
