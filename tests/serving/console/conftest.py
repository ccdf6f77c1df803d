"""A small console for accounts, sessions and checks; and a running one on the small trained cohort, in a browser."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn

from serving.auth.access import ROLES
from serving.console.account_tables import StoredAccount
from serving.console.accounts import Accounts
from serving.console.app import mount_console
from serving.decide.decision_service import DecisionService
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate
from tests.serving.conftest import opened_shops
from tests.serving.console.planted_firms import Office, opened_office
from tests.serving.console.planted_owners import Owners, opened_owners
from tests.serving.console.signed_in import OWN, QUICK, Browser, Small, bound_account


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, made once and copied for every test."""
    path = tmp_path_factory.mktemp("migrated") / "ledger.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_ledger(migrated: Path, tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger of a test's own."""
    shutil.copyfile(migrated, tmp_path / "ledger.sqlite")
    book = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield book
    book.close()


@pytest.fixture
def small(sqlite_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Small:
    """A console of one page over an empty store."""
    monkeypatch.setattr("serving.console.accounts.usual_passwords", lambda: QUICK)
    return Small(sqlite_ledger)


@pytest.fixture
def browser(small: Small) -> Browser:
    """A browser that nobody has signed in from."""
    return Browser(small)


def acts_for(role: str, codes: list[str]) -> str:
    """For whom the tests' account of a role acts."""
    return {"enterprise": codes[0], "bank": "standard"}.get(role, "zone")


@pytest.fixture(scope="session")
def console_shop(service: DecisionService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The bank API with the console mounted, served on a free port: its address, its application and its people."""
    folder = tmp_path_factory.mktemp("console")
    with opened_shops(service, folder) as open_one:
        shop = open_one(f"sqlite:///{folder / 'ledger.sqlite'}")
        app = shop.client.app
        mount_console(app)
        accounts = Accounts(shop.worker.ledger, QUICK)
        people = {role: bound_account(accounts, f"{role}.1", role, acts_for(role, shop.codes)) for role in ROLES}
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield SimpleNamespace(address=f"http://127.0.0.1:{port}", shop=shop, people=people)
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def office(service: DecisionService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An open service with the console's pages over it, without a browser."""
    with opened_office(service, tmp_path_factory.mktemp("office")) as opened:
        yield opened


@pytest.fixture(scope="session")
def console_address(console_shop: SimpleNamespace) -> str:
    """The address of the running service; the console is below /console."""
    return console_shop.address


@pytest.fixture(scope="module")  # while it is open, Playwright runs a loop on this thread, and no other test may
def chromium() -> Iterator[Any]:
    """Headless Chromium; without it the test is skipped and counted."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium was not found on PATH: `make chromium` says how to get it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


class Window:
    """One person's page in a context of its own; what must not happen is noted."""

    def __init__(self, context: Any, address: str) -> None:
        self.page, self.address = context.new_page(), address
        self.faults: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda said: said.type == "error" and self.faults.append(said.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        scheme, host, *_ = urlsplit(request.url)
        if scheme not in ("data", "blob") and host != urlsplit(self.address).netloc:
            self.foreign.append(request.url)

    def open(self, path: str) -> Any:
        """The page at an address below the service, once its heading is there."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector("h1")
        return self.page


@pytest.fixture
def window(chromium: Any, console_address: str) -> Iterator[Callable[..., Window]]:
    """Opens windows without cookies; closes them at the end."""
    contexts = []

    def open_one(**given: Any) -> Window:
        contexts.append(chromium.new_context(locale="zh-CN", viewport={"width": 1_280, "height": 800}, **given))
        return Window(contexts[-1], console_address)

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def sign_in(console_shop: SimpleNamespace) -> Callable[..., StoredAccount]:
    """Signs a page in as the account of a role, by the form; returns whose account it is."""

    def by_form(page: Any, role: str) -> StoredAccount:
        account: StoredAccount = console_shop.people[role]
        page.goto(f"{console_shop.address}/console/sign-in")
        page.fill("#name", account.sign_in_name)
        page.fill("#password", OWN)
        page.click("button[type=submit]")
        page.wait_for_url(lambda address: "sign-in" not in address)
        return account

    return by_form


@pytest.fixture(scope="session")
def owners(service: DecisionService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owners]:
    """The console with two people of each role, and objects that one of them owns."""
    with opened_owners(service, tmp_path_factory.mktemp("owners")) as opened:
        yield opened
