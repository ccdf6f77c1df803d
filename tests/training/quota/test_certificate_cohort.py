from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.quota.certificate import TENOR_MONTHS
from models.quota.engine import read_policies
from training.quota.certificate import sequence_start
from training.quota.certificate_cohort import (
    CertificateParams,
    Loans,
    issue,
    promises_of,
    seasoned_loans,
    tapered_loans,
)

PARAMS = CertificateParams(lowest=0.125, highest=2.0)
FEWER = {"tapers": 4}  # than a bank would try
CHANGED = {"standard": FEWER, "cautious": FEWER, "online": FEWER | {"rho": (0.0,)}}
POLICIES = {
    policy.bank_id: policy.model_copy(update={"certificate": policy.certificate.model_copy(update=changed)})
    for policy in read_policies()
    if (changed := CHANGED.get(policy.bank_id))
}


def loans_of(trained, cases: pd.DataFrame, share: np.ndarray) -> Loans:
    """Loans of 30 to 300 (10,000 yuan) for these cases in eight vintages, with these loss shares."""
    n = len(cases)
    granted = pd.to_datetime([f"{2015 + at % 8}-03-31" for at in range(n)])
    table = pd.DataFrame(
        {
            "uscc": cases["uscc"].to_numpy(),
            "granted_on": granted,
            "amount_wan": 30.0 + 270.0 * (np.arange(n) % 10) / 9,
            "loss_share": share,
        }
    )
    return Loans(table, trained.engine.measure(cases))


@pytest.fixture(scope="module")
def parts(trained):
    """Two halves of the snapshot's firms at a low PD, by turns, three times over: the cohort and the rest."""
    frame = pd.concat([trained.snapshot.frame] * 3, ignore_index=True)
    frame = frame.assign(uscc=[f"F{at:06d}" for at in range(len(frame))])
    held = frame["uscc"].str[-1].astype(int) % 2 == 0

    def calm(loans: Loans) -> Loans:
        risks = {name: loans.measured[name] * 0.08 for name in ("pd_12m", "pd_low", "pd_high")}
        return Loans(loans.table, loans.measured.with_columns(**risks))

    rng = np.random.default_rng(1)
    one, two = frame.loc[held], frame.loc[~held]
    share = 0.24 * (rng.random(len(one)) < 0.008)
    return calm(loans_of(trained, one, share)), calm(loans_of(trained, two, np.zeros(len(two))))


def with_share(loans: Loans, share) -> Loans:
    return Loans(loans.table.assign(loss_share=share), loans.measured)


@pytest.mark.behaviour
def test_every_bank_gets_one_and_it_is_bound_to_policy_models_parameters_and_cohort(trained, parts):
    """A certificate names what it holds for; other outcomes, parameters or another choice make other digests."""
    cohort, others = parts
    issued = issue(trained.engine, cohort, others, POLICIES.values(), PARAMS, "chosen")
    assert [one.policy for one in issued] == [policy.digest for policy in POLICIES.values()]
    assert {one.models for one in issued} == {trained.engine.models_digest}
    assert any(one.status == "certified" for one in issued)
    for one, policy in zip(issued, POLICIES.values(), strict=True):
        if one.status != "certified":
            assert one.taper_end_pd is None
            assert not any(said.certified for said in one.statements)
            continue
        expected, realised, *_ = one.statements
        assert expected.certified
        assert realised.certified
        assert one.total_wan >= policy.certificate.next_loans * one.largest_wan / policy.certificate.largest_multiple
        assert 0.0 < one.approved_share <= 1.0
    online = [POLICIES["online"]]  # the quickest one to test again
    same, moved, chosen, worse = (
        issue(trained.engine, *given)[0]
        for given in (
            (cohort, others, online, PARAMS, "chosen"),
            (cohort, others, online, replace(PARAMS, highest=2.1), "chosen"),
            (cohort, others, online, PARAMS, "chosen otherwise"),
            (with_share(cohort, np.where(np.arange(len(cohort.table)) == 3, 0.2, cohort.table["loss_share"])),
             others, online, PARAMS, "chosen"),
        )
    )  # fmt: skip
    before = issued[list(POLICIES).index("online")]
    assert same == before
    assert moved.parameters != before.parameters != chosen.parameters
    assert worse.cohort != before.cohort
    assert len({one.digest for one in (same, moved, chosen, worse)}) == 4


