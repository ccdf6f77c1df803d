"""What was measured ahead answers as what is measured now, and a release is named by its bytes."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from data.requests import BankFacts, QuotaRequest
from models.quota.answer import answer_json
from models.quota.policy import read_policy
from serving.releases.packed import MODEL_FILES, release_of

pytestmark = pytest.mark.law
WORSE = BankFacts(existing_debt_wan=900.0, overdue_days=10, guarantees_wan=50.0)


@pytest.mark.parametrize("facts", [BankFacts(), WORSE], ids=["none", "worse"])
def test_a_prepared_enterprise_is_answered_as_one_that_is_measured_now(service, facts):
    """Byte for byte, with and without a bank's own facts."""
    policy, known = read_policy(), service.facts("standard")
    for number, (uscc, case) in enumerate(list(service.snapshot.cases.items())[:60]):
        request = QuotaRequest(request_id=f"r{number}", uscc=uscc, requested_amount_cny=3_000_000, bank_facts=facts)
        ahead = service.decide(case, request, policy, known)
        assert answer_json(ahead) == answer_json(service.models.decide(case, request, policy, known))


def test_a_case_that_is_not_the_packed_one_is_measured_anew(service):
    """Whatever was prepared for its enterprise: another row, another answer."""
    uscc, case = next((uscc, case) for uscc, case in service.snapshot.cases.items() if case.row["revenue_wan"] > 500)
    request = QuotaRequest(request_id="r", uscc=uscc, requested_amount_cny=3_000_000)
    policy, known = read_policy(), service.facts("standard")
    other = replace(case, row={**case.row, "excluded": 1.0, "existing_debt_wan": 5_000.0})
    answer = service.decide(other, request, policy, known)
    assert answer_json(answer) == answer_json(service.models.decide(other, request, policy, known))
    assert answer_json(answer) != answer_json(service.decide(case, request, policy, known))


def test_a_release_is_its_bytes(trained, tmp_path):
    """One byte more is another release; what is packed beside the models is not part of it."""
    for name in MODEL_FILES:
        source, target = trained.folder / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
    assert release_of(tmp_path) == release_of(trained.folder)
    (tmp_path / "params.yaml").write_text("serving: {}\n", encoding="utf-8")
    assert release_of(tmp_path) == release_of(trained.folder)
    card = tmp_path / "points/card.yaml"
    card.write_bytes(card.read_bytes() + b"\n")
    assert release_of(tmp_path) != release_of(trained.folder)
