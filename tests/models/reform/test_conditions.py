"""What a reform's result is said to assume."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.quota.certificate import LossCertificate, not_assessed, trial
from models.quota.engine import CreditPolicy
from models.reform.evaluate import PACKED
from models.reform.levers import Packed, read_levers
from models.reform.result import ReformResult
from models.reform.simulate import Run, simulate
from models.reform.study import BASELINE, Proposal, Study
from tests.models.reform.test_simulate import CAPS, STAGES

pytestmark = pytest.mark.law
REFORMS = {"caps": CAPS, "borders": STAGES, "void": {**CAPS, "certificates": "void"}}


def certified(policy: CreditPolicy) -> LossCertificate:
    """A certificate of a policy, of any models."""
    return trial(not_assessed(policy.bank_id, policy.version, policy.digest), 0.2, 300.0)


@pytest.fixture
def conditions(packed, firms):
    """Simulates the reforms of REFORMS where the named banks' policies have these certificates."""

    def make(banks: tuple[str, ...], **held: LossCertificate) -> ReformResult:
        certificates = {one.policy: one for one in held.values()}
        release = Packed(replace(packed.engine, certificates=certificates), packed.policies, packed.costs)
        proposals = [Proposal(key, key, key, read_levers(raw, release)) for key, raw in REFORMS.items()]
        study = Study(release, Proposal(BASELINE, "", "", read_levers({}, release)), tuple(proposals), banks)
        return simulate(study, lambda: iter([{PACKED: firms.head(300)}]), Run(replicates=20))

    return make


def test_conditions_are_those_of_each_reform_and_the_result_has_those_of_any(conditions, packed):
    """A reform with void certificates carries none; one without a border holds no stage of the default risk."""
    result = conditions(("standard",), standard=certified(packed.policies["standard"]))
    assert {one.scenario.key: one.conditions for one in result.reforms} == {
        "caps": ("certificates_carried",),
        "borders": ("certificates_carried", "risk_stage_held"),
        "void": ("certificates_void",),
    }
    assert result.conditions == ("certificates_carried", "certificates_void", "risk_stage_held", "real_data")
    assert result.certificates == {"policies": 1, "issued": 1, "certified": 1}


def test_without_a_certificate_of_these_models_none_is_carried_and_none_is_void(conditions, packed):
    """None was issued for them, or the one that was certified nothing."""
    refused = replace(certified(packed.policies["standard"]), status="not_certified")
    for held, issued in (({}, 0), ({"standard": refused}, 1), ({"science": certified(packed.policies["science"])}, 0)):
        result = conditions(("standard",), **held)
        assert [one.conditions for one in result.reforms] == [(), ("risk_stage_held",), ()]
        assert result.conditions == ("risk_stage_held", "certificates_none", "real_data")
        assert result.certificates == {"policies": 1, "issued": issued, "certified": 0}


def test_of_several_banks_it_is_counted_how_many_are_certified(conditions, packed):
    """One of two: that one's is carried, and that the other has none is said."""
    result = conditions(("standard", "science"), science=certified(packed.policies["science"]))
    assert result.reforms[0].conditions == ("certificates_carried",)
    assert "certificates_some" in result.conditions
    assert result.certificates == {"policies": 2, "issued": 1, "certified": 1}
