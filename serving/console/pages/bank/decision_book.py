"""A bank's decisions as one short row each: the newest by page, or all, kept in memory and read on from there."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary

from data.codebook import Codebook
from serving.decide.decisions import OVERRIDE, overridden_decisions, overrides_of
from serving.decide.freshness import fresh_until
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Ledger, Record


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of a bank.

    recorded_at : UTC; amount_wan, requested_wan : 10,000 yuan; expected_loss_cny : of the amount, over its tenor
    fresh_until : last day on which every source of the firm's data counts as fresh; None where none has delivered
    pd_12m, pd_low, pd_high, expected_loss_cny, lgd : None where no risk was calculated
    """

    audit_id: str
    recorded_at: str
    uscc: str
    product: str
    growth_stage: str
    outcome: str
    requested_wan: float
    amount_wan: int
    tenor_months: int
    limited_by: str
    annual_rate: float | None
    points: float | None
    pd_12m: float | None
    pd_low: float | None
    pd_high: float | None
    lgd: float | None
    expected_loss_cny: float | None
    valid_until: str | None
    fresh_until: date | None
    policy: str
    release: str


class DecisionBook:
    """The decisions and overrides of every bank of one ledger; asked for by bank."""

    def __init__(self, ledger: Ledger, codebook: Codebook) -> None:
        self._ledger, self._codebook = ledger, codebook
        self._lock = threading.Lock()
        self._read = {DECISION: 0, OVERRIDE: 0}
        self._decided: dict[str, list[Decided]] = {}
        self._overrides: dict[str, list[Record]] = {}

    def decided(self, bank_id: str) -> list[Decided]:
        """The bank's decisions, oldest first; raises LedgerError when the store does not answer."""
        self._refresh()
        return list(self._decided.get(bank_id, ()))

    def overrides(self, bank_id: str, now: datetime) -> list[dict[str, Any]]:
        """The bank's overrides as the API sends them, oldest first of each decision."""
        self._refresh()
        by_decision: dict[str, list[Record]] = {}
        for record in list(self._overrides.get(bank_id, ())):
            by_decision.setdefault(record.subject, []).append(record)
        return [one for records in by_decision.values() for one in overrides_of(records, now)]

    def overridden(self, bank_id: str) -> int:
        """How many of the bank's decisions were overridden."""
        self._refresh()
        return overridden_decisions(self._overrides.get(bank_id, ())).get(bank_id, 0)

    def _refresh(self) -> None:
        with self._lock:
            for record in self._ledger.scan(DECISION, self._read[DECISION]):
                self._decided.setdefault(record.owner, []).append(_row(record, self._codebook))
                self._read[DECISION] = record.seq
            for record in self._ledger.scan(OVERRIDE, self._read[OVERRIDE]):
                self._overrides.setdefault(record.owner, []).append(record)
                self._read[OVERRIDE] = record.seq


def newest(worker: Any, bank_id: str, after: int, count: int) -> tuple[list[Decided], int]:
    """The bank's newest decisions behind the first ``after``, and how many there are; only these records are read.

    Raises LedgerError when the store does not answer.
    """
    ledger, codebook = worker.ledger, worker.service.models.engine.codebook
    subjects = ledger.subjects(DECISION, bank_id, "", newest=True, after=after, limit=count)
    records = {record.subject: record for record in ledger.of_subjects(DECISION, subjects)}
    return [_row(records[subject], codebook) for subject in subjects], ledger.count(DECISION, bank_id, "")


def _row(record: Record, codebook: Codebook) -> Decided:
    content = record.content
    answer, request = content["answer"], content["request"]
    quota, risk = answer["quota"], answer["risk"] or {}
    return Decided(
        record.subject, record.recorded_at, request["uscc"], request["product"], answer["points"]["growth_stage"],
        answer["outcome"], request["requested_amount_cny"] / 10_000, quota["amount_wan"], quota["tenor_months"],
        quota["limited_by"], quota["annual_rate"], answer["points"]["total"], risk.get("pd_12m"), risk.get("pd_low"),
        risk.get("pd_high"), risk.get("lgd"), risk.get("expected_loss_cny"), quota["valid_until"],
        _fresh_until(content["inputs"], codebook), answer["versions"]["policy"], answer["release"],
    )  # fmt: skip


def _fresh_until(inputs: Mapping[str, Any], codebook: Codebook) -> date | None:
    days = {key: None if day is None else date.fromisoformat(day) for key, day in inputs["known_at"].items()}
    return fresh_until(days, codebook)


_BOOKS: WeakKeyDictionary[Any, DecisionBook] = WeakKeyDictionary()


def book_of(worker: Any) -> DecisionBook:
    """The book of a worker's ledger, made with the first use."""
    book = _BOOKS.get(worker)
    if book is None:
        book = _BOOKS[worker] = DecisionBook(worker.ledger, worker.service.models.engine.codebook)
    return book
