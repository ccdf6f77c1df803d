"""A few bank applications of made-up enterprises in several states, so that somebody who tries the console finds some.

Everything goes through the API as the enterprise or the bank would call it: with its checks and its records. A second
run finds what the first one made and adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from data.requests import QuotaRequest
from serving.auth.access import ROLE_PERMISSIONS, Caller
from serving.decide.worker import Worker

REQUEST_ID = "try-out-1"
ZONE_DAYS = 90  # of the consent for the zone
_WALKED = 400  # enterprises of the snapshot among which those of each outcome are looked for
_WANTED = {"preapproved": 4, "manual_review": 1, "declined": 1}
_FINDINGS = "现场查看两条产线，设备运转正常，在手订单约九个月。"
_AGAINST = "现场查看时主要产线停工，未能核实在手订单。"
_REASONS = {
    "grant": "在手订单可覆盖还本付息，同意按测算额度放款。",
    "decline": "主要订单未能向买方核实。",
    "override": "已现场核实订单，建议放款，请复核。",
}


class CallsApi(Protocol):
    """The API as one caller reaches it."""

    def get(self, path: str, **query: Any) -> Any:
        """The parsed answer of a GET."""

    def post(self, path: str, body: Any = None) -> Any:
        """The parsed answer of a POST of JSON."""


def demo_codes(worker: Worker, bank_id: str) -> list[str]:
    """Six enterprises of the snapshot: four that the bank's policy pre-approves, one that it refers, one it declines.

    Fewer where the first ones of the snapshot do not have them; the same ones for the same snapshot and policy.
    """
    service, policy = worker.ready(), worker.policies.policy_of(bank_id)
    found: dict[str, list[str]] = {outcome: [] for outcome in _WANTED}
    for code in list(service.snapshot.cases)[:_WALKED]:
        request = QuotaRequest(request_id=REQUEST_ID, bank_id=bank_id, uscc=code, requested_amount_cny=3_000_000)
        outcome = service.quota(request, policy)["outcome"]
        if len(found.get(outcome, ())) < _WANTED.get(outcome, 0):
            found[outcome].append(code)
        if all(len(codes) == _WANTED[one] for one, codes in found.items()):
            break
    return [code for codes in found.values() for code in codes]


def fill_demo_applications(
    worker: Worker,
    api_of: Callable[[Caller], CallsApi],
    bank_id: str,
    officers: tuple[str, str],
    enterprises: Sequence[str] = (),
) -> dict[str, str]:
    """Make the applications and what became of them; returns the state of each by its id, as the bank reads it.

    officers : names of two persons of the bank, of whom the first visits and the second grants
    enterprises : codes of enterprises that apply beside those of ``demo_codes`` and stay new; all of the snapshot. The
        first one sees what every bank indicates, and lets the zone see it
    """
    first, second = (
        api_of(Caller(bank_id, "bank", name, "", frozenset(ROLE_PERMISSIONS["bank"]))) for name in officers
    )
    bank = _Bank(first, second, str(worker.params.today()))
    # In the order of ``demo_codes``; a named one stays new.
    courses = (bank.leave, bank.visit, bank.grant, bank.visit_against, bank.leave, bank.decline)
    planned = dict.fromkeys(enterprises, bank.leave)
    planned = dict(zip(demo_codes(worker, bank_id), courses, strict=False)) | planned
    made = []
    for code, course in planned.items():
        made.append(_applied(api_of, code, bank_id))
        course(made[-1])
    for code in enterprises[:1]:
        _let_the_zone_see(api_of, code)
    mine = {one["bank_application_id"] for one in made}
    read = first.get("/v1/bank-applications")["bank_applications"]
    return {one["bank_application_id"]: one["state"] for one in read if one["bank_application_id"] in mine}


def _firm(code: str) -> Caller:
    return Caller(code, "enterprise", "演示企业 demo enterprise", "", frozenset(ROLE_PERMISSIONS["enterprise"]))


def _let_the_zone_see(api_of: Callable[[Caller], CallsApi], code: str) -> None:
    """Indications of every bank, and a consent under which the zone's officers see the banks' results."""
    firm = api_of(_firm(code))
    firm.post("/v1/indications", {"request_id": REQUEST_ID, "requested_amount_cny": 3_000_000, "tenor_months": 12})
    firm.post("/v1/consents/zone", {"request_id": REQUEST_ID, "valid_days": ZONE_DAYS})


def _applied(api_of: Callable[[Caller], CallsApi], code: str, bank_id: str) -> Mapping[str, Any]:
    """The bank application of one enterprise as it is now, made with the first run; amounts differ by enterprise."""
    firm = _firm(code)
    amount_cny = 1_000_000 * (2 + sum(map(ord, code)) % 4)
    body = {"request_id": REQUEST_ID, "banks": [bank_id], "requested_amount_cny": amount_cny, "tenor_months": 12}
    (one,) = api_of(firm).post("/v1/applications", body)["bank_applications"]
    found: Mapping[str, Any] = one
    return found


@dataclass(frozen=True)
class _Bank:
    """Two persons of one bank, and the day."""

    first: CallsApi
    second: CallsApi
    day: str

    def leave(self, one: Mapping[str, Any]) -> None:
        """Nothing: the bank has not begun."""

    def quota(self, one: Mapping[str, Any]) -> Mapping[str, Any]:
        """The bank's quota of the application under its consent; recorded once."""
        body = {
            "request_id": f"{one['bank_application_id']}-{REQUEST_ID}",
            "uscc": one["uscc"],
            "consent": one["consent"],
            **{key: one["request"][key] for key in ("product", "requested_amount_cny", "tenor_months", "purpose")},
        }
        decided: Mapping[str, Any] = self.first.post("/v1/quota", body)
        return decided

    def visit(self, one: Mapping[str, Any], *, recommended: bool = True) -> None:
        """A quota, and a visit by the first person."""
        self.quota(one)
        if one["state"] == "sent":
            findings = _FINDINGS if recommended else _AGAINST
            visit = {"visited_on": self.day, "findings": findings, "recommended": recommended}
            self._act(self.first, one, "due-diligence", visit)

    def visit_against(self, one: Mapping[str, Any]) -> None:
        """A visit that does not recommend the loan: only another person may grant it."""
        self.visit(one, recommended=False)

    def grant(self, one: Mapping[str, Any]) -> None:
        """A visit by the first person, a grant of the quota by the second."""
        self.visit(one)
        quota = self.quota(one)["quota"]
        if one["state"] in ("sent", "due_diligence") and quota["amount_cny"]:
            grant = {
                "amount_cny": quota["amount_cny"],
                "annual_rate": round(quota["annual_rate"], 4),
                "tenor_months": quota["tenor_months"],
                "reason": _REASONS["grant"],
            }
            self._act(self.second, one, "grant", grant)

    def decline(self, one: Mapping[str, Any]) -> None:
        """Declined by the first person; beside a declined quota an approval that waits for a second person."""
        decided = self.quota(one)
        if one["state"] == "sent":
            self._act(self.first, one, "decline", {"reason": _REASONS["decline"]})
        recorded = self.first.get(f"/v1/decisions/{decided['audit_id']}")
        if decided["outcome"] == "declined" and not recorded["overrides"]:
            override = {
                "outcome": "approved",
                "amount_cny": 500_000,
                "reason": _REASONS["override"],
                "expires_at": f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT00:00:00Z}",
            }
            self.first.post(f"/v1/decisions/{decided['audit_id']}/overrides", override)

    @staticmethod
    def _act(api: CallsApi, one: Mapping[str, Any], action: str, body: Mapping[str, Any]) -> None:
        api.post(f"/v1/bank-applications/{one['bank_application_id']}/{action}", body)
