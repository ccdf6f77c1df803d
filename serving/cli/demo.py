"""Three enterprises request a quota from the built service: one approved, one referred, one with too little data."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from data.consents import public_key_text
from data.requests import GIVEN_BY_DEFAULT
from serving.auth.access import KeyRing
from serving.cli.matching import show_suppliers
from serving.clock import CLOCK
from serving.consents.giving import new_consent
from serving.consents.key import issuer_draft
from serving.ledger.ledger import Ledger
from serving.ledger.store import LEDGER_URL, migrate
from serving.matching.event_store import EVENTS_URL
from serving.runtime.supervisor import BENTO

WANTED = ("preapproved", "manual_review", "insufficient_data")
PORTAL = "demo-portal"
DEMAND, MATCHING_OFF = "风力发电机组的轴承总是突然坏，想提前发现转动部件的毛病", "/problems/matching-not-packed"
START_LIMIT_S = 120
END_LIMIT_S = 20
COLOURS = {"preapproved": "green", "manual_review": "yellow", "insufficient_data": "cyan", "declined": "red"}


class DemoError(RuntimeError):
    """The service did not start, or an answer did not come."""


@dataclass(frozen=True)
class Client:
    """A bank's side of the service: its address, its key, and the portal where its clients sign their consents."""

    address: str
    bank: str
    key: str
    portal: Ed25519PrivateKey = field(repr=False)
    zone_key: str = field(default="", repr=False)

    def post(self, path: str, body: Any, key: str = "") -> Any:
        """The parsed answer of one POST with the bank's key or another; waits when the rate limit is reached."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key or self.key}"}
        request = urllib.request.Request(f"{self.address}{path}", json.dumps(body).encode(), headers)  # noqa: S310
        while True:
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # loopback
                    return json.loads(answer.read())
            except urllib.error.HTTPError as refusal:
                if refusal.code != 429:
                    raise DemoError(f"{path}: {refusal.code} {refusal.read().decode()}") from refusal
                time.sleep(float(refusal.headers["retry-after"]))

    def quota_body(self, expected: Mapping[str, Any]) -> dict[str, Any]:
        """The request that a batch answer was given for, with a consent of the (made-up) enterprise from the portal."""
        now = datetime.now(UTC)
        consent = new_consent(
            "demo", expected["uscc"], self.bank, GIVEN_BY_DEFAULT, ("innovation_points",), "the firm", now,
            now + timedelta(days=1), self.portal, PORTAL,
        )  # fmt: skip
        return {
            "request_id": expected["request_id"],
            "uscc": expected["uscc"],
            "requested_amount_cny": expected["quota"]["requested_cny"],
            "consent": consent.model_dump(mode="json"),
        }


def same_decision(answer: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Whether a served answer is the batch's, but for what only a served one has, and the warning of a set clock."""
    served = ("audit_id", "release", "own_values", "own_values_refused")
    own = {key: value for key, value in answer.items() if key not in served}
    return own | {"warnings": [one for one in answer["warnings"] if one["code"] != "clock_set"]} == expected


def snapshot_day(params: Path = Path("params.yaml")) -> str:
    """The day of the shipped snapshot, to which a demonstration sets the clock."""
    return str(yaml.safe_load(params.read_text(encoding="utf-8"))["assemble"]["snapshot_on"])


@contextmanager
def running_service(bento: str = BENTO, bank: str = "standard") -> Iterator[Client]:
    """Serve a built bento on a free loopback port with an empty ledger of its own, a key for one bank and a portal.

    The clock is set to the shipped snapshot's day, which every answer names: its data are of that day.
    Always ends the process; the ledger goes with it.
    """
    with tempfile.TemporaryDirectory(prefix="service-") as folder:
        url = f"sqlite:///{folder}/ledger.sqlite"
        migrate(url)
        ledger = Ledger(url)
        key, portal = KeyRing(ledger).issue(bank, "bank", "demo"), Ed25519PrivateKey.generate()
        zone_key = KeyRing(ledger).issue("zone", "operator", "demo")
        ledger.append([issuer_draft(PORTAL, "the demo's portal", public_key_text(portal.public_key()), "demo")])
        ledger.close()
        with _serving(bento, url) as address:
            yield Client(address, bank, key, portal, zone_key)


