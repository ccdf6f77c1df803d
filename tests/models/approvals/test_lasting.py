"""Correction, joint handling and suspensions between the events that begin and end them."""

from models.approvals.columns import NEVER, event_columns
from models.approvals.lasting import CORRECTION, JOINT, SUSPENSION, lasting
from tests.models.approvals.events import CHINA, event, resumed, suspended


def found(*events):
    columns = event_columns(events, [0] * len(events), until=None, now=None, zone=CHINA)
    return columns, lasting(columns, columns.counted)


def test_groups_and_reasons_are_apart():
    _, kept = found(
        suspended("03"), suspended("04", reason="hearing"), resumed("05"), event("joint_begun", "03"),
        event("correction_requested", "02"), event("corrected", "03"),
    )  # fmt: skip
    over = {
        name: (kept.stretches.to_at[kept.of_group(name)] != NEVER).tolist() for name in (CORRECTION, JOINT, SUSPENSION)
    }
    assert over == {"correction": [True], "joint": [False], "suspension": [False, True]}  # hearing, test


def test_a_resumption_without_a_reason_ends_all_of_them():
    _, kept = found(suspended("03"), suspended("04", reason="hearing"), resumed("05", reason=""))
    assert (kept.stretches.to_at != NEVER).all()
    assert not len(kept.alone)
    columns, kept = found(suspended("03"), resumed("04"), resumed("05", reason=""))
    assert [columns.events[row].kind for row in kept.alone] == ["resumed"]
    assert len(found(resumed("05", reason=""))[1].alone) == 1


def test_the_event_with_a_basis_is_named_for_a_suspension_that_was_recorded_twice():
    for first in ("", "第四十五条"):
        columns, kept = found(suspended("03", basis=first), suspended("03", basis="第四十五条" if not first else ""))
        assert [columns.events[row].values["basis"] for row in kept.rows] == ["第四十五条"]
        assert not len(kept.repeated)


def test_later_requests_begin_nothing_and_those_of_one_day_begin_one():
    one, two = event("correction_requested", "02"), event("correction_requested", "04")
    columns, kept = found(one, event("corrected", "03"), two)
    assert (columns.digests[kept.later_requests[0]], len(kept.stretches.case)) == (two.digest, 1)
    _, kept = found(one, event("correction_requested", "02", ""))
    assert (len(kept.later_requests), len(kept.stretches.case)) == (2, 1)
