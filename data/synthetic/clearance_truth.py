"""What is planted in the simulated declarations, and how much of it a table of found declarations recovers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from data.synthetic.clearance_stages import CONTRADICTIONS
from data.synthetic.clearance_world import (
    AFTER,
    AS_OF,
    BEFORE,
    EXPORT,
    KINDS,
    RAMP,
    SIGMA,
    SPEED_UP,
    STAGES,
    YEARLY_DRIFT,
    drift,
    seconds,
)
from data.synthetic.cohort import Floats, Ints

LEAST_DECLARATIONS = 300  # of an office whose medians are compared
UNCOMPARED = ("withdrawn", "withdrawn_after_release", *CONTRADICTIONS)


def planted_constants(table: pd.DataFrame) -> dict[str, Any]:
    """Constants of the simulator, counts of what is planted, and the years before and after the speed-up.

    Mean days from declaration to completion are those that the planted medians lead to (exp(sigma^2 / 2) times each),
    over all declarations that are not withdrawn; ``speed`` compares the declarations of AFTER at their own speed with
    the same declarations at the speed of none of the drift, ``mix`` these with BEFORE, both at the speed of none.
    """
    year = _years(table["first_declared"].to_numpy())
    kept = ~table["course"].isin(["withdrawn", "withdrawn_after_release"]).to_numpy()
    own, plain = (_expected_days(table, factor) for factor in (False, True))
    means = {
        name: {one: float(days[kept & (year == one)].mean()) for one in (BEFORE, AFTER)}
        for name, days in (("own", own), ("plain", plain))
    }
    drawn = ((table["completed"] - table["declared"]) / 86400).to_numpy()
    overseas = ((table["direction"] == EXPORT) & (table["supervision_mode"] == "1210")).to_numpy()
    counts = {one: int((overseas & (year == one)).sum()) for one in (BEFORE, AFTER)}
    return {
        "stage_sigma": dict(SIGMA),
        "speed_up": SPEED_UP,
        "ramp": [f"{one:%Y-%m-%d}" for one in RAMP],
        "yearly_drift": YEARLY_DRIFT,
        "growth": {f"{direction}/{mode}": growth for (direction, mode), (_, growth) in KINDS.items()},
        "courses": table["course"].value_counts().sort_index().to_dict(),
        "rule_errors": table.loc[table["rule_error"] != "", "rule_error"].value_counts().sort_index().to_dict(),
        "before_after": {
            "before": BEFORE,
            "after": AFTER,
            "declarations": {str(one): int((year == one).sum()) for one in (BEFORE, AFTER)},
            "drawn_mean_days": {str(one): float(drawn[kept & (year == one)].mean()) for one in (BEFORE, AFTER)},
            "expected_mean_days": {str(one): value for one, value in means["own"].items()},
            "ratio": means["own"][AFTER] / means["own"][BEFORE],
            "mix": means["plain"][AFTER] / means["plain"][BEFORE],
            "speed": means["own"][AFTER] / means["plain"][AFTER] / (means["own"][BEFORE] / means["plain"][BEFORE]),
            "overseas_declarations": {str(one): count for one, count in counts.items()},
        },
    }


def mixture_median(medians: Floats, sigma: float) -> float:
    """Median of a mixture of log-normals in equal parts: where the mean of their distribution functions is a half.

    medians : of the parts; a part of median 0 is always 0
    """
    from scipy.special import ndtr

    zero, logs = float((medians <= 0).mean()), np.log(medians[medians > 0])
    if zero >= 0.5:
        return 0.0
    low, high = float(logs.min() - 6 * sigma), float(logs.max() + 6 * sigma)
    for _ in range(80):
        middle = (low + high) / 2
        below = zero + (1 - zero) * float(ndtr((middle - logs) / sigma).mean())
        low, high = (middle, high) if below < 0.5 else (low, middle)
    return float(np.exp((low + high) / 2))


def recovered_medians(found: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Stage medians in found declarations beside those planted: overall and by office with LEAST_DECLARATIONS.

    found : client_seq_no, declared_at, accepted_at, examined_at, released_at, completed_at (UTC, NaT where unknown)
    table : the planted declarations with their course; withdrawn and contradicted ones are left out of both sides
    Returns office ("" for all), stage, n (found), planted_hours (of the mixture of planted medians), drawn_hours (of
    the durations drawn), found_hours, ratio (found by drawn), ratio_to_planted.
    """
    kept = table.loc[~table["course"].isin(UNCOMPARED) & (table["completed"] <= seconds(AS_OF))]
    joined = kept.merge(found, on="client_seq_no", how="left", suffixes=("", "_found"))
    edges = [joined[f"{name}_at"] for name in ("declared", *STAGES)]
    sizes = kept["office"].value_counts().sort_index()
    offices = ["", *(name for name, size in sizes.items() if size >= LEAST_DECLARATIONS)]
    rows = []
    for position, stage in enumerate(STAGES):
        hours = (edges[position + 1] - edges[position]).dt.total_seconds().to_numpy() / 3600
        for office in offices:
            chosen = np.ones(len(joined), dtype=bool) if office == "" else (joined["office"] == office).to_numpy()
            seen = hours[chosen & np.isfinite(hours)]
            planted = mixture_median(joined[f"{stage}_median_hours"].to_numpy()[chosen], SIGMA[stage])
            drawn = float(np.median(joined[f"{stage}_hours"].to_numpy()[chosen]))
            middle = float(np.median(seen)) if len(seen) else np.nan
            rows.append((office, stage, len(seen), planted, drawn, middle, middle / drawn, middle / planted))
    names = ["office", "stage", "n", "planted_hours", "drawn_hours", "found_hours", "ratio", "ratio_to_planted"]
    return pd.DataFrame(rows, columns=names)


def recovered_contradictions(found: Mapping[str, set[str]], table: pd.DataFrame) -> pd.DataFrame:
    """By kind: planted, found (of those planted), elsewhere (found where nothing was planted).

    found : codes of the contradictions found, by client_seq_no
    """
    planted = dict(zip(table["client_seq_no"], table["course"], strict=True))
    kinds = sorted({*CONTRADICTIONS, *(code for codes in found.values() for code in codes)})
    rows = []
    for kind in kinds:
        there = {number for number, course in planted.items() if course == kind}
        seen = {number for number, codes in found.items() if kind in codes}
        elsewhere = {number for number in seen - there if planted.get(number) not in CONTRADICTIONS}
        rows.append((kind, len(there), len(there & seen), len(elsewhere)))
    return pd.DataFrame(rows, columns=["kind", "planted", "found", "elsewhere"])


def _expected_days(table: pd.DataFrame, plain: bool) -> Floats:
    days = np.zeros(len(table))
    speed = drift(table["declared"].to_numpy())
    for stage in STAGES:
        mean = table[f"{stage}_median_hours"].to_numpy() * np.exp(SIGMA[stage] ** 2 / 2) / 24
        days += mean / speed if plain and stage != "accepted" else mean
    return days


def _years(at: Ints) -> Ints:
    return pd.to_datetime(at + 8 * 3600, unit="s").year.to_numpy()
