"""What the console refuses, and that each refusal is of the check that is meant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from serving.auth.rate_limit import RateLimit
from serving.console.request_checks import BODY_BYTES, FORM_BYTES
from serving.console.sessions import IDLE, LONGEST, Sessions
from serving.console.texts import text
from tests.serving.console.signed_in import BINDER, CALL, OWN, POLL, Browser, Small

pytestmark = pytest.mark.contract


def why(answer, reason):
    """Whether an answer is the refusal of one check, in its own words."""
    return text(f"refused.{reason}", "zh") in answer.text


@pytest.mark.parametrize(
    "path", ["/_dash-layout", "/_dash-dependencies", "/_reload-hash", "/api/v1/chains", "/_dash-nothing"]
)
def test_the_frameworks_own_routes_refuse_a_call_without_a_session(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 401
    assert why(answer, "session")


def test_a_callback_without_a_session_does_not_run(browser):
    answer = browser.call()
    assert (answer.status_code, why(answer, "session")) == (401, True)


def test_a_page_without_a_session_leads_to_the_form_and_on_to_the_page(small: Small, browser: Browser):
    """The filters of a shared address are kept; an address elsewhere is not gone on to."""
    small.person("op1")
    answer = browser.get("/firms?stage=growth")
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/console/sign-in?next=/console/firms%3Fstage%3Dgrowth",
    )
    for wanted, reached in (
        ("/console/firms?stage=growth", "/console/firms?stage=growth"),
        ("https://elsewhere.invalid/console/", "/console/"),
        ("//elsewhere.invalid/console/", "/console/"),
        ("/console/\\elsewhere", "/console/"),
        ("/v1/keys", "/console/"),
    ):
        shown = browser.client.get("/sign-in", query_string={"next": wanted}, base_url="http://localhost/console")
        token = shown.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        sent = browser.client.post(
            "/sign-in", query_string={"next": wanted}, base_url="http://localhost/console",
            data={"name": "op1", "password": OWN, "csrf_token": token}, headers={"Origin": "http://localhost"},
        )  # fmt: skip
        assert sent.headers["Location"] == reached, wanted


def test_the_callback_runs_for_who_is_signed_in(small, browser):
    small.person("op1")
    browser.sign_in("op1")
    browser.get("/")
    answer = browser.call()
    assert answer.get_json()["response"]["said"]["children"] == "to op1"


@pytest.fixture
def inside(small, browser):
    """A browser with a session, whose callback runs."""
    small.person("op1")
    browser.sign_in("op1")
    browser.get("/")
    assert browser.call().status_code == 200
    return browser


FOREIGN = {
    "another origin": {"Origin": "https://elsewhere.invalid"},
    "another port": {"Origin": "http://localhost:81"},
    "an origin that hides itself": {"Origin": "null"},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "another host of the site": {"Sec-Fetch-Site": "same-site"},
    "neither": {"Origin": None, "Sec-Fetch-Site": None},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_a_call_from_elsewhere_is_refused_with_session_and_token(inside, headers):
    answer = inside.post("/_dash-update-component", json=CALL, headers=headers)
    assert (answer.status_code, why(answer, "origin")) == (403, True)


@pytest.mark.parametrize("token", [None, "", "nothing", "Im9wMSI.awj7rw.JdHczRr0FeGQCus85Ettpj7q7po"])
def test_a_call_without_the_sessions_token_is_refused(inside, token):
    answer = inside.post("/_dash-update-component", json=CALL, headers={"X-CSRFToken": token})
    assert (answer.status_code, why(answer, "forged")) == (403, True)


def test_a_token_of_another_persons_session_is_refused(small, inside):
    """Also with that person's form cookie, which somebody may have planted."""
    small.person("op2")
    other = Browser(small)
    other.sign_in("op2")
    other.get("/")
    inside.put_cookie("ip_console_form", other.cookie("ip_console_form"))
    answer = inside.post("/_dash-update-component", json=CALL, headers={"X-CSRFToken": other.cookie("_csrf_token")})
    assert (answer.status_code, why(answer, "forged")) == (403, True)


