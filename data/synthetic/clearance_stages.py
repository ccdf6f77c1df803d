"""The course of simulated declarations: planted medians, the instants drawn about them, returns and withdrawals.

A stage's duration is log-normal about its planted median, with the standard deviations SIGMA of its logarithm. The
median is that of its cell (office, direction, transport, supervision mode, inspected) times the planted factors: drift,
the calendar where a person works, an office's congestion in that week, the agent, and a suspension.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from data.synthetic.clearance_params import SyntheticClearanceParams
from data.synthetic.clearance_world import (
    ACCEPTED_HOURS,
    COMPLETED_HOURS,
    EXAMINED_HOURS,
    EXCEPTION_FACTOR,
    EXPORT,
    IMPORT,
    MODE_FACTOR,
    OFFICES,
    RELEASED_HOURS,
    SIGMA,
    STAGES,
    TRANSPORT_FACTOR,
    calendar_factor,
    drift,
)
from data.synthetic.cohort import Floats, Ints, stream

CELL = ["office", "direction", "transport", "supervision_mode", "inspected"]
CONTRADICTIONS = ("two_numbers", "two_contents", "released_and_rejected", "earlier_than_previous_stage")
EXCEPTION_SHARE = 0.025  # of the declarations, that customs suspends for a while
AGENT_SD, CONGESTION_SD, CONGESTION_CARRIED = 0.15, 0.12, 0.8  # of the logarithm; carried from week to week
RETURN_HOURS, AGAIN_HOURS, RETURN_SIGMA = 6.0, 10.0, 0.8  # accepted to sent back, sent back to declared again
WEEK = 7 * 86400


def cell_medians() -> pd.DataFrame:
    """Planted medians of every cell before the speed-up: stage, the columns of CELL, median_hours, sigma."""
    rows = []
    for office, direction, transport, mode, inspected in itertools.product(
        OFFICES, (EXPORT, IMPORT), TRANSPORT_FACTOR, MODE_FACTOR, (False, True)
    ):
        common = OFFICES[office][3] * MODE_FACTOR[mode]
        hours = {
            "accepted": ACCEPTED_HOURS,
            "examined": EXAMINED_HOURS[direction] * common * TRANSPORT_FACTOR[transport] * (1.6 if inspected else 1.0),
            "released": RELEASED_HOURS[direction, inspected] * common * TRANSPORT_FACTOR[transport],
            "completed": COMPLETED_HOURS[direction][transport] * common,
        }
        rows += [(one, office, direction, transport, mode, inspected, hours[one], SIGMA[one]) for one in STAGES]
    return pd.DataFrame(rows, columns=["stage", *CELL, "median_hours", "sigma"])


def run_stages(declarations: pd.DataFrame, params: SyntheticClearanceParams) -> pd.DataFrame:
    """The declarations with their course: one row each, instants in seconds UTC.

    course : normal, returned, withdrawn, withdrawn_after_release, or one of CONTRADICTIONS
    suspended : whether customs suspended it; same_second : whether released and completed in one second
    first_declared, returned_at (-1 for never), declared, accepted, examined, released, completed : of the last time it
        was declared; what comes after a withdrawal did not happen
    {stage}_median_hours, {stage}_hours : the planted median with all its factors, and the drawn duration
    """
    rng, n = stream(params, "clearance-stages"), len(declarations)
    table = declarations.assign(course=_courses(declarations, params, rng))
    table["suspended"] = rng.random(n) < EXCEPTION_SHARE
    quick = (rng.random(n) < params.same_second_share) & (table["course"] == "normal") & ~table["inspected"]
    table["same_second"] = quick
    table["first_declared"] = table["declared"]
    back = (table["course"] == "returned").to_numpy()
    away = _lognormal(np.full(n, RETURN_HOURS), RETURN_SIGMA, rng)
    again = _lognormal(np.full(n, AGAIN_HOURS), RETURN_SIGMA, rng)
    sent_back = table["declared"].to_numpy() + 60 + _whole(away)
    table["returned_at"] = np.where(back, sent_back, -1)
    table["declared"] = np.where(back, sent_back + _whole(again), table["declared"])
    medians = cell_medians().set_index("stage")
    factors = {
        "agent": np.exp(rng.normal(0, AGENT_SD, params.n_agents))[table["agent"]],
        "congestion": _congestion(table, rng),
    }
    at = table["declared"].to_numpy()
    speed = drift(at)
    for stage in STAGES:
        cell = table[CELL].merge(medians.loc[stage], how="left", on=CELL, validate="many_to_one")
        median = cell["median_hours"].to_numpy(float)
        if stage != "accepted":
            median = median * speed
        if stage in ("examined", "released"):
            median = median * calendar_factor(at)
        if stage == "examined":
            median = median * factors["agent"]
        if stage in ("released", "completed"):
            median = median * factors["congestion"]
        if stage == "released":
            median = median * np.where(table["suspended"], EXCEPTION_FACTOR, 1.0)
        if stage == "completed":
            median = np.where(quick, 0.0, median)
        passed = _whole(_lognormal(median, SIGMA[stage], rng))
        at = at + np.where(median > 0, np.maximum(passed, 1), 0)
        table[f"{stage}_median_hours"] = median
        table[f"{stage}_hours"] = np.where(median > 0, np.maximum(passed, 1), 0) / 3600
        table[stage] = at
    return table


def _courses(declarations: pd.DataFrame, params: SyntheticClearanceParams, rng: np.random.Generator) -> np.ndarray:
    """What a form breaks is sent back by customs, but for an unknown HS code, which the client refuses itself."""
    draw, n = rng.random(len(declarations)), len(declarations)
    edges = np.cumsum([params.returned_share, params.withdrawn_share, params.contradiction_share])
    withdrawn = np.where(rng.random(n) < 0.25, "withdrawn_after_release", "withdrawn")
    contradicted = np.resize(np.array(CONTRADICTIONS, dtype=object), n)
    course = np.where(
        draw < edges[0], "returned", np.where(draw < edges[1], withdrawn, np.where(draw < edges[2], "x", "normal"))
    ).astype(object)
    rows = np.flatnonzero(course == "x")
    course[rows] = contradicted[: len(rows)]
    broken = ~declarations["rule_error"].isin(["", "unknown_hs"]).to_numpy()
    return np.where(broken, "returned", course)


def _congestion(table: pd.DataFrame, rng: np.random.Generator) -> Floats:
    """By office and week, an autoregression of the logarithm with the standard deviation CONGESTION_SD.

    Its mean over every year is 0, so that it makes no year faster than another.
    """
    week = (table["declared"].to_numpy() - int(table["declared"].min())) // WEEK
    offices, n_weeks = list(OFFICES), int(week.max()) + 1
    new = rng.normal(0, CONGESTION_SD, (n_weeks, len(offices)))
    level = new.copy()
    for one in range(1, n_weeks):
        level[one] = CONGESTION_CARRIED * level[one - 1] + np.sqrt(1 - CONGESTION_CARRIED**2) * new[one]
    year = np.arange(n_weeks) * 7 // 365
    for one in np.unique(year):
        level[year == one] -= level[year == one].mean(axis=0)
    return np.asarray(np.exp(level[week, table["office"].map(offices.index).to_numpy()]))


def _lognormal(median: Floats, sigma: float, rng: np.random.Generator) -> Floats:
    return np.asarray(median * np.exp(sigma * rng.standard_normal(len(median))))


def _whole(hours: Floats) -> Ints:
    return np.rint(hours * 3600).astype(np.int64)
