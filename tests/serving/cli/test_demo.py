"""The demonstration's own parts: whose quota it requests, what it compares and what it prints."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from typer.testing import CliRunner

from data.consents import Consent, is_signed_by
from serving.__main__ import app
from serving.cli.demo import WANTED, Client, DemoError, choose, same_decision, show, snapshot_day

pytestmark = pytest.mark.surface
USCC = "91110000600037341L"
DECISION = {
    "uscc": USCC,
    "outcome": "preapproved",
    "quota": {"amount_wan": 120, "amount_cny": 1_200_000, "limited_by": "stage_cap", "requested_cny": 3_000_000},
    "points": {"total": None, "coverage": 0.5, "growth_stage": "growth"},
    "risk": {"pd_12m": 0.0123, "pd_low": 0.01, "pd_high": 0.02, "risk_grade": "A"},
    "quota_trace": [{"name": "stage_cap", "amount_wan": 120.0, "zh": "上限", "limiting": True}],
    "reasons": [{"direction": "negative", "text_zh": "一", "text_en": "one"}],
    "audit_id": "a-1",
    "release": "r-1",
    "versions": {"policy": "p-1", "risk_model": "m-1", "points_card": "c-1"},
}


def test_the_first_of_each_outcome_is_requested_about(tmp_path):
    """In the order of the wanted outcomes, whatever the order of the file."""
    file = tmp_path / "decisions.jsonl"
    lines = [(number, outcome) for number, outcome in enumerate((*reversed(WANTED), *WANTED, "declined"))]
    file.write_text("".join(json.dumps({"n": n, "outcome": word}) + "\n" for n, word in lines), encoding="utf-8")
    assert [one["n"] for one in choose(file)] == [2, 1, 0]


def test_an_outcome_that_no_enterprise_has_is_an_error(tmp_path):
    """The message names the missing outcomes."""
    file = tmp_path / "decisions.jsonl"
    file.write_text(json.dumps({"outcome": "manual_review"}) + "\n", encoding="utf-8")
    with pytest.raises(DemoError, match=r"\['preapproved', 'insufficient_data'\]"):
        choose(file)


def test_a_served_answer_is_the_batchs_but_for_what_only_a_served_one_has():
    """Another amount is another decision; the release, the record and the warning of a set clock are not."""
    batch = {"amount": 1, "warnings": [{"code": "x"}]}
    served = batch | {"audit_id": "a", "release": "r", "own_values": [], "own_values_refused": []}
    assert same_decision(served | {"warnings": [{"code": "x"}, {"code": "clock_set"}]}, batch)
    assert not same_decision(served | {"amount": 2}, batch)
    assert not same_decision(served | {"warnings": []}, batch)


def test_the_request_carries_the_portals_consent_for_one_bank():
    """What the batch answered is requested again, with a consent that the portal's key signed."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    client = Client("http://127.0.0.1:1", "bank-a", "ip_x_y", key)
    body = client.quota_body({"uscc": USCC, "request_id": "r1", "quota": {"requested_cny": 3_000_000}})
    consent = Consent.model_validate_json(json.dumps(body.pop("consent")))
    assert body == {"request_id": "r1", "uscc": USCC, "requested_amount_cny": 3_000_000}
    assert (consent.uscc, consent.recipients) == (USCC, ("bank-a",))
    assert is_signed_by(consent, key.public_key())


def test_a_decision_is_shown_with_its_amount_limit_and_risk():
    """Points that are unknown are a dash, never 0; the limiting constraint has an arrow."""
    console = Console(width=120)
    with console.capture() as shown:
        show(DECISION, console)
    text = shown.get()
    assert [part in text for part in ("120 万元", "CNY 1,200,000", "—, 完整度", "1.23%", "→ stage_cap")] == [True] * 5


def test_the_clock_is_set_to_the_snapshots_day(tmp_path):
    """Read from the parameters' file."""
    (tmp_path / "params.yaml").write_text("assemble: {snapshot_on: 2024-06-30}\n", encoding="utf-8")
    assert snapshot_day(tmp_path / "params.yaml") == "2024-06-30"


def test_without_a_built_bento_the_command_says_what_builds_one(tmp_path, monkeypatch):
    """One message, no traceback."""
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, ["demo"], env={"COLUMNS": "200"})
    assert found.exit_code == 2
    assert "`make run` builds what is shown" in found.output