def test_a_body_over_the_bound_is_refused(inside):
    for path, most in (("/_dash-update-component", BODY_BYTES), ("/password", FORM_BYTES)):
        answer = inside.post(path, form=b"x" * (most + 1))
        assert (answer.status_code, why(answer, "large")) == (413, True)


def test_other_methods_are_refused(inside):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = inside.client.open("/", method=method, base_url="http://localhost/console")
        assert (answer.status_code, why(answer, "method")) == (405, True)


def test_a_token_is_worth_nothing_after_sign_out(small, inside):
    """A stolen token, put into another browser, opens what its owner may see until the owner signs out."""
    thief = Browser(small)
    thief.put_cookie("ip_console", inside.cookie("ip_console"))
    assert thief.get("/account").status_code == 200
    assert inside.form("/account", to="/sign-out").headers["Location"] == "/console/sign-in"
    assert thief.get("/account").headers["Location"].startswith("/console/sign-in")
    assert thief.call().status_code == 401


def test_a_session_is_over_when_idle_and_after_its_longest_time(small, inside, monkeypatch):
    token, sessions = inside.cookie("ip_console"), Sessions(small.ledger)
    begun = sessions.now()
    assert Sessions(small.ledger, lambda: begun + IDLE * 0.9).find(token) is not None  # and it was seen then
    assert Sessions(small.ledger, lambda: begun + IDLE * 1.8).find(token) is not None
    assert Sessions(small.ledger, lambda: begun + IDLE * 2.9).find(token) is None
    small.checks.sessions = lambda: Sessions(small.ledger, lambda: begun + LONGEST)
    answer = inside.call()
    assert (answer.status_code, why(answer, "session")) == (401, True)


def test_a_planted_token_is_never_taken_over(small, browser):
    """Whoever knows the token before the sign-in has nothing of the session after it."""
    browser.put_cookie("ip_console", "planted-by-somebody-else")
    small.person("op1")
    browser.sign_in("op1")
    first = browser.cookie("ip_console")
    assert first != "planted-by-somebody-else"
    browser.sign_in("op1")  # again, with a session: another token, and the first is over
    assert browser.cookie("ip_console") != first
    assert Sessions(small.ledger).find(first) is None
    assert Sessions(small.ledger).find("planted-by-somebody-else") is None


@pytest.mark.parametrize("act", ["disable", "reset", "change_role"])
def test_a_live_session_ends_with_what_an_operator_does_to_its_account(small, inside, act):
    account = small.accounts.every()[0]
    more = ("policy_analyst",) if act == "change_role" else ()
    getattr(small.accounts, act)(account.account_id, *more, BINDER, "for a test")
    answer = inside.call()
    assert (answer.status_code, why(answer, "session")) == (401, True)


def test_who_has_a_first_password_or_is_not_bound_reaches_nothing(small, browser):
    """The form of the own password, then the page that says who has to act; calls are refused."""
    made, first = small.accounts.make("new", "enterprise", "the new one", BINDER, "for a test")
    browser.sign_in("new", first)
    assert browser.get("/firms").headers["Location"] == "/console/password"
    browser.get("/password")
    assert (browser.call().status_code, why(browser.call(), "no_access")) == (403, True)
    changed = browser.form("/password", present=first, new=OWN, again=OWN)
    assert changed.headers["Location"] == "/console/"
    assert browser.get("/").headers["Location"] == "/console/not-bound"
    assert "待绑定" in browser.get("/not-bound").text
    assert (browser.call().status_code, why(browser.call(), "no_access")) == (403, True)
    assert made.account().permissions == frozenset()


def test_files_of_libraries_are_open_and_nothing_behind_them_is(browser):
    assert browser.get("/_dash-component-suites/nothing/x.js").status_code != 401
    assert browser.get("/assets/../_dash-layout").status_code in (303, 401)


def test_every_answer_says_what_a_browser_may_do(inside):
    """No inline script but the framework's own by its hash; the forms have none at all."""
    page, form = (inside.get(path).headers["Content-Security-Policy"] for path in ("/", "/account"))
    scripts = next(part for part in page.split("; ") if part.startswith("script-src"))
    assert scripts.startswith("script-src 'self' 'sha256-")
    assert "unsafe" not in scripts
    assert "object-src 'none'" in page
    assert form.startswith("default-src 'none'; style-src 'self'")
    for path in ("/", "/account", "/_dash-layout", "/nothing"):
        answer = inside.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Content-Security-Policy" in answer.headers


