"""Points for whoever may not read the founders' data: without what the personal indicators earned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from data.codebook import Codebook
from features.columns import Array


def without_personal(points: Mapping[str, Any], codebook: Codebook) -> dict[str, Any]:
    """A points answer whose personal indicators show no value, in whose score they earned nothing.

    ``percentile`` is null then: peers are compared by totals that hold those points. The answer says
    ``personal_excluded``; one that says so already is given back as it is.
    """
    if points.get("personal_excluded", False) or not points:
        return dict(points)
    personal = {item.key: item for item in codebook if item.personal}
    score, indicators = {**points["points"], "percentile": None}, []
    for row in points["indicators"]:
        if row["key"] not in personal:
            indicators.append(row)
            continue
        item, earned = personal[row["key"]], row["points"] or 0.0
        for part in ("total", "base" if item.kind == "core" else "bonus", f"dim_{item.dimension}"):
            if score[part] is not None:
                score[part] -= earned
        indicators.append({**row, "value": None, "points": None})
    return {**points, "points": score, "personal_excluded": True, "indicators": indicators}


def visible_points(score: Mapping[str, Array], earned: pd.DataFrame, codebook: Codebook) -> dict[str, Array]:
    """Total as ``points``, base, bonus and dimensions as ``without_personal`` gives them, and the coverage, shape (n,).

    score, earned : ``score_columns`` and ``contributions`` of the same cases
    """
    parts = {"points": score["total"].copy(), "base": score["base"].copy(), "bonus": score["bonus"].copy()}
    parts |= {f"dim_{name}": score[f"dim_{name}"].copy() for name in codebook.dimensions}
    for item in codebook:
        if item.personal:
            own = earned[item.key].fillna(0.0).to_numpy()
            for part in ("points", "base" if item.kind == "core" else "bonus", f"dim_{item.dimension}"):
                parts[part] -= own
    return {**parts, "coverage": score["coverage"]}
