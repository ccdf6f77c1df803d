"""A small cohort, ingested, assembled and trained once per session by the same code as the pipeline."""

from __future__ import annotations

from data.arithmetic import choose_kernels, processor_flags

choose_kernels(processor_flags())  # before NumPy is imported

import os
from dataclasses import replace
from types import SimpleNamespace

import hypothesis
import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.ingest.folder import ingest_directory
from data.synthetic.tables import SyntheticParams, synthesize, write_cohort
from features.former_days import FOLDER, former_cases, former_days
from features.labels import Outcome, default_labels, outcome_parts, serviceable_debt_labels, weighted_outcome
from features.point_in_time import build_cases
from models.quota.engine import QuotaEngine, read_policy
from training.params import read_section
from training.points import fit as points_training
from training.points.shapes import ShapeParams
from training.quota import fit as quota_training
from training.risk import fit as risk_training
from training.risk import learner
from training.risk.members import Trees, members_for

DAY = pd.Timestamp("2024-06-30")
# The same examples in every run; how long one takes is no matter, for the machine may be busy.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True)
hypothesis.settings.load_profile("tests")
os.environ["IP_CLOCK"] = f"{DAY:%Y-%m-%d}"  # the cohort is of that day; a test that needs today takes it away

COHORT_WIDE = {"cohort", "tables", "trained"}


@pytest.hookimpl(tryfirst=True)  # before -m reads the markers
def pytest_collection_modifyitems(items):
    """Mark the tests that need the whole small cohort: all that is quick is what they do not select."""
    for item in items:
        if COHORT_WIDE.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("cohort_wide")


@pytest.fixture(scope="session")
def cohort():
    return synthesize(SyntheticParams(n_enterprises=1_500, pd_12m_mean=0.15))


@pytest.fixture(scope="session")
def tables(cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    write_cohort(cohort, folder / "raw", folder / "truth")
    ingest_directory(folder / "raw", folder / "out", DAY)
    return {path.stem: pd.read_parquet(path) for path in sorted((folder / "out/tables").glob("*.parquet"))}


def fit_points(tables, vintages, reference):
    """The points stage in small: few draws and rounds, tested on the second vintage."""
    book = read_codebook()
    params = replace(
        read_section("points", points_training.PointsParams), draws=20, shape_draws=1, folds=2, shape_shares=(0.0, 0.5)
    )
    outcome = read_section("points_outcome", Outcome)
    labels = weighted_outcome(outcome_parts(tables, vintages, DAY, outcome), outcome)
    vintages, values = vintages.loc[labels.rows], labels.values
    late = (vintages["as_of"] == vintages["as_of"].max()).to_numpy()
    shape = replace(read_section("points_shape", ShapeParams), rounds=20)
    return points_training.fit(reference, vintages, values, late, book, params, shape, until=labels.until)


@pytest.fixture(scope="session")
def trained(tables, tmp_path_factory):
    """Artefacts in a folder, and what they were made from."""
    book, folder = read_codebook(), tmp_path_factory.mktemp("artifacts")
    vintages = build_cases(tables, [pd.Timestamp("2019-12-31"), pd.Timestamp("2021-12-31")]).frame
    reference = vintages.loc[vintages["as_of"] == "2021-12-31"].reset_index(drop=True)
    points = fit_points(tables, vintages, reference)
    points.card.save(folder / "points/card.yaml")
    loans = tables["loans"].rename(columns={"granted_on": "as_of"})
    cases, labels = build_cases(tables, loans).frame, default_labels(tables["loans"], DAY)
    kept = cases.loc[labels.rows]
    early, later = labels.until <= "2021-12-31", kept["as_of"] > "2021-12-31"
    risk = risk_training.fit(kept[early], labels.values[early], book, read_section("risk", risk_training.RiskParams))
    risk.save(folder / "risk/model")
    quota_params = replace(read_section("quota", quota_training.QuotaParams), rounds=40)
    terms = {"dscr_ratio": 1.2, "annual_rate": 0.045, "tenor_months": 36}
    debt = serviceable_debt_labels(tables, vintages, DAY, **terms).table["value"]
    first = (vintages["as_of"] == "2019-12-31") & debt.notna()
    second = (vintages["as_of"] == "2021-12-31") & debt.notna()
    limit = quota_training.fit(vintages[first], debt[first], vintages[second], debt[second], book, quota_params)
    limit.save(folder / "quota/model")
    quota_training.peers(vintages[first], book).save(folder / "quota/model/peers.json")
    snapshot = build_cases(tables, DAY)
    (folder / "snapshot").mkdir()
    snapshot.frame.to_parquet(folder / "snapshot/cases.parquet", index=False)
    snapshot.known_at.to_parquet(folder / "snapshot/known_at.parquet", index=False)
    former = former_cases(tables, former_days(DAY, 3, tables["snapshots"]["known_at"].min()))
    (folder / "snapshot" / FOLDER).mkdir()
    former.frame.to_parquet(folder / "snapshot" / FOLDER / "cases.parquet", index=False)
    former.known_at.to_parquet(folder / "snapshot" / FOLDER / "known_at.parquet", index=False)
    return SimpleNamespace(
        folder=folder,
        engine=QuotaEngine.load(folder),
        policy=read_policy(),
        points=points,
        reference=reference,
        snapshot=snapshot,
        vintages=vintages,
        debt=debt,
        early=kept[early],
        early_default=labels.values[early],
        later=kept[later],
        later_default=labels.values[later],
    )


@pytest.fixture
def short_members(monkeypatch):
    """The learner's members with few and larger steps: for what does not hang on how well trees end up fitted."""

    def shortened(rows: int) -> dict[str, Trees | float]:
        return {
            name: replace(one, rounds=one.rounds // 8, learning_rate=one.learning_rate * 4)
            if isinstance(one, Trees)
            else one
            for name, one in members_for(rows).items()
        }

    monkeypatch.setattr(learner, "members_for", shortened)


@pytest.fixture(scope="session")
def in_climate():
    """Makes the same engine where defaults are as frequent as a mean PD: its risk's level is moved, nothing else."""

    def moved(engine: QuotaEngine, cases: pd.DataFrame, mean_pd: float) -> QuotaEngine:
        predicted = float(engine.risk.predict(cases, engine.codebook)["pd_12m"].mean())
        shift = float(np.log(mean_pd / (1 - mean_pd)) - np.log(predicted / (1 - predicted)))
        return replace(engine, risk=replace(engine.risk, level=engine.risk.level + shift))

    return moved
