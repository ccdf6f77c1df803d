"""What may be approved at all, written a second time and from the documents alone.

The fuzzing campaign compares the service's approvals with this. It shares no code with the service: JSON from the
standard library, ranges from the CSV files, rules from the contract's text, signatures from `cryptography`.
"""

from __future__ import annotations

import base64
import csv
import json
import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from cryptography.exceptions import InvalidSignature

from data.beijing import BEIJING
from experiments.benchmarks.serving.world import PORTAL, PORTAL_KEY

FIRST_DAY = "1949-10-01"  # no enterprise of the register is older
LISTS = {"scope", "products", "purposes", "recipients", "data_categories"}
CONSENT = {
    "schema_version", "id", "issuer", "key_id", "uscc", "granted_by", "bank_id", "recipients", "scope", "products",
    "purposes", "data_categories", "purpose_zh", "purpose_en", "lawful_basis", "jurisdiction", "retention",
    "withdrawal", "granted_at", "expires_at", "signature",
}  # fmt: skip
IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,64}")
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
INDUSTRIES = ("digital_security", "life_health", "iot", "software", "ecommerce", "materials", "services")
PURPOSES = ["working_capital", "research_development", "equipment", "patent_commercialisation", "technology_purchase",
            "export_orders", "refinancing", "equity_investment"]  # fmt: skip
REQUIRED = {"request_id", "uscc", "requested_amount_cny", "consent"}
OPTIONAL = {"bank_id", "product", "as_of", "tenor_months", "purpose", "bank_facts", "enterprise", "policy_version"}