@contextmanager
def _serving(bento: str, url: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bentoml", "serve", bento, "--host", "127.0.0.1", "--port", str(port)]
    environment = os.environ | {"BENTOML_DO_NOT_TRACK": "true", LEDGER_URL: url, CLOCK: snapshot_day()}
    environment.pop(EVENTS_URL, None)  # beside the ledger
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield address
    finally:
        end(process)


def end(process: subprocess.Popen[Any]) -> None:
    """Let a served process finish; one that does not within END_LIMIT_S is killed."""
    process.terminate()
    try:
        process.wait(timeout=END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(address: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            output = process.stdout.read() if process.stdout else ""
            raise DemoError(f"the service ended with {process.returncode} before it was ready:\n{output[-4000:]}")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):  # noqa: S310  # loopback
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise DemoError(f"the service was not ready within {START_LIMIT_S} s")


def choose(decisions: Path) -> list[dict[str, Any]]:
    """The first enterprise of each wanted outcome in the batch answer, so that the demo is always the same."""
    found: dict[str, dict[str, Any]] = {}
    with decisions.open(encoding="utf-8") as lines:
        for line in lines:
            decision = json.loads(line)
            found.setdefault(decision["outcome"], decision)
    absent = [outcome for outcome in WANTED if outcome not in found]
    if absent:
        raise DemoError(f"no enterprise of the snapshot is {absent}")
    return [found[outcome] for outcome in WANTED]


def show(decision: dict[str, Any], console: Console) -> None:
    """One decision as a person reads it."""
    table = Table(show_header=False, box=None, padding=(0, 1))
    quota, score, risk = decision["quota"], decision["points"], decision["risk"]
    table.add_row("额度 quota", f"[bold]{quota['amount_wan']} 万元[/] (CNY {quota['amount_cny']:,})")
    table.add_row("约束 limited by", quota["limited_by"])
    total = "—" if score["total"] is None else f"{score['total']:.1f} / 130"
    table.add_row("积分 points", f"{total}, 完整度 coverage {score['coverage']:.0%}, {score['growth_stage']}")
    table.add_row(
        "风险 12-month PD", f"{risk['pd_12m']:.2%} [{risk['pd_low']:.2%}, {risk['pd_high']:.2%}] {risk['risk_grade']}"
    )
    for limit in decision["quota_trace"]:
        mark = "→" if limit["limiting"] else " "
        table.add_row(f"{mark} {limit['name']}", f"{limit['amount_wan']:,.1f} 万元  {limit['zh']}")
    for reason in decision["reasons"][:6]:
        table.add_row("－" if reason["direction"] == "negative" else "＋", f"{reason['text_zh']}\n{reason['text_en']}")
    versions = decision["versions"]
    table.add_row("审计 audit", f"{decision['audit_id']} · {decision['release']}")
    table.add_row("版本 versions", f"{versions['policy']} · {versions['risk_model']} · {versions['points_card']}")
    colour = COLOURS[decision["outcome"]]
    console.print(Panel(table, title=f"{decision['uscc']}  [{colour}]{decision['outcome']}[/]", border_style=colour))


def demo(decisions: Path, console: Console) -> Sequence[dict[str, Any]]:
    """Ask the running bento about three enterprises, and for the suppliers of one demand where it has a library.

    raises : DemoError when an answer differs from the batch's
    """
    answers = []
    with running_service() as client:
        for expected in choose(decisions):
            answer = client.post("/v1/quota", client.quota_body(expected))
            if not same_decision(answer, expected):
                raise DemoError(f"{expected['uscc']}: the served answer differs from the batch answer")
            show(answer, console)
            answers.append(answer)
        try:
            console.print(f"[bold]{DEMAND}[/]")
            show_suppliers(client.post("/v1/match/search", {"text": DEMAND, "count": 3}, client.zone_key), {}, console)
        except DemoError as fault:  # a release may come without a library
            if MATCHING_OFF not in str(fault):
                raise
            console.print("供需对接未打包 · This release has no library of suppliers")
    return answers
