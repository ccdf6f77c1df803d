"""What the founders earned is in no figure of the points for whoever may not read it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.law


def test_without_the_right_to_it_no_figure_of_the_points_holds_what_the_founders_earned(shop):
    """Nothing to subtract: total, part and dimension are the sums of the points that are shown; no percentile."""
    service = shop.worker.service
    book = service.models.engine.codebook
    (founder,) = [item for item in book if item.personal]
    plain, wide = shop.key("standard"), shop.key("standard", scopes=("points", "personal"))
    part, earned = "base" if founder.kind == "core" else "bonus", []
    for uscc in shop.codes[:20]:
        body = {"uscc": uscc, "consent": shop.consent(uscc, scope=("points", "query", "personal"))}
        less, whole = (shop.client.post("/v1/points", json=body, headers=key).json() for key in (plain, wide))
        assert (less["personal_excluded"], whole["personal_excluded"]) == (True, False)
        for answer in (less, whole):
            points = {row["key"]: row["points"] or 0.0 for row in answer["indicators"]}
            of_part = [points[item.key] for item in book if item.kind == founder.kind]
            of_dimension = [points[item.key] for item in book if item.dimension == founder.dimension]
            score = answer["points"]
            if score["total"] is not None:
                assert score["total"] == pytest.approx(sum(points.values()))
                assert score[part] == pytest.approx(sum(of_part))
                assert score[f"dim_{founder.dimension}"] == pytest.approx(sum(of_dimension))
        earned.append(next(row["points"] for row in whole["indicators"] if row["key"] == founder.key) or 0.0)
        assert less["points"]["percentile"] is None
        for answer, key in ((less, plain), (whole, wide)):
            advice = shop.client.post("/v1/points/advice", json=body | {"target_points": 1}, headers=key).json()
            assert advice["points_now"] == pytest.approx(answer["points"]["total"])
            assert advice["personal_excluded"] is answer["personal_excluded"]
            # Only where they leave something out do the points say that a quota's are others.
            assert ("leave out what the founders' indicators earn" in advice["text_en"]) is advice["personal_excluded"]
            assert ("不含创始人信息有关指标的得分" in advice["text_zh"]) is advice["personal_excluded"]
    assert max(earned) > 0
