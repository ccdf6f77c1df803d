"""Stores and open services for the serving tests: SQLite in a folder, PostgreSQL by a server of the session's own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from data.consents import public_key_text
from data.requests import GIVEN_BY_DEFAULT
from data.uscc import fictitious_uscc, uscc_fault
from models.quota.certificate import write_certificates
from models.quota.engine import read_policy
from models.quota.policy import read_policies
from serving.consents.giving import new_consent
from serving.consents.key import CONSENT_KEY_FILE, issuer_draft
from serving.decide.decision_service import DecisionService, safeguard_facts
from serving.decide.table_job import run_table_job
from serving.decide.worker import Worker
from serving.http.app import create_app
from serving.ledger.checkpoint import Signer
from serving.ledger.ledger import Ledger
from serving.ledger.store import LedgerError, migrate
from serving.releases.policies import set_up
from tests.models.quota.conftest import certificate
from tests.serving.approvals.planted_release import planted_approvals
from tests.serving.chain.planted import planted_chain
from tests.serving.clearance.planted_release import planted_clearance
from tests.serving.incubators.planted_registry import planted_incubators
from tests.serving.matching.planted import planted_service

AMOUNT = {"requested_amount_cny": 3_000_000}
ZONE = "Asia/Shanghai"
MIGRATED = "migrated"  # the store that each test's own is a copy of
PORTAL, PORTAL_KEY = "portal", Ed25519PrivateKey.from_private_bytes(b"a key that signs the tests' firm")
NOW = datetime.now(UTC)  # one for the session: the same request sent a second later is the same request


@dataclass(frozen=True)
class Postgres:
    """A running server: its programs by name as this account may run them, and its loopback port."""

    command: Callable[..., list[str]]
    port: int

    def new_database(self, name: str, template: str = "template1") -> str:
        """The URL of a new database: empty, or a copy of one that nobody is connected to."""
        at = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "ledger")
        made = self.command("createdb", *at, "-T", template, name)
        subprocess.run(made, check=True, capture_output=True)
        return f"postgresql+psycopg://ledger@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL for the whole session; without its server programs the test is skipped and counted."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)
    on_path = shutil.which("initdb")
    if programs is None and on_path is None:
        pytest.skip("PostgreSQL's server programs were not found: `make postgres` says how to get them")
    where = programs or Path(str(on_path)).parent
    as_user: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, socket.socket() as probe:
        if os.geteuid() == 0:  # initdb refuses root; any other account that always exists will do
            user = pwd.getpwnam("nobody")
            os.chown(folder, user.pw_uid, user.pw_gid)
            as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        server = Postgres(lambda program, *arguments: [*as_user, str(where / program), *arguments], port)
        data, log = f"{folder}/data", f"{folder}/log"
        for command in (
            server.command("initdb", "-D", data, "-U", "ledger", "-A", "trust", "--no-sync", "-E", "UTF8"),
            server.command("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", f"-p {port} -k {folder} -h 127.0.0.1"),
        ):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        migrate(server.new_database(MIGRATED))
        yield server
        stop = server.command("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
        subprocess.run(stop, check=True, stdout=subprocess.DEVNULL, cwd=folder)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated ledger in SQLite, to be copied: migrating takes far longer."""
    path = tmp_path_factory.mktemp(MIGRATED) / "ledger.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(migrated: Path, tmp_path: Path) -> str:
    """The URL of an empty, migrated ledger in SQLite."""
    return f"sqlite:///{shutil.copyfile(migrated, tmp_path / 'ledger.sqlite')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty, migrated ledger, once for each kind of store."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database(f"t{abs(hash(request.node.nodeid)) % 10**12}", MIGRATED)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An empty ledger."""
    book = Ledger(ledger_url)
    yield book
    book.close()


@pytest.fixture
def sqlite_ledger(sqlite_url: str) -> Iterator[Ledger]:
    """An empty ledger where the kind of store does not matter."""
    book = Ledger(sqlite_url)
    yield book
    book.close()


@dataclass
class Shop:
    """An open service over HTTP, and keys to it."""

    worker: Worker
    client: TestClient
    codes: list[str]

    def key(self, caller: str, role: str = "bank", scopes: tuple[str, ...] = (), holder: str = "") -> dict[str, str]:
        """Headers with a fresh key."""
        key = self.worker.keys.issue(caller, role, holder or f"{caller} system", scopes)
        self.worker.keys.refresh()
        return {"authorization": f"Bearer {key}"}

    def consent(self, uscc: str, bank: str = "standard", scope: Any = GIVEN_BY_DEFAULT, **changed: Any) -> Any:
        """A consent of the enterprise for the bank, signed by the portal, by default from yesterday to tomorrow."""
        start, end = NOW + timedelta(days=changed.get("start", -1)), NOW + timedelta(days=changed.get("end", 1))
        key, issuer = changed.get("key", PORTAL_KEY), changed.get("issuer", PORTAL)
        products = changed.get("products", ("innovation_points", "zheke"))
        name = changed.get("consent_id", "c1")
        more = {"purposes": changed["purposes"]} if "purposes" in changed else {}
        made = new_consent(name, uscc, bank, scope, products, "the firm", start, end, key, issuer, **more)
        return made.model_dump(mode="json")

    def body(self, position: int = 0, bank: str = "standard", **changes: Any) -> dict[str, Any]:
        """A good request about one enterprise of the snapshot."""
        uscc = changes.get("uscc", self.codes[position])
        body = {"request_id": f"r{position}", "uscc": uscc, "requested_amount_cny": 3_000_000}
        whose = uscc if uscc_fault(uscc) is None else self.codes[position]
        return body | {"consent": self.consent(whose, bank)} | changes


@dataclass(frozen=True)
class Certified:
    """A release with certificates: its folder, its service, and the digest of each bank's certificate."""

    folder: Path
    service: DecisionService
    digests: dict[str, str]

    @property
    def parts(self) -> dict[str, Any]:
        """What a shop of it has in place of the other release's."""
        return {name: getattr(self.service, name) for name in ("models", "snapshot", "prepared")}


