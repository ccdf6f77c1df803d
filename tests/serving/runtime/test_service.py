"""The service as it runs: built, served by two workers, upgraded and stopped under load, with no request lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.code_version import code_version, source_digest
from data.consents import public_key_text
from data.uscc import fictitious_uscc
from features.text import TextEncoder
from models.matching.answer import Matcher
from models.matching.library import Library
from serving.auth.access import KeyRing
from serving.cli.demo import PORTAL, Client
from serving.consents.key import issuer_draft
from serving.contract.instants import today_in
from serving.ledger.ledger import Ledger
from serving.ledger.store import LEDGER_URL, migrate
from tests.models.matching.conftest import TRADES, confidence, documents, ranker  # noqa: F401  # two are fixtures
from tests.training.pipeline.test_matching import write_encoder

pytestmark = pytest.mark.law
PACK = """
import sys; from pathlib import Path; from serving.releases.pack import build, pack
print(pack(Path(sys.argv[1]), tables=Path(sys.argv[1]) / "none")); build()
"""
SERVE = "import sys; from serving.runtime.supervisor import serve; sys.exit(serve(int(sys.argv[1]), 2))"


def run_python(code: str, *arguments: str, environment: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def call(address: str, path: str, key: str, body: object = None) -> tuple[int, dict]:
    """One request on a connection of its own."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(address + path, data, headers), timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


@pytest.fixture(scope="module")
def artifacts(service, trained, ranker, confidence, tmp_path_factory):  # noqa: F811
    """The trained cohort's, and a matching of firms of eight trades."""
    folder = tmp_path_factory.mktemp("packed") / "artifacts"
    shutil.copytree(trained.folder, folder)
    write_encoder(folder / "matching/encoder")
    encoder = TextEncoder.load(folder / "matching/encoder")
    table = documents(copies=3)
    number = pd.factorize(table["enterprise_id"])[0]
    library = Library.prepare(table.assign(enterprise_id=[fictitious_uscc(one + 1) for one in number]), encoder)
    Matcher(encoder, library, replace(ranker, encoder_digest=encoder.digest), confidence, 0.4).save(folder / "matching")
    return folder


