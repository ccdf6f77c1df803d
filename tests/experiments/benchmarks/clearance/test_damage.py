"""Damage is seeded and of every kind; whatever is neither read nor refused with its position is a failure."""

import pytest

from data.clearance.records import MessageError
from data.ingest.messages.build import build
from experiments.benchmarks.clearance import damage
from experiments.benchmarks.clearance.damage import DAMAGES, extreme, run, try_all, variants
from experiments.benchmarks.clearance.samples import simulated

pytestmark = pytest.mark.law


@pytest.fixture(scope="module")
def held():
    return simulated(40)


def test_the_same_seed_gives_the_same_bytes(held):
    made = list(variants(held, 50, 1))
    assert made == list(variants(held, 50, 1)) != list(variants(held, 50, 2))
    assert {one.how for one in made} == {*DAMAGES}
    whole = {one.name: one.raw for one in held}
    assert sum(one.raw != whole[one.name] for one in made) > 40


def test_each_is_read_or_refused(held, monkeypatch):
    monkeypatch.setattr(damage, "EXTREMES", {"entity_bomb": damage.EXTREMES["entity_bomb"]})
    found = run(held, 300, None)
    assert found["holds"]
    assert sum(count for one in found["outcomes"].values() for count in one.values()) == 300
    assert set(found["outcomes"]["cut"]) <= {"refused", "refused as a whole", "read"}
    assert found["extremes"]["entity_bomb"]["code"] == "document_type"


def test_depth_is_refused_at_once():
    found = extreme("depth_10000")
    assert (found["holds"], found["outcome"], found["code"]) == (True, "refused", "not_well_formed")


@pytest.mark.parametrize(
    ("fault", "what"),
    [(ValueError("x"), "ValueError"), (MessageError("odd", "a", "b"), "odd without a position")],
)
def test_anything_else_is_a_failure(held, monkeypatch, fault, what):
    def broken(_):
        raise fault

    monkeypatch.setattr(damage, "read_message", broken)
    tally = try_all(variants(held, 3), None)
    assert [one["what"] for one in tally.failures] == [what] * 3


def test_a_cut_message_that_is_read_in_part_is_a_failure(held):
    whole = next(one for one in held if b"CHANNEL" in one.raw and b"<DEC_DATA" in one.raw)
    other = build("sw.receipt", {"DEC_RESULT": {"ENTRY_ID": "1", "CHANNEL": "P"}, "RESULT_INFO": ""})
    odd = damage.Variant(whole.name, "cut", other, whole.raw)
    assert [one["what"] for one in try_all(iter([odd]), None).failures] == ["read in part"]
    same = damage.Variant(whole.name, "cut", whole.raw, whole.raw)
    assert not try_all(iter([same]), None).failures


def test_what_a_schema_accepts_and_the_reader_refuses_is_found(held, monkeypatch):
    """The second opinion is not the reader's own."""

    class Accepts:
        def check(self, root, edition):
            return "valid"

    def broken(_):
        raise MessageError("odd", "a", "b", 1, 1)

    monkeypatch.setattr(damage, "read_message", broken)
    monkeypatch.setattr(damage, "EXTREMES", {})
    found = run(held, 20, Accepts())
    assert found["valid_by_schema"] > found["valid_by_schema_read"] == 0
    assert found["valid_by_schema_refused"] == {"odd": found["valid_by_schema"]}
    assert not found["holds"]
