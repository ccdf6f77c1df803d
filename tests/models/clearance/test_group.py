"""Events are of one declaration where shared numbers connect them, and of no other."""

import random

from data.clearance.records import CLIENT_SEQ_NO, ENTRY_ID, LRN, MRN, SEQ_NO, CaseEvent
from models.clearance.group import group, group_ids


def event(code, **keys):
    return CaseEvent(tuple(keys.items()), "single_window", code, None, "")


def codes(events):
    return sorted("".join(sorted(one.code for one in some)) for some in group(events))


def test_a_chain_of_shared_numbers_connects():
    """Event a knows only its own number, c only that of customs; b knows both. N has lost its sequence number."""
    events = [
        event("a", **{CLIENT_SEQ_NO: "C1"}), event("b", **{CLIENT_SEQ_NO: "C1", SEQ_NO: "E1"}),
        event("c", **{SEQ_NO: "E1", ENTRY_ID: "29012026"}), event("N", **{SEQ_NO: "", ENTRY_ID: "29012026"}),
        event("x", **{SEQ_NO: "E2"}),
    ]  # fmt: skip
    assert codes(events) == ["Nabc", "x"]
    assert codes(events[:1] + events[2:]) == ["Nc", "a", "x"]


def test_the_same_number_of_another_kind_is_another_number():
    assert codes([event("a", **{LRN: "77"}), event("b", **{MRN: "77"})]) == ["a", "b"]


def test_a_number_that_is_none_links_nothing_and_is_remarked():
    """Without the guard every declaration whose entry number is still 0 would be one."""
    events = [event("a", **{SEQ_NO: "E1", ENTRY_ID: "0"}), event("b", **{SEQ_NO: "E2", ENTRY_ID: "0"})]
    events += [
        event("c", **{ENTRY_ID: "000000000000000000"}),
        event("d", **{ENTRY_ID: " "}),
        event("c", **{ENTRY_ID: "000000000000000000"}),
    ]
    assert codes(events) == ["a", "b", "cc", "d"]
    assert {(one.code, one.path, one.found) for one in group_ids(events).remarks} == {
        ("ill_formed_key", ENTRY_ID, "0"), ("ill_formed_key", ENTRY_ID, "0" * 18), ("ill_formed_key", ENTRY_ID, " "),
    }  # fmt: skip


def test_two_firms_that_both_begin_at_1_are_not_one():
    """Customs gave E1 and E2 under the same own number: it is nobody's, and what names only it is of neither."""
    events = [event("a", **{CLIENT_SEQ_NO: "1", SEQ_NO: "E1"}), event("b", **{CLIENT_SEQ_NO: "1", SEQ_NO: "E2"})]
    events += [event("c", **{CLIENT_SEQ_NO: "1"}), event("d", **{CLIENT_SEQ_NO: "1"}), event("e", **{SEQ_NO: "E1"})]
    assert codes(events) == ["ae", "b", "cd"]
    assert [one.code for one in group_ids(events).remarks] == ["shared_own_number"]


def test_order_of_arrival_changes_no_group():
    """Numbers of groups included: they follow the smallest number of each."""
    events = [event(str(i), **{SEQ_NO: f"E{i % 7}", ENTRY_ID: f"9{i % 21}"}) for i in range(60)]
    expected = dict(zip([one.code for one in events], group_ids(events).ids.tolist(), strict=True))
    rng = random.Random(1)
    for _ in range(20):
        rng.shuffle(events)
        found = group_ids(events)
        assert dict(zip([one.code for one in events], found.ids.tolist(), strict=True)) == expected
        assert found.n_groups == 7


def test_nothing_is_no_group():
    assert group([]) == []
    assert group_ids([]).n_groups == 0
