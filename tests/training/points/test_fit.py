from __future__ import annotations

from dataclasses import replace

import pytest

from data.codebook import read_codebook
from features.columns import of_rows

BOOK = read_codebook()


@pytest.mark.law
def test_every_interval_holds_its_points_and_every_difference_is_reported(trained):
    """Low, points and high in order at every knot; three pairs of stages by 24 indicators."""
    for card in (trained.points.stage, trained.points.pooled):
        for stage, rows in card.points.items():
            for key, points in rows.items():
                low, high = card.points_low[stage][key], card.points_high[stage][key]
                assert all(a <= b <= c for a, b, c in zip(low, points, high, strict=True))
        assert len(card.differences) == 3
        assert all(len(rows) == len(BOOK) for rows in card.differences.values())
    assert trained.points.card.verdict["ships"] in ("stage", "pooled")
    assert trained.points.card.version.endswith(trained.points.card.verdict["ships"])


@pytest.mark.law
def test_smoothing_takes_the_cliff_out_and_keeps_one_answer(trained):
    """Off by default; on, a border crossed by one yuan moves hardly a point, single and batch alike."""
    frame = trained.reference.loc[trained.reference["growth_stage"] == "startup"].head(200)
    assert trained.points.stage.smooth_border_share == 0
    card = replace(trained.points.stage, smooth_border_share=0.1)
    below = frame.assign(revenue_wan=499.9999, age_years=4.0, growth_stage="startup")
    above = frame.assign(revenue_wan=500.0001, age_years=4.0, growth_stage="growth")
    one, other = card.score(below), card.score(above)
    assert (one["total"] - other["total"]).abs().max() < 1e-3
    assert (trained.points.stage.score(below)["total"] - trained.points.stage.score(above)["total"]).abs().max() > 1
    for position, row in enumerate(below.to_dict("records")):
        assert card.score_columns(of_rows([row]))["total"][0] == one["total"].iloc[position]
