"""Over HTTP, what was promised and not yet tried: portals' consents on every route, a release that changes meanwhile.

The README's request is run as it is printed, against a server of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from data.consents import public_key_text
from models.quota.engine import read_policy
from serving.__main__ import app
from serving.contract.instants import today_in
from serving.ledger.store import LEDGER_URL
from tests.serving.http.test_applications import Flow

pytestmark = pytest.mark.contract
ADDRESS = "http://127.0.0.1:3000"


def wheres(answer):
    return [fault["where"] for fault in answer.json()["faults"]]


def test_a_portal_that_an_operator_registered_opens_and_an_ended_one_does_not(shop, monkeypatch):
    """By the command, then over HTTP: quota, batch and points; after its end each of them is refused."""
    key = Ed25519PrivateKey.generate()
    monkeypatch.setenv(LEDGER_URL, shop.worker.ledger.url)
    add = ["issuers", "add", "town", "--public-key", public_key_text(key.public_key()), "--name", "T", "--holder", "w"]
    uscc, bank = shop.codes[0], shop.key("standard")
    consent = shop.consent(uscc, issuer="town", key=key)
    tries = {
        "/v1/quota": lambda name: shop.body(consent=consent, request_id=name),
        "/v1/quota/batch": lambda name: [
            shop.body(consent=consent, request_id=name),
            shop.body(1, request_id=f"{name}."),
        ],
        "/v1/points": lambda _: {"uscc": uscc, "consent": consent},
    }

    def statuses(name):
        return [
            shop.client.post(path, json=made(name + path[4:5]), headers=bank).status_code
            for path, made in tries.items()
        ]

    assert statuses("a") == [403, 403, 403]
    assert CliRunner().invoke(app, add).exit_code == 0
    shop.worker.refresh()
    assert statuses("b") == [200, 200, 200]
    end = ["issuers", "end", "town", "--holder", "w", "--reason", "closed"]
    assert CliRunner().invoke(app, end).exit_code == 0
    shop.worker.refresh()
    assert statuses("c") == [403, 403, 403]
    assert shop.client.post("/v1/quota", json=tries["/v1/quota"]("c"), headers=bank).json()["faults"][0]["where"] == (
        "consent.key_id.ended"
    )


def test_an_expired_consent_opens_no_route(shop):
    """Quota, batch by its number, and points: 403 that names the end, in both languages; nothing is recorded."""
    bank, old = shop.key("standard"), shop.consent(shop.codes[1], start=-30, end=-1)
    answers = [
        shop.client.post("/v1/quota", json=shop.body(1, consent=old), headers=bank),
        shop.client.post("/v1/quota/batch", json=[shop.body(0), shop.body(1, consent=old)], headers=bank),
        shop.client.post("/v1/points", json={"uscc": shop.codes[1], "consent": old}, headers=bank),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert [wheres(answer) for answer in answers] == [
        ["consent.expires_at"], ["1.consent.expires_at"], ["consent.expires_at"],
    ]  # fmt: skip
    for answer in answers:
        assert "expired on" in answer.json()["detail"]
        assert "到期" in answer.json()["detail_zh"]
    assert shop.worker.ledger.counts("decision") == {}


def test_an_bank_applications_consent_opens_a_batch_and_a_revoked_one_none(shop):
    """The consent in a bank application is the service's own; once the firm ends it, batch and quota are refused."""
    flow = Flow(shop)
    (bank_application,) = flow.apply("standard").json()["bank_applications"]
    consent, bank = bank_application["consent"], flow.banks["standard"]

    def batch(name):
        bodies = [shop.body(0, consent=consent, request_id=name), shop.body(1, request_id=f"{name}-other")]
        return shop.client.post("/v1/quota/batch", json=bodies, headers=bank)

    alone = shop.client.post("/v1/quota", json=shop.body(0, consent=consent, request_id="alone"), headers=bank).json()
    reply = batch("a")
    assert reply.status_code == 200, reply.text
    same = ("outcome", "quota", "reasons", "versions")
    assert [reply.json()[0][name] for name in same] == [alone[name] for name in same]
    ended = shop.client.post(f"/v1/consents/{consent['id']}/revoke", json={"reason": "r"}, headers=flow.firm)
    assert ended.status_code == 200, ended.text
    shop.worker.refresh()
    assert batch("b").status_code == 403
    assert wheres(batch("b")) == ["0.consent.revoked"]
    assert batch("a").json() == reply.json()  # answered before: its record


