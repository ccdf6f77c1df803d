"""How many of a bank's grants its loss certificate has covered so far: it holds for the next N loans, not for more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from data.money import CNY_PER_WAN
from data.requests import Grant
from models.quota.certificate import CertificateStatement, loans_covered
from serving.ledger.chain import BANK_APPLICATION_ACTION
from serving.ledger.ledger import Ledger

NOTE = "certificate"
_HELD = f'"{NOTE}":{{"digest":'  # by the body of each record with a note


class CoveredGrants:
    """Every bank's grants that a loss certificate covered, by the certificate's digest, as of the last ``refresh``."""

    def __init__(self) -> None:
        self._amounts_cny: Mapping[str, Mapping[str, tuple[int, ...]]] = {}  # by bank and digest
        self._banks: frozenset[str] = frozenset()
        self._read_to = 0
        self._reading = Lock()

    def refresh(self, ledger: Ledger, banks: Iterable[str]) -> None:
        """Read what these banks granted since the last time, by the index of owners; raises LedgerError.

        With other banks than the last time all is read anew.
        """
        with self._reading:
            known, tip = frozenset(banks), ledger.tip()
            before, amounts = (self._read_to, dict(self._amounts_cny)) if known == self._banks else (0, {})
            if before == tip:
                return
            found = ledger.find(kind=BANK_APPLICATION_ACTION, owner=known, after=before, holding=(_HELD,))
            for record in found:
                grant = record.content.get("note", {})
                if NOTE in grant:
                    digest, own = grant[NOTE]["digest"], amounts.get(record.owner, {})
                    amounts[record.owner] = {**own, digest: (*own.get(digest, ()), grant["amount_cny"])}
            self._amounts_cny, self._banks = amounts, known
            self._read_to = max(tip, *(record.seq for record in found), before)

    def amounts_cny(self, bank_id: str) -> Mapping[str, Sequence[int]]:
        """The amounts of the bank's covered grants, by the certificate's digest."""
        return self._amounts_cny.get(bank_id, {})

    def counts(self, bank_id: str) -> dict[str, int]:
        """How many of the bank's grants each certificate has covered."""
        return {digest: len(amounts) for digest, amounts in self.amounts_cny(bank_id).items()}


def certificate_note(
    given: Grant, calculated: Mapping[str, Any] | None, covered_cny: Mapping[str, Sequence[int]]
) -> dict[str, Any]:
    """What a grant's record holds of the certificate: nothing where it does not cover the loan.

    calculated : the decision that the same request gets that day; covered_cny : ``CoveredGrants.amounts_cny``
    number : of this grant among those that the certificate covered, from 1
    total_cny : theirs with this one, each counted up to the largest amount
    within : whether the number is at most that of the next loans that the certificate covers
    Two grants of one moment may get the same number.
    """
    certificate = None if calculated is None else calculated["loss_certificate"]
    if certificate is None or not certificate["covered_wan"] > 0.0 or given.tenor_months > certificate["tenor_months"]:
        return {}
    earlier = covered_cny.get(certificate["certificate"], ())
    number, most = len(earlier) + 1, loans_covered(CertificateStatement(**one) for one in certificate["statements"])
    largest_cny = int(certificate["largest_wan"] * CNY_PER_WAN)
    total = sum(min(amount, largest_cny) for amount in (*earlier, given.amount_cny))
    within = most is not None and number <= most
    return {NOTE: {"digest": certificate["certificate"], "number": number, "within": within, "total_cny": total}}
