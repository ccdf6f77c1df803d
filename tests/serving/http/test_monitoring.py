"""What keeps the service running, and its own figures."""

from __future__ import annotations

import asyncio
import json

import pytest
import structlog

from serving.ledger.ledger import Draft, Ledger
from serving.ledger.store import LedgerError
from serving.ledger.writer import LedgerWriter

pytestmark = pytest.mark.contract


def figures(shop):
    answer = shop.client.get("/metrics", headers=shop.key("zone", "operator"))
    assert answer.headers["content-type"].startswith("text/plain")
    lines = [line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_figures_are_by_route_template_outcome_and_problem_and_name_nobody(shop):
    """A thousand audit_ids are one route; no bank, enterprise or key is in a label."""
    key = shop.key("standard")
    for position in range(5):
        audit_id = shop.client.post("/v1/quota", json=shop.body(position), headers=key).json()["audit_id"]
        shop.client.get(f"/v1/decisions/{audit_id}", headers=key)
    shop.client.get("/v1/decisions/dec-none", headers=key)
    shop.client.get("/v1/some/probe/of/a/scanner")
    found = figures(shop)
    assert found['service_answers_total{route="/v1/decisions/{audit_id}",status="200"}'] == 5
    assert found['service_latency_seconds_count{route="/v1/quota"}'] == 5
    assert sum(value for name, value in found.items() if name.startswith("service_decisions_total")) == 5
    assert found['service_refusals_total{problem="not-found"}'] == 2
    assert (found["service_ledger_up"], found["service_drift_alarm"]) == (1, 0)
    text = " ".join(found)
    assert "scanner" not in text
    assert "standard" not in text
    assert not [code for code in shop.codes if code in text]


def test_ready_follows_the_ledger_and_alive_does_not(shop):
    """When the store is away the process is alive and not ready."""
    assert shop.client.get("/readyz").json() == {"status": "ready"}
    with shop.worker.ledger.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE records RENAME TO gone")
    assert shop.client.get("/readyz").status_code == 503
    assert shop.client.get("/healthz").status_code == 200


def test_an_ended_key_is_out_at_the_next_refresh(shop):
    """Half a second, not a restart."""
    key = shop.key("standard")
    assert shop.client.get("/v1/bank-applications", headers=key).status_code == 200
    shop.worker.keys.end(key["authorization"].split("_")[1])
    shop.worker.refresh()
    assert shop.client.get("/v1/bank-applications", headers=key).status_code == 401


def test_a_fault_of_ours_shows_nobody_anything(shop, monkeypatch):
    """A 500 is problem+json without a trace, and the log has the fault's type and line, not its values."""

    def fails(*_):
        raise RuntimeError("secret-value")

    monkeypatch.setattr(type(shop.worker), "read", fails)
    with structlog.testing.capture_logs() as logs:
        answer = shop.client.get("/v1/bank-applications", headers=shop.key("standard"))
    assert answer.status_code == 500
    assert "secret-value" not in answer.text + json.dumps(logs)
    assert [entry["fault"] for entry in logs if entry["event"] == "fault"] == ["RuntimeError"]


def test_a_line_of_the_log_has_no_key_body_or_code(shop):
    """A refused request is logged by problem, route, bank and key id alone."""
    key = shop.key("standard")
    with structlog.testing.capture_logs() as logs:
        shop.client.post("/v1/quota", json=shop.body(purpose="x" * 300), headers=key)
    reply = next(entry for entry in logs if entry["event"] == "refused")
    assert set(reply) == {"event", "log_level", "problem", "status", "route", "caller", "key"}
    text = json.dumps(logs)
    assert key["authorization"].split("_", 2)[2] not in text
    assert shop.codes[0] not in text


def test_more_waiting_records_than_the_limit_are_refused(sqlite_ledger: Ledger):
    """Under a store that has stalled the service refuses instead of growing; what was taken is written."""
    writer = LedgerWriter(sqlite_ledger, largest_batch=4, waiting_limit=3)
    with sqlite_ledger.engine.execution_options(writes=True).begin():  # the store is busy
        futures = [writer.submit([Draft("x", "o", f"s{number}", b"{}")]) for number in range(12)]
        refused = [future for future in futures if future.done()]
        assert refused
        with pytest.raises(LedgerError, match="wait"):
            refused[0].result()
    written = [future.result(timeout=20) for future in futures if future not in refused]
    writer.close()
    assert sqlite_ledger.verify().n_records == len(written)


def test_a_silent_store_counts_as_away_and_the_request_can_be_sent_again(shop, monkeypatch):
    """A bank does not wait for ever: 503 and when to come back; the same request_id later gets its one decision."""
    monkeypatch.setattr("serving.decide.worker.STORE_LIMIT_S", 0.3)
    key, body = shop.key("standard"), shop.body()
    with shop.worker.ledger.engine.execution_options(writes=True).begin():  # the store is busy
        refused = shop.client.post("/v1/quota", json=body, headers=key)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert "has not answered" in refused.json()["detail"]
    answered = shop.client.post("/v1/quota", json=body, headers=key)
    assert answered.status_code == 200
    records = shop.worker.ledger.find(subject=answered.json()["audit_id"])
    assert len(records) == 1
    assert shop.worker.ledger.verify().breaks == ()


def test_a_task_that_is_gone_does_not_stop_the_writer(sqlite_ledger: Ledger):
    """A caller may be cancelled while it waits; its record is written, and the next one is answered."""
    writer = LedgerWriter(sqlite_ledger, largest_batch=4)

    async def both() -> None:
        gone = asyncio.create_task(writer.write([Draft("x", "o", "gone", b"{}")]))
        await asyncio.sleep(0)
        gone.cancel()
        ((record, fresh),) = await writer.write([Draft("x", "o", "next", b"{}")])
        assert (record.subject, fresh) == ("next", True)

    asyncio.run(both())
    writer.close()
    assert [record.subject for record in sqlite_ledger.scan()] == ["gone", "next"]
