"""Kinds of events and statuses of cases as data."""

from data.approvals.kinds import kinds, statuses
from data.approvals.records import EVENT_KINDS


def test_every_kind_has_a_row_and_shows_a_known_status():
    assert set(kinds()) == set(EVENT_KINDS)
    assert all(row.zh and row.en and row.shows in statuses() for row in kinds().values())
    ranks = [row.rank for row in kinds().values()]
    assert len(set(ranks)) == len(ranks)


def test_what_opens_can_be_closed_and_comes_before_it_at_one_instant():
    for group in ("correction", "joint", "suspension"):
        (opens,) = (row for row in kinds().values() if row.group == group and row.effect == "opens")
        (closes,) = (row for row in kinds().values() if row.group == group and row.effect == "closes")
        assert opens.rank < closes.rank
        assert statuses()[opens.while_open].rank > statuses()[opens.shows].rank


def test_a_closed_case_outranks_every_running_one():
    found = [row for row in statuses().values() if row.status != "contradictory"]
    assert max(row.rank for row in found if not row.closed) < min(row.rank for row in found if row.closed)
    assert {row.status for row in found if row.closed} >= {row.shows for row in kinds().values() if row.effect == "end"}
