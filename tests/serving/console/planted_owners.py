"""Objects of which each has one owner: ``Owners.made`` makes a new one of a kind by its owner's own act."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from data.uscc import fictitious_uscc
from serving.console import request_checks
from serving.console.accounts import Accounts
from serving.console.app import make_console
from serving.console.pages.analyst.job_files import SOURCES
from serving.console.request_checks import SESSION_COOKIE
from serving.console.sessions import Sessions
from serving.decide.decision_service import DecisionService
from serving.jobs.claims import Claims
from serving.jobs.store import Jobs
from tests.experiments.reform.example import example
from tests.serving.approvals.planted_release import NUMBER as CASE
from tests.serving.clearance.planted_release import NUMBER as DECLARATION
from tests.serving.conftest import opened_shops
from tests.serving.console.planted_people import PEOPLE, ROLE_OF, People, new, read
from tests.serving.console.signed_in import MAKER, QUICK, Browser, bound_account

AMOUNT_WAN = 317  # of every application; no other figure of the service reads so
TITLE, THEME, RUN = "涂层在低温下开裂", "低温涂层对接会", "试算甲"
BY_BANK, BY_FIRM = "查无可靠订单", "数据与账目不符"
REFORM = "policies:\n  standard:\n    stage_cap_wan:\n      startup: 317\n"


@dataclass
class Owners(People):
    """The console, its people, and what they own."""

    kept: dict[str, str] = field(default_factory=dict)
    certified: int = 5  # the first firms of the snapshot are other tests'

    def held(self, kind: str) -> str:
        """One object of a kind for every test that only reads."""
        if kind not in self.kept:
            self.kept[kind] = self.made(kind)
        return self.kept[kind]

    def made(self, kind: str) -> str:
        """A new object of a kind, made by its owner; planted ones are there already."""
        return str(getattr(self, f"_{kind}")())

    def _firm(self) -> str:
        return self.shop.codes[0]

    def _uncertified(self) -> str:
        """A firm that has no certificate yet."""
        self.certified += 1
        return self.shop.codes[self.certified]

    def _bank(self) -> str:
        return "standard"

    def _chain(self) -> str:
        return "small"

    def _node(self) -> str:
        return "lens"

    def _declaration(self) -> str:
        return DECLARATION

    def _case(self) -> str:
        return CASE

    def _incubator(self) -> str:
        return "H001"

    def _applied(self) -> dict[str, Any]:
        body = {
            "request_id": new(), "banks": ["standard"], "requested_amount_cny": AMOUNT_WAN * 10_000,
            "share": ["points", "quota", "query", "reporting"],
        }  # fmt: skip
        (made,) = self.view("firm").api.post("/v1/applications", body)["bank_applications"]
        return dict(made)

    def _application(self) -> str:
        return str(self._applied()["bank_application_id"])

    def _visited(self) -> str:
        """An application that a colleague of the owner has looked at on site."""
        made, account = self._application(), self.stored["bank"].account()
        colleague = self.console.view("/", account=replace(account, holder="a colleague"))
        colleague.api.post(
            f"/v1/bank-applications/{made}/due-diligence",
            {"visited_on": self.today, "findings": "两条生产线", "recommended": True},
        )
        return made

    def _consent(self) -> str:
        body = {"request_id": new(), "bank_id": "standard", "scope": ["points"], "products": ["innovation_points"],
                "valid_days": 30}  # fmt: skip
        return str(self.view("firm").api.post("/v1/consents", body)["id"])

    def _decision(self) -> str:
        made = self._applied()
        body = {"request_id": new(), "uscc": made["uscc"], "requested_amount_cny": AMOUNT_WAN * 10_000,
                "consent": made["consent"]}  # fmt: skip
        return str(self.view("bank").api.post("/v1/quota", body)["audit_id"])

    def _objection(self) -> str:
        about = {"kind": "reason", "decision": self._decision(), "number": "0"}
        said = self.call(
            "firm", "objections-new-send", {"objections-new-text": BY_FIRM, "objections-new-subject": about}
        )
        return read(said).partition("/console/objections/")[2].partition('"')[0]

    def _demand(self) -> str:
        body = {"demand_id": f"N-{new()}", "title": TITLE, "problem": "电芯密封涂层在零下四十度开裂。",
                "visible_to": "invited"}  # fmt: skip
        return str(self.view("firm").api.post("/v1/demands", body)["demand_id"])

    def _listed(self) -> str:
        """A firm that the owner was shown for a demand: firm, demand and the number of the list."""
        demand = self._demand()
        found = self.view("firm").api.post("/v1/match/suppliers", {"demand_id": demand, "count": 5})
        return f"{found['suppliers'][0]['uscc']}|{demand}|{found['query_id']}"

    def _shown(self) -> str:
        """The same, shown to the zone."""
        demand = self._demand()
        found = self.view("officer").api.post("/v1/match/suppliers", {"demand_id": demand, "count": 5})
        return f"{found['suppliers'][0]['uscc']}|{demand}|{found['query_id']}"

    def _invited(self) -> str:
        """A firm that was invited to an event: firm, demand and event."""
        uscc, demand, _ = self._shown().split("|")
        event = self._event()
        self.call("officer", "plan-record", {"plan-kept": [[demand, uscc]], "plan-event": event})
        return f"{uscc}|{demand}|{event}"

    def _waiting(self) -> str:
        """A placement that waits for a person."""
        packed, item = self.shop.client.app.state.chain.packed, f"CN{new()}A"
        tables = packed.get().tables
        row = {
            "kind": "patent", "item_id": item, "chain_id": "small", "node_id": "lens", "probability": 0.5,
            "band": "to_person", "is_parent": False, "evidence": "镜头", "passage": "镜头的研发", "document_id": "D1",
            "corrected": False, "as_of": pd.Timestamp("2021-01-01"),
        }  # fmt: skip
        tables["placements"] = pd.concat([tables["placements"], pd.DataFrame([row])], ignore_index=True)
        return f"patent|{item}|small|lens"

    def _event(self) -> str:
        body = {"event_id": f"E-{new()}", "theme": THEME, "date": self.later, "seats": 8, "rounds": 2,
                "per_firm_limit": 2}  # fmt: skip
        return str(self.view("officer").api.post("/v1/match/events", body)["event_id"])

    def _certificate(self) -> str:
        self.call("officer", "certificate-yes", {"certificate-uscc": self.shop.codes[0]})
        seen = self.page("officer", f"/firms/{self.shop.codes[0]}/certificate")
        return seen.partition("/console/files/certificates/")[2].partition("/")[0]

    def _job(self) -> str:
        baseline, reform = (f"name: {{zh: {RUN}, en: {key}}}\n" for key in ("Baseline", "Trial"))
        body = dict(zip(SOURCES, (baseline, reform + REFORM), strict=True)) | {
            "file": "caps", "banks": ["standard"], "quick": 0, "draws": False,
        }  # fmt: skip
        return self.jobs.add("reform", self.stored["analyst"].account_id, "zone", RUN, body).job_id

    def _ended_job(self) -> str:
        """A job that a worker has carried out, with its files."""
        wanted, claims = self._job(), Claims(self.jobs, "worker", ["reform"])
        while (claim := claims.claim()) is not None and claim.job.job_id != wanted:
            claims.broken(claim, {"key": "jobs.problem.memory", "megabytes": 1})
        assert claim is not None
        claim.folder.mkdir(parents=True)
        (claim.folder / "result.json").write_text(json.dumps(example(["standard"]).as_dict()), encoding="utf-8")
        (claim.folder / "totals.csv").write_text(f"\ufeffreform,value\n{RUN},1.5\n", encoding="utf-8")
        claims.done(claim, {"fingerprint": "draft-00", "citable": False, "files": ["result.json", "totals.csv"]})
        return wanted

    def _account(self) -> str:
        name = f"clerk-{new()}"
        return bound_account(self.accounts, name, "zone_officer", "zone").account_id

    def _unbound(self) -> str:
        name = f"new-{new()}"
        return self.accounts.make(name, "zone_officer", f"{name} of the tests", MAKER, "for a test")[0].account_id

    def _key(self) -> str:
        return self.shop.worker.keys.issue("growth", "bank", f"system {new()}", ()).split("_")[1]

    def _release(self) -> str:
        """A version of the bank's policy that the first operator proposed."""
        policy, version = self.shop.worker.policies.policy_of("standard"), f"v-{new()}"
        body = policy.model_dump(mode="json") | {"version": version, "bank_id": "standard", "pd_cutoff": 0.0417}
        sent = {"what": "policy", "owner": "standard", "version": version, "body": body, "reason": "a test"}
        self.view("operator").api.post("/v1/releases", sent)
        return f"policy:standard:{version}"

    @property
    def jobs(self) -> Jobs:
        return Jobs(self.shop.worker.ledger)


