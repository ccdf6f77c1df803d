"""The forms: what a person reads when something is wrong, own sessions, and the language."""

from __future__ import annotations

import re

import pytest

from serving.console.sign_in_pages import own_address
from tests.serving.console.signed_in import MAKER, OWN, Browser, Small

pytestmark = pytest.mark.contract


def test_the_form_has_labels_and_says_what_was_wrong(small: Small, browser: Browser):
    """One sentence for an unknown name and a wrong password; the name stays in its field, the password does not."""
    small.person("op1")
    for name in ("op1", "nobody"):
        answer = browser.sign_in(name, "a wrong password")
        assert answer.status_code == 403
        assert "登录名或密码不正确。" in answer.text
        assert f'value="{name}"' in answer.text
        assert "a wrong password" not in answer.text
    page = browser.get("/sign-in?lang=en").text
    assert '<html lang="en">' in page
    assert all(f'for="{field}"' in page and f'id="{field}"' in page for field in ("name", "password"))
    assert "<script" not in page


def test_a_language_that_is_chosen_before_signing_in_lasts(small: Small, browser: Browser):
    """Also through a wrong password; who chose none reads as before, and an unknown language changes nothing."""
    small.person("op1")
    wrong = browser.form("/sign-in?lang=en", to="/sign-in", lang="en", name="op1", password="wrong")
    assert 'name="lang" value="en"' in browser.get("/sign-in?lang=en").text
    assert 'name="lang" value="en"' in wrong.text
    assert small.accounts.every()[0].lang == "zh"
    browser.form("/sign-in?lang=en", to="/sign-in", lang="en", name="op1", password=OWN)
    assert small.accounts.every()[0].lang == "en"
    assert "<h1>My account</h1>" in browser.get("/account").text
    elsewhere = Browser(small)
    assert 'name="lang"' not in elsewhere.get("/sign-in").text
    elsewhere.form("/sign-in?lang=xx", lang="xx", name="op1", password=OWN)
    assert "<h1>My account</h1>" in elsewhere.get("/account").text


def test_what_somebody_types_is_never_markup(browser: Browser):
    answer = browser.sign_in('"><script>alert(1)</script>', "x")
    assert "<script" not in answer.text


def test_the_fifth_wrong_password_says_how_long_to_wait(small: Small, browser: Browser):
    small.person("op1")
    for _ in range(4):
        browser.sign_in("op1", "wrong")
    assert "1 分钟后再试" in browser.sign_in("op1", "wrong").text
    assert "1 分钟后再试" in browser.sign_in("op1").text


def test_a_browser_that_was_signed_in_before_gets_in_while_strangers_try(small: Small, browser: Browser):
    small.person("op1")
    browser.sign_in("op1")
    browser.form("/account", to="/sign-out")
    stranger = Browser(small, "198.51.100.7")
    for _ in range(6):
        stranger.sign_in("op1", "wrong")
    assert stranger.sign_in("op1").status_code == 403
    assert browser.sign_in("op1").status_code == 303
    stranger.put_cookie("ip_console_known", "Im9wMSI.planted")
    assert stranger.sign_in("op1").status_code == 403


def test_a_spray_over_names_from_one_network_is_slowed_and_another_network_is_not(small: Small, browser: Browser):
    """Each refusal costs three of thirty: the twelfth name has to wait; a right password elsewhere opens."""
    small.person("op1")
    statuses = [browser.sign_in(f"name{number}", "wrong").status_code for number in range(12)]
    assert statuses[:9] == [403] * 9
    assert statuses[-1] == 429
    assert int(browser.sign_in("op1").headers["Retry-After"]) >= 1
    assert Browser(small, "198.51.100.7").sign_in("op1").status_code == 303


def test_a_spray_from_everywhere_is_slowed_and_who_signed_in_before_from_a_browser_gets_in(
    small: Small, browser: Browser, monkeypatch: pytest.MonkeyPatch
):
    """The last of a hundred strangers' attempts; the next newcomer waits, the known browser does not."""
    monkeypatch.setattr("serving.console.sign_in_limits.STRANGERS_PER_S", 0.001)
    monkeypatch.setattr("serving.console.sign_in_limits.STRANGERS_AT_ONCE", 12.0)
    small = Small(small.ledger)
    small.person("op1")
    home = Browser(small, "203.0.113.9")
    assert home.sign_in("op1").status_code == 303
    sprayed = [Browser(small, f"198.51.100.{at}").sign_in(f"name{at}", "wrong").status_code for at in range(14)]
    assert sprayed == [403] * 11 + [429] * 3
    assert Browser(small, "192.0.2.77").sign_in("op1").status_code == 429
    assert home.sign_in("op1").status_code == 303


def test_a_password_is_changed_and_every_other_session_ends(small: Small, browser: Browser):
    small.person("op1")
    other = Browser(small)
    for one in (browser, other):
        one.sign_in("op1")
    wrong = browser.form("/password", present="x", new="short", again="short")
    assert wrong.status_code == 422
    assert "请输入正确的当前密码" in wrong.text
    assert "至少 12 个字符" in wrong.text
    assert "两次输入的新密码不同" in browser.form("/password", present=OWN, new="a" * 12, again="b" * 12).text
    new = "four other words 88"
    assert browser.form("/password", present=OWN, new=new, again=new).headers["Location"] == "/console/"
    assert browser.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert other.sign_in("op1").status_code == 403
    assert other.sign_in("op1", new).status_code == 303


def test_one_sees_and_ends_own_sessions_and_no_others(small: Small, browser: Browser):
    small.person("op1")
    small.person("op2")
    elsewhere, stranger = Browser(small), Browser(small)
    for one, name in ((browser, "op1"), (elsewhere, "op1"), (stranger, "op2")):
        one.sign_in(name)
    found = re.findall(r"/account/sessions/([0-9a-f]+)/end", browser.get("/account").text)
    assert len(found) == 1  # the other one of one's own; this one has no button
    assert stranger.form("/account", to=f"/account/sessions/{found[0]}/end").status_code == 404
    assert elsewhere.get("/account").status_code == 200
    assert browser.form("/account", to=f"/account/sessions/{found[0]}/end").status_code == 303
    assert elsewhere.get("/account").status_code == 303


def test_guesses_of_the_present_password_in_a_session_have_to_wait(small: Small, browser: Browser):
    small.person("op1")
    browser.sign_in("op1")
    statuses = [browser.form("/password", present="x", new=OWN, again=OWN).status_code for _ in range(7)]
    assert statuses == [422] * 5 + [429] * 2


def test_a_bound_account_is_not_held_at_the_page_for_others(small: Small, browser: Browser):
    _, first = small.accounts.make("new", "zone_officer", "a new one", MAKER, "for a test")
    browser.sign_in("new", first)
    assert "初始密码" in browser.get("/password").text
    small.person("op1")
    other = Browser(small)
    other.sign_in("op1")
    assert other.get("/not-bound").headers["Location"] == "/console/"


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("/console/firms?stage=growth", True), ("/console/", True), ("/console", False),
        ("//x.invalid/console/", False), ("https://x.invalid/console/", False), ("/console/\\x.invalid", False),
        ("/console/sign-out", False), ("", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_console_are_gone_on_to(wanted, kept):
    assert own_address(wanted) == (wanted if kept else "")
