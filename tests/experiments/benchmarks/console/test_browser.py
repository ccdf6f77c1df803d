"""A person in headless Chromium."""

from __future__ import annotations

import pytest

from experiments.benchmarks.console import browser
from experiments.benchmarks.console.browser import NoBrowserError, Person, chromium_path, opened_browser


def test_without_chromium_it_is_said_how_to_get_it(monkeypatch):
    """Before anything is started."""
    monkeypatch.setattr(browser.shutil, "which", lambda _: None)
    with pytest.raises(NoBrowserError, match="make chromium"):
        chromium_path()


def test_what_a_page_does_wrong_is_noted():
    """A message on its console, an exception that nobody caught, and a request to another host."""
    try:
        chromium_path()
    except NoBrowserError as fault:
        pytest.skip(str(fault))
    with opened_browser() as opened, Person(opened, "http://127.0.0.1:1") as person:
        person.page.set_content(
            "<h1>x</h1><script>console.error('wrong'); setTimeout(() => { throw new Error('ours') }, 0)</script>"
            "<img src='http://elsewhere.invalid/a.png'>"
        )
        for _ in range(200):
            if len(person.faults) > 1 and person.foreign:
                break
            person.page.wait_for_timeout(50)
        assert any("wrong" in one for one in person.faults)
        assert any("ours" in one for one in person.faults)
        assert person.foreign == ["http://elsewhere.invalid/a.png"]
        person.forget()
        assert person.clean() == {"faults": [], "foreign": []}


@pytest.mark.parametrize(
    ("style", "inner", "settled"),
    [("", "", False), ("", '<svg class="main-svg"></svg>', True), ("display: none", "", True)],
)
def test_a_page_has_settled_once_its_visible_charts_are_drawn(style, inner, settled):
    """A chart's frame is there before its picture; a hidden chart is not waited for."""
    try:
        chromium_path()
    except NoBrowserError as fault:
        pytest.skip(str(fault))
    with opened_browser() as opened:
        page = opened.new_page()
        page.set_content(f'<h1>x</h1><figure class="figure"><div role="img" style="{style}">{inner}</div></figure>')
        assert bool(page.evaluate(browser.SETTLED)) is settled
