"""What rows may hold, how firms are numbered, and which runs can be paired."""

from __future__ import annotations

import numpy as np
import pytest

from models.comparison.rows import RowsError, RunRows, paired_rows

FIRM = np.array(["b", "a", "b", "c"])
KEY = np.array(["b1", "a1", "b2", "c1"])
OUTCOME = np.array([0.0, 1.0, 0.0, 1.0])


def rows(**changes):
    values = {"firm": FIRM, "outcome": OUTCOME, "prediction": np.array([0.1, 0.6, 0.2, 0.5]), "weight": np.ones(4)}
    return RunRows(**{**values, "key": KEY, **changes})


@pytest.mark.law
def test_firms_are_numbered_by_their_first_row_whatever_their_names():
    """Another salt gives other names and the same numbers, so that resamples of firms stay the same."""
    assert rows().firm_number.tolist() == [0, 1, 0, 2]
    assert rows(firm=np.array(["x9", "y", "x9", "a"])).firm_number.tolist() == [0, 1, 0, 2]
    assert rows().firms == 3


@pytest.mark.contract
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "odds"}, "kind: found 'odds'; allowed: probability, points, quantile, ranking, value"),
        ({"weight": np.ones(3)}, r"weight: found shape \(3,\); allowed: \(4,\), as the firms"),
        ({"prediction": np.array([0.1, 1.2, 0.2, 0.5])}, "prediction: row 1 holds 1.2; allowed: numbers from 0 to 1"),
        ({"outcome": np.array([0.0, np.nan, 0.0, 1.0])}, "outcome: row 1 holds nan; allowed: finite numbers"),
        ({"outcome": np.array([0.0, 2.0, 0.0, 1.0])}, r"outcome: found \[0.0, 1.0, 2.0\]; allowed: 0 and 1"),
        ({"weight": np.zeros(4)}, "weight: found 0 in every row; allowed: some above 0"),
        ({"key": np.array(["b1", "a1", "b1", "c1"])}, "key: found one twice; allowed: another for every row"),
        ({"extras": {"exposure_wan": np.array([1.0, -2.0, 3.0, 4.0])}}, "exposure_wan: row 1 holds -2.0; allowed"),
        ({"extras": {"growth_stage": np.array(["startup"])}}, r"growth_stage: found shape \(1,\)"),
    ],
)
def test_rows_that_cannot_be_evaluated(changes, message):
    with pytest.raises(RowsError, match=message):
        rows(**changes)


@pytest.mark.contract
def test_no_row_at_all():
    with pytest.raises(RowsError, match="firm: found no row"):
        rows().take(np.zeros(4, dtype=bool))


@pytest.mark.law
def test_runs_are_paired_by_key_whatever_their_order():
    order = np.array([3, 1, 0, 2])
    other = rows(prediction=np.array([0.9, 0.8, 0.7, 0.6])).take(order)
    paired = paired_rows(rows(), other)
    assert paired.key.tolist() == KEY.tolist()
    assert paired.prediction.tolist() == [0.9, 0.8, 0.7, 0.6]


@pytest.mark.contract
@pytest.mark.parametrize(
    ("other", "message"),
    [
        (rows().take(np.array([0, 1, 2])), "found 0 rows that the baseline lacks, and 1 of its 4 rows are missing"),
        (rows(key=np.array(["b1", "a1", "b2", "d1"])), "found 1 rows that the baseline lacks, and 1 of its 4"),
        (rows(outcome=np.array([0.0, 1.0, 1.0, 1.0])), "outcome: found 1 of 4 rows unlike the baseline's"),
        (rows(weight=np.array([1.0, 2.0, 2.0, 1.0])), "weight: found 2 of 4 rows unlike the baseline's"),
        (rows(firm=np.array(["b", "a", "a", "c"])), "firm_number: found 1 of 4 rows unlike the baseline's"),
        (rows(kind="points"), "kind: found points; allowed: probability, as in the baseline"),
        (rows(key=None).take(np.array([0, 1])), "rows: found 2; allowed: the baseline's 4"),
    ],
)
def test_runs_on_different_rows_are_refused(other, message):
    with pytest.raises(RowsError, match=message):
        paired_rows(rows(), other)


@pytest.mark.law
def test_extras_are_facts_of_the_rows():
    """A shared one must be the same: a pinball loss at another level is another metric. The baseline's are taken."""
    own, other = rows(extras={"quantile": np.full(4, 0.25)}), rows(extras={"quantile": np.full(4, 0.2)})
    with pytest.raises(RowsError, match="quantile: found 4 of 4 rows unlike the baseline's"):
        paired_rows(own, other)
    assert paired_rows(own, rows()).extras["quantile"].tolist() == [0.25] * 4
    assert paired_rows(rows(), own).extras == {}


@pytest.mark.law
def test_the_digest_is_of_what_was_tested_alone():
    """Other predictions, same digest; another outcome, weight, firm, row or exposure: another digest."""
    digest = rows().digest
    assert rows(prediction=np.full(4, 0.3)).digest == digest
    changed = (
        {"outcome": 1 - OUTCOME},
        {"weight": np.array([1.0, 1.0, 1.0, 2.0])},
        {"firm": np.array(["b", "a", "a", "c"])},
        {"key": np.array(["b1", "a1", "b2", "c2"])},
        {"extras": {"exposure_wan": np.ones(4)}},
    )
    assert len({digest, *(rows(**one).digest for one in changed)}) == 6


@pytest.mark.law
def test_the_quality_of_each_row_s_list_by_hand():
    """Query 7 has its relevant document second, 1 / log2(3); of query 3 nothing is relevant. Rows are mixed."""
    query = np.array([7, 3, 7, 3, 3])
    rows = RunRows(
        firm=query,
        outcome=np.array([1.0, 0.0, 0.0, 0.0, 0.0]),
        prediction=np.array([0.2, 0.5, 0.9, 0.4, 0.3]),
        weight=np.ones(5),
        kind="ranking",
        extras={"query": query},
    )
    quality, share = rows.by_query
    second = 1 / np.log2(3)
    assert quality == pytest.approx([second, 0.0, second, 0.0, 0.0])
    assert share == pytest.approx([1 / 2, 1 / 3, 1 / 2, 1 / 3, 1 / 3])
