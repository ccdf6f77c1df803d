"""Requests of many people."""

from __future__ import annotations

from experiments.benchmarks.console.crowd import Sent, is_dynamic


def test_a_request_is_named_by_its_address_or_by_its_callbacks_first_output():
    """Outputs of several parts and those that share a component are named by the first."""
    assert Sent("GET", "/console/firms?text=1", None).kind == "/firms"
    body = '{"output": "..firms-query.data...firms-found.children@ab12.."}'
    assert Sent("POST", "/console/_dash-update-component", body).kind == "firms-query.data"


def test_what_a_browser_keeps_is_not_asked_for_again():
    """Files of the console and its libraries are static; pages, callbacks and files of data are not."""
    assert not is_dynamic("/console/assets/console.css?m=1")
    assert not is_dynamic("/console/_dash-component-suites/dash/r.js")
    assert all(is_dynamic(path) for path in ("/console/firms", "/console/_dash-layout", "/console/files/firms.csv"))
