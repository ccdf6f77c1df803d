"""A keyboard at a page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from experiments.benchmarks.console.keyboard import FOCUSED, MOST_TABS, Keys


class Order:
    """A page whose elements follow each other; the second one shows no focus."""

    url = "page"

    def __init__(self, *selectors: str) -> None:
        self.selectors, self.at, self.keyboard = selectors, 0, SimpleNamespace(press=self.press)

    def press(self, key: str) -> None:
        self.at += key == "Tab"

    def evaluate(self, script: str, selector: str = "") -> bool:
        if script == FOCUSED:
            return self.at < len(self.selectors) and self.selectors[self.at] == selector
        return self.at != 1


def test_an_element_is_reached_by_tabs_and_one_whose_focus_is_not_seen_is_kept():
    """Both are counted from where the focus was."""
    keys = Keys(Order("#skip", "#name", "#send"))
    keys.to("#name")
    keys.to("#send")
    assert keys.reached == [("#name", 1), ("#send", 1)]
    assert keys.unseen == ["#name"]


def test_what_tabs_never_reach_is_a_fault():
    """After so many of them."""
    with pytest.raises(AssertionError, match=f"#lost is not reached by {MOST_TABS} Tabs"):
        Keys(Order("#skip")).to("#lost")
