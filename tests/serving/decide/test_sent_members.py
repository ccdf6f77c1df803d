"""Every value that an asker may send of a firm that the snapshot does not hold decides something."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.requests import EnterpriseFacts, PointsRequest, QuotaRequest
from data.sizes import read_size_rules
from data.uscc import fictitious_uscc
from serving.clock import Clock
from serving.decide.snapshot import FirmSnapshot

BOOK, CLOCK, DAY = read_codebook(), Clock("Asia/Shanghai", date(2024, 7, 10)), date(2024, 6, 30)
STRANGER = fictitious_uscc(987_654)
KEYS = [*BOOK.keys, *(fact.key for fact in read_credit_facts())]


@pytest.fixture(scope="module")
def snapshot(trained):
    return FirmSnapshot.load(trained.folder / "snapshot", BOOK, CLOCK)


def sent_of(row, **change) -> dict:
    """Everything that an asker may send of a case: identity, indicators, credit facts, and the day of them."""
    known = {key: float(row[key]) for key in KEYS if not math.isnan(row[key])}
    founded = (pd.Timestamp(DAY) - pd.Timedelta(days=round(365.25 * row["age_years"]))).date()
    return {
        "industry": row["industry"], "size_rule": row["size_rule"], "founded_on": founded, "known_at": DAY,
        "indicators": {key: value for key, value in known.items() if key in BOOK.keys},
        "credit_facts": {key: value for key, value in known.items() if key not in BOOK.keys},
    } | change  # fmt: skip


def others_of(member, frame):
    """Other values of a member, which the schema allows."""
    if member in ("industry", "size_rule"):
        return list(frame[member].unique()) + (list(read_size_rules().index) if member == "size_rule" else [])
    if member in ("founded_on", "known_at"):
        return [date(2023, 12, 1), date(2010, 1, 4)] if member == "founded_on" else [date(2021, 1, 4)]
    whole = next(item for item in (*BOOK, *read_credit_facts()) if item.key == member)
    return [*(float(value) for value in (frame[member].max(), frame[member].min(), frame[member].median())), whole.high]


@pytest.mark.law
@pytest.mark.parametrize("member", [*KEYS, "industry", "size_rule", "founded_on", "known_at"])
def test_every_member_that_an_asker_may_send_moves_something(trained, snapshot, member):
    """Of one firm or another, a different value changes the outcome, points, default risk, a constraint or a rule."""
    frame = trained.snapshot.frame
    if member == "assets_wan":  # decides the size class, and so the peers, where the rule measures assets
        frame = frame.assign(size_rule="leasing_business")
    asked = QuotaRequest(request_id="r", uscc=STRANGER, requested_amount_cny=10_000_000)

    def decided(sent) -> dict:
        case = snapshot.case_of(PointsRequest(uscc=STRANGER, enterprise=EnterpriseFacts(**sent)))
        return trained.engine.decide_row(case.row, case.known, asked, trained.policy, reasons=False)

    for row in frame.head(30).to_dict("records"):
        sent = sent_of(row)
        before = decided(sent)
        for other in others_of(member, frame):
            part = next((name for name in ("indicators", "credit_facts") if member in sent[name]), None)
            changed = {member: other} if part is None else {part: sent[part] | {member: other}}
            if member in KEYS and part is None:
                continue  # this firm's value is unknown
            if decided(sent | changed) != before:
                return
    raise AssertionError(f"{member} moves nothing")
