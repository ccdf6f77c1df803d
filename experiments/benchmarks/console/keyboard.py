"""The officer's path by keyboard alone: Tab, letters, arrows and Enter, never a pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page

from experiments.benchmarks.console.browser import Person
from serving.console.page import PREFIX

if TYPE_CHECKING:
    from experiments.benchmarks.console.bench import World

MOST_TABS = 150
FOCUSED = "(selector) => !!document.activeElement && document.activeElement.matches(selector)"
SEEN_FOCUS = """() => { const one = document.activeElement; if (!one || one === document.body) return false;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && (style.outlineStyle !== "none" || style.boxShadow !== "none"
    || !!one.closest(".ag-cell-focus, .mantine-Input-wrapper")); }"""


class Keys:
    """A keyboard at a page; every element that was reached is kept with how many Tabs it took."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.reached: list[tuple[str, int]] = []
        self.unseen: list[str] = []

    def to(self, selector: str) -> None:
        """Press Tab until an element has the focus; raises AssertionError where that never happens."""
        for count in range(MOST_TABS):
            if self.page.evaluate(FOCUSED, selector):
                self.reached.append((selector, count))
                if not self.page.evaluate(SEEN_FOCUS):
                    self.unseen.append(selector)
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is not reached by {MOST_TABS} Tabs on {self.page.url}")

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)


def officer_by_keyboard(world: World) -> dict[str, Any]:
    """Signs in, finds a firm, opens its portrait and issues its certificate; what was reached by how many Tabs."""
    account = world.running.people["zone_officer"][0]
    firm = world.running.people["enterprise"][0].caller_name
    broke, reached, unseen = "", [], []
    with Person(world.browser, world.address) as person:
        keys = Keys(person.page)
        try:
            person.page.goto(f"{world.address}{PREFIX}/sign-in")
            keys.to("#name")
            person.page.keyboard.type(account.sign_in_name)
            keys.to("#password")
            person.page.keyboard.type(account.password)
            keys.press("Enter")
            person.page.wait_for_url(lambda url: "sign-in" not in url)
            person.settled()
            keys.to(f"nav a[href='{PREFIX}/firms']")
            keys.press("Enter")
            person.page.wait_for_url(f"**{PREFIX}/firms")
            person.settled()
            keys.to(".skip-link")
            keys.press("Enter")
            keys.to("#firms-text")
            person.page.keyboard.type(firm)
            person.page.wait_for_function(
                "(firm) => { const rows = document.querySelectorAll('.ag-center-cols-container .ag-row');"
                " return rows.length === 1 && rows[0].innerText.includes(firm); }",
                arg=firm,
            )
            keys.to(".ag-header-cell, .ag-cell")
            keys.press("ArrowDown", "Enter")
            person.page.wait_for_url(f"**{PREFIX}/firms/{firm}")
            person.settled()
            keys.to("a[href$='/certificate']")
            keys.press("Enter")
            person.page.wait_for_url("**/certificate")
            person.settled()
            keys.to("#certificate-open")
            keys.press("Enter")
            person.page.wait_for_selector("#certificate-yes:visible")
            keys.to("#certificate-yes")
            keys.press("Enter")
            person.page.wait_for_selector("#certificate-issued iframe")
        except Exception as fault:  # noqa: BLE001  # where it breaks is what is reported
            broke = f"{type(fault).__name__}: {fault}"[:500]
            world.pictures.mkdir(parents=True, exist_ok=True)
            person.page.screenshot(path=world.pictures / "broke-keyboard.png")
        reached, unseen = keys.reached, keys.unseen
        noted = person.clean()
    return {"reached": reached, "unseen_focus": unseen, "broke": broke, **noted,
            "holds": not broke and not unseen and not noted["faults"]}  # fmt: skip
