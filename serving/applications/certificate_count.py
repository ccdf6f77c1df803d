"""How many of a bank's grants its loss certificate has covered so far: it holds for the next N loans, not for more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from data.money import CNY_PER_WAN
from data.requests import Grant
from serving.applications.bank_applications import BankApplication


def certificate_note(
    given: Grant, calculated: Mapping[str, Any] | None, bank_applications: Iterable[BankApplication]
) -> dict[str, Any]:
    """What a grant's record holds of the certificate: nothing where it does not cover the loan.

    calculated : the decision that the same request gets that day; bank_applications : all of the bank's
    number : of this grant among those that the certificate covered, from 1
    total_cny : theirs with this one, each counted up to the largest amount
    within : whether the number is at most that of the next loans that the certificate covers
    Two grants of one moment may get the same number.
    """
    certificate = None if calculated is None else calculated["loss_certificate"]
    if certificate is None or not certificate["covered_wan"] > 0.0 or given.tenor_months > certificate["tenor_months"]:
        return {}
    earlier = [
        action
        for bank_application in bank_applications
        for action in bank_application.actions
        if action.get("certificate", {}).get("digest") == certificate["certificate"]
    ]
    number = len(earlier) + 1
    most = min(one["next_loans"] for one in certificate["statements"] if one["next_loans"] is not None)
    counted = (min(action["amount_cny"], int(certificate["largest_wan"] * CNY_PER_WAN)) for action in earlier)
    total = sum(counted) + min(given.amount_cny, int(certificate["largest_wan"] * CNY_PER_WAN))
    note = {"digest": certificate["certificate"], "number": number, "within": number <= most, "total_cny": total}
    return {"certificate": note}
