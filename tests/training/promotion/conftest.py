"""The small cohort's cases as a promotion reads them."""

from __future__ import annotations

import pandas as pd
import pytest

from data.splits import Split
from training.assembled import Labelled
from training.params import read_section
from training.promotion.verdict import PromotionParams


@pytest.fixture(scope="session")
def promotion() -> PromotionParams:
    """As in params.yaml."""
    return read_section("promotion", PromotionParams)


def labelled_of(cases: pd.DataFrame, labels: pd.Series, tested: pd.Series) -> Labelled:
    """Cases in two parts: train, and test."""
    part = tested.map({True: "test", False: "train"}).reset_index(drop=True)
    rows, values = cases.reset_index(drop=True), labels.astype(float).reset_index(drop=True)
    return Labelled(rows, values, rows["as_of"] + pd.DateOffset(months=12), Split(part, {}), {})


@pytest.fixture(scope="session")
def loans(trained) -> Labelled:
    """The cohort's loans: those until 2021 train, the later ones test."""
    cases = pd.concat([trained.early, trained.later])
    labels = pd.concat([trained.early_default, trained.later_default])
    later = pd.Series([False] * len(trained.early) + [True] * len(trained.later))
    return labelled_of(cases, labels, later)


@pytest.fixture(scope="session")
def vintages(trained) -> Labelled:
    """The cohort's firms with the debt that they serviced, of two years."""
    known = trained.debt.notna()
    later = trained.vintages.loc[known, "as_of"] == trained.vintages["as_of"].max()
    return labelled_of(trained.vintages.loc[known], trained.debt[known], later)
