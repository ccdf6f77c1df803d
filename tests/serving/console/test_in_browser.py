"""What a person sees in a browser: signing in, the start page of each role, grids that speak Chinese."""

from __future__ import annotations

import pytest

from serving.auth.access import ROLES

ROLE_WORDS = {
    "zone_officer": "园区工作人员",
    "policy_analyst": "政策分析员",
    "enterprise": "企业",
    "bank": "银行工作人员",
    "operator": "系统管理员",
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_signs_in_and_reads_its_start_page(window, sign_in, role):
    """From the form to what waits for the person; no error in the browser, no request to another host."""
    opened = window()
    account = sign_in(opened.page, role)
    page = opened.page
    page.wait_for_selector("h1")
    assert page.inner_text("h1") == "待办"
    assert page.get_attribute("html", "lang") == "zh-CN"
    assert account.holder in page.inner_text("header")
    assert ROLE_WORDS[role] in page.inner_text("header")
    assert (opened.faults, opened.foreign) == ([], [])


def test_a_wrong_password_is_refused_in_words_and_opens_nothing(window, sign_in, console_shop):
    """The form stays, says what to do, and the start page still leads to the form."""
    page = window().page
    page.goto(f"{console_shop.address}/console/sign-in")
    page.fill("#name", console_shop.people["bank"].sign_in_name)
    page.fill("#password", "not the password")
    page.click("button[type=submit]")
    assert page.get_by_role("alert").inner_text()
    page.goto(f"{console_shop.address}/console/")
    assert "sign-in" in page.url


def test_the_own_account_is_reached_on_a_telephone(window, sign_in, console_shop):
    """At 400 px the header holds menu, language, colours and the account, in the longer language too."""
    page = window().page
    sign_in(page, "bank")
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(f"{console_shop.address}/console/?lang=en")
    page.wait_for_selector("h1")
    found = page.locator("header a.who").bounding_box()
    assert found is not None
    assert found["x"] + found["width"] <= 400
