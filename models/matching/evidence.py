"""Evidence of a line: the passage that matched, with the words that it shares with the query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from features.matching import mark_words
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
    library: Library, lines: Sequence[tuple[str, int]], query_words: Sequence[str]
) -> list[tuple[Evidence, ...]]:
    """Evidence of each line, in order.

    Firms with one text word for word are different firms and keep their ranks; a line whose passage a line above has
    too shows another passage of its own firm beside it, the one with the most letters of the query's words.
    lines : firm and number of its best passage
    """
    seen: set[str] = set()
    made = []
    for firm, passage in lines:
        own = [evidence_of(library, passage, query_words)]
        if own[0].passage in seen:
            others = [evidence_of(library, one, query_words) for one in library.passages_of(firm)]
            new = [one for one in others if one.passage not in seen]
            own += sorted(new, key=lambda one: -sum(end - start for start, end in one.marks))[:1]
        seen.update(one.passage for one in own)
        made.append(tuple(own))
    return made
