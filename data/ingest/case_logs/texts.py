"""Why a row of a log is refused, and how its time was read, in Chinese and English."""

from __future__ import annotations

from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import read_sentences

SENTENCES = "approvals/sentences_logs.csv"


def refusal_text(reason: str) -> Text:
    """The text of a reason of ``Quarantined``; raises KeyError."""
    return read_sentences(reference_path(SENTENCES))[f"refused.{reason}"].fill({})


def instant_text(mark: str) -> Text:
    """The text of a mark of ``Instant``; raises KeyError."""
    return read_sentences(reference_path(SENTENCES))[f"instant.{mark}"].fill({})
