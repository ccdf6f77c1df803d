"""Published figures beside computed ones."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from models.incubators.reconciliation import published_pairs, reconcile
from tests.models.incubators.conftest import ON

pytestmark = pytest.mark.law


@pytest.fixture(scope="module")
def found(registry):
    return reconcile(registry, ON)


def test_every_published_figure_is_computed_from_the_rows(found):
    """All fifteen of 2022-05."""
    assert len(found.rows) == 15
    assert found.rows["agrees"].all()
    assert found.rows["source"].str.len().min() > 0


def test_the_remainder_is_shown_as_the_lower_level(found):
    """16 + 35 are 51 of 138; the other 87 are a row of their own, published and computed."""
    parts = found.parts.set_index(["level", "kind"])
    assert parts["value"].to_dict() == parts["published"].to_dict()
    assert parts["value"].tolist() == [5, 3, 8, 35, 87]
    assert parts["value"].sum() == 138


def test_a_part_is_shown_inside_its_whole(found):
    """7,056 of 24,700, not beside them."""
    inside = found.inside.set_index("key")
    assert inside.loc["college_graduate_jobs_ever", ["of", "part", "whole"]].tolist() == ["jobs_ever", 7_056, 24_700]
    assert inside["share"].between(0, 1).all()


def test_one_changed_row_is_found(registry):
    """It disagrees with what was published, by so much."""
    tenants = registry.tenants.copy()
    tenants.loc[tenants.index[tenants["hnte"].eq(True)][0], "hnte"] = False
    rows = reconcile(replace(registry, tenants=tenants), ON).rows.set_index("key")
    assert rows.index[~rows["agrees"]].tolist() == ["tibet_hnte"]
    assert rows.loc["tibet_hnte", "difference"] == -1


def test_the_published_pairs_are_explained_and_none_contradicts_another():
    """Tibet, Lhasa and the Chengdu incubator."""
    pairs = published_pairs()
    assert {one.verdict for one in pairs} == {"consistent"}
    assert {(one.first.area, one.second.area, one.first.key) for one in pairs} >= {
        ("tibet", "chengdu_incubator", "hnte_ever"), ("tibet", "chengdu_incubator", "tech_sme_ever"),
        ("tibet", "lhasa", "firms_ever"), ("tibet", "lhasa", "incubators"), ("tibet", "lhasa", "area_m2"),
    }  # fmt: skip
    assert all(one.reasons for one in pairs)


def test_a_published_share_implies_the_region(found):
    """101 are 90 % and 236 are 87 %."""
    assert found.implied["whole"].tolist() == [112, 271]


def test_it_is_sent_as_json(found):
    """Days as texts, nothing as null."""
    sent = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert sent["rows"][0]["published_on"] == "2022-05-31"
    assert len(sent["pairs"]) == len(found.pairs)
