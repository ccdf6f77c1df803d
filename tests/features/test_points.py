from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.points import OUTCOME_PARTS, Outcome, external_equity, inventions_of_quality, outcome_labels

DAY = pd.Timestamp("2024-06-30")
BOOK = read_codebook()


@pytest.mark.law
def test_nothing_before_the_case_is_counted_as_its_outcome(tables):
    """Outcomes of a day are the same whatever is erased from the records known up to that day, the case itself kept."""
    from features.snapshot import build_cases

    day, outcome = pd.Timestamp("2021-06-30"), Outcome(24, {"revenue_growth": 1.0})
    cases = build_cases(tables, day).frame
    labels = outcome_labels(tables, cases, BOOK, DAY, outcome)
    late = tables | {"snapshots": tables["snapshots"].query("known_at > @day")}
    late |= {"credit_facts": tables["credit_facts"].query("known_at > @day")}
    again = outcome_labels(late, cases, BOOK, DAY, outcome)
    both = labels.notna() & again.notna()
    assert both.sum() > 200
    assert np.corrcoef(labels[both], again[both])[0, 1] > 0.999


@pytest.mark.law
def test_an_outcome_that_is_not_over_is_unknown(tables):
    """24 months after the day, or NaN."""
    from features.snapshot import build_cases

    cases = build_cases(tables, pd.Timestamp("2023-06-30")).frame
    assert outcome_labels(tables, cases, BOOK, DAY, Outcome(24, {"revenue_growth": 1.0})).isna().all()


@pytest.mark.behaviour
def test_only_new_inventions_and_new_money_count():
    """A fall is nothing new; quality multiplies; a rise of the three-year sum in a year was raised in it."""
    now = pd.DataFrame({"invention_patents_valid": [3.0, 3.0], "vc_funding_3y": [100.0, 100.0]})
    mid = now.assign(vc_funding_3y=[300.0, 0.0])
    then = now.assign(invention_patents_valid=[5.0, 1.0], patent_quality_index=[0.5, 0.5], vc_funding_3y=[300.0, 50.0])
    assert inventions_of_quality([now, mid, then]).tolist() == [np.log1p(2 * 0.5), 0.0]
    assert external_equity([now, mid, then]).tolist() == [np.log1p(200.0), np.log1p(50.0)]


@pytest.mark.contract
def test_an_unknown_part_names_the_known_ones():
    """A typo in params.yaml is an error that lists what is allowed."""
    with pytest.raises(ValueError, match=r"unknown \['revnue'\].*revenue_growth"):
        Outcome(24, {"revnue": 1.0})
    assert all(part.__doc__ for part in OUTCOME_PARTS.values())
