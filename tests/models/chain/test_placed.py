"""Columns of a chain: nobody is counted twice, patents are divided, and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from features.chain_snapshot import snapshot
from models.chain.placed import PlacedChain, ScoreError, any_of, product_pairs, roll_up
from tests.models.chain.conftest import DAY

PARENT = np.array([-1, 0, 0, 2])  # 0 holds 1 and 2; 2 holds 3


@pytest.mark.law
@pytest.mark.parametrize(
    ("own", "rolled"),
    [
        ([0, 1, 0, 1], [1, 1, 1, 1]),  # on two leaves: once above them
        ([0, 0.5, 0.5, 0], [0.75, 0.5, 0.5, 0]),
        ([0.9, 0.5, 0.5, 0], [0.9, 0.5, 0.5, 0]),  # its own placement above is larger
        ([0.2, 0, 0, 0.6], [0.6, 0, 0.6, 0.6]),
        ([0, 0, 0, 0], [0, 0, 0, 0]),
    ],
)
def test_roll_up_by_hand(own, rolled):
    assert roll_up(csr_array([own], dtype=float), PARENT).toarray()[0] == pytest.approx(rolled)


@pytest.mark.law
def test_roll_up_is_between_the_largest_and_the_sum():
    own = np.random.default_rng(0).random((50, 4)) * (np.random.default_rng(1).random((50, 4)) < 0.5)
    rolled = roll_up(csr_array(own), PARENT).toarray()
    assert (rolled[:, 0] >= own.max(axis=1) - 1e-12).all()
    assert (rolled[:, 0] <= np.minimum(own.sum(axis=1), 1.0) + 1e-12).all()


def test_any_of_a_group():
    own = csr_array(np.array([[1.0, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]))
    groups = np.array([[True, True, False], [False, True, True], [False, False, False]])
    assert any_of(own, groups).toarray() == pytest.approx(np.array([[1.0, 0.5, 0], [0.75, 0.5, 0], [0, 0, 0]]))


def test_patents_are_divided_among_known_applicants(chain, known):
    placed = PlacedChain.of(chain, known)
    lens = placed.node("lens")
    by_firm = dict(zip(placed.firm_ids, placed.patents[:, [lens]].toarray().ravel(), strict=True))
    assert {firm: count for firm, count in by_firm.items() if count} == {"L1": 1.5, "W1": 2.0, "W2": 0.5}
    assert placed.all_patents.sum() == 6  # each patent once
    assert placed.recent[:, [lens]].sum() == 3
    assert placed.earlier[:, [lens]].sum() == 1


def test_two_publications_of_an_application_are_one_patent(chain, tables, placements):
    """An application counts from its first publication; a placement of either is its placement."""
    patents = tables.patents.assign(application_number=["X", None, "X", None, None, None])
    placed = PlacedChain.of(chain, snapshot(replace(tables, patents=patents), placements, DAY))
    lens = placed.node("lens")
    assert placed.patents[:, [lens]].sum() == 3
    assert placed.recent[:, [lens]].sum() == 2  # that of P1 and P3 was first published in 2019
    assert placed.earlier[:, [lens]].sum() == 1


def test_links_of_products_join_nodes(chain, tables, placements, placed_rows):
    rows = [("product", "lens A", "idle", 0.9), ("product", "camera A", "operation", 0.9)]
    links = pd.DataFrame({"from_product": ["lens A", "lens B"], "to_product": ["camera A", "camera A"]})
    known = snapshot(replace(tables, product_links=links), pd.concat([placements, placed_rows(rows)]), DAY)
    placed = PlacedChain.of(chain, known)
    assert placed.links == {"feeds": 3, "products": 1}
    assert placed.network.feeds[placed.node("idle"), placed.node("operation")]
    unsure = placed_rows(rows).assign(band="to_person")
    assert list(product_pairs(links, unsure, {"idle": 0, "operation": 1})) == []


@pytest.mark.contract
def test_what_does_not_fit_is_one_error(chain, known, placements, tables):
    def of(**change: object) -> PlacedChain:
        return PlacedChain.of(chain, snapshot(tables, placements.assign(**change), DAY))

    with pytest.raises(ScoreError, match=r"chain small has no node lense .*; allowed: its 6 nodes"):
        of(node_id="lense")
    with pytest.raises(ScoreError, match=r"probability 1.5 of L1; allowed: 0 to 1"):
        of(probability=1.5)
    placed = PlacedChain.of(chain, known)
    with pytest.raises(ScoreError, match="firm Z is not known on 2024-06-30; allowed: the 9 firms"):
        placed.firm("Z")
    with pytest.raises(ScoreError, match="chain small has no node z"):
        placed.node("z")
