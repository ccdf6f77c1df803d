"""What counts as a finding: answers made by hand to requests whose fault is known."""

from __future__ import annotations

from types import SimpleNamespace

import orjson
import pytest

from experiments.benchmarks.serving.fuzz_verdicts import Findings, evaluate
from experiments.benchmarks.serving.fuzz_wire import Try, headers
from experiments.benchmarks.serving.inside import Received
from experiments.benchmarks.serving.world import World

pytestmark = pytest.mark.contract
APPROVAL = {"outcome": "preapproved", "reasons": ["r"], "quota": {"amount_cny": 1}}
CLEAN = {"server_errors": 0, "wrong_approvals": 0, "valid_refused": 0, "bad_problems": 0}


def found(world: World, body: object, status: int, answer: object, path: str = "/v1/quota", **case: object) -> Findings:
    """One request answered once."""
    known = SimpleNamespace(
        world=world, on_file=frozenset(world.usccs), policies={"standard": "standard-1"}, day="2024-06-30"
    )
    seen = Findings()
    sent = {"headers": headers(world.keys["standard"]), "body": orjson.dumps(body)} | case
    evaluate(seen, known, Try(1, "POST", path, "standard", **sent), Received(status, {}, orjson.dumps(answer)))
    return seen


def counts(seen: Findings) -> dict[str, int]:
    return {name: len(getattr(seen, name)) for name in CLEAN}


def test_a_valid_request_may_be_approved_or_be_a_conflict_and_nothing_else(small_world: World) -> None:
    """403 is a finding, 409 is none but for its body, which is no problem document here."""
    body = small_world.quota(0, "r")
    assert counts(found(small_world, body, 200, APPROVAL)) == CLEAN
    assert counts(found(small_world, body, 403, {})) == CLEAN | {"valid_refused": 1, "bad_problems": 1}
    assert counts(found(small_world, body, 409, {})) == CLEAN | {"bad_problems": 1}
    assert counts(found(small_world, body, 500, {})) == {
        **CLEAN,
        "server_errors": 1,
        "bad_problems": 1,
        "valid_refused": 1,
    }


def test_an_approval_must_be_of_a_valid_request_with_reasons_and_an_amount(small_world: World) -> None:
    """Each of these approvals is wrong; a decline of the same is none."""
    body = small_world.quota(0, "r")
    wrong = CLEAN | {"wrong_approvals": 1}
    assert counts(found(small_world, body | {"tenor_months": 61}, 200, APPROVAL)) == wrong
    assert counts(found(small_world, body | {"tenor_months": 61}, 200, APPROVAL | {"outcome": "declined"})) == CLEAN
    assert counts(found(small_world, body, 200, APPROVAL | {"reasons": []})) == wrong
    assert counts(found(small_world, body, 200, APPROVAL | {"quota": {"amount_cny": 0}})) == wrong
    assert counts(found(small_world, body, 200, APPROVAL, headers=headers("another"))) == wrong
    assert counts(found(small_world, body, 200, APPROVAL, query=b"a=1")) == wrong


def test_a_batch_is_held_item_by_item_and_two_of_one_id_are_not_valid(small_world: World) -> None:
    """One good and one bad item, both approved: one finding. The same id twice may be refused."""
    good, bad = small_world.quota(0, "a"), small_world.quota(1, "b") | {"purpose": "gambling"}
    seen = found(small_world, [good, bad], 200, [APPROVAL, APPROVAL], "/v1/quota/batch")
    assert (seen.approvals, counts(seen)) == (2, CLEAN | {"wrong_approvals": 1})
    twice = found(small_world, [good, good], 422, {}, "/v1/quota/batch")
    assert (twice.valid, counts(twice)) == (0, CLEAN | {"bad_problems": 1})
    assert twice.as_dict()["statuses"] == {"422": 1}
