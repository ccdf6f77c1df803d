from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook, reference_path
from features.columns import of_rows
from features.point_in_time import build_cases
from features.points import mid_rank_curve
from models.points.file import CardError
from training.points import fit as points_training

pytestmark = pytest.mark.law
BOOK = read_codebook()


def test_contributions_add_up_to_the_total_bit_for_bit(trained):
    """A score is exactly a sum of per-indicator points that can be printed as a table."""
    frame = trained.snapshot.frame
    earned = trained.engine.points.contributions(frame)
    total = np.zeros(len(frame))
    for key in BOOK.keys:
        total += earned[key].to_numpy()
    assert (total == trained.engine.points.score(frame)["total"].to_numpy()).all()


@pytest.mark.parametrize("name", ["card", "stage", "pooled", "prior"])
def test_every_card_gives_130_points_at_full_marks(trained, name):
    """Learned or not, a stage's full marks sum to 100 + 30; how they divide is learned."""
    for weights in getattr(trained.points, name).weights.values():
        assert sum(weights.values()) == pytest.approx(130.0)
    if name == "prior":
        score = trained.points.prior.score(trained.snapshot.frame)
        assert score["base"].between(0, 100).all()
        assert score["bonus"].between(0, 30).all()


def test_points_lie_between_0_and_130_and_full_marks_can_pass_100(trained):
    """101 points are possible, as published."""
    score = trained.engine.points.score(trained.snapshot.frame)
    assert score["total"].dropna().between(0, 130).all()
    assert (score["base"] + score["bonus"] - score["total"]).abs().max() < 1e-9
    best = trained.snapshot.frame.head(1).assign(
        **{item.key: item.high if item.direction > 0 else item.low for item in BOOK}
    )
    assert trained.engine.points.score(best)["total"].iloc[0] > 101


@pytest.mark.parametrize("key", BOOK.keys)
def test_a_better_value_never_lowers_points(trained, key):
    """Monotone in every indicator, for every enterprise of the snapshot."""
    item, frame = BOOK[key], trained.snapshot.frame
    rng = np.random.default_rng(3)
    span = np.nanquantile(frame[key], [0.01, 0.99])
    one, two = np.sort(rng.uniform(*span, (2, len(frame))), axis=0)
    low, high = (one, two) if item.direction > 0 else (two, one)
    score = trained.engine.points.score
    assert (score(frame.assign(**{key: high}))["total"] >= score(frame.assign(**{key: low}))["total"]).all()


@pytest.mark.parametrize("key", BOOK.keys)
def test_hiding_a_value_never_helps(trained, key):
    """Missing earns nothing."""
    frame, score = trained.snapshot.frame, trained.engine.points.score
    hidden = score(frame.assign(**{key: np.nan}))
    assert (hidden["total"] <= score(frame)["total"]).all()
    assert (hidden["coverage"] <= score(frame)["coverage"]).all()


def test_one_enterprise_scores_alone_as_among_all(trained):
    """Single and batch answers are the same bits."""
    frame = trained.snapshot.frame
    every = trained.engine.points.score(frame)
    for position in range(0, len(frame), 97):
        alone = trained.engine.points.score(frame.iloc[[position]])
        pd.testing.assert_frame_equal(alone, every.iloc[[position]], check_exact=True)


def test_rows_of_python_values_score_as_the_table_does_to_the_last_bit(trained):
    """As a request gives them: None is missing, unknown stages included."""
    frame = trained.snapshot.frame
    frame = pd.concat([frame, frame.head(5).assign(growth_stage="unknown", industry=None)], ignore_index=True)
    frame.loc[frame.index[::7], list(BOOK.keys[:20])] = np.nan
    card = trained.engine.points
    every, earned = card.score(frame).to_dict("records"), card.contributions(frame).to_numpy()
    for row, together, parts in zip(frame.to_dict("records"), every, earned, strict=True):
        case = of_rows([{key: None if value != value else value for key, value in row.items()}])
        alone = {key: value[0] for key, value in card.score_columns(case).items()}
        assert list(alone) == list(together)
        assert all(alone[key] == together[key] or alone[key] != alone[key] for key in alone)
        assert np.array_equal(np.array(list(card.earned(case).points.values()))[:, 0], parts, equal_nan=True)


def test_an_unknown_stage_has_no_points(trained):
    """Without a stage there is no card to score with: NaN, and coverage 0, never a guess."""
    score = trained.engine.points.score(trained.snapshot.frame.head(3).assign(growth_stage="unknown"))
    assert score["total"].isna().all()
    assert (score["coverage"] == 0).all()


def test_ties_share_their_rank():
    """Percentile = (n_worse + n_equal / 2) / n."""
    levels, ranks = mid_rank_curve([0, 0, 0, 5], 1)
    assert (levels, ranks) == ([0.0, 5.0], [0.375, 0.875])


def test_another_zones_codebook_runs_with_no_line_changed(tables, tmp_path):
    """Six indicators of a second zone, other weights: the same code scores them."""
    lines = reference_path("indicators.csv").read_text(encoding="utf-8").splitlines()
    keep = [lines[0]] + [
        line for line in lines if line.startswith(("rd_intensity,", "patent_quality_index,", "vc_funding_3y,"))
    ]
    weights = [",60,50,40", ",40,50,60", ",30,30,30"]
    body = [",".join(line.split(",")[:-3]) + weight for line, weight in zip(keep[1:], weights, strict=True)]
    path = tmp_path / "second.csv"
    path.write_text("\n".join([keep[0], *body]) + "\n", encoding="utf-8")
    zone = read_codebook(path)
    cases = build_cases(tables, pd.Timestamp("2022-06-30"), zone).frame
    card = points_training.prior_card(cases, zone)
    score = card.score(cases, zone)
    assert score["total"].dropna().between(0, 130).all()
    with pytest.raises(CardError, match="was made for codebook"):
        card.score(cases, BOOK)
