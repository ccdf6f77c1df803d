"""Every firm as columns: what a single request gives, in an order and by blocks."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.requests import PointsRequest, QuotaRequest
from models.quota.policy import read_policy
from serving.clock import Clock
from serving.consents.check import NO_RIGHTS
from serving.console.firms import BANK, build_firm_table, firm_table, warm
from serving.contract.refusals import Refusal
from tests.serving.console.planted_firms import CODES, planted_table

EVERY = 40  # of the cohort's firms one in so many is asked for alone
NOW = [("points", True)]


@pytest.fixture(scope="module")
def policy():
    return read_policy()


@pytest.fixture(scope="module")
def table(service, policy):
    """The cohort's firms, the first of them on a node."""
    first = min(service.snapshot.cases)
    placements = pd.DataFrame(
        {"kind": ["firm", "firm", "patent"], "item_id": [first, "unknown", first], "chain_id": "iot",
         "node_id": ["sensors", "sensors", "other"], "band": ["placed", "placed", "placed"]}
    )  # fmt: skip
    return build_firm_table(service, policy, service.facts(BANK), {first: "甲"}, placements)


def test_every_firm_of_the_snapshot_is_in_it_once(table, service):
    assert list(table.frame["uscc"]) == sorted(service.snapshot.cases)


def test_points_are_those_that_the_api_gives_without_what_is_personal(table, service):
    """To the last bit, with each indicator; the founders' indicator is in neither."""
    for row in range(0, len(table), EVERY):
        uscc = table.cell(row, "uscc")
        answer = service.points(PointsRequest(uscc=uscc), NO_RIGHTS)
        points = answer["points"]
        assert answer["personal_excluded"]
        if points["total"] is None:
            assert np.isnan(table.cell(row, "points"))
            continue
        own = {name: table.cell(row, name) for name in ("points", "base", "bonus")}
        assert own == {"points": points["total"], "base": points["base"], "bonus": points["bonus"]}
        assert table.cell(row, "dim_operations") == points["dim_operations"]
        earned = {one["key"]: one["points"] for one in answer["indicators"] if one["points"] is not None}
        assert dict(zip(table.keys, table.earned[row].tolist(), strict=True)) == earned


def test_outcome_quota_and_grade_are_those_of_a_single_request(table, service, policy):
    outcomes = set()
    for row in range(0, len(table), EVERY):
        request = QuotaRequest(request_id="r", uscc=table.cell(row, "uscc"), requested_amount_cny=10_000_000)
        answer = service.quota(request, policy)
        outcomes.add(answer["outcome"])
        assert table.cell(row, "outcome") == answer["outcome"]
        assert table.cell(row, "quota_wan") == answer["quota"]["amount_wan"]
        if answer["risk"] is not None:
            assert table.cell(row, "grade") == answer["risk"]["risk_grade"]
    assert len(outcomes) > 1


def test_a_certificate_that_is_used_up_gives_the_quotas_of_a_single_request_then(certified):
    """Two loans granted of two: each quota as of a request that day, and some smaller than before."""
    one, policy = certified.service, read_policy()
    quotas = []
    for counts in ({}, {certified.digests["standard"]: 2}):
        made = build_firm_table(one, policy, one.facts(BANK, counts), {}, None)
        quotas.append(made.frame["quota_wan"].tolist())
        for row in range(0, len(made), EVERY):
            request = QuotaRequest(request_id="r", uscc=made.cell(row, "uscc"), requested_amount_cny=10_000_000)
            assert made.cell(row, "quota_wan") == one.quota(request, policy, counts)["quota"]["amount_wan"]
    assert quotas[0] != quotas[1]


