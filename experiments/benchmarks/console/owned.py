"""What single pages need that `make console` does not make: a decision, an objection, a demand and a finished reform.

Each is made by its owner's own call, so that a link of the owner's pages leads to it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from serving.auth.access import ROLE_PERMISSIONS, Caller
from serving.console.demo_applications import CallsApi
from serving.console.pages.analyst.reform_form import KIND
from serving.console.pages.analyst.release import BASELINE
from serving.decide.worker import Worker
from serving.jobs.store import Jobs
from serving.ledger.ledger import Ledger
from serving.objections.objections import check_written, filing_draft
from serving.objections.subjects import reason_subject

REQUEST_ID, REFORM_LIMIT_S, POLL_S = "bench-owned", 240.0, 0.5
REFORM = "name: {zh: 较低的上限, en: Lower caps}\npolicies:\n  standard:\n    pd_cutoff: 6.4 %\n"
DEMAND = {
    "demand_id": "bench-bearing",
    "title": "轴承提前失效",
    "problem": "主轴轴承在连续运行三个月后振动增大，需要提前预警的监测办法。",
    "budget_wan": 80.0,
    "visible_to": "zone",
}


class ReformLateError(RuntimeError):
    """The reform of the benchmark did not come to its end."""


@dataclass(frozen=True)
class Owner:
    """Whose the records are: an enterprise and the bank that it applied to, by its code and name."""

    uscc: str
    bank_id: str


def fill_owned(worker: Worker, api_of: Callable[[Caller], CallsApi], owner: Owner, analyst_account: str) -> str:
    """The bank decides about the enterprise's application, the enterprise objects to its first reason and posts a
    demand, the analyst starts a reform; returns the decision's identifier.
    """
    firm, bank = (caller(name, role) for name, role in ((owner.uscc, "enterprise"), (owner.bank_id, "bank")))
    applications = api_of(bank).get("/v1/bank-applications")["bank_applications"]
    (applied,) = [one for one in applications if one["uscc"] == owner.uscc]
    body = {"request_id": REQUEST_ID, "uscc": owner.uscc, "consent": applied["consent"]} | {
        key: applied["request"][key] for key in ("product", "requested_amount_cny", "tenor_months", "purpose")
    }
    decision = api_of(bank).post("/v1/quota", body)
    subject = reason_subject(api_of(firm).get(f"/v1/decisions/{decision['audit_id']}"), 0)
    draft = filing_draft(worker.ledger, firm, subject, "账上的银行负债已经还清，请核对。")
    ((record, fresh),) = asyncio.run(worker.write([draft]))
    check_written(draft, record, new=fresh)
    api_of(firm).post("/v1/demands", DEMAND)
    body = {"baseline": BASELINE, "reform": REFORM, "file": "caps", "banks": [owner.bank_id], "quick": 2_000,
            "draws": False}  # fmt: skip
    Jobs(worker.ledger).add(KIND, analyst_account, "zone", "较低的上限", body)
    return str(decision["audit_id"])


def caller(name: str, role: str) -> Caller:
    """Somebody of a role with its usual permissions."""
    return Caller(name, role, f"bench {role}", "", frozenset(ROLE_PERMISSIONS[role]))


def await_reforms(url: str, limit_s: float = REFORM_LIMIT_S) -> None:
    """Until every reform in the store is done; raises ReformLateError where one is not, or cannot be any more."""
    ledger, deadline = Ledger(url), time.monotonic() + limit_s
    try:
        while found := Counter(one.state for one in Jobs(ledger).states() if one.kind == KIND and one.state != "done"):
            if set(found) - {"waiting", "running"} or time.monotonic() > deadline:
                raise ReformLateError(f"not done: {dict(found)}")
            time.sleep(POLL_S)
    finally:
        ledger.close()