def read_body(text: bytes) -> Any:
    """The JSON value; raises ValueError for what is none: NaN, a repeated member, wrong encoding, trailing text."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a member is repeated")
        return dict(pairs)

    value = json.loads(text.decode("utf-8"), parse_constant=refuse, object_pairs_hook=once)
    json.dumps(value, ensure_ascii=False).encode()  # half a character is no text
    return value


def faults(body: Any, bank: str, snapshot: Collection[str], in_force: str, day: str) -> list[str]:
    """Why this one quota request must not be approved; empty when there is no reason.

    bank : whose key it came with; snapshot : the enterprises on file, as of ``day``; in_force : its bank's policy
    """
    if not isinstance(body, dict):
        return ["the request is no object"]
    return list(_faults(body, bank, snapshot, in_force, day))


def _faults(body: Mapping[str, Any], bank: str, snapshot: Collection[str], in_force: str, day: str) -> Iterator[str]:
    if absent := REQUIRED - set(body):
        yield f"missing {sorted(absent)}"
    if alien := set(body) - REQUIRED - OPTIONAL:
        yield f"unknown {sorted(alien)}"
    if not _is_name(body.get("request_id")):
        yield "request_id"
    if body.get("bank_id", bank) != bank:
        yield "another bank"
    if body.get("product", "zheke") not in ["innovation_points", "zheke"]:
        yield "product"
    uscc = body.get("uscc")
    if not is_uscc(uscc):
        yield "uscc"
        return
    if not _is_whole(body.get("requested_amount_cny"), 10_000, 1_000_000_000):
        yield "requested_amount_cny"
    if not _is_whole(body.get("tenor_months", 12), 1, 60):
        yield "tenor_months"
    if body.get("purpose", "equipment") not in PURPOSES:
        yield "purpose"
    if body.get("policy_version") not in (None, in_force):
        yield "policy_version"
    yield from _consent_faults(body, str(uscc), bank)
    yield from _bank_facts_faults(body.get("bank_facts", {}))
    as_of = body.get("as_of")
    if as_of is not None and not _is_day(as_of):
        yield "as_of"
    facts = body.get("enterprise")
    if facts is not None:
        yield from _enterprise_faults(facts, as_of, on_file=uscc in snapshot)
    elif uscc not in snapshot:
        yield "not on file"
    elif as_of not in (None, day):
        yield "as_of another day"


def _consent_faults(body: Mapping[str, Any], uscc: str, bank: str) -> Iterator[str]:
    consent = body.get("consent")
    if not isinstance(consent, dict) or set(consent) != CONSENT:
        yield "consent members"
        return
    lists = [consent[name] for name in LISTS]
    if not all(isinstance(items, list) and items and all(isinstance(item, str) for item in items) for items in lists):
        yield "consent lists"
        return
    if not all(isinstance(consent[name], str) for name in CONSENT - LISTS):
        yield "consent texts"
        return
    facts = body.get("bank_facts", {})
    sends = body.get("enterprise") is not None or (isinstance(facts, dict) and any(facts.values()))
    if {"quota", "query", *(("reporting",) if sends else ())} - set(consent["scope"]):
        yield "consent scope"
    if body.get("product", "innovation_points") not in consent["products"]:
        yield "consent products"
    if body.get("purpose", "working_capital") not in consent["purposes"]:
        yield "consent purposes"
    if consent["uscc"] != uscc:
        yield "consent of another firm"
    if consent["bank_id"] != bank or bank not in consent["recipients"]:
        yield "consent for another bank"
    granted, expires = _instant(consent["granted_at"]), _instant(consent["expires_at"])
    if granted is None or expires is None:
        yield "consent dates"
    elif not granted - timedelta(seconds=60) <= datetime.now(UTC) < expires:
        yield "consent is not in force"
    if consent["issuer"] != PORTAL:
        yield "consent issuer"
    signed = {name: value for name, value in consent.items() if name != "signature"}
    try:
        text = json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        PORTAL_KEY.public_key().verify(base64.b64decode(consent["signature"], validate=True), text)
    except (InvalidSignature, ValueError):
        yield "consent signature"


def _bank_facts_faults(facts: Any) -> Iterator[str]:
    if not isinstance(facts, dict) or set(facts) - {"existing_debt_wan", "overdue_days", "guarantees_wan"}:
        yield "bank_facts members"
        return
    for name in ("existing_debt_wan", "guarantees_wan"):
        if not _is_number(facts.get(name, 0.0), 0, 10_000_000):
            yield f"bank_facts.{name}"
    if not _is_whole(facts.get("overdue_days", 0), 0, 3650):
        yield "bank_facts.overdue_days"


def _enterprise_faults(facts: Any, as_of: Any, *, on_file: bool) -> Iterator[str]:
    needed, others = {"industry", "size_rule", "founded_on"}, {"indicators", "credit_facts"}
    if not isinstance(facts, dict) or not {"known_at"} <= set(facts) <= needed | others | {"known_at"}:
        yield "enterprise members"
        return
    facts = dict.fromkeys(needed) | {name: {} for name in others} | facts
    if on_file:
        if any(facts[name] is not None for name in needed) or facts["indicators"] or facts["credit_facts"]:
            yield "values beside the record"
        return
    if facts["industry"] not in INDUSTRIES or facts["size_rule"] not in _size_rules():
        yield "enterprise industry or size_rule"
    if not _is_day(facts["founded_on"]) or not _is_day(facts["known_at"]):
        yield "enterprise days"
        return
    if facts["founded_on"] < FIRST_DAY:
        yield "founded before the register"
    if facts["founded_on"] > facts["known_at"]:
        yield "founded after it was known"
    if _is_day(as_of) and facts["known_at"] > as_of:
        yield "known after as_of"
    for member in ("indicators", "credit_facts"):
        ranges = _ranges(f"{member}.csv")
        if not isinstance(facts[member], dict):
            yield f"enterprise.{member}"
            continue
        for key, value in facts[member].items():
            if key not in ranges:
                yield f"unknown {key}"
                continue
            low, high, whole = ranges[key]
            if not _is_number(value, low, high) or (whole and value % 1):
                yield f"{key} out of range"


@cache
def _ranges(name: str) -> dict[str, tuple[float, float, bool]]:
    return {row["key"]: (float(row["low"]), float(row["high"]), row["dtype"] == "int") for row in _table(name)}


@cache
def _size_rules() -> tuple[str, ...]:
    return tuple(row["rule"] for row in _table("size_classes.csv"))


def _table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((files("data") / "reference" / name).read_text(encoding="utf-8").splitlines()))


def is_uscc(code: Any) -> bool:
    """Whether both check sums hold: the whole code's is 0 modulo 31, the organisation code's 0 modulo 11."""
    if not isinstance(code, str) or len(code) != 18 or set(code) - set(ALPHABET):
        return False
    total = sum(ALPHABET.index(letter) * pow(3, position, 31) for position, letter in enumerate(code[:17]))
    if (total + ALPHABET.index(code[17])) % 31:
        return False
    value: Callable[[str], int] = lambda letter: int(letter, 36)  # noqa: E731  # one line is enough
    check = 10 if code[16] == "X" else int(code[16]) if code[16].isdigit() else 99
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    return check < 99 and (sum(value(x) * w for x, w in zip(code[8:16], weights, strict=True)) + check) % 11 == 0


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and IDENTIFIER.fullmatch(value) is not None


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_number(value: Any, low: float, high: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return low <= value <= high and (isinstance(value, int) or math.isfinite(value))


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date(1900, 1, 1) <= date.fromisoformat(value) <= datetime.now(BEIJING).date()
    except ValueError:
        return False


def _instant(value: str) -> datetime | None:
    try:
        found = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2199 and len(value) == 20 else None
