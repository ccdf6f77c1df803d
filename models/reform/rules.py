"""Levers applied to a release: the rules by which points are given and loans decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from pydantic import ValidationError

from data.growth_stages import StageRule
from data.texts.figures import write_figure
from models.points.bounds import Part
from models.points.card import PointsCard
from models.points.step_prices import Cost
from models.quota.certificate import LossCertificate, not_assessed
from models.quota.engine import CreditPolicy, QuotaEngine
from models.reform.allowed import allowed
from models.reform.levers import BOUNDS, NEAR_POINTS, VOID, LeverError, Levers, Packed, Path

GROUP_OF = {  # section of levers -> group that a move is attributed to; prices move nobody
    "weights": "weight", "weight_bounds": "weight", "stages": "stage", "policies": "policy", "certificates": "policy",
    "models": "model", "firms": "indicator",
}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """A release with levers applied.

    levers : what was applied; models, firms : names of the models and of the firms' values, "packed" by default
    policies, costs : by bank and by indicator, as changed
    """

    levers: Levers
    packed: Packed
    policies: Mapping[str, CreditPolicy]
    costs: tuple[Cost, ...]
    stages: StageRule
    models: str
    firms: str

    @classmethod
    def of(cls, levers: Levers, packed: Packed) -> Rules:
        """The rules; raises LeverError where a policy or card with these levers is not valid."""
        stages = replace(packed.stages, **{path[0]: value for path, value in levers.of("stages").items()})
        by_indicator: dict[str, dict[str, float]] = {}
        for (key, member), value in levers.of("prices").items():
            by_indicator.setdefault(key, {})[member] = value
        costs = tuple(Cost(**{**asdict(cost), **by_indicator.get(cost.key, {})}) for cost in packed.costs)
        policies = {
            bank: _policy(bank, policy, {path[1:]: value for path, value in levers.of("policies").items()
                                         if path[0] == bank})
            for bank, policy in packed.policies.items()
        }  # fmt: skip
        models, firms = (str(levers.values.get((name,), "packed")) for name in ("models", "firms"))
        return cls(levers, packed, policies, costs, stages, models, firms)

    def card(self, card: PointsCard) -> PointsCard:
        """A card with the levers on weights, the very same where they change nothing; the release's is made once."""
        return self._packed_card if card is self.packed.engine.points else with_weights(card, self.levers)

    def key(self, bank: str) -> tuple[Any, ...]:
        """What decides a bank's decisions: equal keys give equal decisions."""
        own = tuple(item for item in self.levers.of("policies").items() if item[0][0] == bank)
        return self.models, self.firms, self.weight_key, own, self.levers.values.get(("certificates",))

    def certificate(self, bank: str, engine: QuotaEngine) -> LossCertificate:
        """Carried: the certificate of the packed policy. Void: none where policy, card or models are not the packed."""
        policy = self.policies[bank]
        if self.levers.values.get(("certificates",)) != VOID:
            return self.packed.engine.certificate(self.packed.policies[bank])
        other = self.models != "packed" or self.card(engine.points) is not engine.points
        if other or policy.digest != self.packed.policies[bank].digest:
            return not_assessed(policy.bank_id, policy.version, policy.digest)
        return engine.certificate(policy)

    @cached_property
    def _packed_card(self) -> PointsCard:
        return with_weights(self.packed.engine.points, self.levers)

    @cached_property
    def weight_key(self) -> tuple[Any, ...]:
        """What decides the points beside models and firms: equal keys give equal points."""
        sections = ("weights", "weight_bounds", "stages")
        return tuple((path, value) for path, value in self.levers.values.items() if path[0] in sections)


def with_weights(card: PointsCard, levers: Levers) -> PointsCard:
    """The card with other points at full marks: its curves keep their form.

    What a stage's named indicators of a part (base or bonus) leave of it goes to the others in proportion to their
    weights; then a bound takes what is above it from one of these and gives it to the rest of them in proportion.
    raises : LeverError for a bound below a weight that is named, or too low for the others to hold what is left
    """
    weights = {stage: dict(row) for stage, row in card.weights.items()}
    named: dict[str, dict[str, float]] = {stage: {} for stage in weights}
    for (stage, key), value in levers.of("weights").items():
        named[stage][key] = value
    for stage in weights:
        for kind in ("core", "auxiliary"):
            _share_rest(weights[stage], [item.key for item in card.indicators if item.kind == kind], named[stage])
    for (bound,), share in levers.of("weight_bounds").items():
        keys = [item.key for item in card.indicators if item.kind == BOUNDS[bound]]
        for stage, row in weights.items():
            _bounded(
                row, keys, share, f"weight_bounds.{bound}", {key: f"weights.{stage}.{key}" for key in named[stage]}
            )
    points = {
        stage: {key: _curve(list(curve), weights[stage][key]) for key, curve in rows.items()}
        for stage, rows in card.points.items()
    }
    same = all(weights[stage] == card.weights[stage] for stage in weights)
    return card if same else replace(card, points=points)


