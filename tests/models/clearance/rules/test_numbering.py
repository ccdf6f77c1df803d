"""Numbers that name things."""

from __future__ import annotations

import pytest

BOX = {"ContainerId": "CSQU3054383", "ContainerMd": "11"}
WHERE = "DecContainers/Container[1]/ContainerId"


def test_items_are_numbered_from_one(ids):
    assert ids(goods=[{"SecondQty": "100"}, {"SecondQty": "140", "GNo": "3"}]) == [
        ("item_number", "DecLists/DecList[2]/GNo")
    ]


def test_at_least_one_item_and_at_most_fifty(ids):
    share = {"SecondQty": "4.8"}  # 50 · 4.8 = 240
    assert ids(goods=[share] * 50) == []
    assert ids(goods=[share] * 51, NetWt="244.8") == [("too_many_goods", "DecLists")]
    assert ids(goods=[], containers=[BOX]) == [("no_goods", "DecLists")]


@pytest.mark.parametrize(
    ("number", "rule"),
    [("CSQU3054382", "container_check_digit"), ("TEST0000001", "container_form"), ("CSQU305438", "container_form")],
)
def test_numbers_of_containers(ids, number, rule):
    assert ids(containers=[{**BOX, "ContainerId": number}]) == [(rule, WHERE)]


def test_a_container_occurs_once(ids):
    assert ids(containers=[BOX, BOX]) == [("container_twice", "DecContainers/Container[2]/ContainerId")]


def test_a_container_holds_items_that_there_are(ids):
    assert ids(containers=[{**BOX, "GoodsNo": "1"}]) == []
    for wrong in ("1, 2", "²", "0", "1," * 200_000 + "2"):
        assert ("container_goods", "DecContainers/Container[1]/GoodsNo") in ids(containers=[{**BOX, "GoodsNo": wrong}])


def test_numbers_that_customs_gave(ids):
    """E2020... is of an export; the first four digits of the customs number are the office."""
    assert ids(SeqNo="E20200000000000001", EntryId="291020200000000001") == []
    assert ids(SeqNo="I20200000000000001") == [("number_direction", "DecHead/SeqNo")]
    assert ids(EntryId="290120200000000001") == [("number_office", "DecHead/EntryId")]
