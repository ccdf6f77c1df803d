"""What was decided is decided again, byte for byte, with the models and the policy of its day."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice

import orjson
import pytest

from data.code_version import CodeVersion, code_version, source_digest
from data.requests import QuotaRequest
from data.texts.figures import MONTHS
from models.quota.engine import read_policy
from models.risk.model import RiskModel
from serving.audit.packed_models import PackedModels
from serving.audit.replay import ReplayError, Summary, find_policy, replay_decision, replay_record, replay_since
from serving.contract.instants import today_in
from serving.decide.decision_service import DecisionService, Models
from serving.decide.snapshot import read_inputs
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate
from serving.releases.packed import UnknownReleaseError, release_of
from tests.serving.conftest import opened_shops

pytestmark = pytest.mark.law


@pytest.fixture(scope="module")
def other_release(service, trained, tmp_path_factory):
    """The same artefacts with a genuinely different risk model: half a logit higher."""
    folder = tmp_path_factory.mktemp("other") / "artifacts"
    shutil.copytree(trained.folder, folder)
    model = RiskModel.load(folder / "risk/model")
    replace(model, version="risk-other", level=model.level + 0.5).save(folder / "risk/model")
    return folder


@pytest.fixture(scope="module")
def packed(service, trained, other_release):
    folders = {release_of(folder): folder for folder in (trained.folder, other_release)}

    def folder_of(release):
        if release not in folders:
            raise UnknownReleaseError(release)
        return folders[release]

    return PackedModels(folder_of)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def decided_url(request, service, other_release, tmp_path_factory):
    """The URL of a ledger with decisions of two releases under two policies, and one that makes copies of it."""
    folder = tmp_path_factory.mktemp("decided")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'ledger.sqlite'}"
    else:
        url = request.getfixturevalue("postgres").new_database("decided")
    migrate(url)
    with opened_shops(service, folder) as open_shop:
        decide_all(open_shop, url, other_release)

    def copy(target):
        if request.param == "postgresql":
            return request.getfixturevalue("postgres").new_database("decided_copy", template="decided")
        shutil.copyfile(folder / "ledger.sqlite", target)
        return f"sqlite:///{target}"

    return url, copy


@pytest.fixture
def decided(decided_url):
    """That ledger; nobody may write to it."""
    book = Ledger(decided_url[0])
    yield book
    book.close()


def decide_all(open_shop, ledger_url, other_release):
    """Decide thirty requests with each release under each policy, each in force in its turn."""
    policy = read_policy().model_dump(mode="json") | {"version": "tight-1", "pd_cutoff": 0.03, "el_budget_wan": 1.0}
    for number, service in enumerate((None, DecisionService.load(other_release))):
        changed = {} if service is None else {"models": service.models, "snapshot": service.snapshot}
        shop = open_shop(ledger_url, **changed)
        li, wang = (shop.key("zone", "operator", holder=name) for name in ("li", "wang"))
        today = today_in("Asia/Shanghai").isoformat()
        if number == 0:
            release = {"what": "policy", "owner": "standard", "version": "tight-1", "body": policy, "reason": "r"}
            assert shop.client.post("/v1/releases", json=release, headers=li).status_code == 201
        else:
            model = {
                "what": "model",
                "owner": "*",
                "version": shop.worker.service.models.release,
                "body": {},
                "reason": "r",
            }
            shop.client.post("/v1/releases", json=model, headers=li)
            let_in = {"release": f"model:*:{model['version']}", "effective_from": today, "reason": "r"}
            assert shop.client.post("/v1/releases/activate", json=let_in, headers=wang).status_code == 201
        key = shop.key("standard")
        for version in (read_policy().version, "tight-1"):
            let_in = {"release": f"policy:standard:{version}", "effective_from": today, "reason": "r"}
            assert shop.client.post("/v1/releases/activate", json=let_in, headers=wang).status_code == 201
            shop.worker.refresh()
            bodies = [
                shop.body(position, request_id=f"{number}-{version}-{position}", policy_version=version)
                for position in range(0, 120, 4)
            ]
            answer = shop.client.post("/v1/quota/batch", json=bodies, headers=key)
            assert answer.status_code == 200, answer.text


def test_every_decision_of_two_models_and_two_policies_replays_to_the_same_bytes(decided, packed):
    """Four combinations, all identical; and they are four: each changes answers, so the replay proves something."""
    replayed = list(replay_since(decided, packed))
    assert len(replayed) == 120
    assert all(one.identical for one in replayed)
    assert {(one.release, one.policy) for one in replayed} == {
        (release, policy) for release in {one.release for one in replayed} for policy in ("standard-2024.3", "tight-1")
    }
    assert len({one.release for one in replayed}) == 2
    by_model: dict[str, list[float]] = {}
    for one in replayed:
        by_model.setdefault(one.release, []).append(one.recorded["risk"]["pd_12m"])
    first, second = by_model.values()
    assert all(a != b for a, b in zip(first, second, strict=True))
    quotas = {
        policy: [one.recorded["quota"]["amount_wan"] for one in replayed if one.policy == policy]
        for policy in ("standard-2024.3", "tight-1")
    }
    assert quotas["standard-2024.3"] != quotas["tight-1"]


def test_another_policy_or_model_shows_every_difference(decided, packed):
    """A what-if lists what would have come out otherwise, and its totals add up."""
    tight, summary = find_policy(decided, "tight-1"), Summary()
    for one in replay_since(decided, packed, policy=tight):
        summary.add(one)
        assert one.identical == (not one.differences)
        if one.recorded["versions"]["policy"] == "standard-2024.3":
            assert "versions.policy" in [difference.member for difference in one.differences]
    assert (summary.n, summary.identical) == (120, 60)
    assert summary.replayed_wan < summary.recorded_wan
    assert sum(summary.moves.values()) == 120
    other = next(iter({record.content["answer"]["release"] for record in decided.scan(DECISION)}))
    assert sum(one.identical for one in replay_since(decided, packed, release=other)) == 60


def test_since_leaves_out_what_was_before(decided, packed):
    """The time is the record's."""
    later = datetime.now(UTC) + timedelta(days=1)
    assert list(replay_since(decided, packed, since=later)) == []
    beijing = timezone(timedelta(hours=8))
    times = [datetime.fromisoformat(record.recorded_at) for record in decided.scan(DECISION)]
    middle = sorted(set(times))[len(set(times)) // 2]
    expected = sum(time >= middle for time in times)
    assert 0 < expected < 120
    for since in (middle, middle.astimezone(beijing)):
        assert len(list(replay_since(decided, packed, since=since))) == expected


def test_a_record_of_another_code_is_named_and_compared_in_all_else(decided, packed, monkeypatch):
    """Under other code every record says which; what the code changed is not identical, what it left is."""
    record = next(iter(decided.scan(DECISION)))
    ours = code_version()
    assert record.content["code"] == {"digest": ours.digest, "commit": ours.commit}
    assert record.content["answer"]["versions"]["code"] == source_digest()
    same = replay_decision(decided, packed, record.subject)
    assert (same.identical, same.other_code) == (True, "")
    monkeypatch.setattr("serving.audit.replay.code_version", lambda: CodeVersion("0123456789abcdef", ""))
    monkeypatch.setattr("models.quota.engine.source_digest", lambda: "fedcba9876543210")
    summary = Summary()
    for one in islice(replay_since(decided, PackedModels(packed.folder_of)), 10):
        assert one.identical
        assert one.other_code == f"recorded with code {ours.digest}, this is 0123456789abcdef"
        summary.add(one)
    assert summary.other_code == {one.other_code: (10, 10)}
    decide = Models.decide

    def otherwise(self, *arguments):
        answer = decide(self, *arguments)
        return answer | {"warnings": ["another sentence"]}

    monkeypatch.setattr(Models, "decide", otherwise)
    changed = replay_decision(decided, packed, record.subject)
    assert not changed.identical
    assert changed.other_code
    assert {item.member.partition("[")[0] for item in changed.differences} == {"warnings"}


def test_a_record_from_before_code_versions_replays(decided, packed, monkeypatch):
    """Old records have no code; they are compared without it, and said to have none."""
    record = next(iter(decided.scan(DECISION)))
    content = record.content
    del content["code"]
    del content["answer"]["versions"]["code"]
    one = replay_record(decided, packed, record._replace(body=orjson.dumps(content)))
    assert one.identical
    assert one.other_code == f"recorded without its code, this is {code_version().digest}"


def test_a_record_whose_sentences_have_iso_dates_replays_to_the_same_bytes(decided, packed):
    """Written before days were words: an approval names its last day, and the warning of the clock its date."""
    record = next(one for one in decided.scan(DECISION) if one.content["answer"]["outcome"] == "preapproved")
    content = record.content
    last = date.fromisoformat(content["answer"]["quota"]["valid_until"])
    zh, en = f"{last.year}年{last.month}月{last.day}日", f"{last.day} {last:%B} {last.year}"
    assert zh in content["answer"]["summary_zh"]
    assert en in content["answer"]["summary_en"]
    assert content.pop("dates") == "in_words"
    body = orjson.dumps(content).decode()
    before = re.sub(r"(\d{4})年(\d+)月(\d+)日", lambda found: date(*map(int, found.groups())).isoformat(), body)
    for number, name in enumerate(MONTHS, start=1):
        before = re.sub(
            rf"(\d+) {name} (\d{{4}})", lambda found, month=number: f"{found[2]}-{month:02}-{int(found[1]):02}", before
        )
    one = replay_record(decided, packed, record._replace(body=before.encode()))
    assert one.identical, one.differences
    assert last.isoformat() in one.replayed["summary_zh"]
    assert not replay_record(decided, packed, record._replace(body=orjson.dumps(content))).identical


def test_a_changed_record_does_not_replay_to_its_answer(decided_url, packed, tmp_path):
    """If somebody rewrites a recorded amount, verify names the record and the replay gives the true one."""
    decided = Ledger(decided_url[1](tmp_path / "copy.sqlite"))
    record = next(record for record in decided.scan(DECISION) if record.content["answer"]["quota"]["amount_wan"] > 9)
    amount = record.content["answer"]["quota"]["amount_wan"]
    forged = record.body.decode().replace(f'"amount_wan":{amount},', f'"amount_wan":{amount + 1},', 1)
    safeguard = "records_no_update" if decided.engine.dialect.name == "sqlite" else "records_guard ON records"
    with decided.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {safeguard}")
    from sqlalchemy import text

    with decided.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE records SET body = :b WHERE seq = :s"), {"b": forged, "s": record.seq})
    assert decided.verify().breaks[0].startswith(f"record {record.seq}:")
    found = replay_decision(decided, packed, record.subject)
    assert not found.identical
    assert [item.member for item in found.differences] == ["quota.amount_wan"]
    decided.close()


def test_what_is_missing_is_named(decided, packed):
    """An unknown decision, policy or release is an error that says so."""
    with pytest.raises(ReplayError, match="dec-none"):
        replay_decision(decided, packed, "dec-none")
    with pytest.raises(ReplayError, match="never-1"):
        find_policy(decided, "never-1")
    with pytest.raises(UnknownReleaseError):
        list(replay_since(decided, packed, release="0" * 16))


def test_files_that_changed_after_packing_are_not_the_release(trained, tmp_path):
    """A release is its bytes: one changed byte in a model file and it is refused."""
    folder = tmp_path / "artifacts"
    shutil.copytree(trained.folder, folder)
    release = release_of(folder)
    peers = folder / "quota/model/peers.json"
    peers.write_text(peers.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(UnknownReleaseError, match="changed"):
        PackedModels(lambda _: folder).models(release)


def test_every_case_of_the_snapshot_survives_its_record(service):
    """Read back from its JSON, a case is what it was to the last bit, unknown stage and all; so is its answer.

    Every case is compared in its values, their types and what follows from them, each twenty-fifth in its answer too.
    """
    models: Models = service.models
    policy, facts = read_policy(), service.facts("standard")
    for number, (code, case) in enumerate(service.snapshot.cases.items()):
        written = orjson.dumps(case.inputs)
        again = read_inputs(orjson.loads(written), models.engine.codebook)
        assert orjson.dumps(again.inputs) == written
        assert [(key, type(value)) for key, value in again.row.items()] == [
            (key, type(value)) for key, value in case.row.items()
        ]
        assert replace(again, row={}) == replace(case, row={})
        if number % 25 == 0:
            request = QuotaRequest(request_id="r", uscc=code, requested_amount_cny=3_000_000)
            assert orjson.dumps(models.decide(again, request, policy, facts)) == orjson.dumps(
                models.decide(case, request, policy, facts)
            )
