"""The second statement of what may be approved, held against requests whose fault is known."""

from __future__ import annotations

import pytest

from data.uscc import fictitious_uscc
from experiments.benchmarks.serving.oracle import faults, is_uscc, read_body
from experiments.benchmarks.serving.world import World

pytestmark = pytest.mark.contract
DAY = "2024-06-30"
FACTS = {
    "industry": "software", "size_rule": "software", "founded_on": "2018-01-01", "known_at": "2024-05-31",
    "indicators": {}, "credit_facts": {},
}  # fmt: skip


@pytest.mark.parametrize(
    "text", [b'{"a": NaN}', b'{"a": 1, "a": 1}', b'{"a": 1} x', b"\xff", b'"\\ud800"', b"", b"{", b"[Infinity]"]
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    """Words for no number, a member twice, trailing text, bytes that are no UTF-8, half a character."""
    with pytest.raises(ValueError, match=r"\S"):
        read_body(text)


def test_json_is_read_as_it_is() -> None:
    """Members, lists, exact numbers."""
    assert read_body(b'{"a": [1, 2.5, null], "b": "\xe5\x90\x8d"}') == {"a": [1, 2.5, None], "b": "名"}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, []),
        ({"industry": "mining"}, ["enterprise industry or size_rule"]),
        ({"founded_on": "1949-09-30"}, ["founded before the register"]),
        ({"founded_on": "2024-06-01"}, ["founded after it was known"]),
        ({"known_at": "2024-07-01"}, ["known after as_of"]),
        ({"founded_on": "2024-13-01"}, ["enterprise days"]),
        ({"indicators": {"colour": 1.0}}, ["unknown colour"]),
        ({"indicators": {"rd_staff_ratio": -1.0}}, ["rd_staff_ratio out of range"]),
        ({"indicators": {"rd_staff_ratio": True}}, ["rd_staff_ratio out of range"]),
        ({"more": 1}, ["enterprise members"]),
    ],
)
def test_facts_of_an_enterprise_that_is_not_on_file(small_world: World, changed: dict, fault: list[str]) -> None:
    """Each single change has its fault, and no change has none."""
    uscc = fictitious_uscc(99)
    body = small_world.quota(0, "r") | {"uscc": uscc, "as_of": DAY, "enterprise": FACTS | changed}
    body["consent"] = small_world.consent("c", uscc, "standard")
    assert faults(body, "standard", set(small_world.usccs), set(), DAY) == fault


def test_of_one_on_file_nothing_may_be_sent_and_of_another_something_must(small_world: World) -> None:
    """Values beside the record, an unknown firm, another day."""
    on_file = set(small_world.usccs)
    body = small_world.quota(0, "r")
    assert faults(body | {"enterprise": FACTS}, "standard", on_file, set(), DAY) == ["values beside the record"]
    assert faults(body, "standard", set(), set(), DAY) == ["not on file"]
    assert faults(body | {"as_of": "2024-06-29"}, "standard", on_file, set(), DAY) == ["as_of another day"]
    assert faults([body], "standard", on_file, set(), DAY) == ["the request is no object"]


def test_check_sums_by_hand() -> None:
    """A code of the standard's own kind, one letter changed, one letter too few."""
    assert is_uscc("914403001922038216")
    assert not is_uscc("914403001922038217")
    assert not is_uscc("91440300192203821")
    assert not is_uscc(914403001922038216)
