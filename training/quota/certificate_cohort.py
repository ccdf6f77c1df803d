"""Issuing loss certificates: the cohort of seasoned loans, what each taper would have lent it, and what is certified.

The cohort is every loan whose twelve-month outcome is known, of enterprises that no model was fitted on. Each is taken
as a request for its own amount over twelve months on the day of its grant. Amounts, largest amount and stakes come
from the loans of the other enterprises. It holds for new loans to firms like these. A default whose loss is still open
counts as the worst that the policy allows, never as none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.money import CNY_PER_WAN
from models.content_digest import content_digest
from models.quota.certificate import METHOD, TENOR_MONTHS, CertificateStatement, LossCertificate, not_assessed, trial
from models.quota.decide import Decided, decide_columns
from models.quota.engine import CreditPolicy, QuotaEngine
from models.quota.measure import Measured
from training.quota.certificate import Promise, TaperedLoans, Verdict, certify, largest_covered, rate_bound
from training.quota.loss_chances import GRID
from training.quota.loss_tests import BETS, QUANTILES, Cohort

REQUIRED = 2  # the expected rate, and the realised rate at the policy's first correlation


@dataclass(frozen=True)
class CertificateParams:
    """Section ``certificate`` of params.yaml: PDs at which the tapers end, as multiples of the policy's cut-off."""

    lowest: float
    highest: float


@dataclass(frozen=True)
class Loans:
    """Loans and their cases: ``table`` has uscc, granted_on, amount_wan and loss_share, row by row as ``measured``.

    loss_share : lost of the amount; NaN of a default whose loss is not known yet
    """

    table: pd.DataFrame
    measured: Measured

    def decide(self, policy: CreditPolicy, certificate: LossCertificate) -> Decided:
        """What the policy would have lent, each loan taken as a request for its amount over twelve months."""
        requested = (self.table["amount_wan"].to_numpy() * CNY_PER_WAN).astype(np.int64)
        request = {"requested_amount_cny": requested, "tenor_months": np.full(len(requested), TENOR_MONTHS)}
        return decide_columns(self.measured, request, policy, certificate)

    @property
    def vintage(self) -> npt.NDArray[np.intp]:
        """Year of grant, from 0."""
        year = self.table["granted_on"].dt.year.to_numpy()
        return np.asarray(year - year.min(), dtype=np.intp)


def seasoned_loans(loans: pd.DataFrame, outcome: pd.Series) -> pd.DataFrame:
    """Loans whose outcome is known, as ``Loans.table`` has them.

    loans : uscc, granted_on, amount_wan, loss_wan; outcome : 1 where lost within twelve months, on a part of its index
    """
    known = loans.loc[outcome.index]
    lost = known["loss_wan"].where(outcome == 1.0, 0.0)
    return known[["uscc", "granted_on", "amount_wan"]].assign(loss_share=lost / known["amount_wan"])


def promises_of(policy: CreditPolicy) -> list[Promise]:
    """The expected rate first, then the realised rate at each correlation."""
    terms = policy.certificate
    expected = Promise(terms.expected_cap, terms.delta, policy.lgd, terms.largest_multiple)
    realised = replace(expected, cap=terms.realised_cap, next_loans=terms.next_loans, confidence=terms.confidence)
    return [expected, *(replace(realised, rho=rho) for rho in terms.rho)]