@pytest.fixture(scope="session")
def service(trained: SimpleNamespace) -> DecisionService:
    """The decision service over the small trained cohort."""
    shutil.copyfile("params.yaml", trained.folder / "params.yaml")
    (trained.folder / "quota/certificates.json").write_text('{"certificates": []}\n', encoding="utf-8")
    return DecisionService.load(trained.folder)


@pytest.fixture(scope="session")
def certified(
    service: DecisionService, trained: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory
) -> Certified:
    """The same models, with certificates of two banks' policies that each hold for the next two loans."""
    folder = tmp_path_factory.mktemp("certified") / "artifacts"
    shutil.copytree(trained.folder, folder)
    engine = service.models.engine
    two = [
        certificate(engine, policy, loans=2) for policy in read_policies() if policy.bank_id in ("standard", "growth")
    ]
    write_certificates(folder / "quota/certificates.json", two)
    return Certified(folder, DecisionService.load(folder), {one.bank_id: one.digest for one in two})


@contextmanager
def opened_shops(service: DecisionService, folder: Path) -> Iterator[Callable[..., Shop]]:
    """Opens services that share the models and nothing else; closes them at the end."""
    opened: list[Shop] = []

    def open_one(url: str, recording: bool = True, signer: Signer | None = None, **changed: Any) -> Shop:
        own = replace(service, drift=service.drift.fresh(), **changed)
        worker = Worker(own, url, recording=recording, signer=signer)
        with suppress(LedgerError):  # a store that is away is what some tests are about
            worker.ledger.append([issuer_draft(PORTAL, "a portal", public_key_text(PORTAL_KEY.public_key()), "wang")])
            worker.refresh()
        app, codes = create_app(worker), list(service.snapshot.cases)
        app.state.matching = planted_service(folder, codes)
        app.state.chain = planted_chain(folder / f"release-{len(opened)}", codes, app.state.matching)
        app.state.clearance = planted_clearance(folder / f"clearance-{len(opened)}", codes[0])
        app.state.approvals = planted_approvals(folder / f"approvals-{len(opened)}", codes[0], fictitious_uscc(7))
        app.state.incubators = planted_incubators(folder / f"incubators-{len(opened)}", codes[0])
        shop = Shop(worker, TestClient(app), codes)
        opened.append(shop)
        return shop

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONSENT_KEY_FILE, str(folder / "consent-key.pem"))
        yield open_one
        for shop in opened:
            shop.client.close()
            shop.worker.close()
            shop.client.app.state.matching.close()
            shop.client.app.state.clearance.close()
            shop.client.app.state.approvals.close()
            shop.client.app.state.incubators.close()


@pytest.fixture
def open_shop(service: DecisionService, tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Opens services for one test."""
    with opened_shops(service, tmp_path) as open_one:
        yield open_one


@pytest.fixture(scope="session")
def with_releases(migrated: Path, service: DecisionService) -> Path:
    """A ledger in SQLite with the first releases of the service, to be copied."""
    path = shutil.copyfile(migrated, migrated.with_name("releases.sqlite"))
    book, models = Ledger(f"sqlite:///{path}"), service.models
    set_up(book, read_policies, models.release, models.versions, service.params.today())
    book.close()
    return path


@pytest.fixture
def shop(open_shop: Callable[..., Shop], with_releases: Path, tmp_path: Path) -> Shop:
    """An open service where the kind of store does not matter."""
    return open_shop(f"sqlite:///{shutil.copyfile(with_releases, tmp_path / 'shop.sqlite')}")


@pytest.fixture
def any_shop(open_shop: Callable[..., Shop], ledger_url: str) -> Shop:
    """An open service, once on each kind of store."""
    return open_shop(ledger_url)


@pytest.fixture
def job(service: DecisionService, trained: SimpleNamespace, tmp_path: Path) -> Callable[..., Any]:
    """Decides a table that a function makes of the cohort's first rows."""
    free = safeguard_facts(service.models, service.params, service.clock, drift_alarm=False)

    def run(
        change: Any = lambda frame: frame, rows: int = 40, policy: Any = None, packed: bool = True,
        own_values: bool = False, **facts: Any,
    ) -> Any:  # fmt: skip
        source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
        change(trained.snapshot.frame.head(rows).assign(**AMOUNT)).to_parquet(source, index=False)
        done = run_table_job(
            source, target, service.models, policy or read_policy(), replace(free, **facts), ZONE, workers=2,
            record=trained.snapshot.frame if packed else trained.snapshot.frame.head(0), own_values=own_values,
        )  # fmt: skip
        return done, pd.read_parquet(target)

    return run
