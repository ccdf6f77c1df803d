"""Planted cohorts for the benchmarks of default risk, many from one world.

A world is what the generator makes of a seed: firms, their years, loans and invoices, with the planted log-odds of
default of every firm and year. Making and measuring one takes a minute; so several cohorts are drawn from it: of other
firms, of another mean probability, or of the same firms with other outcomes. An outcome follows the generator: a
constant hazard over the tenor, no loan after a default, and from then on a long overdue spell on the firm's record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit

from data.splits import enterprise_share, vintage_enterprise_split
from data.synthetic.tables import SyntheticParams, synthesize
from data.synthetic.truth import PD_COEFFICIENTS, default_probability, intercept_for
from features.labels import default_labels
from features.point_in_time import build_cases
from training.assembled import AssembleParams
from training.params import read_section

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
OVERDUE_AFTER_DEFAULT = 120.0  # days, as the generator marks a default


@dataclass(frozen=True)
class Planted:
    """One cohort: cases with outcomes to fit on and to test on, the last snapshot, and the planted probabilities."""

    train: pd.DataFrame
    train_default: pd.Series
    test: pd.DataFrame
    test_default: pd.Series
    test_truth: Floats
    snapshot: pd.DataFrame
    snapshot_truth: Floats
    shock_year: int

    @property
    def shock(self) -> Flags:
        """Tested cases of the vintage with the planted shock, shape (n,)."""
        return np.asarray(self.test["as_of"].dt.year == self.shock_year)


@dataclass(frozen=True)
class World:
    """Loans and the snapshot of one generated world, without outcomes.

    loans, cases : a row a loan; loan_odds : planted log-odds of default in twelve months, the shock included
    snapshot : every firm; snapshot_odds : the same
    latent : uscc and odds of every firm and year, without the shock: what the mean probability is set by
    """

    loans: pd.DataFrame
    cases: pd.DataFrame
    loan_odds: Floats
    snapshot: pd.DataFrame
    snapshot_odds: Floats
    latent: pd.DataFrame
    shock_year: int


def make_world(enterprises: int, seed: int, effects: Mapping[str, float] | None = None) -> World:
    """A world of so many enterprises in which hardly anybody has defaulted yet.

    effects : planted log-odds that replace those of ``data.synthetic.truth.PD_COEFFICIENTS``
    """
    assembled = read_section("assemble", AssembleParams)
    params = replace(
        read_section("synthetic", SyntheticParams), n_enterprises=enterprises, pd_12m_mean=0.003, seed=seed
    )
    # Without the minimum the planted log-odds can be read from the planted probabilities.
    unfloored = patch(
        "data.synthetic.tables.default_probability", lambda odds, level, shock=0.0: expit(odds + level + shock)
    )
    with patch.dict(PD_COEFFICIENTS, effects or {}), unfloored:
        made = synthesize(params)
    loans = made.tables["loans"].loc[lambda table: table["tenor_months"] >= 12].reset_index(drop=True)
    cases = build_cases(made.tables, loans.rename(columns={"granted_on": "as_of"})).frame
    snapshot = build_cases(made.tables, pd.Timestamp(assembled.snapshot_on)).frame
    latent = made.latent.assign(odds=logit(made.latent["pd_12m"]))
    of_loans, of_snapshot = (_of_year_before(latent, one, "odds") for one in (cases, snapshot))
    shocked = latent["period_end"].dt.year + 1 == params.shock_granted_year
    calm = latent.assign(odds=latent["odds"] - np.where(shocked, params.shock_log_odds, 0.0))
    return World(loans, cases, of_loans, snapshot, of_snapshot, calm[["uscc", "odds"]], params.shock_granted_year)


def draw(world: World, pd_mean: float, seed: int, half: int | None = None) -> Planted:
    """A cohort of all firms of the world, or of one ``half``, 0 or 1, with this mean probability of default."""
    assembled, rng = read_section("assemble", AssembleParams), np.random.default_rng(seed)

    def mine(frame: pd.DataFrame) -> Flags:
        side = enterprise_share(frame["uscc"], "half") < 0.5
        return np.ones(len(frame), dtype=bool) if half is None else side == bool(half)

    latent = world.latent.loc[mine(world.latent), "odds"].to_numpy()
    level = intercept_for(latent, pd_mean)
    rows = np.flatnonzero(mine(world.loans))
    loans, odds = world.loans.iloc[rows].reset_index(drop=True), world.loan_odds[rows]
    cases = world.cases.iloc[rows].reset_index(drop=True)
    months = rng.exponential(size=len(loans)) * 12 / -np.log1p(-default_probability(odds, level))
    days = np.ceil(np.minimum(months, 1_000) * 365.25 / 12)
    day = loans["granted_on"] + pd.to_timedelta(np.where(months <= 12, np.minimum(days, 365), days), unit="D")
    defaulted = day.where((months <= loans["tenor_months"]) & (day <= pd.Timestamp(assembled.observed_until)))
    first = defaulted.groupby(loans["uscc"]).min()
    kept = ~(loans["granted_on"] > loans["uscc"].map(first))
    labels = default_labels(loans.assign(defaulted_on=defaulted).loc[kept], pd.Timestamp(assembled.observed_until))
    known, values = cases.loc[labels.rows], labels.values
    split = vintage_enterprise_split(
        known,
        labels.until,
        pd.Timestamp(assembled.calibrate_from),
        pd.Timestamp(assembled.test_from),
        assembled.test_share,
        embargo_before_calibration=False,
    )
    fitted, tested = split.rows("train") | split.rows("calibration"), split.rows("test")
    firms = np.flatnonzero(mine(world.snapshot))
    snapshot = world.snapshot.iloc[firms].reset_index(drop=True)
    reported = pd.Timestamp(f"{pd.Timestamp(assembled.snapshot_on).year - 1}-12-31")
    marked = snapshot["uscc"].map(first) <= reported
    overdue = snapshot["overdue_days_max_24m"]
    snapshot["overdue_days_max_24m"] = overdue.mask(marked & overdue.notna(), overdue.clip(lower=OVERDUE_AFTER_DEFAULT))
    return Planted(
        known.loc[fitted],
        values[fitted],
        known.loc[tested],
        values[tested],
        default_probability(odds[known.index[tested]], level),
        snapshot,
        default_probability(world.snapshot_odds[firms], level),
        world.shock_year,
    )


def oracle(cases: pd.DataFrame, latent: pd.DataFrame) -> Floats:
    """The planted probability of default of each case, from the state of the year before its grant."""
    return _of_year_before(latent, cases, "pd_12m")


def _of_year_before(latent: pd.DataFrame, cases: pd.DataFrame, column: str) -> Floats:
    year_end = pd.to_datetime((cases["as_of"].dt.year - 1).astype(str) + "-12-31").astype(latent["period_end"].dtype)
    keys = pd.DataFrame({"uscc": cases["uscc"].to_numpy(), "period_end": year_end.to_numpy()})
    return keys.merge(latent, on=["uscc", "period_end"], how="left", validate="m:1")[column].to_numpy(dtype=float)