def test_a_policy_that_changes_during_requests_answers_each_by_one_version(shop):
    """Every answer is wholly under the old or the new policy, in order of the change, and replays by its version."""
    li, wang = (shop.key("zone", "operator", holder=name) for name in ("li", "wang"))
    bank, old = shop.key("standard"), read_policy()
    body = old.model_dump(mode="json") | {"version": "next", "bank_id": "standard", "min_points": 130.0}
    requested = {"what": "policy", "owner": "standard", "version": "next", "body": body, "reason": "r"}
    assert shop.client.post("/v1/releases", json=requested, headers=li).status_code == 201
    halt, answers = threading.Event(), []

    def load(worker):
        number = 0
        while not halt.is_set():
            number += 1
            made = shop.body(number % 20, request_id=f"w{worker}-{number}")
            sent_at = time.monotonic()
            answer = shop.client.post("/v1/quota", json=made, headers=bank)
            answers.append((sent_at, answer.status_code, answer.json()))

    def await_more(count):
        wanted, ends = len(answers) + count, time.monotonic() + 60
        while len(answers) < wanted and time.monotonic() < ends and not any(one.done() for one in running):
            time.sleep(0.01)

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(load, worker) for worker in range(2)]
        try:
            await_more(20)
            activation = {
                "release": "policy:standard:next",
                "effective_from": today_in("Asia/Shanghai").isoformat(),
                "reason": "r",
            }
            assert shop.client.post("/v1/releases/activate", json=activation, headers=wang).status_code == 201
            shop.worker.refresh()
            changed_at = time.monotonic()
            await_more(20)
        finally:
            halt.set()
        for one in running:
            one.result()
    assert {status for _, status, _ in answers} == {200}
    versions = {answer["versions"]["policy"] for _, _, answer in answers}
    assert versions == {old.version, "next"}
    late = {answer["versions"]["policy"] for sent_at, _, answer in answers if sent_at > changed_at}
    assert late == {"next"}
    by_firm = {}
    for _, _, answer in answers:
        decided = answer["outcome"], answer["quota"]["amount_wan"], answer["quota"]["limited_by"]
        by_firm.setdefault((answer["uscc"], answer["versions"]["policy"]), set()).add(decided)
        if answer["versions"]["policy"] == "next":
            assert answer["outcome"] != "preapproved"  # nobody has so many points
    assert all(len(decided) == 1 for decided in by_firm.values())


@pytest.fixture
def address(shop):
    """The address of a server of the open service."""
    server = uvicorn.Server(
        uvicorn.Config(shop.client.app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    )  # port 0: any that is free
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("document", ["README.md", "README.zh-CN.md"])
def test_the_request_of_the_readme_runs_as_it_is_printed(shop, address, document):
    """Only the address and the firm are others; a consent is given, a quota requested, and the decision recorded."""
    text = Path(document).read_text(encoding="utf-8")
    (printed,) = [block for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL) if "/v1/quota" in block]
    (firm,) = set(re.findall(r"keys issue (\d\w{17}) ", printed))
    (bank,) = set(re.findall(r"KEY=\$\(python -m serving keys issue (\S+) ", printed))
    script = "CONSENT=" + printed.partition("CONSENT=")[2]
    assert script.count(ADDRESS) == 2
    keys = {
        "KEY": shop.key(bank, holder="me at the bank"),
        "FIRM": shop.key(shop.codes[0], "enterprise", holder="the firm's treasurer"),
    }
    keys = {name: value["authorization"].removeprefix("Bearer ") for name, value in keys.items()}
    done = subprocess.run(
        ["bash", "-eu", "-c", script.replace(ADDRESS, address).replace(firm, shop.codes[0])],
        env=os.environ | keys, capture_output=True, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["bank_id"], answer["uscc"]) == (bank, shop.codes[0])
    assert answer["summary_en"].startswith(("Pre-approved", "Manual review", "Declined", "Not assessed"))
    assert shop.worker.ledger.counts("decision") == {bank: 1}
