"""The engine with a loss certificate, by hand: after its last loan, and of firms that a caller alone knows."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from data.requests import QuotaRequest
from tests.models.quota.conftest import certificate

pytestmark = pytest.mark.law


@pytest.fixture
def request_of(quick_case):
    """A request of a firm for 300 wan."""
    return lambda: QuotaRequest(request_id="r", uscc=quick_case()["uscc"], requested_amount_cny=3_000_000)


@pytest.fixture
def table(quick_case, quick_known):
    """Three firms and the days their values were known."""
    cases = pd.DataFrame([quick_case(existing_debt_wan=debt) for debt in (200.0, 250.0, 1_000.0)])
    return cases, pd.DataFrame([quick_known] * 3)


@pytest.fixture
def certified(quick_engine, quick_policy):
    """The engine with a certificate for the bank's next loan, up to 260 wan, and what it has covered then."""
    issued = certificate(quick_engine, quick_policy, loans=1, taper_end_pd=0.03)
    engine = replace(quick_engine, certificates={quick_policy.digest: issued})
    return engine, {issued.digest: 1}


def test_a_certificate_that_is_used_up_says_so_and_decides_nothing(
    certified, quick_case, quick_known, quick_policy, request_of
):
    """A PD of 1.8 % is tapered by (3 - 1.8) / (3 - 1.5) = .8, so 55 of 69 wan; after its one loan none is.

    Grants under another certificate do not count.
    """
    engine, used = certified
    prepared, advised = engine.prepare([quick_case()], [quick_known]), []
    for granted, amount, bound in (
        ((), 55, "taper"),
        (({"d" * 64: 1},), 55, "taper"),
        ((used,), 69, "debt_capacity"),
    ):
        answer = engine.decide_prepared(prepared, request_of(), quick_policy, *granted)
        assert (answer["quota"]["amount_wan"], answer["quota"]["limited_by"]) == (amount, bound)
        assert answer["loss_certificate"]["text_en"].startswith("The certificate is used up:") is (amount == 69)
        advised.append({one["constraint"] for one in answer["advice"]})
    assert advised == [{"taper"}, {"taper"}, {"debt_capacity"}]


def test_a_table_and_a_stream_end_with_the_certificate_as_a_request_does(certified, table, quick_policy):
    """Debts of 200, 250 and 1,000 wan: 55 and 37 tapered, 69 and 50 after the one loan; never more."""
    engine, used = certified
    cases, _ = table
    requested = pd.DataFrame({"requested_amount_cny": [3_000_000] * 3})
    for granted, amounts in (((), [55, 37, 0]), ((used,), [69, 50, 0])):
        whole = engine.decide_table(cases, requested, quick_policy, *granted)
        (streamed,) = engine.decide_stream([(cases, requested)], quick_policy, *granted)
        pd.testing.assert_frame_equal(whole, streamed)
        assert whole["amount_wan"].tolist() == amounts


def test_a_firm_that_a_caller_alone_knows_gets_the_expert_caps_and_a_warning(
    certified, quick_case, quick_known, quick_policy, request_of
):
    """Untapered 69 wan for 55, advice on what bounds it, nothing covered; the same firm on record has none of it."""
    engine, used = certified
    prepared = engine.prepare([quick_case()], [quick_known])
    on_record = engine.decide_prepared(prepared, request_of(), quick_policy)
    answer = engine.decide_prepared(replace(prepared, brought=True), request_of(), quick_policy)
    assert (answer["quota"]["amount_wan"], answer["quota"]["limited_by"]) == (69, "debt_capacity")
    certificate_of = answer["loss_certificate"]
    assert (certificate_of["covered"], certificate_of["covered_wan"]) == (False, 0.0)
    assert certificate_of["text_en"].startswith(
        "No agency's record holds this firm, so the certificate does not cover it;"
    )
    used_up = engine.decide_prepared(prepared, request_of(), quick_policy, used)
    for name in ("quota", "quota_trace", "reasons", "advice", "risk"):
        assert answer[name] == used_up[name]
    (said,) = [one for one in answer["warnings"] if one["code"] == "brought"]
    assert said["zh"] == "本企业不在部门登记数据中：所用数据均由请求方报送，没有一项由部门提供。"
    assert said["en"] == (
        "No agency's record holds this firm: every value was sent by the caller, and no agency delivered any of them."
    )
    assert answer["warnings"] == [said, *on_record["warnings"]]
    assert replace(prepared, brought=True).take(0).brought


def test_a_table_covers_the_firms_on_record_alone(certified, table, quick_policy):
    """55 and 37 wan tapered; 69 and 50 where the firm is brought along, row by row, in any part of the table."""
    engine, used = certified
    cases, _ = table
    requested = pd.DataFrame({"requested_amount_cny": [3_000_000] * 3})
    for brought, amounts, covered in (
        ((False, False, False), [55, 37, 0], [55.0, 37.0, 0.0]),
        ((False, True, False), [55, 50, 0], [55.0, 0.0, 0.0]),
        ((True, False, True), [69, 37, 0], [0.0, 37.0, 0.0]),
        ((True, True, True), [69, 50, 0], [0.0, 0.0, 0.0]),
    ):
        whole = engine.decide_table(cases, requested.assign(brought=brought), quick_policy)
        assert whole["amount_wan"].tolist() == amounts
        assert whole["covered_wan"].tolist() == covered
        assert whole["uscc"].tolist() == cases["uscc"].tolist()
        assert whole.index.tolist() == [0, 1, 2]
    known, unknown = (engine.decide_table(cases, requested.assign(brought=own), quick_policy) for own in (False, True))
    pd.testing.assert_frame_equal(known, engine.decide_table(cases, requested, quick_policy))
    pd.testing.assert_frame_equal(unknown, engine.decide_table(cases, requested, quick_policy, used))
