"""No request, however damaged, brings the service down or draws an approval that it should not have.

A short run of the campaign of ``python -m experiments bench serving --only fuzz``.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
from starlette.applications import Starlette

from data.requests import QuotaRequest
from experiments.benchmarks.serving.fuzz import Fuzzer, campaign
from experiments.benchmarks.serving.fuzz_verdicts import Findings, evaluate
from experiments.benchmarks.serving.fuzz_wire import Try
from experiments.benchmarks.serving.inside import Received, open_app
from experiments.benchmarks.serving.oracle import faults, is_uscc
from experiments.benchmarks.serving.world import World
from models.quota.policy import read_policy

pytestmark = pytest.mark.contract
CASES = 1_200
PARAMS = Path("params.yaml")


def test_over_a_thousand_damaged_requests(tmp_path: Path, trained: SimpleNamespace) -> None:
    """No 5xx, no approval of what is not valid, nothing valid refused, each refusal a problem of the catalogue."""
    with open_app(trained.folder, PARAMS, f"sqlite:///{tmp_path}/ledger.sqlite") as (app, every):
        world = with_more_good_firms(app, every)
        found = asyncio.run(campaign(app, world, CASES, seed=5))
        fuzzer = Fuzzer(app, world, seed=5)
        assert [fuzzer.make(number) for number in (3, 4)] == [fuzzer.make(number) for number in (3, 4)]
        _a_finding_would_have_been_reported(fuzzer)
    result = found.as_dict()
    assert result["requests"] == CASES
    assert not result["cases"], result["cases"]
    assert result["approvals"] >= 25, result  # enough of them, so that a wrong one could have been among them
    assert found.statuses[400] + found.statuses[422] > CASES / 5


def with_more_good_firms(app: Starlette, world: World) -> World:
    """The world with the approvable of its first firms forty times more.

    Of all firms about one in seven is approved for what the campaign requests (tenor, price, overdue days and the
    interval of the PD decide), and most requests are damaged: without these too few approvals would come for a wrong
    one to be among them.
    """
    service, standard = app.state.worker.service, read_policy()
    good = []
    for number, uscc in enumerate(world.usccs[:200]):
        body = {key: value for key, value in world.quota(number, "r").items() if key != "consent"}
        if service.quota(QuotaRequest.model_validate(body), standard)["outcome"] == "preapproved":
            good.append(uscc)
    assert len(good) >= 10
    return replace(world, usccs=(*world.usccs, *good * 40))


def _a_finding_would_have_been_reported(fuzzer: Fuzzer) -> None:
    """An approval of a request without its consent, a 500, and a refusal of a valid one are findings."""
    body = fuzzer.world.quota(1, "r1")
    headers = (
        (b"authorization", f"Bearer {fuzzer.world.keys['standard']}".encode()),
        (b"content-type", b"application/json"),
    )
    approval = orjson.dumps({"outcome": "preapproved", "reasons": ["r"], "quota": {"amount_cny": 1}})
    found = Findings()
    for requested, received in (
        (body, Received(200, {}, approval)),
        ({key: value for key, value in body.items() if key != "consent"}, Received(200, {}, approval)),
        (body, Received(500, {}, b"")),
    ):
        evaluate(found, fuzzer, Try(0, "POST", "/v1/quota", "standard", headers, orjson.dumps(requested)), received)
    counts = {
        name: len(getattr(found, name))
        for name in ("wrong_approvals", "server_errors", "valid_refused", "bad_problems")
    }
    assert counts == {"wrong_approvals": 1, "server_errors": 1, "valid_refused": 1, "bad_problems": 1}


def test_the_oracle_knows_a_valid_request_and_each_single_fault(trained: SimpleNamespace, tmp_path: Path) -> None:
    """One change, one fault; the untouched request has none."""
    world = World.make(f"sqlite:///{tmp_path}/ledger.sqlite", trained.folder)
    day = f"{trained.snapshot.frame['as_of'].iloc[0]:%Y-%m-%d}"
    body = world.quota(7, "r1")

    def result(change: dict[str, object], bank: str = "standard") -> list[str]:
        return faults(body | change, bank, set(world.usccs), "standard-2024.1", day)

    assert result({}) == []
    assert result({"tenor_months": True}) == ["tenor_months"]
    assert result({"requested_amount_cny": 3e6}) == ["requested_amount_cny"]
    assert result({"uscc": world.usccs[8]}) == ["consent of another firm"]
    assert result({"consent": body["consent"] | {"id": "x"}}) == ["consent signature"]
    assert result({"product": "zheke", "consent": body["consent"] | {"products": ["x"]}}) == [
        "consent products",
        "consent signature",
    ]
    assert result({"policy_version": "x"}) == ["policy_version"]
    assert result({"colour": 1}) == ["unknown ['colour']"]
    assert result({}, bank="bank-1") == ["consent for another bank"]
    assert is_uscc(body["uscc"])
    assert not is_uscc(body["uscc"][:-1] + ("0" if body["uscc"][-1] != "0" else "1"))
