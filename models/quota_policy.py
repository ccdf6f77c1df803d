"""A bank's appetite as data: one versioned YAML file, never edited once it has decided."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.codebook import reference_path
from data.ingest_rules import INDUSTRIES
from data.stages import STAGE3
from models.content_digest import content_digest

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class PolicyError(ValueError):
    """A policy file is unreadable or breaks its own form; the message lists every fault."""


class BankPolicy(BaseModel):
    """Money in 10,000 yuan; probabilities and shares between 0 and 1; rates and costs per year.

    full_points : points at which the whole cap of the stage is open; under it the cap opens in proportion
    stage_cap_wan, expert_cap_wan : by stage, with a warranty and without one
    strain : the next yuan's default risk grows by this share of itself when the quota reaches the supportable debt
    loss_cap, delta : the warranty asked for, P(exposure-weighted loss rate > loss_cap) <= delta
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
    blacklist: tuple[str, ...]
    excluded_industries: tuple[str, ...]
    base_quota_wan: Money
    min_quota_wan: Annotated[float, Field(ge=1)]
    stage_cap_wan: dict[str, Positive]
    expert_cap_wan: dict[str, Positive]
    exposure_cap_wan: Positive
    el_budget_wan: Positive
    lgd: Annotated[float, Field(gt=0, le=1)]
    working_capital_turns: Positive
    rd_need_share: Share
    annual_rate: Share
    risk_premium: Share
    max_annual_rate: Share
    funding_rate: Share
    utilisation: Annotated[float, Field(gt=0, le=1)]
    strain: Positive
    operating_cost_wan: Money
    capital_share: Annotated[float, Field(gt=0, le=1)]
    hurdle_raroc: Share
    loss_cap: Annotated[float, Field(gt=0, le=1)]
    delta: Annotated[float, Field(gt=0, le=0.5)]
    validity_days: Annotated[int, Field(ge=1, le=366)]

    @model_validator(mode="after")
    def _is_consistent(self) -> BankPolicy:
        problems = []
        for name in ("stage_cap_wan", "expert_cap_wan"):
            absent = sorted(set(STAGE3) - set(getattr(self, name)))
            if absent:
                problems.append(f"{name} lacks {absent}; stages are {list(STAGE3)}")
        problems += [
            f"expert_cap_wan of {stage} is {cap:g}, above its stage_cap_wan {self.stage_cap_wan[stage]:g}"
            for stage, cap in self.expert_cap_wan.items()
            if cap > self.stage_cap_wan.get(stage, cap)
        ]
        alien = sorted(set(self.excluded_industries) - set(INDUSTRIES))
        if alien:
            problems.append(f"excluded_industries has {alien}; industries are {list(INDUSTRIES)}")
        if self.risk_premium * self.utilisation >= self.lgd:
            # Else a riskier firm would earn the bank more, and a higher PD would raise the quota.
            problems.append(
                f"risk_premium * utilisation is {self.risk_premium * self.utilisation:g}; "
                f"it must be below lgd {self.lgd:g}"
            )
        if not self.funding_rate <= self.annual_rate <= self.max_annual_rate:
            problems.append(
                f"funding_rate {self.funding_rate:g}, annual_rate {self.annual_rate:g} and max_annual_rate "
                f"{self.max_annual_rate:g} must rise in this order"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of the whole policy's canonical JSON: two policies of one version number never share it."""
        return content_digest(self)


def read_policy(path: Path | None = None) -> BankPolicy:
    """Read and check a policy; the default is the standard example bank's."""
    source = path or reference_path("policies/standard.yaml")
    try:
        return BankPolicy.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as fault:
        raise PolicyError(f"{source.name} is no bank policy: {fault}") from fault


def read_policies(folder: Path | None = None) -> tuple[BankPolicy, ...]:
    """Every bank's policy in a folder, the shipped examples by default, in the order of their bank's name."""
    source = folder or reference_path("policies")
    policies = sorted((read_policy(path) for path in source.glob("*.yaml")), key=lambda policy: policy.bank_id)
    for member in ("bank_id", "version"):
        told = [getattr(policy, member) for policy in policies]
        twice = sorted({value for value in told if told.count(value) > 1})
        if twice:
            raise PolicyError(f"{source.name}: {member} {twice} stands in more than one policy file")
    return tuple(policies)
