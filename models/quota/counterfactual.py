"""Where the points hold a quota: which hard-to-fake indicators would open it, and the quota that re-scoring then gives.

Not on the path of a decision; asked for afterwards. The changed record goes through all three models again, so the
promised amount is the one that the enterprise would get.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.requests import QuotaRequest
from models.points.improve import Change, advise
from models.quota.engine import QuotaEngine
from models.quota.policy import BankPolicy


@dataclass(frozen=True)
class Counterfactual:
    """Changes of indicators, and the decision before and after them; ``reached`` where the points asked for are met."""

    reached: bool
    changes: tuple[Change, ...]
    points_now: float
    points_then: float
    quota_wan_now: int
    quota_wan_then: int
    decision_then: str
    limited_by_then: str


def raise_points(
    engine: QuotaEngine, row: Mapping[str, Any], known: Mapping[str, Any], request: QuotaRequest, policy: BankPolicy
) -> Counterfactual | None:
    """The fewest changes that lift the points to where they no longer bind; None where something else binds."""
    now = engine.decide_row(row, known, request, policy, reasons=False)
    step = next((one for one in now["advice"] if one["constraint"] == "points"), None)
    if step is None or step["needed"] is None or step is not now["advice"][0]:
        return None
    told = advise(engine.points, row, engine.codebook, target=step["needed"])
    changed = {**row, **{change.key: change.to for change in told.changes}}
    then = engine.decide_row(changed, known, request, policy, reasons=False)
    return Counterfactual(
        told.reached,
        told.changes,
        now["score"]["total"],
        told.total,
        now["quota"]["amount_wan"],
        then["quota"]["amount_wan"],
        then["decision"],
        then["quota"]["limited_by"],
    )