@pytest.fixture(scope="module")
def served(service, artifacts, tmp_path_factory):
    """Two workers over a ledger of their own; ends with SIGTERM."""
    folder = tmp_path_factory.mktemp("served")
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    migrate(url)
    ledger = Ledger(url)
    ring = KeyRing(ledger)
    keys = {name: ring.issue(*of) for name, of in {
        "bank": ("standard", "bank", "system"), "li": ("zone", "operator", "li"), "wang": ("zone", "operator", "wang"),
    }.items()}  # fmt: skip
    portal = Ed25519PrivateKey.generate()
    ledger.append([issuer_draft(PORTAL, "a portal", public_key_text(portal.public_key()), "wang")])
    home = folder / "bentoml"
    environment = os.environ | {"BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "true", LEDGER_URL: url}
    run_python(PACK, str(artifacts), environment=environment)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (folder / "log").open("wb")
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 180
    while b'"serving"' not in (folder / "log").read_bytes():
        assert time.monotonic() < deadline, (folder / "log").read_text()[-3000:]
        assert process.poll() is None, (folder / "log").read_text()[-3000:]
        time.sleep(0.1)
    codes = list(service.snapshot.cases)
    yield SimpleNamespace(
        address=address, keys=keys, ledger=ledger, process=process, environment=environment, folder=folder,
        client=Client(address, "standard", keys["bank"], portal), codes=codes,
    )  # fmt: skip
    process.terminate()
    process.wait(40)
    ledger.close()
    log.close()


class Load:
    """Threads that send one request after another, each on a connection of its own, until stopped.

    They wait ``pause_s`` between two requests, which leaves the processors to workers that start.
    """

    def __init__(self, served: SimpleNamespace, name: str, threads: int = 2, pause_s: float = 0.0) -> None:
        self.served, self.name, self.pause_s = served, name, pause_s
        self.answers: list[tuple[str, int, dict]] = []
        self.lost: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(threads)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        count = 0
        while not self._stop.is_set():
            count += 1
            request_id = f"{self.name}-{number}-{count}"
            expected = {
                "request_id": request_id,
                "uscc": self.served.codes[count % 50],
                "quota": {"requested_cny": 10**6},
            }
            try:
                status, answer = call(
                    self.served.address, "/v1/quota", self.served.keys["bank"], self.served.client.quota_body(expected)
                )
            except (OSError, ValueError) as fault:
                self.lost.append(f"{request_id}: {fault!r}")
                if self._stop.is_set() or self.served.process.poll() is not None:
                    return
            else:
                self.answers.append((request_id, status, answer))
            self._stop.wait(self.pause_s)


def result(served: SimpleNamespace, event: str) -> int:
    return (served.folder / "log").read_bytes().count(f'"{event}"'.encode())


def until(condition: Callable[[], bool], limit_s: float = 60.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def wait_for(served: SimpleNamespace, event: str, count: int) -> None:
    deadline = time.monotonic() + 180
    while result(served, event) < count:
        assert time.monotonic() < deadline, (served.folder / "log").read_text()[-3000:]
        time.sleep(0.1)


def test_it_serves_without_torch_or_mlflow_and_counts_for_all_workers(served):
    """No worker holds a heavy or foreign module; the figures of both workers are one soon after."""
    with Load(served, "count") as load:
        until(lambda: len(load.answers) >= 20)
    assert not load.lost
    headers = {"authorization": f"Bearer {served.keys['li']}"}

    def counted():
        with urllib.request.urlopen(urllib.request.Request(served.address + "/metrics", headers=headers)) as answer:
            lines = answer.read().decode().splitlines()
        found = [line for line in lines if line.startswith("service_answers_total") and "/v1/quota" in line]
        return sum(float(line.split()[-1]) for line in found)

    until(lambda: counted() >= len(load.answers))
    assert counted() == len(load.answers)
    pids = subprocess.run(["pgrep", "-P", str(served.process.pid)], capture_output=True, text=True).stdout.split()
    assert len(pids) == 2
    for pid in pids:
        maps = Path(f"/proc/{pid}/maps").read_text()
        assert "torch" not in maps
        assert "/mlflow/" not in maps


@pytest.mark.parametrize("path", ["/", "/nope", "/livez", "/schema.json", "/docs.json", "/healthz/", "/v1/quota/x"])
def test_every_path_is_the_bank_apis(served, path):
    """No page of BentoML's: what is no route of ours is a problem, whatever else would answer it."""
    status, body = call(served.address, path, served.keys["bank"])
    assert (status, body["type"]) == (404, "/problems/not-found")


def test_health_is_the_contracts(served):
    """JSON as the document says, for everybody, though BentoML has routes of these names."""
    assert call(served.address, "/healthz", "") == (200, {"status": "ok"})
    assert call(served.address, "/readyz", "") == (200, {"status": "ready"})
    assert call(served.address, "/readyz", "", {})[0] == 405


def test_the_packed_service_names_the_code_of_this_checkout(served):
    """The bento holds the same sources, so its answers and records carry the same digests; it knows no commit."""
    body = served.client.quota_body({"request_id": "code", "uscc": served.codes[0], "quota": {"requested_cny": 10**6}})
    status, answer = call(served.address, "/v1/quota", served.keys["bank"], body)
    assert (status, answer["versions"]["code"]) == (200, source_digest())
    record = served.ledger.by_key(f"decision:{answer['audit_id']}")
    assert record.content["code"] == {"digest": code_version().digest, "commit": ""}


def test_the_built_bento_ranks_as_the_library_does(served, artifacts):
    """Every firm of every list in its order with its probability: by names of the trades and by their sentences."""
    matcher = Matcher.load(artifacts / "matching")
    for text in [name for pair in TRADES for name in pair] + matcher.library.passages["text"].tolist()[::9]:
        status, answer = call(served.address, "/v1/match/search", served.keys["li"], {"text": text, "count": 20})
        expected = matcher.search(text, date.fromisoformat(answer["day"]), 20).candidates
        assert (status, len(expected)) == (200, 20)
        assert [one["uscc"] for one in answer["suppliers"]] == [one.enterprise_id for one in expected]
        found = [one["probability"] for one in answer["suppliers"]]
        assert found == pytest.approx([one.probability for one in expected], abs=1e-12)


def test_a_release_that_nobody_activated_does_not_take_over(served, trained, tmp_path):
    """New workers that may not answer never become ready: the old ones go on, and no request is lost."""
    folder = tmp_path / "artifacts"
    shutil.copytree(trained.folder, folder)
    peers = folder / "quota/model/peers.json"
    peers.write_text(peers.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    tag = run_python(PACK, str(folder), environment=served.environment).splitlines()[0]
    served.next_release = tag.partition(":")[2].partition(".")[0]
    with Load(served, "refused", pause_s=0.5) as load:
        served.process.send_signal(signal.SIGHUP)
        wait_for(served, "upgrade_refused", 1)
    assert not load.lost
    assert {status for _, status, _ in load.answers} == {200}
    assert served.next_release not in {answer["release"] for _, _, answer in load.answers}


def test_an_activated_release_takes_over_under_load_with_no_request_lost(served):
    """Proposed by one, activated by another, upgraded under load: every request is answered, by the old or the new."""
    li, wang = served.keys["li"], served.keys["wang"]
    proposal = {"what": "model", "owner": "*", "version": served.next_release, "body": {}, "reason": "r"}
    today = today_in("Asia/Shanghai").isoformat()
    activation = {"release": f"model:*:{served.next_release}", "effective_from": today, "reason": "r"}
    assert call(served.address, "/v1/releases", li, proposal)[0] == 201
    assert call(served.address, "/v1/releases/activate", li, activation)[0] == 403
    assert call(served.address, "/v1/releases/activate", wang, activation)[0] == 201
    opened = result(served, "ledger_open")
    with Load(served, "upgrade", pause_s=0.5) as load:
        served.process.send_signal(signal.SIGHUP)
        wait_for(served, "ledger_open", opened + 1)
        load.pause_s = 0.0  # well before the first of the new workers is ready
        wait_for(served, "upgraded", 1)
        until(lambda: {answer.get("release") for _, _, answer in load.answers[-20:]} == {served.next_release})
    assert not load.lost
    assert {status for _, status, _ in load.answers} == {200}
    releases = [answer["release"] for _, _, answer in load.answers]
    assert releases[-1] == served.next_release
    assert len(set(releases)) == 2
    assert all(served.ledger.by_key(f"decision:{answer['audit_id']}") for _, _, answer in load.answers)


def test_a_worker_that_falls_is_replaced(served):
    """Kill -9 of one worker: the other answers, a new one comes, and nothing acknowledged is lost."""
    pids = subprocess.run(["pgrep", "-P", str(served.process.pid)], capture_output=True, text=True).stdout.split()
    with Load(served, "fallen") as load:
        time.sleep(0.3)
        os.kill(int(pids[0]), signal.SIGKILL)
        time.sleep(1.0)
    wait_for(served, "worker_fell", 1)
    answered = [answer for _, status, answer in load.answers if status == 200]
    assert all(served.ledger.by_key(f"decision:{answer['audit_id']}") for answer in answered)
    assert served.ledger.verify().breaks == ()


def test_requested_to_stop_it_finishes_what_it_took(served):
    """SIGTERM under load: everything answered is in the ledger, everything in the ledger of this load was answered."""
    with Load(served, "stop") as load:
        until(lambda: len(load.answers) >= 20)
        served.process.send_signal(signal.SIGTERM)
        served.process.wait(40)
    assert served.process.returncode == 0
    answered = {answer["audit_id"] for _, status, answer in load.answers if status == 200}
    recorded = {
        record.subject
        for record in served.ledger.scan("decision")
        if record.content["request"]["request_id"].startswith("stop-")
    }
    assert answered
    assert answered == recorded
    assert served.ledger.verify().breaks == ()
    text = (served.folder / "log").read_text(errors="replace")
    assert not [key for key in served.keys.values() if key.split("_", 2)[2] in text]
    assert not [code for code in served.codes if code in text]
    ours = [line for line in text.splitlines() if line.startswith("{")]
    assert {"ledger_open", "serving", "upgraded", "worker_closed"} <= {json.loads(line)["event"] for line in ours}


def test_the_workers_of_a_killed_supervisor_finish_and_end(served):
    """Kill -9 of the supervisor: the workers of the packed service end by themselves and the port is free again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = served.folder / "killed"
    with log.open("wb") as stream:
        command = [sys.executable, "-c", SERVE, str(port)]
        process = subprocess.Popen(command, env=served.environment, stdout=stream, stderr=stream)
        deadline = time.monotonic() + 180
        while b'"serving"' not in log.read_bytes():
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.1)
        found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        process.kill()
        process.wait()
        while [pid for pid in found if Path(f"/proc/{pid}").exists()]:
            assert time.monotonic() < deadline + 30, log.read_text()[-3000:]
            time.sleep(0.1)
    assert len(found) == 2
    assert log.read_bytes().count(b'"worker_closed"') == 2
    with socket.create_server(("127.0.0.1", port)):
        pass