@pytest.mark.law
def test_nothing_that_is_fixed_beforehand_reads_an_outcome(trained, parts):
    """Every loan repaid or every loan lost: the same amounts, largest amounts, stakes' amounts, profits and start."""
    cohort, others = parts
    policy = POLICIES["standard"]

    def design(share):
        tapers = [tapered_loans(policy, with_share(cohort, share), others, end) for end in (0.02, 0.05, 0.12)]
        fixed = [(t.largest, t.others.tolist(), t.loans.exposure.tolist(), t.profit, t.predicted_rate) for t in tapers]
        return fixed, sequence_start(tapers, promises_of(policy))

    assert design(0.0) == design(0.4) == design(cohort.table["loss_share"])


@pytest.mark.law
def test_the_largest_amount_is_at_most_twice_the_mean_and_covers_what_the_policy_decides(trained, parts):
    """Exposures are the very amounts that are decided under the taper, within its limits, for twelve months."""
    cohort, others = parts
    policy = POLICIES["standard"]
    for end in (0.02, 0.05, 0.12):
        taper = tapered_loans(policy, cohort, others, end)
        assert taper.largest <= 2.0 * taper.others.mean()
        assert taper.others.max() <= taper.largest
        assert taper.loans.exposure.max() <= taper.largest
        assert (taper.loans.exposure <= cohort.table["amount_wan"]).all()


@pytest.mark.contract
def test_a_loss_beyond_the_contract_voids_and_a_hopeless_cohort_says_so(trained, parts):
    """A share of .41 at an LGD of .40: not assessed. A seventh of all loans lost: no number of such loans would do."""
    cohort, others = parts
    standard = [POLICIES["standard"]]
    few = np.where(np.arange(len(cohort.table)) % 50 == 3, 0.41, 0.0)
    void = issue(trained.engine, with_share(cohort, few), others, standard, PARAMS, "chosen")[0]
    assert void.status == "not_assessed"
    assert void.answer()["status"] == "refused"
    lost = 0.4 * (np.arange(len(cohort.table)) % 7 == 0)
    hopeless = issue(trained.engine, with_share(cohort, lost), others, standard, PARAMS, "chosen")[0]
    assert hopeless.status == "not_certified"
    assert {one.n_needed for one in hopeless.statements} == {None}
    assert "more loans would not help" in hopeless.answer()["text_en"]


@pytest.mark.law
def test_seasoned_loans_are_those_with_an_outcome_and_a_loss_counts_only_within_the_twelve_months():
    """One repaid; one lost within the year, 40 of 100; one lost later: no loss; one without outcome; one still open."""
    loans = pd.DataFrame(
        {
            "uscc": ["a", "b", "c", "d", "e"],
            "granted_on": pd.to_datetime(["2020-01-01"] * 5),
            "amount_wan": [50.0, 100.0, 80.0, 60.0, 70.0],
            "loss_wan": [np.nan, 40.0, 32.0, 24.0, np.nan],
        }
    )
    result = seasoned_loans(loans, pd.Series([0.0, 1.0, 0.0, 1.0], index=[0, 1, 2, 4]))
    np.testing.assert_array_equal(result["loss_share"], [0.0, 0.4, 0.0, np.nan])
    assert result["uscc"].tolist() == ["a", "b", "c", "e"]
    assert TENOR_MONTHS == 12


@pytest.mark.law
def test_a_default_whose_loss_is_still_open_counts_as_the_worst_that_the_policy_allows(trained, parts):
    """As if each of them had lost the LGD of .40; as a loss of nothing it would certify what nobody knows."""
    cohort, others = parts
    policy = POLICIES["standard"]
    assert policy.lgd == 0.40
    open_, worst, none = (
        tapered_loans(policy, with_share(cohort, cohort.table["loss_share"].replace(0.24, share)), others, 0.02).loans
        for share in (np.nan, 0.40, 0.0)
    )
    np.testing.assert_array_equal(open_.loss, worst.loss)
    assert open_.loss.sum() > none.loss.sum() == 0.0
