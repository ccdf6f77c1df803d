"""The mounted application: language, addresses that are no page, faults in words, and reads of the API."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from werkzeug.exceptions import Forbidden

from serving.console.app import STREAMS, content_of, make_console
from serving.console.page import Page
from serving.contract.refusals import Fault, Refusal
from tests.serving.console.components import all_of, texts_of
from tests.serving.console.signed_in import OWN

pytestmark = pytest.mark.contract


@pytest.fixture
def officer(console_shop):
    """An HTTP client with the session of the zone officer."""
    import httpx

    with httpx.Client(base_url=console_shop.address, follow_redirects=True) as client:
        page = client.get("/console/sign-in").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        sent = client.post(
            "/console/sign-in", headers={"origin": console_shop.address},
            data={"name": console_shop.people["zone_officer"].sign_in_name, "password": OWN, "csrf_token": token},
        )  # fmt: skip
        assert sent.status_code == 200
        yield client


def test_the_page_names_its_language_and_allows_no_inline_script(officer):
    """A screen reader reads Chinese as Chinese; scripts are the service's own files or known by their digest."""
    answer = officer.get("/console/?lang=en")
    assert '<html lang="en">' in answer.text
    assert '<html lang="zh-CN">' in officer.get("/console/?lang=zh").text
    scripts = next(part for part in answer.headers["content-security-policy"].split(";") if "script-src" in part)
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts


def test_the_files_of_the_libraries_are_known_before_the_first_request(officer, console_shop):
    """Browsers ask for many files at one moment, also a worker that has answered nothing yet."""
    page = officer.get("/console/").text
    named = {found[0] for found in re.findall(r'src="/console/_dash-component-suites/(([^/"]+)/[^"]+)"', page)}
    other = make_console(console_shop.shop.client.app).dash_app
    known = {f"{library}/{path}" for library, paths in other.registered_paths.items() for path in paths}
    assert len(named) > 5
    assert {re.sub(r"\.v[^.]*m[0-9]+", "", name) for name in named} <= known


def test_the_address_without_a_slash_leads_to_the_console(console_shop):
    """People type it so."""
    import httpx

    answer = httpx.get(f"{console_shop.address}/console")
    assert answer.status_code in (301, 302, 303, 307, 308)
    assert answer.headers["location"] == "/console/"


def test_a_read_of_the_api_is_the_api_s_answer_and_may_be_framed_by_the_console_alone(officer):
    """The officer may read cases, not quotas of banks; what is no read of the API, or never ends, is not found."""
    cases = officer.get("/console/api/v1/approvals/cases")
    assert cases.status_code == 200
    page = officer.get("/console/api/v1/approvals/statistics/page.html")
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
    twice = officer.get("/console/api/v1/approvals/cases?count=1&count=2")
    assert (twice.status_code, twice.json()["faults"][0]["where"]) == (422, "query")
    assert officer.get("/console/api/v1/monitoring").status_code == 403
    assert officer.get("/console/api/metrics").status_code == 404
    for path in ("v1/%2e%2e/metrics", "v1/%2e/clearance/stream", "v1/clearance/stream%3fa=1", "v1/chains%3fcount=1"):
        assert officer.get(f"/console/api/{path}").status_code == 404
    assert officer.get(f"/console/api{STREAMS[0]}").status_code == 404


def shown_by(layout, **query):
    """What a page of this layout shows in English."""
    view = SimpleNamespace(lang="en", text=lambda key: key, query=query, path="/x", href=lambda path: f"/console{path}")
    return content_of(view, Page("/x", ("bank",), "", "start.title", layout))


def test_a_fault_and_a_refusal_of_a_page_become_words_and_a_forbidden_page_stays_forbidden():
    """The menu stays; no trace is shown."""

    def raising(fault):
        def layout(_):
            raise fault

        return layout

    assert "This was not done" in "".join(texts_of(shown_by(raising(ZeroDivisionError("secret")))))
    assert "secret" not in str(shown_by(raising(ZeroDivisionError("secret"))))
    assert texts_of(shown_by(raising(Refusal("not-found"))))[0] == Refusal("not-found").title[1]
    with pytest.raises(Forbidden):
        shown_by(raising(Forbidden()))


def test_what_was_entered_wrong_leaves_a_way_back_to_the_empty_page():
    """The forms of a page go with it; a page without a query would only be refused again."""

    def layout(_):
        raise Refusal("invalid-request", "1 fault(s)", [Fault("month", "2024-13", ("月份", "a month as 2026-03"))])

    shown = shown_by(layout, month="2024-13")
    assert "Month: a month as 2026-03" in texts_of(shown)
    assert [part.href for part in all_of(shown) if getattr(part, "href", None)] == ["/console/x"]
    assert "href" not in str(shown_by(layout))
