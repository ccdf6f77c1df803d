"""An operator registers, sees and ends webhooks; every refusal names the member."""

import pytest

from data.clearance_requests import WebhookRegistration
from serving.auth.access import Caller
from serving.clearance.registration import deliveries, disable, every_webhook, register, webhook_draft, webhooks_of
from serving.contract.refusals import Refusal
from serving.matching.event_store import EVENTS_URL
from tests.serving.clearance.planted_release import AT, planted_clearance

pytestmark = pytest.mark.contract
WANG = Caller("zone", "operator", "wang", "k", frozenset())
GIVEN = WebhookRegistration(url="https://erp.example.com/x", events=("clearance.status_changed",), owner="zone")


@pytest.fixture
def service(tmp_path, monkeypatch):
    monkeypatch.setenv(EVENTS_URL, f"sqlite:///{tmp_path / 'clearance.sqlite'}")
    made = planted_clearance(tmp_path, "91330000TEST000001")
    yield made
    made.close()


def test_a_host_is_allowed_by_a_person_before_anything_is_sent_to_it(service):
    with pytest.raises(Refusal) as caught:
        register(service, GIVEN, WANG)
    assert (caught.value.key, caught.value.faults[0].where) == ("invalid-request", "url")
    webhooks_of(service).allow_host("erp.example.com", "wang", AT)
    made = register(service, GIVEN, WANG)
    assert made["secret"].startswith("whsec_")
    listed = every_webhook(service)["webhooks"]
    assert [one["webhook_id"] for one in listed] == [made["webhook_id"]]
    assert "secret" not in listed[0]
    assert disable(service, made["webhook_id"], "no longer used", WANG)["state"] == "disabled"
    assert deliveries(service, made["webhook_id"], 0) == {"deliveries": []}


def test_an_unknown_webhook_is_not_found(service):
    with pytest.raises(Refusal) as caught:
        disable(service, "none", "x", WANG)
    assert caught.value.key == "not-found"
    assert deliveries(service, "none", 0) == {"deliveries": []}


def test_the_ledger_keeps_who_and_not_where_to():
    body = webhook_draft("w1", "registered", WANG).body
    assert b"example.com" not in body
    assert b'"by":"wang"' in body
