"""A bank's appetite as data: one versioned YAML file, never edited once it has decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from math import floor
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails, PydanticKnownError

from data.codebook import reference_path
from data.growth_stages import GROWTH_STAGES
from data.ingest.rules import INDUSTRIES
from data.requests import Product, Purpose, TenorMonths
from data.texts.figures import Text
from data.texts.sentences import WordedError, sentence
from data.uscc import check_uscc
from data.yaml_file import read_yaml_file
from models.content_digest import content_digest
from models.risk.interval import HIGHEST_LEVEL

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
# A policy that a ledger holds was checked when it was proposed; rules that came later do not make it unreadable.
_RECORDED: Mapping[str, bool] = {"recorded": True}


def _is_recorded(info: ValidationInfo) -> bool:
    return info.context is _RECORDED


def _check_listed(code: str, info: ValidationInfo) -> str:
    return code if _is_recorded(info) else check_uscc(code)


def _check_any(listed: tuple[Any, ...]) -> tuple[Any, ...]:
    """At least one item, checked once all are read: pydantic's own minimum counts a wrong item as none."""
    if not listed:
        raise PydanticKnownError("too_short", {"field_type": "Tuple", "min_length": 1, "actual_length": 0})
    return listed


def _check_once(key: str, listed: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """That a list names nothing twice; key : of the sentence that says so."""
    twice = [one for one, count in Counter(listed).items() if count > 1]
    if twice and not _is_recorded(info):
        raise WordedError(sentence(key, twice=twice))
    return listed


ListedFirm = Annotated[str, AfterValidator(_check_listed)]


class PolicyError(ValueError):
    """A policy file is unreadable or breaks its own form; the message lists every fault."""


class ProductTerms(BaseModel):
    """What a bank offers under one product.

    purposes : what the money may be used for; annual_rate : for 12 months or less, before the premium for risk
    tenor_premium : added to the yearly rate for each year of tenor beyond the first
    cap_share : share of the caps by stage that the product opens
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_tenor_months: TenorMonths
    max_tenor_months: TenorMonths
    purposes: Annotated[
        tuple[Purpose, ...], AfterValidator(_check_any), AfterValidator(partial(_check_once, "policy.purposes"))
    ]
    annual_rate: Share
    tenor_premium: Share
    cap_share: Annotated[float, Field(gt=0, le=1)]


class CertificateTerms(BaseModel):
    """What a loss certificate of the policy has to prove, fixed before any outcome is read.

    expected_cap : cap of the expected loss rate; realised_cap : cap of the realised rate of the next ``next_loans``
    delta : level of the expected rate's test, and largest chance that the next loans break their cap
    confidence : with which that chance is at most delta
    rho : default correlations of loans of one year for which the realised rate is certified; the first one decides
    tapers : how many tapers are tried; largest_multiple : largest amount covered / mean amount, at most
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    expected_cap: Annotated[float, Field(gt=0, lt=1)] = 0.0100
    realised_cap: Annotated[float, Field(gt=0, lt=1)] = 0.0200
    next_loans: Annotated[int, Field(ge=1)] = 210
    delta: Annotated[float, Field(gt=0, le=0.5)] = 0.10
    confidence: Annotated[float, Field(ge=0, le=0.95)] = 0.75
    rho: Annotated[tuple[Annotated[float, Field(ge=0, lt=1)], ...], AfterValidator(_check_any)] = (0.0, 0.04, 0.12)
    tapers: Annotated[int, Field(ge=1, le=100)] = 20
    largest_multiple: Annotated[float, Field(gt=1, le=10)] = 2.0


class CreditPolicy(BaseModel):
    """Money in 10,000 yuan; probabilities and shares between 0 and 1; rates and costs per year.

    products : what the bank offers; a product that is not here is not offered
    refer_level : level at which the interval of the 12-month PD is taken that the cut-off is compared with: the share
        of such intervals that hold the true PD; a higher level refers more firms to a human
    exclusion_list : USCCs of the firms that the bank refuses by name
    overdue_refer_days, overdue_decline_days : longest overdue spell in 24 months, by the credit bureau or by the bank
        itself, from which a human decides, and from which the bank declines
    el_budget_wan : largest expected loss on one firm, over the whole tenor
    full_points : points at which the whole cap of the stage is open; under it the cap opens in proportion
    stage_cap_wan, expert_cap_wan : by stage, for loans that a loss certificate covers, and for all others
    min_quota_wan : smallest quota that the bank gives; above what its caps leave it could never approve
    lgd : of an exposure; by contract no loan may lose a larger share, else the loss certificate is void
    strain : the next yuan's default risk grows by this share of itself when the quota reaches the supportable debt
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    bank_id: str
    name_zh: str
    name_en: str
    min_points: Annotated[float, Field(ge=0, le=130)]
    full_points: Annotated[float, Field(gt=0, le=130)]
    min_coverage: Share
    pd_cutoff: Annotated[float, Field(gt=0, le=1)]
    refer_level: Annotated[float, Field(gt=0, le=HIGHEST_LEVEL)]
    overdue_refer_days: Annotated[int, Field(ge=1, le=3650)]
    overdue_decline_days: Annotated[int, Field(ge=1, le=3650)]
    exclusion_list: Annotated[tuple[ListedFirm, ...], AfterValidator(partial(_check_once, "policy.exclusion_list"))]
    excluded_industries: Annotated[tuple[str, ...], AfterValidator(partial(_check_once, "policy.excluded_industries"))]
    base_need_wan: Money
    min_quota_wan: Annotated[float, Field(ge=1)]
    stage_cap_wan: dict[str, Positive]
    expert_cap_wan: dict[str, Positive]
    exposure_cap_wan: Positive
    el_budget_wan: Positive
    lgd: Annotated[float, Field(gt=0, le=1)]
    working_capital_turns: Positive
    rd_need_share: Share
    products: dict[Product, ProductTerms] = Field(min_length=1)
    risk_premium: Share
    max_annual_rate: Share
    funding_rate: Share
    utilisation: Annotated[float, Field(gt=0, le=1)]
    strain: Positive
    operating_cost_wan: Money
    capital_share: Annotated[float, Field(gt=0, le=1)]
    min_raroc: Share
    certificate: CertificateTerms
    validity_days: Annotated[int, Field(ge=1, le=366)]

    @model_validator(mode="after")
    def _is_consistent(self, info: ValidationInfo) -> CreditPolicy:
        problems = []
        for name in ("stage_cap_wan", "expert_cap_wan"):
            absent = sorted(set(GROWTH_STAGES) - set(getattr(self, name)))
            if absent:
                problems.append(sentence("policy.stages", name=name, absent=absent, stages=GROWTH_STAGES))
        problems += [
            sentence("policy.expert_cap", stage=stage, cap=cap, most=self.stage_cap_wan[stage])
            for stage, cap in self.expert_cap_wan.items()
            if cap > self.stage_cap_wan.get(stage, cap)
        ]
        alien = sorted(set(self.excluded_industries) - set(INDUSTRIES))
        if alien:
            problems.append(sentence("policy.industries", alien=alien, industries=list(INDUSTRIES)))
        if self.risk_premium * self.utilisation >= self.lgd:
            # Else a riskier firm would earn the bank more, and a higher PD would raise the quota.
            product = self.risk_premium * self.utilisation
            problems.append(sentence("policy.premium", product=product, most=self.lgd))
        for name, offer in self.products.items():
            if not self.funding_rate <= offer.annual_rate <= self.max_annual_rate:
                rates = {"funding": self.funding_rate, "rate": offer.annual_rate, "most": self.max_annual_rate}
                problems.append(sentence("policy.rates", name=name, **rates))
            low, high = offer.min_tenor_months, offer.max_tenor_months
            if low > high:
                problems.append(sentence("policy.tenors", name=name, low=low, high=high))
        refer, decline = self.overdue_refer_days, self.overdue_decline_days
        if refer > decline:
            problems.append(sentence("policy.overdue", refer=refer, decline=decline))
        if self.min_quota_wan > self.largest_quota_wan and not _is_recorded(info):
            raise self._never_approves(problems)
        if problems:
            raise WordedError(*problems)
        return self

    def _never_approves(self, problems: Sequence[Text]) -> ValidationError:
        """The fault of a smallest quota that no cap allows, at its own member, and the other faults beside it."""
        worded = WordedError(sentence("policy.min_quota", most=self.largest_quota_wan))
        found = [
            InitErrorDetails(
                type="value_error", loc=("min_quota_wan",), input=self.min_quota_wan, ctx={"error": worded}
            )
        ]  # fmt: skip
        if problems:
            whole = self.model_dump(mode="json")
            found.append(InitErrorDetails(type="value_error", ctx={"error": WordedError(*problems)}, input=whole))
        return ValidationError.from_exception_data("CreditPolicy", found)

    @property
    def largest_quota_wan(self) -> float:
        """The largest whole amount that the caps leave to any firm under any product."""
        share = max(offer.cap_share for offer in self.products.values())
        cap = max(self.stage_cap_wan.get(stage, 0.0) for stage in GROWTH_STAGES)
        return float(floor(min(self.exposure_cap_wan, share * cap)))

    @classmethod
    def of_record(cls, body: Mapping[str, Any]) -> CreditPolicy:
        """A policy as a ledger holds it, also where a check that came after its proposal would refuse it now."""
        return cls.model_validate(body, context=_RECORDED)

    @property
    def lowest_annual_rate(self) -> float:
        """The rate of the cheapest product, before the premiums for tenor and risk."""
        return min(offer.annual_rate for offer in self.products.values())

    @property
    def digest(self) -> str:
        """SHA-256 of the whole policy's canonical JSON: two policies of one version number never share it."""
        return content_digest(self)


def read_policy(path: Path | None = None) -> CreditPolicy:
    """Read and check a policy; the default is the standard example bank's."""
    source = path or reference_path("policies/standard.yaml")
    try:
        return CreditPolicy.model_validate(read_yaml_file(source))
    except (OSError, ValueError, yaml.YAMLError) as fault:  # of pydantic too
        raise PolicyError(f"{source.name} is no bank policy: {fault}") from fault


def read_policies(folder: Path | None = None) -> tuple[CreditPolicy, ...]:
    """Every bank's policy in a folder, the shipped examples by default, in the order of their bank's name."""
    source = folder or reference_path("policies")
    policies = sorted((read_policy(path) for path in source.glob("*.yaml")), key=lambda policy: policy.bank_id)
    for member in ("bank_id", "version"):
        given = [getattr(policy, member) for policy in policies]
        twice = sorted({value for value in given if given.count(value) > 1})
        if twice:
            raise PolicyError(f"{source.name}: {member} {twice} is in more than one policy file")
    return tuple(policies)
