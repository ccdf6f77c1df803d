"""A firm's running loans and the new one are bounded together: splitting a loan opens no more."""

from __future__ import annotations

from datetime import date

import pytest

from data.requests import Grant
from serving.applications.firm_grants import FirmGrant
from serving.contract.refusals import Refusal
from serving.decide.bounds import check_grant
from tests.serving.decide.test_bounds import PARAMS, POLICY, QUOTA, YES, bank_application, grant


def running(*amounts_wan: int, product: str = "innovation_points") -> list[FirmGrant]:
    return [FirmGrant(product, amount * 10_000, date(2027, 11, 25)) for amount in amounts_wan]


def beside(given: Grant, granted: list[FirmGrant], holder: str, **whose: str) -> list[dict[str, str]]:
    order = bank_application(YES, **whose)
    return check_grant(given, order, holder, POLICY, PARAMS, QUOTA, granted)


@pytest.mark.law
def test_loans_that_run_count_with_the_new_one_against_the_quota_of_the_visitor() -> None:
    """Quota 200: beside 70 and 50 the visitor grants 80 and no more; another person 81, with a warning."""
    granted = running(70, 50)
    assert beside(grant(800_000), granted, "Li Wei") == []
    with pytest.raises(Refusal) as caught:
        beside(grant(810_000), granted, "Li Wei")
    assert caught.value.key == "four-eyes"
    allowed = caught.value.faults[0].allowed
    assert "CNY 1,200,000 to the firm" in allowed[1]
    assert "未到期贷款 120 万元合计高于当日按批复期限测算的额度 200 万元" in allowed[0]
    (found,) = beside(grant(810_000), granted, "Wang Fang")
    assert found["code"] == "grant_above_quota"
    assert found["zh"] == (
        "批复 81 万元与该行对该企业的未到期贷款 120 万元合计高于当日测算额度 200 万元（测算结果：预授信通过）。"
    )
    assert found["en"].startswith("The grant of CNY 810,000 and the bank's running loans of CNY 1,200,000 to the firm")


# running loans, stage, product, the most that is left in CNY: caps are 300 for a start-up, 500 for growth, half of
# either for zheke, and POLICY's single-name cap
LEFT = {
    "the stage's cap": (running(120, 60), "startup", "innovation_points", 1_200_000),
    "a share of a product that is used up": (running(220, product="zheke"), "startup", "zheke", 0),
    "the product's share counts its own loans": (running(40, product="zheke"), "startup", "zheke", 1_100_000),
    "others leave the product's share": (running(100), "startup", "zheke", 1_500_000),
    "and take of the whole": (running(200), "startup", "zheke", 1_000_000),
    "the single-name cap where the stage is unknown": (running(1_800), "unknown", "innovation_points", 2_000_000),
}


@pytest.mark.law
@pytest.mark.parametrize(("granted", "stage", "product", "most"), LEFT.values(), ids=LEFT)
def test_nobody_grants_beyond_the_caps_beside_loans_that_run(
    granted: list[FirmGrant], stage: str, product: str, most: int
) -> None:
    """Whoever grants: the cap is of the firm, however many loans it is split into."""
    assert POLICY.exposure_cap_wan == 2_000.0
    with pytest.raises(Refusal) as caught:
        beside(grant(most + 10_000), granted, "Wang Fang", stage=stage, product=product)
    (fault,) = caught.value.faults
    assert (caught.value.key, fault.where) == ("invalid-request", "amount_cny")
    assert f"at most {most:,}" in fault.allowed[1]
    if most:
        assert isinstance(beside(grant(most), granted, "Wang Fang", stage=stage, product=product), list)
