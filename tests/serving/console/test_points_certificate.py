"""A certificate is a record: what it states, until when, and that only number and code together verify it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import orjson
import pytest

from serving.clock import Clock
from serving.console.firms import firm_table
from serving.console.points_certificate import (
    KIND,
    certificate_draft,
    certificate_of,
    code_of,
    find_certificate,
    issued_to,
    valid_until,
    verify,
)
from serving.contract.refusals import Refusal
from serving.ledger.ledger import digest_of


@pytest.fixture(scope="module")
def made(office):
    """Table, service and the first firm with points."""
    table = firm_table(office.console.state)
    row = int((table.frame["points"] > 0).to_numpy().argmax())
    return table, office.shop.worker.service, row


def draft_of(made, holder="officer 1"):
    table, service, row = made
    return certificate_draft(table, row, service, "zone", holder)


def test_it_states_the_firms_own_points_and_the_versions_behind_them(made):
    table, service, row = made
    content = orjson.loads(draft_of(made).body)
    assert content["points"] == table.cell(row, "points")
    assert sum(content["dimensions"].values()) == pytest.approx(content["points"])
    assert all(content["dimensions"][name] <= content["full"][name] + 1e-9 for name in content["full"])
    assert (content["release"], content["uscc"]) == (table.release, table.cell(row, "uscc"))
    assert content["versions"]["points_card"] == service.models.engine.points.version
    assert (content["issued_on"], content["issued_by"]) == ("2024-06-30", "officer 1")
    assert content["clock_set"]  # the tests' day is set: the sheet says that it serves no purpose


def test_it_is_valid_until_the_first_of_its_data_stops_being_fresh(made):
    table, service, row = made
    case = service.snapshot.cases[table.cell(row, "uscc")]
    snapshot = table.as_of + timedelta(days=service.params.data_age_days)
    reference = date.fromisoformat(service.models.reference_day) + timedelta(days=service.params.reference_age_days)
    assert valid_until(table, row, service) == min(case.fresh_until, snapshot, reference)


def test_stale_data_and_a_firm_without_points_get_none(made):
    table, service, row = made
    late = replace(table, today=valid_until(table, row, service) + timedelta(days=1))
    with pytest.raises(Refusal) as caught:
        certificate_draft(late, row, service, "zone", "officer 1")
    assert "报送新数据" in caught.value.faults[0].texts[0]
    unknown = replace(table, frame=table.frame.assign(points=float("nan")))
    with pytest.raises(Refusal) as caught:
        certificate_draft(unknown, row, service, "zone", "officer 1")
    assert "营业收入" in caught.value.faults[0].texts[0]


def test_a_day_has_one_certificate_of_a_firm(made, sqlite_ledger):
    (first, fresh), (second, again) = (
        *sqlite_ledger.append([draft_of(made)]),
        *sqlite_ledger.append([draft_of(made, "b")]),
    )
    assert (fresh, again) == (True, False)
    assert first == second
    assert first.kind == KIND
    table, _, row = made
    (listed,) = issued_to(sqlite_ledger, table.cell(row, "uscc"))
    assert (listed["number"], listed["points"]) == (first.content["number"], table.cell(row, "points"))
    assert issued_to(sqlite_ledger, "somebody else") == []


def test_number_and_code_together_verify_it_and_neither_alone(made, sqlite_ledger):
    ((record, _),) = sqlite_ledger.append([draft_of(made)])
    number, code = record.content["number"], code_of(record.fingerprint)
    found = verify(sqlite_ledger, f" {number.lower()} ", code.replace("-", " ").lower())
    assert found == certificate_of(record)
    assert found.code == code == "-".join(record.fingerprint[at : at + 4].upper() for at in (0, 4, 8, 12))
    wrong = code.translate(str.maketrans("0123456789ABCDEF", "123456789ABCDEF0"))
    for number_given, code_given in ((number, wrong), (number, ""), (number, code[:-1]), ("IP-1", code), ("", "")):
        assert verify(sqlite_ledger, number_given, code_given) is None


def test_a_record_that_is_not_what_was_written_is_none(made, sqlite_ledger):
    """A body of other points under the digest of the first: nobody's certificate."""
    draft = draft_of(made)
    content = orjson.loads(draft.body) | {"points": 129.0}
    forged = draft._replace(body=orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
    assert digest_of(forged.body) != forged.fingerprint
    sqlite_ledger.append([forged])
    assert find_certificate(sqlite_ledger, content["number"]) is None


def test_it_is_valid_on_its_last_day_and_not_after(made, sqlite_ledger):
    ((record, _),) = sqlite_ledger.append([draft_of(made)])
    certificate = certificate_of(record)
    last = date.fromisoformat(record.content["valid_until"])
    assert certificate.is_valid(last)
    assert not certificate.is_valid(last + timedelta(days=1))


def test_without_a_set_day_it_says_nothing_of_trying(made):
    table, service, row = made
    real = replace(service, clock=Clock("Asia/Shanghai"), drift=service.drift.fresh())
    content = orjson.loads(certificate_draft(table, row, real, "zone", "officer 1").body)
    assert not content["clock_set"]
