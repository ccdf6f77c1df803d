"""How many of a bank's grants its loss certificate has covered so far: it holds for the next N loans, not for more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from data.money import CNY_PER_WAN
from data.requests import Grant
from data.texts.sentences import sentence
from models.quota.certificate import CertificateStatement, loans_covered
from models.quota.warnings import warning
from serving.ledger.chain import BANK_APPLICATION_ACTION
from serving.ledger.ledger import Ledger

NOTE = "certificate"
_HELD = f'"{NOTE}":{{'  # by the body of each record with a note


class CoveredGrants:
    """Every bank's grants that a loss certificate covered, by the certificate's digest, as of the last ``refresh``."""

    def __init__(self) -> None:
        self._amounts_cny: Mapping[str, Mapping[str, tuple[int, ...]]] = {}  # by bank and digest
        self._short: Mapping[str, Mapping[str, int]] = {}  # the same
        self._banks: frozenset[str] = frozenset()
        self._read_to = 0
        self._reading = Lock()

    def refresh(self, ledger: Ledger, banks: Iterable[str]) -> None:
        """Read what these banks granted since the last time, by the index of owners; raises LedgerError.

        With other banks than the last time all is read anew.
        """
        with self._reading:
            known, tip = frozenset(banks), ledger.tip()
            same = known == self._banks
            before, amounts = (self._read_to, dict(self._amounts_cny)) if same else (0, {})
            short = dict(self._short) if same else {}
            if before == tip:
                return
            found = ledger.find(kind=BANK_APPLICATION_ACTION, owner=known, after=before, holding=(_HELD,))
            for record in found:
                grant = record.content.get("note", {})
                if NOTE in grant:
                    note, own = grant[NOTE], amounts.get(record.owner, {})
                    digest, counted = note["digest"], note.get("counted_cny", grant["amount_cny"])
                    amounts[record.owner] = {**own, digest: (*own.get(digest, ()), counted)}
                    if note.get("short"):  # a later one is beyond the certificate's number, and not of its total
                        short[record.owner] = {digest: note["total_cny"], **short.get(record.owner, {})}
            self._amounts_cny, self._short, self._banks = amounts, short, known
            self._read_to = max(tip, *(record.seq for record in found), before)

    def amounts_cny(self, bank_id: str) -> Mapping[str, Sequence[int]]:
        """What counts of each of the bank's covered grants, by the certificate's digest.

        Of a record of before firms were counted that is its amount.
        """
        return self._amounts_cny.get(bank_id, {})

    def short(self, bank_id: str) -> Mapping[str, int]:
        """The totals of the bank's certificates that are used up without their least total, by digest."""
        return self._short.get(bank_id, {})

    def counts(self, bank_id: str) -> dict[str, int]:
        """How many of the bank's grants each certificate has covered."""
        return {digest: len(amounts) for digest, amounts in self.amounts_cny(bank_id).items()}


def certificate_note(
    given: Grant,
    calculated: Mapping[str, Any] | None,
    covered_cny: Mapping[str, Sequence[int]],
    firm_cny: Mapping[str, int],
) -> dict[str, Any]:
    """What a grant's record holds of the certificate: nothing where it does not cover the loan.

    calculated : the decision that the same request gets that day; covered_cny : ``CoveredGrants.amounts_cny``
    firm_cny : the firm's own covered grants before, by the certificate's digest
    number : of this grant among those that the certificate covered, from 1
    counted_cny : of this one; a firm's covered grants together count up to the largest amount
    total_cny : what counts of all; short : whether this is the last one, and the total below the least
    within : whether the number is at most that of the next loans that the certificate covers, and the firm's covered
        grants together at most the largest amount
    """
    certificate = None if calculated is None else calculated["loss_certificate"]
    if certificate is None or not certificate["covered_wan"] > 0.0 or given.tenor_months > certificate["tenor_months"]:
        return {}
    digest, most = certificate["certificate"], _loans(certificate)
    earlier, before = covered_cny.get(digest, ()), firm_cny.get(digest, 0)
    number, firm = len(earlier) + 1, before + given.amount_cny
    largest_cny = int(certificate["largest_wan"] * CNY_PER_WAN)
    counted = min(firm, largest_cny) - min(before, largest_cny)
    total = sum(min(amount, largest_cny) for amount in earlier) + counted
    least_wan = certificate["total_wan"] or 0.0
    return {
        NOTE: {
            "digest": digest,
            "number": number,
            "within": most is not None and number <= most and firm <= largest_cny,
            "counted_cny": counted,
            "total_cny": total,
            "short": most is not None and number >= most and total < least_wan * CNY_PER_WAN,
        }
    }


def certificate_warnings(
    given: Grant,
    note: Mapping[str, Any],
    calculated: Mapping[str, Any] | None,
    covered_cny: Mapping[str, Sequence[int]],
    firm_cny: Mapping[str, int],
) -> list[dict[str, str]]:
    """Where a grant goes beyond its certificate, by what ``certificate_note`` made of it; or comes when it is used up.

    covered_cny : as for ``certificate_note``
    """
    if calculated is None:
        return []
    if NOTE not in note:
        certificate = calculated["loss_certificate"]
        most = _loans(certificate) if certificate["status"] == "certified" else None
        used_up = most is not None and len(covered_cny.get(certificate["certificate"], ())) >= most
        return [warning("certificate_used_up", sentence("certificate.used_up", loans=most))] if used_up else []
    certificate, covered = calculated["loss_certificate"], note[NOTE]
    firm, found = firm_cny.get(covered["digest"], 0) + given.amount_cny, []
    if firm > certificate["largest_wan"] * CNY_PER_WAN:
        figures = {"firm": firm / CNY_PER_WAN, "largest": certificate["largest_wan"]}
        found.append(warning("certificate_firm_total", sentence("warning.certificate_firm_total", **figures)))
    return [*found, short_warning(certificate, covered["total_cny"])] if covered["short"] else found


def short_warning(certificate: Mapping[str, Any], total_cny: int) -> dict[str, str]:
    """That a certificate's loans were all granted and total less than it needs.

    certificate : the member ``loss_certificate`` of a decision; total_cny : what counts of them
    """
    figures = {
        "loans": _loans(certificate), "total": total_cny / CNY_PER_WAN, "least": certificate["total_wan"],
        "largest": certificate["largest_wan"],
    }  # fmt: skip
    return warning("certificate_total_short", sentence("warning.certificate_total_short", **figures))


def _loans(certificate: Mapping[str, Any]) -> int | None:
    return loans_covered(CertificateStatement(**one) for one in certificate["statements"])