def test_stale_data_are_stale_on_the_day_that_a_request_is_referred_for_them(service, policy):
    """A day later than each firm's own: the safeguard refers the request, and the table says stale."""
    code, case = next(iter(service.snapshot.cases.items()))
    day = date.fromordinal(case.fresh_until.toordinal() + 1)
    later = replace(service, clock=Clock("Asia/Shanghai", day), drift=service.drift.fresh())
    table = build_firm_table(later, policy, later.facts(BANK), {}, None)
    row = table.row_of(code)
    assert not table.cell(row, "fresh")
    assert "data_stale" in table.cell(row, "alarm_keys")
    assert table.cell(row, "outcome") != "preapproved"
    newest = max(known for known in case.known.values() if known)
    assert np.nanmin(table.source_days[row]) == (day - newest).days


def test_placements_of_firms_that_are_placed_make_the_chains(table):
    assert {key: rows.tolist() for key, rows in table.placed.items()} == {"iot": [0], "iot/sensors": [0]}
    assert (table.cell(0, "chains"), table.cell(1, "chains"), table.cell(0, "name")) == ("iot", "", "甲")


def test_a_firm_is_found_by_its_whole_code_alone():
    planted = planted_table()
    assert planted.row_of(CODES[3]) == 3
    assert planted.row_of(CODES[3][:-1]) is None
    assert planted.row_of("") is None


@pytest.mark.parametrize(
    ("sort", "rows"),
    [
        ([("points", True)], [0, 1, 3, 2, 4, 5]),  # 80 60 60 40 20, unknown; equal ones by code
        ([("points", False)], [4, 2, 1, 3, 0, 5]),  # unknown last here too
        ([("stage", False), ("points", True)], [3, 4, 0, 1, 2, 5]),  # start-up, growth, unknown
        ([("oldest_days", True)], [3, 2, 1, 5, 0, 4]),
        ([("fresh_until", True)], [4, 0, 1, 2, 3, 5]),
        ([], [0, 1, 2, 3, 4, 5]),
    ],
)
def test_rows_come_in_the_order_asked_for(sort, rows):
    planted = planted_table()
    part, count = planted.page(None, sort, 0, 10)
    assert (part.index.tolist(), count) == (rows, 6)


def test_a_block_is_a_slice_of_what_the_filter_lets_through():
    planted = planted_table()
    mask = np.array([True, False, True, True, False, True])
    part, count = planted.page(mask, NOW, 1, 3)
    assert (part.index.tolist(), count) == ([3, 2], 4)
    assert planted.page(mask, NOW, 100, 200)[0].empty
    assert planted.page(mask, NOW, -5, 2)[0].index.tolist() == [0, 3]


def test_peers_are_the_firms_of_the_stage():
    assert planted_table().peers("growth").tolist() == [0, 1, 2]


def test_the_table_is_made_once_for_a_release_and_a_day(office):
    state = office.console.state
    assert firm_table(state) is firm_table(state)
    assert len(firm_table(state)) == len(office.shop.codes)


def test_before_the_models_are_there_it_is_refused(office):
    class Loading:
        worker = None

    with pytest.raises(Refusal) as caught:
        firm_table(Loading())
    assert caught.value.key == "not-ready"


def test_an_old_table_answers_while_a_new_one_is_made(office, monkeypatch):
    """Nobody waits for placements to be read again; the next that come after it get the new one."""
    state = office.console.state
    first = firm_table(state)
    monkeypatch.setattr("serving.console.firms.OLDEST_S", -1.0)
    assert firm_table(state) is first
    deadline = time.monotonic() + 20.0
    while state.firm_table[1] is first and time.monotonic() < deadline:
        time.sleep(0.02)
    assert state.firm_table[1] is not first


def test_a_table_is_made_beside_the_start(office):
    """The first page finds it there."""
    served = office.console.state
    state = SimpleNamespace(worker=served.worker, chain=served.chain, filings=None, firm_table=None)
    warm(state)
    deadline = time.monotonic() + 20.0
    while state.firm_table is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(state.firm_table[1]) == len(office.shop.codes)
    warm(SimpleNamespace(worker=None))  # not ready: nothing happens
