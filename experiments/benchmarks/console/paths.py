"""The day's path of each role from sign-in to done, each step with what a person then sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from experiments.benchmarks.console.browser import Person
from serving.console.page import PREFIX
from serving.console.texts import text

if TYPE_CHECKING:
    from experiments.benchmarks.console.bench import World

SEES = "(words) => words.every((one) => (document.querySelector('main')?.innerText || '').includes(one))"
JOB_LIMIT_MS = 240_000
VERSION = "trial-2024.9"


class Walk:
    """One person's way through the console; every step waits for words on the page and is kept."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page
        self.steps: list[str] = []

    def see(self, *words: str, within_ms: int = 20_000) -> None:
        """Wait until all the words are on the page; raises playwright's TimeoutError."""
        self.steps.append(" · ".join(words))
        self.page.wait_for_function(SEES, arg=list(words), timeout=within_ms)

    def menu(self, path: str) -> None:
        """Follow the menu's link to a page, and see its heading."""
        self.page.click(f"nav a[href='{PREFIX}{path}']")
        self.page.wait_for_url(f"**{PREFIX}{path}")
        self.person.settled()
        self.steps.append(f"{path}: {self.page.inner_text('h1')}")

    def choose(self, component: str, position: int = 0, words: str = "") -> str:
        """Open a select and take an option by its words or position; returns its words."""
        self.page.click(f"#{component}")
        options = self.page.locator("[role=option]:visible")
        option = options.filter(has_text=words).first if words else options.nth(position)
        found = option.inner_text()
        option.click()
        self.page.keyboard.press("Escape")
        return found

    def press(self, component: str) -> None:
        """Press a button."""
        self.page.click(f"#{component}")

    def fetch(self, address: str) -> bytes:
        """The file at an address of the page, as this person gets it."""
        answer = self.page.request.get(self.person.address + address if address.startswith("/") else address)
        if answer.status != 200:
            raise AssertionError(f"{answer.status} {address}")
        return answer.body()


@contextmanager
def signed_in(world: World, role: str, position: int = 0) -> Iterator[Walk]:
    """Somebody of a role who signs in by the form; a picture is left where the way breaks."""
    account = world.running.people[role][position]
    with Person(world.browser, world.address) as person:
        person.sign_in(account.sign_in_name, account.password)
        walk = Walk(person)
        try:
            walk.see(text("start.waiting", "zh"))
            yield walk
        except Exception:
            world.pictures.mkdir(parents=True, exist_ok=True)
            walk.page.screenshot(path=world.pictures / f"broke-{role}.png", full_page=True)
            raise


def officer(world: World) -> Iterator[Walk]:
    """Finds a firm and prints its certificate."""
    firm = world.running.people["enterprise"][0].caller_name
    with signed_in(world, "zone_officer") as walk:
        yield walk
        walk.menu("/firms")
        walk.page.fill("#firms-text", firm)
        walk.see(text("firms.found", "zh", count=1, all=world.firms))
        walk.page.locator(".ag-row a", has_text=firm).first.click()
        walk.person.settled()
        walk.see(firm, text("portrait.certificate", "zh"))
        walk.page.locator("main a", has_text=text("portrait.certificate", "zh")).first.click()
        walk.person.settled()
        walk.press("certificate-open")
        walk.press("certificate-yes")
        walk.page.wait_for_selector("#certificate-issued iframe")
        files = walk.page.locator("#certificate-earlier a[href*='zh.pdf']").first.get_attribute("href") or ""
        sheet = walk.fetch(files)
        if not sheet.startswith(b"%PDF"):
            raise AssertionError("the certificate is no PDF")
        walk.steps.append(f"certificate of {len(sheet):,} bytes")


def analyst(world: World) -> Iterator[Walk]:
    """Moves a lever, runs the reform as a job, sees winners and losers, and downloads the report."""
    with signed_in(world, "policy_analyst") as walk:
        yield walk
        walk.menu("/reform")
        lever = walk.page.locator("#reform-levers input:visible").nth(1)
        now = float((lever.input_value() or "0").replace(",", "").rstrip("%"))
        lever.fill(f"{now * 0.8:g}")
        lever.press("Tab")
        walk.page.wait_for_selector("#reform-run:not([disabled])")
        walk.press("reform-run")
        walk.page.wait_for_url("**/reform/jobs/**")
        walk.see(text("analyst.result.winners", "zh"), within_ms=JOB_LIMIT_MS)
        walk.person.settled()
        files = walk.page.locator("main a[href*='/files/jobs/']")
        walk.steps.append(f"{files.count()} files")
        if not walk.fetch(files.first.get_attribute("href") or ""):
            raise AssertionError("an empty report")


