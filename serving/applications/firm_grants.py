"""What one bank has granted to one firm, by the ledger: splitting a loan into several opens no more than one loan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from serving.applications.bank_applications import APPLICATION, fold
from serving.applications.certificate_count import NOTE
from serving.contract.instants import day_in
from serving.ledger.chain import BANK_APPLICATION_ACTION
from serving.ledger.ledger import Ledger, Record


@dataclass(frozen=True, slots=True)
class FirmGrant:
    """One loan; last_day : of its tenor, which begins on the day of the grant.

    certificate : digest of the loss certificate that covered it, "" where none did
    """

    product: str
    amount_cny: int
    last_day: date
    certificate: str = ""


def firm_grants(ledger: Ledger, bank_id: str, uscc: str, zone: str) -> list[FirmGrant]:
    """Every grant of the bank to the firm, by the firm's own applications; raises LedgerError."""
    sent = [record.content["bank_applications"] for record in ledger.find(kind=APPLICATION, owner=uscc)]
    subjects = [of_banks[bank_id] for of_banks in sent if bank_id in of_banks]
    by_subject: dict[str, list[Record]] = {subject: [] for subject in subjects}
    for record in ledger.of_subjects(BANK_APPLICATION_ACTION, subjects):
        by_subject[record.subject].append(record)
    found = []
    for records in by_subject.values():
        one = fold(records)
        if one.state == "granted":
            grant = one.actions[-1]
            last_day = pd.Timestamp(day_in(grant["at"], zone)) + pd.DateOffset(months=grant["tenor_months"])
            digest = grant.get(NOTE, {}).get("digest", "")
            found.append(FirmGrant(one.request["product"], grant["amount_cny"], last_day.date(), digest))
    return found


def covered_cny(grants: Iterable[FirmGrant]) -> dict[str, int]:
    """What each loss certificate covered of these, by its digest."""
    found: dict[str, int] = {}
    for one in grants:
        if one.certificate:
            found[one.certificate] = found.get(one.certificate, 0) + one.amount_cny
    return found


def running(grants: Iterable[FirmGrant], today: date) -> list[FirmGrant]:
    """Those whose tenor is not over."""
    return [one for one in grants if today <= one.last_day]
