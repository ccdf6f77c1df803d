"""The certificate of an enterprise's innovation points: what it states, its record in the ledger, and checking one.

A certificate is a record; the sheet that is printed is drawn from the record alone, so every copy says the same. Its
code is the beginning of the record's digest: whoever has number and code can see whether the ledger holds exactly this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from data.codebook import Codebook
from data.texts.figures import Text
from serving.console.firm_words import DIMENSIONS
from serving.console.firms import FirmTable
from serving.console.texts import text
from serving.contract.refusals import Fault, Refusal
from serving.decide.decision_service import DecisionService
from serving.ledger.ledger import Draft, Ledger, Record, canonical_json, digest_of

KIND = "points_certificate"
CODE_DIGITS = 16


@dataclass(frozen=True)
class PointsCertificate:
    """What a record states, and the code that its digest begins with; ``seq`` and ``digest`` are the record's."""

    content: Mapping[str, Any]
    code: str
    seq: int
    digest: str

    @property
    def number(self) -> str:
        """Its number."""
        return str(self.content["number"])

    def is_valid(self, today: date) -> bool:
        """Whether the data that it rests on are still fresh."""
        return today <= date.fromisoformat(self.content["valid_until"])


def valid_until(table: FirmTable, row: int, service: DecisionService) -> date | None:
    """The last day on which the firm's data and what its points compare with are fresh; None where data are missing.

    It is the earliest of three: each source by the codebook, the snapshot, and the reference of the points.
    """
    fresh = table.cell(row, "fresh_until")
    if fresh != fresh:
        return None
    params, reference = service.params, date.fromisoformat(service.models.reference_day)
    return min(
        fresh.date(),
        table.as_of + timedelta(days=params.data_age_days),
        reference + timedelta(days=params.reference_age_days),
    )


def certificate_draft(
    table: FirmTable, row: int, service: DecisionService, office: str, holder: str
) -> Draft:  # fmt: skip
    """The record of a certificate of today; raises a Refusal where there are no points or the data are stale.

    A firm has one certificate a day and release: issued again it is the first one.
    """
    today, until = table.today, valid_until(table, row, service)
    uscc, stage = str(table.cell(row, "uscc")), str(table.cell(row, "stage"))
    points = float(table.cell(row, "points"))
    if points != points:
        raise Refusal.invalid(Fault("points", "–", _both("certificate.allowed.stage")))
    if until is None or today > until:
        shown = "–" if until is None else until.isoformat()
        raise Refusal.invalid(Fault("valid_until", shown, _both("certificate.allowed.fresh", day=today)))
    identity = digest_of(f"{uscc}\n{table.release}\n{table.as_of}\n{today}")[:10].upper()
    number = f"IP-{today:%Y%m%d}-{identity}"
    versions = service.models.versions
    content = {
        "number": number, "uscc": uscc, "name": str(table.cell(row, "name")), "office": office, "issued_by": holder,
        "issued_on": today.isoformat(), "valid_until": until.isoformat(), "as_of": table.as_of.isoformat(),
        "clock_set": service.clock.pinned is not None,
        "stage": stage, "points": points, "base": float(table.cell(row, "base")),
        "bonus": float(table.cell(row, "bonus")), "coverage": float(table.cell(row, "coverage")),
        "dimensions": {name: float(table.cell(row, f"dim_{name}")) for name in DIMENSIONS},
        "full": _full_marks(service, stage), "peers": len(table.peers(stage)), "release": table.release,
        "versions": {key: versions[key] for key in ("points_card", "points_reference", "codebook", "data", "code")},
    }  # fmt: skip
    body = canonical_json(content)
    return Draft(KIND, office, uscc, body, f"{KIND}:{number}", digest_of(body))


def _full_marks(service: DecisionService, stage: str) -> dict[str, float]:
    """The most that each dimension can earn in a stage without its personal indicators."""
    book: Codebook = service.models.engine.codebook
    weights = service.models.engine.points.weights[stage]
    full = dict.fromkeys(DIMENSIONS, 0.0)
    for item in book:
        if not item.personal:
            full[item.dimension] += weights[item.key]
    return full


def certificate_of(record: Record) -> PointsCertificate:
    """The certificate of a record."""
    return PointsCertificate(record.content, code_of(record.fingerprint), record.seq, record.digest)


def code_of(fingerprint: str) -> str:
    """The code as it is printed: 16 hexadecimal digits in fours."""
    digits = fingerprint[:CODE_DIGITS].upper()
    return "-".join(digits[at : at + 4] for at in range(0, CODE_DIGITS, 4))


def find_certificate(ledger: Ledger, number: str) -> PointsCertificate | None:
    """The certificate of a number; None where none was issued or its record is not what was written."""
    record = ledger.by_key(f"{KIND}:{number.strip().upper()}"[:200])
    if record is None or record.kind != KIND or digest_of(record.body) != record.fingerprint:
        return None
    return certificate_of(record)


def verify(ledger: Ledger, number: str, code: str) -> PointsCertificate | None:
    """The certificate that has both this number and this code; None where there is none.

    Spaces, hyphens and letters' case in the code do not matter.
    """
    found = find_certificate(ledger, number)
    given = "".join(code.split()).replace("-", "").upper()
    return found if found is not None and given == found.code.replace("-", "") else None


def issued_to(ledger: Ledger, uscc: str) -> list[dict[str, Any]]:
    """What was certified to a firm, the newest first: number, code, issued_on, points, valid_until."""
    found = [certificate_of(record) for record in ledger.find(kind=KIND, subject=uscc)]
    names = ("number", "issued_on", "points", "valid_until")
    return [{"code": one.code} | {name: one.content[name] for name in names} for one in reversed(found)]


def _both(key: str, **figures: Any) -> Text:
    return text(key, "zh", **figures), text(key, "en", **figures)