def absent(kind: str, name: str) -> str:
    """An identifier of the same form that nothing has."""
    if kind in ("firm", "uncertified"):
        return fictitious_uscc(87_654_321)
    if kind in ("listed", "shown", "invited", "waiting"):
        first, *others = name.split("|")
        return "|".join([first, *(absent("", one) for one in others)])
    return name[:-1] + ("0" if name[-1] != "0" else "1")


@contextmanager
def opened_owners(service: DecisionService, folder: Path) -> Iterator[Owners]:
    """An open service, the console over it on a loop of its own, and a session of each person."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with opened_shops(service, folder) as open_one:
        shop = open_one(f"sqlite:///{folder / 'owners.sqlite'}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(request_checks, "CALLS_AT_ONCE", 100_000.0)
            console = make_console(shop.client.app)
        console.running_loop = loop
        owners = Owners(console, shop, Accounts(shop.worker.ledger, QUICK))
        small: Any = SimpleNamespace(server=console.dash_app.server)
        caller: dict[str, Callable[[], str]] = {
            "firm": lambda: shop.codes[0], "firm_b": lambda: shop.codes[1],
            "bank": lambda: "standard", "bank_b": lambda: "growth",
        }  # fmt: skip
        for who in PEOPLE:
            name = caller.get(who, lambda: "zone")()
            account = bound_account(owners.accounts, f"{who}.1", ROLE_OF[who.removesuffix("_b")], name)
            owners.stored[who], owners.browsers[who] = account, Browser(small)
            token = Sessions(shop.worker.ledger).begin(account.account_id, "a browser")
            owners.browsers[who].put_cookie(SESSION_COOKIE, token)
            assert owners.browsers[who].get("/").status_code == 200
        yield owners
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
