from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.point_in_time import build_cases

pytestmark = pytest.mark.law
DAY = pd.Timestamp("2023-06-30")


def test_nothing_known_later_reaches_a_case(tables):
    """Deleting every delivery after the day changes no case: the point-in-time law."""
    earlier = dict(tables)
    for name, column in (("snapshots", "known_at"), ("credit_facts", "known_at"), ("invoices", "issued_on")):
        earlier[name] = tables[name].loc[tables[name][column] <= DAY]
    pd.testing.assert_frame_equal(build_cases(tables, DAY).frame, build_cases(earlier, DAY).frame)


def test_a_planted_future_column_is_not_seen(tables):
    """A value of a past period that only became known later, and equals the outcome, stays out of the case."""
    planted = tables["snapshots"].copy()
    late = planted["known_at"] > DAY
    planted.loc[late, "rd_staff_ratio"] = 0.123456
    seen = build_cases({**tables, "snapshots": planted}, DAY).frame["rd_staff_ratio"]
    assert not (seen == 0.123456).any()


def test_every_value_was_known_by_its_day_and_no_unknown_value_has_one(tables):
    """known_at never lies after the case, and is exactly where a value is."""
    cases = build_cases(tables, [DAY, pd.Timestamp("2021-06-30")])
    for key in read_codebook().keys:
        known = cases.known_at[key]
        assert (known.dropna() <= cases.frame.loc[known.notna(), "as_of"]).all()
        assert (known.notna() == cases.frame[key].notna()).all()


def test_a_stale_value_is_missing(tables):
    """Years after the last delivery nothing perishable is left."""
    cases = build_cases(tables, pd.Timestamp("2030-06-30")).frame
    assert cases["revenue_growth"].isna().all()
    assert set(cases["growth_stage"]) == {"unknown"}


def test_a_late_delivery_about_an_older_period_does_not_replace_a_newer_one(tables):
    """The newest period known by the day wins, whatever order deliveries came in."""
    code = tables["enterprises"].sort_values("founded_on")["uscc"].iloc[0]
    old = {"uscc": code, "period_end": pd.Timestamp("2016-12-31"), "known_at": pd.Timestamp("2023-06-29")}
    row = pd.DataFrame([old | {"invention_patents_valid": 4_321.0}])
    merged = pd.concat([tables["snapshots"], row], ignore_index=True)
    keys = pd.DataFrame({"uscc": [code], "as_of": [DAY]})
    case = build_cases({**tables, "snapshots": merged}, keys).frame
    assert case["invention_patents_valid"].iloc[0] != 4_321.0


def test_one_enterprise_alone_has_the_same_case_as_among_all(tables):
    """A case does not depend on which other cases are built."""
    every = build_cases(tables, DAY).frame
    keys = every.iloc[[7]][["uscc", "as_of"]]
    alone = build_cases(tables, keys).frame
    pd.testing.assert_frame_equal(alone, every.iloc[[7]].reset_index(drop=True))


def test_a_stranger_is_an_error(tables):
    """An enterprise that nobody registered is named."""
    with pytest.raises(ValueError, match="not in the enterprises table, first nobody"):
        build_cases(tables, pd.DataFrame({"uscc": ["nobody"], "as_of": [DAY]}))


def test_without_invoices_their_features_are_unknown_not_zero(tables):
    """No invoices shown is no turnover known."""
    cases = build_cases({**tables, "invoices": tables["invoices"].head(0)}, DAY).frame
    assert cases.filter(like="inv_").isna().all().all()
    assert np.isfinite(cases["age_years"]).all()


def test_nobody_has_a_case_on_or_after_the_day_it_closed_or_left(tables):
    """Each of the snapshot was founded by its day and had not gone; a key beyond the exit is an error."""
    register = tables["enterprises"]
    gone = register["closed_on"].fillna(register["left_on"])
    there = build_cases(tables, DAY).frame["uscc"]
    expected = register.loc[(register["founded_on"] <= DAY) & ~(gone <= DAY), "uscc"]
    assert sorted(there) == sorted(expected)
    assert len(expected) < (register["founded_on"] <= DAY).sum()
    last = register.loc[gone.notna()].iloc[[0]]
    keys = pd.DataFrame({"uscc": last["uscc"], "as_of": gone.loc[last.index]})
    before = keys.assign(as_of=keys["as_of"] - pd.Timedelta(days=1))
    assert len(build_cases(tables, before).frame) == 1
    with pytest.raises(ValueError, match=f"1 cases lie after their enterprise closed or left, first {keys.iloc[0, 0]}"):
        build_cases(tables, keys)


def test_a_register_that_knows_of_no_exit_is_read(tables):
    """The columns of exits may be absent."""
    bare = tables | {"enterprises": tables["enterprises"].drop(columns=["closed_on", "left_on"])}
    assert len(build_cases(bare, DAY).frame) > len(build_cases(tables, DAY).frame)
