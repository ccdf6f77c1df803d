"""The service's numbers that a person may tune: section ``serving`` of params.yaml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from models.risk.drift_watch import WatchParams

WORKERS = "IP_WORKERS"  # how many there are behind the one port; the supervisor says so to each


class ServingParamsError(ValueError):
    """Section ``serving`` of params.yaml is missing, incomplete or has unknown keys."""


@dataclass(frozen=True)
class ServingParams:
    """Each is explained in params.yaml."""

    rate_per_s: float
    burst: float
    body_limit_bytes: int
    commit_batch: int
    waiting_limit: int
    bank_application_valid_days: int
    data_age_days: int
    model_age_days: int
    reference_age_days: int
    drift_false_alarm_rate: float
    drift_tolerance_rank: float
    drift_usual_rank: Mapping[str, float]
    drift_minimum: int
    shadow_size: int
    shadow_minimum: int
    shadow_confidence: float
    zone: str
    checkpoint_every_s: float
    override_valid_days: int
    grant_rate_max: float

    def today(self) -> date:
        """The calendar day of the zone in ``zone``, wherever the service runs."""
        return datetime.now(ZoneInfo(self.zone)).date()

    @property
    def watch(self) -> WatchParams:
        """What one worker's drift watch counts as drift: the workers behind one port share the rate of false alarms."""
        workers = int(os.environ.get(WORKERS, "1"))
        return WatchParams(self.drift_false_alarm_rate / workers, self.drift_tolerance_rank)


def read_params(path: Path = Path("params.yaml")) -> ServingParams:
    """Read the section; raises ServingParamsError with every missing and unknown key."""
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))["serving"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as fault:
        raise ServingParamsError(f"{path} has no readable section serving: {fault!r}") from fault
    if not isinstance(given, dict):
        raise ServingParamsError(f"{path} has no readable section serving: it holds {given!r}, allowed are its members")
    known = {item.name for item in fields(ServingParams)}
    if set(given) != known:
        raise ServingParamsError(
            f"{path} [serving]: missing {sorted(known - set(given))}, unknown {sorted(set(given) - known)}"
        )
    try:
        ZoneInfo(given["zone"])
    except (ZoneInfoNotFoundError, ValueError, TypeError) as fault:
        raise ServingParamsError(f"{path} [serving]: zone {given['zone']!r} is no zone of the tz database") from fault
    params = ServingParams(**given)
    if not params.checkpoint_every_s > 0:
        raise ServingParamsError(f"{path} [serving]: checkpoint_every_s is {params.checkpoint_every_s}; allowed: > 0")
    return params