def test_cookies_are_for_the_console_and_scripts_read_only_the_token_against_forgery(small, browser):
    small.person("op1")
    sent = browser.sign_in("op1").headers.getlist("Set-Cookie") + browser.get("/").headers.getlist("Set-Cookie")
    kept = {line.partition("=")[0]: line for line in sent if "Max-Age=0" not in line}
    assert all("Path=/console" in line and "SameSite=" in line for line in kept.values())
    assert {name for name, line in kept.items() if "HttpOnly" not in line} == {"_csrf_token"}
    over_https = browser.client.get("/account?lang=en", base_url="https://localhost/console")
    assert all("Secure" in line for line in over_https.headers.getlist("Set-Cookie"))
    assert "Strict-Transport-Security" in over_https.headers


def test_a_service_that_starts_and_a_store_that_is_away_say_so(small, inside):
    small.checks.state.worker.ledger.engine.dispose()
    worker, small.checks.state.worker = small.checks.state.worker, None
    answer = inside.get("/")
    assert (answer.status_code, why(answer, "starting")) == (503, True)
    small.checks.state.worker = worker
    assert inside.get("/").status_code == 200


def test_many_calls_of_one_account_have_to_wait(small, inside):
    small.checks.calls = RateLimit(rate_per_s=0.1, burst=3.0)
    answers = [inside.call() for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 1


def test_a_page_that_polls_does_not_keep_an_idle_session_and_a_press_does(small, inside, monkeypatch):
    """Twenty minutes after the last act both are answered; fifteen later only who has pressed meanwhile."""
    start = Sessions(small.ledger).now()

    def at(minutes: int) -> None:
        later = start + timedelta(minutes=minutes)
        monkeypatch.setattr(small.checks, "sessions", lambda: Sessions(small.ledger, lambda: later))

    other = Browser(small)
    other.sign_in("op1")
    other.get("/")
    at(20)
    assert [inside.post("/_dash-update-component", json=POLL).status_code, other.call().status_code] == [200, 200]
    at(35)
    assert inside.post("/_dash-update-component", json=POLL).status_code == 401
    assert inside.call().status_code == 401
    assert other.post("/_dash-update-component", json=POLL).status_code == 200


def test_the_language_that_somebody_chose_is_kept(small, inside):
    assert "<h1>我的账号</h1>" in inside.get("/account").text
    assert "<h1>My account</h1>" in inside.get("/account?lang=en").text
    assert "<h1>My account</h1>" in inside.get("/account").text
    assert small.accounts.every()[0].lang == "en"
    assert "<h1>My account</h1>" in inside.get("/account?lang=xx").text


def test_a_fault_of_ours_is_words_and_leaves_no_values_in_the_log(inside, capfd, caplog):
    """A value more than the callback takes: Dash's trace, which names what was sent, reaches neither side."""
    more = {"id": "secret-77", "property": "n_clicks", "value": "secret-77"}
    answer = inside.post("/_dash-update-component", json=CALL | {"inputs": [*CALL["inputs"], more]})
    assert (answer.status_code, why(answer, "fault")) == (500, True)
    logged = capfd.readouterr()
    said = logged.out + logged.err + caplog.text
    assert "secret-77" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "body",
    [
        [], "said.children", {}, {"output": None}, {"output": "said.children"}, CALL | {"inputs": "press"},
        CALL | {"inputs": [1]}, CALL | {"outputs": 1}, CALL | {"state": {}}, CALL | {"changedPropIds": 1},
        CALL | {"output": "nobody.children"},
    ],
)  # fmt: skip
def test_a_call_that_no_page_makes_is_refused_and_is_no_fault_of_ours(inside, body):
    """Else whoever is signed in fills the log of faults."""
    answer = inside.post("/_dash-update-component", json=body)
    assert (answer.status_code, why(answer, "malformed")) == (400, True)
