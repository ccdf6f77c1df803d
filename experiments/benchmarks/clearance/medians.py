"""What the pipeline recovers of simulated declarations: stage medians, and the contradictions that were planted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.clearance.records import CLIENT_SEQ_NO, CaseEvent, MessageError
from data.ingest.messages.read import read_message
from data.synthetic.clearance import ClearanceCohort, messages
from data.synthetic.clearance_truth import recovered_contradictions, recovered_medians
from models.clearance.fold import fold_table
from models.clearance.group import group_ids
from models.clearance.table import Arrived, tables

TOLERANCE = 0.05  # of a stage median, overall and by office


@dataclass(frozen=True, slots=True)
class Recovery:
    """Messages read and refused by reason; the tables of ``recovered_medians`` and ``recovered_contradictions``."""

    n_messages: int
    refused: dict[str, int]
    medians: pd.DataFrame
    contradictions: pd.DataFrame

    @property
    def largest_error(self) -> float:
        """Of the found medians against those of the durations drawn: the largest relative one."""
        return float((self.medians["ratio"] - 1).abs().max())

    def record(self) -> dict[str, Any]:
        """The figures for a record of benchmarks."""
        planted = self.medians.loc[self.medians["office"] == ""].set_index("stage")
        return {
            "messages": self.n_messages,
            "refused": self.refused,
            "tolerance": TOLERANCE,
            "largest_error": self.largest_error,
            "within": self.largest_error <= TOLERANCE,
            "largest_error_overall_to_planted": float((planted["ratio_to_planted"] - 1).abs().max()),
            "medians": self.medians.to_dict("records"),
            "contradictions": self.contradictions.to_dict("records"),
        }


def recover(cohort: ClearanceCohort) -> Recovery:
    """Read the messages of a cohort, fold them, and compare with what was planted."""
    arrived: list[Arrived] = []
    refused: Counter[str] = Counter()
    for one in messages(cohort):
        try:
            arrived.append(Arrived(one.received_at, "simulator", True, read_message(one.raw)))
        except MessageError as fault:
            refused[fault.code] += 1
    found = tables(arrived).declarations
    return Recovery(
        len(arrived) + refused.total(),
        dict(sorted(refused.items())),
        recovered_medians(found, cohort.declarations),
        recovered_contradictions(_contradictions(arrived), cohort.declarations),
    )


def _contradictions(arrived: list[Arrived]) -> dict[str, set[str]]:
    """Codes of the contradictions found, by the declarant's own number."""
    events: list[CaseEvent] = [event for one in arrived for part in one.message.opened for event in part.events]
    ids = group_ids(events).ids
    folded = fold_table(events, ids)
    found: dict[str, set[str]] = {}
    for index, event in zip(ids.tolist(), events, strict=True):
        own = dict(event.keys).get(CLIENT_SEQ_NO)
        if own and index in folded.contradictions:
            found[own] = {one.code for one in folded.contradictions[index]}
    return found
