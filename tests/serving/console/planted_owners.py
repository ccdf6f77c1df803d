"""The console over an open service with two people of each role, and objects of which each has one owner.

Everything goes the way of a browser: pages through the outline's callback, acts through Dash's one address, files by
theirs. ``Owners.made`` makes a new object of a kind by its owner's own act.
"""

from __future__ import annotations

import asyncio
import json
import secrets
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
from serving.console.account_tables import StoredAccount
from serving.console.accounts import Accounts
from serving.console.app import make_console
from serving.console.page import Console, View
from serving.console.pages.analyst.job_files import SOURCES
from serving.console.request_checks import SESSION_COOKIE
from serving.console.sessions import Sessions
from serving.decide.decision_service import DecisionService
from serving.jobs.claims import Claims
from serving.jobs.store import Jobs
from tests.experiments.reform.example import example
from tests.serving.approvals.planted_release import NUMBER as CASE
from tests.serving.clearance.planted_release import NUMBER as DECLARATION
from tests.serving.conftest import Shop, opened_shops
from tests.serving.console.signed_in import MAKER, QUICK, Browser, bound_account

# Two people of each role, in the order of the tables' columns: the first of a pair owns what its role makes.
PEOPLE = ("firm", "firm_b", "bank", "bank_b", "officer", "officer_b", "analyst", "analyst_b", "operator", "operator_b")
ROLE_OF = {"firm": "enterprise", "bank": "bank", "officer": "zone_officer", "analyst": "policy_analyst",
           "operator": "operator"}  # fmt: skip
AMOUNT_WAN = 317  # of every application; no other figure of the service reads so
TITLE, THEME, RUN = "涂层在低温下开裂", "低温涂层对接会", "试算甲"
BY_BANK, BY_FIRM = "查无可靠订单", "数据与账目不符"
REFORM = "policies:\n  standard:\n    stage_cap_wan:\n      startup: 317\n"
UPDATE = "/_dash-update-component"


@dataclass
class Owners:
    """The console, its people, and what they own."""

    console: Console
    shop: Shop
    accounts: Accounts
    browsers: dict[str, Browser] = field(default_factory=dict)
    stored: dict[str, StoredAccount] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    def view(self, who: str) -> View:
        """As the owner's own pages act."""
        return self.console.view("/", account=self.stored[who].account())

    def outputs_of(self, trigger: str) -> str:
        """The callback of Dash that this component begins."""
        (found,) = [
            output for output, one in self.console.dash_app.callback_map.items()
            if "callback" in one and trigger in triggers(one)
        ]  # fmt: skip
        return found

    def call(self, who: str, trigger: str, **values: Any) -> Any:
        """The answer to a press of ``trigger``; values by the id of their component, with ``_`` for ``-``."""
        output = self.outputs_of(trigger)
        one, by_id = self.console.dash_app.callback_map[output], {trigger: 1}
        by_id |= {name.replace("_", "-"): value for name, value in values.items()}

        def filled(parts: Any) -> list[dict[str, Any]]:
            return [{**part, "value": by_id.get(part["id"])} for part in parts]

        outputs = [
            {"id": part.rpartition(".")[0], "property": part.rpartition(".")[2].split("@")[0]}
            for part in output.strip(".").split("...")
        ]
        first = next(part for part in one["inputs"] if part["id"] == trigger)
        body = {
            "output": output, "outputs": outputs if output.startswith("..") else outputs[0],
            "inputs": filled(one["inputs"]), "state": filled(one["state"]),
            "changedPropIds": [f"{trigger}.{first['property']}"],
        }  # fmt: skip
        return self.browsers[who].post(UPDATE, json=body)

    def act_on_objection(self, who: str, action: str, objection_id: str, text: str) -> Any:
        """A press of one of the objection's buttons, whose ids are patterns."""
        name = {"type": "objections-act", "action": action}
        sure = {"type": "objections-sure", "action": action}
        body = {
            "output": "objections-body.children", "outputs": {"id": "objections-body", "property": "children"},
            "inputs": [[{"id": name, "property": "n_clicks", "value": 1}],
                       [{"id": sure, "property": "submit_n_clicks", "value": None}]],
            "state": [{"id": "objections-text", "property": "value", "value": text},
                      {"id": "objections-id", "property": "data", "value": objection_id}],
            "changedPropIds": [f"{json.dumps(name, separators=(',', ':'), sort_keys=True)}.n_clicks"],
        }  # fmt: skip
        return self.browsers[who].post(UPDATE, json=body)

    def page(self, who: str, address: str) -> str:
        """What the outline is filled with at an address, as text."""
        path, _, query = address.partition("?")
        body = {
            "output": "shell-page.children", "outputs": {"id": "shell-page", "property": "children"},
            "inputs": [{"id": "url", "property": "pathname", "value": f"/console{path}"}],
            "state": [{"id": "url", "property": "search", "value": f"?{query}" if query else ""}],
            "changedPropIds": ["url.pathname"],
        }  # fmt: skip
        answer = self.browsers[who].post(UPDATE, json=body)
        assert answer.status_code == 200, answer.text
        return read(answer)

    def file(self, who: str, address: str) -> Any:
        """The answer at an address of a file."""
        return self.browsers[who].get(address)

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
        said = self.call("firm", "objections-new-send", objections_new_text=BY_FIRM, objections_new_subject=about)
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
        self.call("officer", "plan-record", plan_kept=[[demand, uscc]], plan_event=event)
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
        self.call("officer", "certificate-yes", certificate_uscc=self.shop.codes[0])
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

    @property
    def today(self) -> str:
        return str(self.shop.worker.params.today().isoformat())

    @property
    def later(self) -> str:
        day = self.shop.client.app.state.matching.today()
        return str(day.replace(year=day.year + 1, day=1).isoformat())

    def records(self) -> int:
        """How many records the ledger holds."""
        return int(self.shop.worker.ledger.tip())


def triggers(one: dict[str, Any]) -> set[str]:
    """The ids of the components that begin a callback."""
    return {part["id"] for part in one["inputs"]}


def read(answer: Any) -> str:
    """What an answer of a callback shows, with its letters as they are."""
    return json.dumps(answer.get_json(), ensure_ascii=False)


def new() -> str:
    """An identifier that was never used."""
    return secrets.token_hex(6)


def absent(kind: str, name: str) -> str:
    """An identifier of the same form that nothing has."""
    if kind == "firm":
        return fictitious_uscc(987)
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
    with opened_shops(service, folder) as open_one, pytest.MonkeyPatch.context() as patch:
        patch.setattr(request_checks, "CALLS_AT_ONCE", 100_000.0)
        patch.setattr("serving.console.accounts.usual_passwords", lambda: QUICK)
        shop = open_one(f"sqlite:///{folder / 'owners.sqlite'}")
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
