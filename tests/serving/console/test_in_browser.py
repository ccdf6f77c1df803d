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


def test_a_menu_longer_than_the_screen_shows_the_entry_of_the_page(window, sign_in, console_shop):
    """The board of approvals is the last but few of an officer's menu."""
    page = window().page
    sign_in(page, "zone_officer")
    page.set_viewport_size({"width": 1_280, "height": 500})
    page.goto(f"{console_shop.address}/console/approvals")
    page.wait_for_selector("h1:has-text('审批看板')")
    page.wait_for_function(
        "() => document.querySelector('nav .menu-link[aria-current]').getBoundingClientRect().bottom <= innerHeight"
    )
    entry = page.locator("nav .menu-link[aria-current='page']")
    assert entry.inner_text() == "审批看板"
    box = entry.bounding_box()
    assert box is not None
    assert box["y"] > 56  # below the header


def test_a_grid_without_rows_says_what_to_do_and_is_not_cut_on_a_telephone(window, sign_in, console_shop):
    opened = window()
    sign_in(opened.page, "operator")
    opened.page.set_viewport_size({"width": 400, "height": 800})
    for lang, words in (("zh", "没有可列出的记录"), ("en", "Nothing to list")):
        opened.page.goto(f"{console_shop.address}/console/operator/keys?lang={lang}")
        said = opened.page.locator(".ag-overlay", has_text=words)
        said.wait_for()
        assert said.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert "No Rows To Show" not in opened.page.inner_text("#keys-grid")
    assert opened.faults == []


def test_days_of_an_axis_end_in_their_words(window, sign_in, console_shop):
    """Drawn in the browser, which writes them; English stays as it was."""
    page = window().page
    sign_in(page, "enterprise")
    page.goto(f"{console_shop.address}/console/points")
    page.wait_for_selector(".js-plotly-plot .xtick text")
    drawn = """([locale, days]) => {
        const box = document.createElement("div");
        document.body.append(box);
        const data = [{ x: days, y: days.map(() => 1) }];
        return Plotly.newPlot(box, data, { width: 800, height: 200 }, { locale }).then(
            () => [...box.querySelectorAll(".xtick text")].map((one) => one.textContent));
    }"""
    days = page.evaluate(drawn, ["zh-CN", ["2024-06-20", "2024-06-26"]])
    assert days[0].startswith("6月20日2024年")
    assert all("日" in one for one in days)
    months = page.evaluate(drawn, ["zh-CN", ["2024-01-01", "2024-09-01"]])
    assert months[0] == "2024年1月"
    years = page.evaluate(drawn, ["zh-CN", ["2010-01-01", "2024-01-01"]])
    assert years[0] == "2010年"
    assert page.evaluate(drawn, ["en-GB", ["2024-06-20", "2024-06-26"]])[0].startswith("20 Jun")


def test_a_press_after_the_session_has_ended_leads_to_the_form_and_back(window, sign_in, console_shop):
    """Signed out in another tab: the page says so, and the form leads back to it; nobody waits for an answer."""
    page = window().page
    sign_in(page, "zone_officer")
    page.goto(f"{console_shop.address}/console/suppliers?lang=en")
    page.wait_for_selector("#suppliers-text")
    page.context.clear_cookies(name="ip_console")
    page.click("#suppliers-search")
    said = page.get_by_role("alert").filter(has_text="your session has ended")
    said.wait_for()
    said.get_by_role("link").click()
    page.wait_for_url(lambda address: "sign-in?next=%2Fconsole%2Fsuppliers" in address)


def test_a_press_without_a_connection_says_so_until_the_next_answer(window, sign_in, console_shop):
    page = window().page
    sign_in(page, "zone_officer")
    page.goto(f"{console_shop.address}/console/suppliers?lang=en")
    page.wait_for_selector("#suppliers-text")
    page.context.set_offline(True)
    page.click("#suppliers-search")
    page.get_by_role("alert").filter(has_text="cannot be reached").wait_for()
    page.context.set_offline(False)
    page.wait_for_selector("#suppliers-search:not([data-loading])")
    page.click("#suppliers-search")
    page.get_by_role("alert").filter(has_text="cannot be reached").wait_for(state="detached")
