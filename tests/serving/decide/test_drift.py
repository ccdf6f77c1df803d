"""The drift watch of the service: a stream for each bank, distinct firms of the packed snapshot, nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from models.risk.drift_watch import WatchParams
from serving.decide.drift import DriftWatch

pytestmark = pytest.mark.law
PACKED = {f"U{number}": float(value) for number, value in enumerate(np.linspace(0.001, 0.08, 2_000))}


def watch(usual_rank=None):
    return DriftWatch(PACKED, WatchParams(0.01, 0.05), usual_rank or {}, shown_from=100)


def worst(n):
    """The riskiest firms of the snapshot."""
    return list(PACKED)[-n:]


def test_a_bank_refers_only_itself():
    """Two hundred of the riskiest firms raise one bank's alarm and no other bank's, whatever it requests next."""
    held, rng = watch(), np.random.default_rng(1)
    for code in worst(200):
        held.see("busy", code, PACKED[code])
    for code in rng.permutation(list(PACKED))[:200].tolist():
        held.see("calm", code, PACKED[code])
    assert held.alarm("busy")
    assert not held.alarm("calm")
    assert not held.alarm("new")
    banks = held.as_dict()["banks"]
    assert (banks["busy"]["alarm"], banks["calm"]["alarm"]) == (True, False)
    assert banks["busy"]["mean_rank"] > 0.9
    assert held.any_alarm


def test_firms_that_a_bank_brings_along_and_repeated_ones_do_not_count():
    """A thousand unknown firms and a thousand requests about one firm are no stream."""
    held = watch()
    for number in range(1_000):
        held.see("busy", f"X{number}", 0.9)
        held.see("busy", "U1999", 0.9)
    assert held.as_dict()["banks"]["busy"]["enterprises"] == 1
    assert not held.alarm("busy")
    assert held.largest_psi is None


def test_the_psi_is_shown_and_decides_nothing():
    """It is 0 for the whole snapshot and large for its riskiest tenth; below the least number it is not shown."""
    held = watch()
    for code in worst(99):
        held.see("busy", code, PACKED[code])
    assert held.largest_psi is None
    for code in PACKED:
        held.see("whole", code, PACKED[code])
    assert held.as_dict()["banks"]["whole"]["psi"] == pytest.approx(0.0, abs=1e-12)
    held.see("busy", worst(100)[0], 0.08)
    assert held.largest_psi > 1.0


def test_a_bank_with_its_own_usual_applicants_is_compared_with_them():
    """A stated mean rank moves the reference of that bank alone; one that cannot be a rank is refused at the start."""
    rng = np.random.default_rng(2)
    chosen = [code for code in rng.permutation(list(PACKED)).tolist() if PACKED[code] > 0.03][:400]
    stated = float(np.mean([(np.searchsorted(list(PACKED.values()), PACKED[code]) + 0.5) / 2_000 for code in chosen]))
    usual, plain = watch({"busy": stated}), watch()
    for code in chosen:
        usual.see("busy", code, PACKED[code])
        plain.see("busy", code, PACKED[code])
    assert (usual.alarm("busy"), plain.alarm("busy")) == (False, True)
    with pytest.raises(ValueError, match="usual_rank"):
        watch({"busy": 0.99})


def test_a_sorted_table_is_no_shifted_one():
    """A table's firms have no order: the whole snapshot sorted by risk is quiet, its riskiest part is not."""
    held = watch()
    order = np.random.default_rng(3).permutation(list(PACKED)).tolist()
    assert not held.table_alarm("busy", order)
    assert held.table_alarm("busy", worst(300))
    assert held.as_dict()["banks"] == {}


def test_one_banks_requests_over_http_never_refer_anothers(shop):
    """One bank sends requests for the snapshot's riskiest firms: its approvals are referred, the other's are not."""
    packed = shop.worker.service.drift._packed
    risky = sorted(packed, key=lambda code: -packed[code])[:250]
    key, other = shop.key("cautious"), shop.key("standard")
    for start in range(0, len(risky), 125):
        bodies = [shop.body(uscc=code, bank="cautious", request_id=f"a{code}") for code in risky[start : start + 125]]
        assert shop.client.post("/v1/quota/batch", json=bodies, headers=key).status_code == 200
    assert shop.worker.service.drift.alarm("cautious")
    some = np.random.default_rng(4).permutation(list(packed))[:150].tolist()
    mine = [shop.body(uscc=code, bank="cautious", request_id=f"b{code}") for code in some]
    theirs = [shop.body(uscc=code, request_id=f"b{code}") for code in some]
    own = shop.client.post("/v1/quota/batch", json=mine, headers=key).json()
    others = shop.client.post("/v1/quota/batch", json=theirs, headers=other).json()
    warned, approved = (
        [[check(one) for one in answers] for answers in (own, others)]
        for check in (
            lambda one: any(item["code"] == "drift_alarm" for item in one["warnings"]),
            lambda one: one["outcome"] == "preapproved",
        )
    )
    assert all(warned[0])
    assert not any(warned[1])
    assert not any(approved[0])
    assert any(approved[1])
    result = shop.client.get("/v1/monitoring", headers=shop.key("zone", "operator")).json()["drift"]["banks"]
    assert result["cautious"]["alarm"]
    assert not result["standard"]["alarm"]
