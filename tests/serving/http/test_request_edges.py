"""Days, instants and JSON at their edges: a 4xx that names the member, never a fault of the service."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from serving import params
from serving.clock import Clock
from serving.http.examples import examples
from serving.http.problems import MEDIA_TYPE
from serving.params import ServingParamsError, read_params
from tests.serving.http.test_quota import ENTERPRISE, OUTSIDER

pytestmark = pytest.mark.contract
DAYS = ("0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01", "2024-02-30", "0000-01-01", "")
INSTANTS = (
    "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "2026-01-01T00:00:00", "2026-01-01T25:00:00Z", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z",
)  # fmt: skip


def bodies(shop):
    """A request of each route that has a day or an instant in it, by path and role."""
    outside = {"uscc": OUTSIDER, "enterprise": ENTERPRISE, "consent": shop.consent(OUTSIDER)}
    quota = {"request_id": "r", "requested_amount_cny": 10**6, "as_of": "2024-06-30", **outside}
    bank_application = "/v1/bank-applications/bap-0/due-diligence"
    return {
        ("/v1/quota", "bank"): quota,
        ("/v1/quota/batch", "bank"): [quota, quota | {"request_id": "r2"}],
        ("/v1/points", "bank"): outside,
        ("/v1/decisions/dec-0/overrides", "bank"): examples()["/v1/decisions/{audit_id}/overrides"],
        (bank_application, "bank"): examples()["/v1/bank-applications/{bank_application_id}/due-diligence"],
        ("/v1/releases/activate", "operator"): examples()["/v1/releases/activate"],
    }


def dates_in(value, path=()):
    """Each member of a day or an instant, and which of the two."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from dates_in(item, (*path, key))
    elif isinstance(value, str):
        for kind, read in ((DAYS, date.fromisoformat), (INSTANTS, datetime.fromisoformat)):
            try:
                read(value)
            except ValueError:
                continue
            yield path, kind
            return


def test_every_day_and_instant_of_every_request_has_its_edges(shop):
    """Each member, each edge: 4xx as a problem with its path; in a batch, with the number of its request."""
    keys = {"bank": shop.key("standard"), "operator": shop.key("zone", "operator")}
    tried = 0
    for (path, role), body in bodies(shop).items():
        for position, edges in dates_in(body):
            for edge in edges:
                damaged = copy.deepcopy(body)
                holder = damaged
                for step in position[:-1]:
                    holder = holder[step]
                holder[position[-1]] = edge
                answer = shop.client.post(path, json=damaged, headers=keys[role])
                assert 400 <= answer.status_code < 500, (path, position, edge, answer.text)
                assert answer.headers["content-type"] == MEDIA_TYPE
                wheres = [fault["where"] for fault in answer.json()["faults"]]
                assert any(where.startswith(".".join(map(str, position))) for where in wheres), (
                    path,
                    position,
                    edge,
                    wheres,
                )
                tried += 1
    assert tried > 120
    assert shop.worker.ledger.counts("decision") == {}
    for edge in ("0001-01-01", "9999-12-31", "x", "2024-02-30"):
        answered = shop.client.get(f"/v1/releases/in-force?on={edge}", headers=keys["bank"])
        assert answered.status_code in (200, 404, 422)


def test_the_calendar_is_the_zones(monkeypatch):
    """At half past midnight in Beijing it is a new day, though not in Greenwich; an unknown zone is refused."""

    class Noon(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 1, 31, 16, 30, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(params, "datetime", Noon)
    numbers = read_params()
    assert (numbers.zone, numbers.today()) == ("Asia/Shanghai", date(2026, 2, 1))


def test_what_is_known_today_in_beijing_is_taken_there(shop, monkeypatch):
    """The day after the machine's own, while it is that day in the zone."""
    tomorrow = datetime.now(ZoneInfo("Pacific/Kiritimati")).date()  # the first zone to see a day
    body = {"uscc": OUTSIDER, "consent": shop.consent(OUTSIDER), "enterprise": ENTERPRISE | {"known_at": str(tomorrow)}}
    monkeypatch.setattr(Clock, "today", lambda _: tomorrow)
    assert shop.client.post("/v1/points", json=body, headers=shop.key("standard")).status_code == 200
    monkeypatch.setattr(Clock, "today", lambda _: date(2026, 1, 1))
    assert shop.client.post("/v1/points", json=body, headers=shop.key("standard")).status_code == 422


@pytest.mark.parametrize("zone", ["Nowhere/Atall", "", 8])
def test_a_zone_that_is_none_is_refused_at_the_start(tmp_path, zone):
    """With the name of the parameter."""
    text = Path("params.yaml").read_text(encoding="utf-8").replace("zone: Asia/Shanghai", f"zone: {json.dumps(zone)}")
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ServingParamsError, match="zone"):
        read_params(tmp_path / "params.yaml")


def test_a_repeated_member_is_refused_by_its_position(shop):
    """Wherever it is and however it is written; the rest of the faults are answered with it."""
    key = shop.key("standard") | {"content-type": "application/json"}
    good = json.dumps(shop.body())
    facts = good[:-1] + ', "bank_facts": {"overdue_days": 0, "overdue_d\\u0061ys": 90}}'
    for path, text, where in (
        ("/v1/quota", good[:-1] + ', "requested_amount_cny": 10000}', "requested_amount_cny"),
        ("/v1/quota", facts, "bank_facts.overdue_days"),
        ("/v1/quota/batch", f"[{good}, {facts}]", "1.bank_facts.overdue_days"),
        ("/v1/points", '{"uscc": "x", "uscc": "y"}', "uscc"),
    ):
        answer = shop.client.post(path, content=text, headers=key)
        assert answer.status_code == 422, answer.text
        assert (where, "more than once") in [(fault["where"], fault["found"]) for fault in answer.json()["faults"]]
    assert shop.worker.ledger.counts("decision") == {}


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_byte_order_mark_is_named(shop, mark):
    """The problem says what to remove."""
    key = shop.key("standard") | {"content-type": "application/json"}
    answer = shop.client.post("/v1/quota", content=mark + json.dumps(shop.body()).encode(), headers=key)
    assert answer.status_code == 400
    assert "byte-order mark" in answer.json()["detail"]
    assert "字节顺序标记" in answer.json()["detail_zh"]