def _share_rest(row: dict[str, float], keys: list[str], named: Mapping[str, float]) -> None:
    """Exact, so that naming the weights that are there changes no bit of the others."""
    given = {key: Fraction(named[key]) for key in keys if key in named}
    if not given:
        return
    part = sum((Fraction(row[key]) for key in keys), Fraction(0))
    rest = sum((Fraction(row[key]) for key in keys if key not in given), Fraction(0))
    left = part - sum(given.values(), Fraction(0))
    factor = max(left, Fraction(0)) / rest if rest else Fraction(0)
    for key in keys:
        row[key] = named[key] if key in given else float(Fraction(row[key]) * factor)


def _bounded(row: dict[str, float], keys: list[str], share: float, bound: str, named: Mapping[str, str]) -> None:
    """Bound the weights that are not named. bound, named : levers as errors call them, the latter by indicator"""
    part = sum(row[key] for key in keys)
    for key in keys:
        if key in named and row[key] > share * part + NEAR_POINTS:
            raise LeverError(named[key], f"{row[key]:.6g}", f"0 to {share * part:.6g} points, by {bound} {share:g}")
    free = [key for key in keys if key not in named]
    values = np.array([row[key] for key in free])
    if not free or values.max() <= share * part * (1 + 1e-12):
        return
    left, least = float(values.sum()), 1.0 / len(free)
    if share * part < left * least * (1 - 1e-12):
        rest = (
            f", for {len(free)} indicators that are not named share {left:.6g} points" if len(free) < len(keys) else ""
        )
        raise LeverError(bound, share, f"{left * least / part:.4g} to 1{rest}")
    divided = Part(tuple(range(len(free))), left, min(max(share * part / left, least), 1.0)).divide(values)
    row |= dict(zip(free, divided.tolist(), strict=True))


def _curve(points: list[float], weight: float) -> list[float]:
    full = points[-1]
    if weight == full:
        return points
    steps = len(points) - 1
    # An indicator that earned nothing has no form to keep: it earns in proportion to its percentile.
    shape = [point / full for point in points] if full else [step / steps for step in range(steps + 1)]
    return [part * weight for part in shape]


def _caps_fit(bank: str, body: Mapping[str, Any], levers: Mapping[Path, Any]) -> None:
    """Raises LeverError for the first expert cap above its stage's cap: of the two, for the lever that made it so."""
    for stage, cap in body["expert_cap_wan"].items():
        most = body["stage_cap_wan"].get(stage, cap)
        if cap <= most:
            continue
        named, other = ("expert_cap_wan", "stage_cap_wan"), ("stage_cap_wan", "expert_cap_wan")
        name, beside = named if (named[0], stage) in levers else other
        bound = f"{_written(most)} or less" if name == "expert_cap_wan" else f"{_written(cap)} or more"
        raise LeverError(f"policies.{bank}.{name}.{stage}", _written(body[name][stage]), f"{bound}, its {beside}")


def _written(amount: float) -> str:
    return write_figure("as_given", amount)[1]


def _policy(bank: str, policy: CreditPolicy, levers: Mapping[Path, Any]) -> CreditPolicy:
    if not levers:
        return policy
    body = policy.model_dump(mode="json")
    for path, value in levers.items():
        inner = body
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = list(value) if isinstance(value, tuple) else value
    try:
        return CreditPolicy.model_validate(body)
    except ValidationError as fault:
        first = fault.errors()[0]
        if not first["loc"]:  # every member is one that may be; some do not go together
            _caps_fit(bank, body, levers)
        where = ".".join(("policies", bank, *map(str, first["loc"])))
        raise LeverError(where, first.get("input") if first["loc"] else "these levers", allowed(first)) from fault
