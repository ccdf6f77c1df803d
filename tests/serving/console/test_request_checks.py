"""Whose request it is, by what a browser says of it."""

from __future__ import annotations

import flask
import pytest

from serving.console.request_checks import _is_own, _is_page

HOST = {"Host": "console.zone.test"}


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"Origin": "https://console.zone.test", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://console.zone.test"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://console.zone.test.elsewhere.test"}, False),
        ({"Origin": "https://console.zone.test:8443"}, False),
        ({"Origin": "https://console.zone.test", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://elsewhere.test", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({}, False),
    ],
)
def test_a_request_is_own_when_everything_that_is_said_says_so(headers, own):
    with flask.Flask("x").test_request_context("/", method="POST", headers=HOST | headers):
        assert _is_own(flask.request) is own


@pytest.mark.parametrize(
    ("path", "mode", "page"),
    [
        ("/firms", "navigate", True), ("/firms", None, True), ("/firms", "cors", False), ("/_dash-layout", None, False),
        ("/api/v1/chains", "navigate", False),
    ],
)  # fmt: skip
def test_pages_lead_to_the_form_and_calls_do_not(path, mode, page):
    with flask.Flask("x").test_request_context(path, headers={} if mode is None else {"Sec-Fetch-Mode": mode}):
        assert _is_page() is page