def enterprise(world: World) -> Iterator[Walk]:
    """Reads why, consents, applies to two banks, posts a demand and sees suppliers."""
    with signed_in(world, "enterprise") as walk:
        yield walk
        walk.menu("/points")
        walk.page.wait_for_selector("main .js-plotly-plot")
        walk.menu("/consents")
        walk.choose("consents-bank")
        for box in walk.page.locator("#consents-new [type=checkbox]").all():
            box.check()
        walk.page.wait_for_selector("#consents-give:not([disabled])")
        walk.press("consents-give")
        walk.see(text("consents.open", "zh"))
        walk.menu("/applications/new")
        boxes = walk.page.locator("main [type=checkbox]")
        for bank_or_share in (0, 1, *range(boxes.count() - 5, boxes.count())):  # two banks, what they get, agreement
            boxes.nth(bank_or_share).check()
        walk.page.wait_for_selector("#applying-send:not([disabled])")
        walk.press("applying-send")
        walk.see(text("applying.sent", "zh", count=2))
        walk.menu("/demands")
        walk.page.locator("main a", has_text=text("demands.new", "zh")).first.click()
        walk.person.settled()
        walk.page.fill("#owndemand-title", "轴承提前失效")
        walk.page.fill("#owndemand-problem", "主轴轴承在连续运行三个月后振动增大，需要提前预警的监测办法。")
        walk.press("owndemand-post")
        walk.page.wait_for_url("**/demands/**")
        walk.see(text("suppliers.of_demand", "zh"))


def bank(world: World) -> Iterator[Walk]:
    """Decides an application and replays a decision."""
    with signed_in(world, "bank") as walk:
        yield walk
        walk.menu("/applications")
        walk.page.locator(".ag-row a").first.click()
        walk.person.settled()
        walk.see(text("bank.consent", "zh"), text("bank.quota", "zh"))
        walk.menu("/decisions")
        walk.page.locator(".ag-row a").first.click()
        walk.person.settled()
        walk.press("bank-replay-button")
        walk.see(text("bank.replay.same", "zh"))


def operator(world: World) -> Iterator[Walk]:
    """Activates a release that somebody else proposed."""
    with signed_in(world, "operator", 0) as first:
        yield first
        first.menu("/operator/releases")
        bank_name = first.choose("change-bank")
        first.page.wait_for_function("() => document.querySelector('#change-min_points').value !== ''")
        first.page.fill("#change-min_points", "21")
        first.page.fill("#change-version", VERSION)
        first.page.fill("#change-reason", "为试用而调整")
        first.press("change-propose")
        first.see(text("operator.change.done", "zh", version=VERSION))
        first.steps.append(bank_name)
    with signed_in(world, "operator", 1) as second:
        yield second
        second.menu("/operator/releases")
        second.choose("releases-open", words=VERSION)
        second.page.fill("#releases-reason", "复核无误")
        second.page.wait_for_function("() => document.querySelector('#releases-difference').innerText.includes('21')")
        second.press("releases-activate")
        second.page.wait_for_function(
            "(version) => document.querySelector('#releases-list').innerText.includes(version)", arg=VERSION
        )
        second.page.wait_for_function("() => document.querySelector('#releases-activated').innerText.trim() !== ''")
        second.steps.append(second.page.inner_text("#releases-activated"))


WALKS: dict[str, Callable[[Any], Iterator[Walk]]] = {
    "zone_officer": officer,
    "policy_analyst": analyst,
    "enterprise": enterprise,
    "bank": bank,
    "operator": operator,
}


def walked(world: World, role: str) -> dict[str, Any]:
    """Whether a role's path was gone to its end, its steps, and what must not have happened on it."""
    walks: list[Walk] = []
    broke = ""
    try:
        for walk in WALKS[role](world):
            walks.append(walk)
    except Exception as fault:  # noqa: BLE001  # a path that breaks is what is reported
        broke = f"{type(fault).__name__}: {fault}"[:600]
    noted = [walk.person.clean() for walk in walks]
    clean = not any(one["faults"] or one["foreign"] for one in noted)
    return {"role": role, "steps": [walk.steps for walk in walks], "broke": broke, "noted": noted,
            "holds": not broke and clean}  # fmt: skip
