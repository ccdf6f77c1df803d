"""The day of a request: the zone's calendar or the operator's day, never the caller's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from typer.testing import CliRunner

from data.codebook import read_credit_facts
from data.requests import EnterpriseFacts, QuotaRequest
from data.uscc import fictitious_uscc
from models.quota.engine import read_policy
from serving.__main__ import app
from serving.audit.packed_models import PackedModels
from serving.audit.replay import ReplayError, replay_record
from serving.clock import CLOCK, Clock, ClockError
from serving.contract import instants
from serving.decide.decision_service import DecisionService

pytestmark = pytest.mark.law
ZONE = "Asia/Shanghai"


class _At(datetime):
    """A fixed instant in place of now."""

    @classmethod
    def now(cls, tz=None):
        return datetime(2026, 11, 25, 23, 30, tzinfo=UTC).astimezone(tz)


def test_the_day_is_the_zones(monkeypatch):
    """At 23:30 UTC it is the next day in Shanghai and still the same in London."""
    monkeypatch.setattr(instants, "datetime", _At)
    assert Clock(ZONE).today() == date(2026, 11, 26)
    assert Clock("Europe/London").today() == date(2026, 11, 25)
    assert Clock(ZONE, date(2024, 6, 30)).today() == date(2024, 6, 30)


@pytest.mark.parametrize(("text", "result"), [("30/06/2024", "allowed: a day"), ("2024-13-01", "allowed: a day"),
                                            ("2999-01-01", "after today")])  # fmt: skip
def test_a_day_that_cannot_be_set_is_refused(monkeypatch, text, result):
    """Unreadable and future days are errors, on the command line as well."""
    monkeypatch.setenv(CLOCK, text)
    with pytest.raises(ClockError, match=result):
        Clock.from_environment(ZONE)
    found = CliRunner().invoke(app, ["serve", "--port", "1", "--clock", text])
    assert found.exit_code == 2
    with pytest.raises(ClockError, match="time zone"):
        Clock("Mars/Olympus")


def test_without_a_set_clock_the_shipped_snapshot_is_stale(trained, monkeypatch, open_shop, tmp_path):
    """Data of 2024 approve nobody today; with the operator's clock they do, and the answer and its record say so."""
    monkeypatch.delenv(CLOCK)
    today = DecisionService.load(trained.folder)
    shop = open_shop(f"sqlite:///{tmp_path / 'now.sqlite'}", clock=today.clock, snapshot=today.snapshot)
    bodies = [shop.body(position) for position in range(60)]
    key = shop.key("standard")
    now = shop.client.post("/v1/quota/batch", json=bodies, headers=key).json()
    assert not [one for one in now if one["outcome"] == "preapproved"]
    assert any("data_stale" in one["constraints_hit"] for one in now)
    assert not [one for one in now if any(result["code"] == "clock_set" for result in one["warnings"])]
    pinned = open_shop(f"sqlite:///{tmp_path / 'then.sqlite'}")
    then = pinned.client.post("/v1/quota/batch", json=bodies, headers=pinned.key("standard")).json()
    approvals = [one for one in then if one["outcome"] == "preapproved"]
    assert approvals
    assert all(one["quota"]["valid_until"] > "2024-06-30" for one in approvals)
    assert all(any("set the date to 30 June 2024" in result["en"] for result in one["warnings"]) for one in then)
    record = pinned.worker.ledger.by_key(f"decision:{then[0]['audit_id']}")
    assert (record.content["safeguard"]["today"], record.content["safeguard"]["clock_set"]) == ("2024-06-30", True)


def test_own_facts_of_long_ago_are_not_approved_whatever_day_the_caller_names(service):
    """A strong firm that is not on file, brought along: fresh facts may be approved, facts of a former year never."""
    policy, book = read_policy(), service.models.engine.codebook
    live = replace(service, snapshot=replace(service.snapshot, clock=Clock(ZONE)), clock=Clock(ZONE))

    def ask(source, held, known_at, as_of):
        keys = {"indicators": book.keys, "credit_facts": [fact.key for fact in read_credit_facts()]}
        values = {
            member: {key: float(source.row[key]) for key in names if source.row[key] == source.row[key]}
            for member, names in keys.items()
        }
        own = EnterpriseFacts(
            industry=source.row["industry"], size_rule=source.row["size_rule"], known_at=known_at,
            founded_on=known_at - timedelta(days=int(source.row["age_years"] * 365.25)), **values,
        )  # fmt: skip
        request = QuotaRequest(
            request_id="r", uscc=fictitious_uscc(900_001), requested_amount_cny=1_000_000, as_of=as_of, enterprise=own
        )
        return held.quota(request, policy)

    day = date(2024, 6, 30)
    strong = next(
        case for case in service.snapshot.cases.values()
        if ask(case, service, day, None)["outcome"] == "preapproved"
    )  # fmt: skip
    for known_at, as_of in ((date(1999, 6, 1), date(2000, 1, 1)), (day, day)):
        answer = ask(strong, live, known_at, as_of)
        assert answer["outcome"] != "preapproved"
        assert any(one["code"] == "data_stale" for one in answer["warnings"])


def test_a_replay_uses_the_recorded_day_and_refuses_a_record_without_one(shop, trained, monkeypatch):
    """Without the operator's clock a recorded approval replays to the same bytes; older safeguard facts are named."""
    bodies = [shop.body(position) for position in range(20)]
    answers = shop.client.post("/v1/quota/batch", json=bodies, headers=shop.key("standard")).json()
    approval = next(one for one in answers if one["outcome"] == "preapproved")
    monkeypatch.delenv(CLOCK)
    record = shop.worker.ledger.by_key(f"decision:{approval['audit_id']}")
    packed = PackedModels(lambda _: trained.folder)
    assert replay_record(shop.worker.ledger, packed, record).identical
    before = {"drift_alarm": False, "model_day": "2024-06-30", "model_age_days": 548}
    older = record._replace(body=orjson.dumps({**record.content, "safeguard": before}))
    with pytest.raises(ReplayError, match=r"lack .*'today'.* another version"):
        replay_record(shop.worker.ledger, packed, older)
