"""A bank's appetite as data: one versioned YAML file, never edited once it has decided."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.codebook import reference_path
from data.stages import STAGE3

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class PolicyError(ValueError):
    """A policy file is unreadable or breaks its own form; the message lists every fault."""


class BankPolicy(BaseModel):
    """Money in 10,000 yuan; probabilities and shares between 0 and 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    bank_id: str
    name_zh: str
    name_en: str
    min_points: Annotated[float, Field(ge=0, le=130)]
    pd_cutoff: Share
    max_pd_interval_width: Share
    min_coverage: Share
    el_budget_wan: Positive
    lgd: Share
    base_quota_wan: Annotated[float, Field(ge=0)]
    min_quota_wan: Annotated[float, Field(ge=1)]
    stage_cap_wan: dict[str, Positive]
    working_capital_turns: Positive
    rd_need_share: Share
    annual_rate: Share
    validity_days: Annotated[int, Field(ge=1, le=366)]


def read_policy(path: Path | None = None) -> BankPolicy:
    """Read and check a policy; the default is the standard example bank's."""
    source = path or reference_path("policies/standard.yaml")
    try:
        policy = BankPolicy.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as fault:
        raise PolicyError(f"{source.name} is no bank policy: {fault}") from fault
    absent = sorted(set(STAGE3) - set(policy.stage_cap_wan))
    if absent:
        raise PolicyError(f"{source.name}: stage_cap_wan lacks {absent}; stages are {list(STAGE3)}")
    return policy
