"""Levers of a reform as fields of a form: each with its value in force, what is allowed and its unit.

A field shows shares and rates in percent and everything else in the unit of its lever; ``as_yaml`` writes what was
filled in as the file of the reform has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import yaml
from pydantic.fields import FieldInfo

from models.quota.engine import CreditPolicy
from models.quota.policy import Positive, ProductTerms
from models.reform.levers import BOUNDS, CARRIED, EVERY_BANK, VOID, Levers, Packed, Path
from models.reform.units import BY_STAGE, Unit, unit_of

USUAL = ("pd_cutoff", "el_budget_wan", *BY_STAGE, "min_points", "full_points", "base_need_wan", "min_raroc")


@dataclass(frozen=True)
class Field:
    """One lever as a number to fill in.

    path : as ``Levers`` has it; the bank of a lever of every bank is ``*``
    now : what is in force, lowest and highest where banks differ
    low, high : what is allowed, None where nothing bounds it
    above : whether ``low`` itself is not allowed; all in ``unit``
    """

    path: Path
    unit: Unit
    now: tuple[float, float]
    low: float | None = 0.0
    high: float | None = None
    above: bool = False
    whole: bool = False

    @property
    def key(self) -> str:
        """The path as one text."""
        return ".".join(self.path)

    @property
    def only_value(self) -> float | None:
        """What is in force, None where banks differ."""
        return self.now[0] if self.now[0] == self.now[1] else None

    def allows(self, shown: float) -> bool:
        """Whether a number may be filled in."""
        if self.low is not None and (shown < self.low or (self.above and shown == self.low)):
            return False
        return (self.high is None or shown <= self.high) and (not self.whole or shown == int(shown))

    def written(self, shown: float) -> int | float | str:
        """A number as the file has it: percent with its sign, whole numbers without a point."""
        if self.unit == "percent":
            return f"{shown:.12g} %"
        return int(shown) if shown == int(shown) else shown

    def shown(self, value: float) -> float:
        """A lever's value as the field shows it."""
        return _shown(self.unit, value)


def weight_fields(packed: Packed, stage: str) -> list[Field]:
    """Points at full marks of every indicator in one growth stage; at most the points of its part, base or bonus."""
    weights, items = packed.engine.points.weights[stage], packed.engine.points.indicators
    parts = {kind: sum(weights[item.key] for item in items if item.kind == kind) for kind in ("core", "auxiliary")}
    return [
        Field(("weights", stage, item.key), "points", (_two(weights[item.key]),) * 2, 0.0, _two(parts[item.kind]))
        for item in items
    ]  # fmt: skip


def bound_fields() -> list[Field]:
    """The largest share that one indicator may have of the base points and of the bonus; without a bound 100 %."""
    return [Field(("weight_bounds", name), "percent", (100.0, 100.0), 0.0, 100.0, above=True) for name in BOUNDS]


def stage_fields(packed: Packed) -> list[Field]:
    """Borders of the growth stages; none where the card blends points near them."""
    if packed.engine.points.smooth_border_share:
        return []
    return [
        Field(("stages", name), _unit(("stages", name)), (value, value), 0.0, above=name == "startup_below_wan")
        for name, value in asdict(packed.stages).items()
    ]  # fmt: skip


def policy_fields(packed: Packed, bank: str) -> list[Field]:
    """Every number of a bank's credit policy but those of its loss certificate; bank ``*`` for all banks at once."""
    policies = list(packed.policies.values()) if bank == EVERY_BANK else [packed.policies[bank]]
    found = []
    for name, info in CreditPolicy.model_fields.items():
        if name in BY_STAGE:
            of_caps = FieldInfo.from_annotation(Positive)
            found += [_field((bank, name, stage), of_caps, policies) for stage in getattr(policies[0], name)]
        elif info.annotation in (int, float):
            found.append(_field((bank, name), info, policies))
    products = [key for key in policies[0].products if all(key in one.products for one in policies)]
    for product in products:
        for name, info in ProductTerms.model_fields.items():
            if name != "purposes":
                found.append(_field((bank, "products", product, name), info, policies))
    return found


def _field(path: Path, info: FieldInfo, policies: Sequence[CreditPolicy]) -> Field:
    kinds = ("ge", "gt", "le", "lt")
    bounds = {name: getattr(one, name) for one in info.metadata for name in kinds if hasattr(one, name)}
    low, high = bounds.get("ge", bounds.get("gt")), bounds.get("le", bounds.get("lt"))
    unit = _unit(("policies", *path))
    values = sorted({_shown(unit, _value(policy, path[1:])) for policy in policies})
    return Field(
        ("policies", *path), unit, (values[0], values[-1]), None if low is None else _shown(unit, low),
        None if high is None else _shown(unit, high), "gt" in bounds, _whole(info),
    )  # fmt: skip


def _shown(unit: Unit, value: float) -> float:
    return float(f"{value * 100:.12g}") if unit == "percent" else float(value)


def _unit(path: Path) -> Unit:
    unit = unit_of(path)
    assert unit is not None  # every lever with a field has one
    return unit


def _whole(info: FieldInfo) -> bool:
    return info.annotation is int or "months" in str(info.annotation).lower()


def _value(policy: CreditPolicy, path: Sequence[str]) -> float:
    value: Any = policy
    for name in path:
        value = value[name] if isinstance(value, Mapping) else getattr(value, name)
    return float(value)


def _two(points: float) -> float:
    return float(f"{points:.12g}")


def every_field(packed: Packed) -> Iterator[Field]:
    """Every field of the form, whatever stage or bank it shows."""
    for stage in packed.engine.points.weights:
        yield from weight_fields(packed, stage)
    yield from bound_fields()
    yield from stage_fields(packed)
    for bank in (EVERY_BANK, *packed.policies):
        yield from policy_fields(packed, bank)


def as_yaml(
    name: str, changes: Mapping[str, float], others: Mapping[str, Any], packed: Packed, *,
    void: bool = False, sweep: tuple[str, Sequence[float]] | None = None,
) -> str:  # fmt: skip
    """The file of a reform.

    changes : what was filled in by the key of its field; others : levers without a field, as sections
    void : whether loss certificates end with the rules that they were issued for
    sweep : a field's key and the values that it takes in turn
    raises : KeyError for a key that is no field's
    """
    fields = {one.key: one for one in every_field(packed)}
    body: dict[str, Any] = {"name": {"zh": name, "en": name}, **_copied(others)}
    for key in sorted(changes):
        inner = body
        for part in fields[key].path[:-1]:
            inner = inner.setdefault(part, {})
        inner[fields[key].path[-1]] = fields[key].written(changes[key])
    if void:
        body["certificates"] = VOID
    if sweep is not None:
        body["sweep"] = {"lever": sweep[0], "values": [fields[sweep[0]].written(value) for value in sweep[1]]}
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=110)


def from_levers(levers: Levers, packed: Packed) -> tuple[dict[str, float], dict[str, Any], bool]:
    """A reform that was read as the form has it: filled in fields, levers without a field, certificates void."""
    fields = {one.path: one for one in every_field(packed)}
    changes: dict[str, float] = {}
    rest: dict[Path, Any] = {}
    for path, value in levers.values.items():
        if path in fields:
            changes[fields[path].key] = fields[path].shown(value)
        elif path != ("certificates",):
            rest[path] = value
    return changes, Levers(rest).nested(), levers.values.get(("certificates",), CARRIED) == VOID


def _copied(section: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) if isinstance(value, Mapping) else value for key, value in section.items()}