def tapered_loans(policy: CreditPolicy, cohort: Loans, others: Loans, end_pd: float) -> TaperedLoans:
    """The cohort under the taper that ends at this PD, up to the largest amount that its own mean allows.

    A default whose loss is not known yet counts as the largest share that the policy allows, its ``lgd``.
    """
    blank, multiple = not_assessed(policy.bank_id, policy.version, policy.digest), policy.certificate.largest_multiple
    largest = largest_covered(others.decide(policy, trial(blank, end_pd, math.inf)).covered_wan, multiple)
    while True:  # the rules may take a loan away once it is cut, so the amounts are looked at as they are decided
        amounts = others.decide(policy, trial(blank, end_pd, largest)).covered_wan
        amounts = amounts[amounts > 0.0]
        if largest < 1.0 or (len(amounts) and largest <= multiple * amounts.mean()):
            break
        largest -= 1.0
    decided = cohort.decide(policy, trial(blank, end_pd, largest))
    exposure, table = decided.covered_wan, cohort.table
    share = table["loss_share"].fillna(policy.lgd).to_numpy(dtype=float)
    expected = float(exposure @ (cohort.measured["pd_12m"] * policy.lgd))
    return TaperedLoans(
        end_pd=end_pd,
        largest=max(largest, 1.0),
        loans=Cohort(
            table["uscc"].to_numpy(dtype=str),
            table["granted_on"].to_numpy(dtype="datetime64[D]"),
            cohort.vintage,
            exposure,
            exposure * share,
        ),
        others=amounts,
        predicted_rate=expected / float(exposure.sum()) if exposure.any() else math.inf,
        profit=float(np.nansum(decided.expected_profit_cny)),
    )


def issue(
    engine: QuotaEngine,
    cohort: Loans,
    others: Loans,
    policies: Iterable[CreditPolicy],
    params: CertificateParams,
    chosen_by: str,
) -> list[LossCertificate]:
    """A certificate for every policy, in their order.

    cohort : seasoned loans of enterprises that no model was fitted on; others : of the rest
    chosen_by : digest of what chose them; the certificates carry it with the parameters of the tests
    """
    tests = {"chosen_by": chosen_by, **asdict(params), "method": METHOD, "grid": GRID, "bets": BETS, "years": QUANTILES}
    loans = {str(name): cohort.table[name].astype(str).tolist() for name in cohort.table}
    return [
        replace(one, models=engine.models_digest, parameters=content_digest(tests), cohort=content_digest(loans))
        for one in (_issued(policy, cohort, others, params) for policy in policies)
    ]


def _issued(policy: CreditPolicy, cohort: Loans, others: Loans, params: CertificateParams) -> LossCertificate:
    terms, promises = policy.certificate, promises_of(policy)
    ends = policy.pd_cutoff * np.geomspace(params.lowest, params.highest, terms.tapers)
    tapers = [tapered_loans(policy, cohort, others, float(end)) for end in ends]
    verdict = certify(tapers, promises, REQUIRED)
    blank = not_assessed(policy.bank_id, policy.version, policy.digest)
    if verdict.status == "not_assessed":
        return blank
    taper = tapers[verdict.start if verdict.step is None else verdict.step]
    loans, bound = taper.counted, rate_bound(taper, terms.delta, policy.lgd)
    years = loans.granted_on.astype("datetime64[Y]").astype(int) + 1970
    found = replace(
        blank,
        status=verdict.status,
        statements=_statements(promises, verdict),
        n=verdict.n,
        firms=len(np.unique(loans.firm)),
        vintages=len(np.unique(loans.vintage)),
        first_year=int(years.min()) if len(years) else None,
        last_year=int(years.max()) if len(years) else None,
        loss_rate=verdict.loss_rate,
        loss_rate_bound=bound if math.isfinite(bound) else None,
    )
    if verdict.step is None:
        return found
    served = replace(
        found,
        taper_end_pd=taper.end_pd,
        largest_wan=taper.largest,
        total_wan=float(math.ceil(terms.next_loans * taper.largest / terms.largest_multiple)),
    )
    return replace(served, approved_share=_smallest_approved_share(cohort, policy, served))


def _statements(promises: list[Promise], verdict: Verdict) -> tuple[CertificateStatement, ...]:
    return tuple(
        CertificateStatement(
            kind="expected" if promise.next_loans is None else "realised",
            certified=held,
            cap=promise.cap,
            delta=promise.delta,
            confidence=1.0 - promise.delta if promise.next_loans is None else promise.confidence,
            next_loans=promise.next_loans,
            rho=promise.rho,
            n_needed=needed,
        )
        for promise, held, needed in zip(promises, verdict.holds, verdict.needed, strict=True)
    )


def _smallest_approved_share(cohort: Loans, policy: CreditPolicy, certificate: LossCertificate) -> float:
    approved = cohort.decide(policy, certificate).amount_wan > 0
    return float(pd.Series(approved).groupby(cohort.vintage).mean().min())
