"""What a reform may change, written as it likes: read as numbers in one unit, and only what differs from the release.

    weights: {STAGE: {INDICATOR: points at full marks}}    unnamed indicators of the same part share what is left of it
    weight_bounds: {largest_base_share, largest_bonus_share}          on the weights of every stage
    stages: {startup_below_wan, startup_to_years, old_stable_from_wan, old_from_years, stable_from_wan}
    policies: {BANK or "*": {any member of CreditPolicy}}
    prices: {INDICATOR: {cost_yuan, revenue_share, yuan_per_head}}
    certificates: carried or void
    models: a name of other models; firms: a name of other values of the same firms

A member with ``_wan`` in its name may be given as ``_cny`` instead. A number may be a text with a unit: "30 wan",
"300000 cny", "2 %", "2e-2".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from data.growth_stages import STAGE_RULE, StageRule
from models.points.step_prices import Cost
from models.quota.engine import CreditPolicy, QuotaEngine

Path = tuple[str, ...]
EVERY_BANK = "*"
CARRIED, VOID = "carried", "void"
SECTIONS = ("weights", "weight_bounds", "stages", "policies", "prices", "certificates", "models", "firms")
PRICES = ("cost_yuan", "revenue_share", "yuan_per_head")
BOUNDS = {"largest_base_share": "core", "largest_bonus_share": "auxiliary"}
DIGITS = (
    r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9_,])|[0-9_]*)(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"  # thousands by commas
)
NEAR_POINTS = 1e-3  # by which named weights may miss what they have to be, so that six of their digits may be copied
OWN_NAMES = ("bank_id", "version")  # members of a policy that a whole one has and no reform changes
_NUMBER = re.compile(rf"\s*({DIGITS})\s*(%|wan|cny|yuan|万元|万|元)?\s*")
_PER_WAN = {"cny": 10_000, "yuan": 10_000, "元": 10_000, "wan": 1, "万": 1, "万元": 1}


class LeverError(ValueError):
    """A lever that cannot be read; ``key``, ``found`` and ``allowed`` are texts."""

    def __init__(self, key: str, found: object, allowed: str) -> None:
        self.key, self.found, self.allowed = key, str(found), allowed
        super().__init__(f"{key}: found {found}; allowed: {allowed}")


@dataclass(frozen=True)
class Packed:
    """The release that levers start from.

    policies : by bank, in the order of their banks; costs : price of one step by indicator
    models, firms : names that the levers of these sections may take, beside the packed ones
    """

    engine: QuotaEngine
    policies: Mapping[str, CreditPolicy]
    costs: tuple[Cost, ...]
    stages: StageRule = STAGE_RULE
    models: tuple[str, ...] = ()
    firms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Levers:
    """Canonical levers: the value of each lever that differs from the release, by its path, sorted by path."""

    values: Mapping[Path, Any]

    def nested(self) -> dict[str, Any]:
        """The levers as sections, as a file has them."""
        sections: dict[str, Any] = {}
        for path, value in self.values.items():
            inner = sections
            for name in path[:-1]:
                inner = inner.setdefault(name, {})
            inner[path[-1]] = list(value) if isinstance(value, tuple) else value
        return sections

    def of(self, section: str) -> dict[Path, Any]:
        """Levers of one section, by the rest of their path."""
        return {path[1:]: value for path, value in self.values.items() if path[0] == section}

    def changes(self, other: Levers) -> dict[Path, Any]:
        """What ``other`` has differently; None where it goes back to the release."""
        paths = sorted({*self.values, *other.values})
        return {path: other.values.get(path) for path in paths if self.values.get(path) != other.values.get(path)}

    def with_changes(self, *changes: Mapping[Path, Any]) -> Levers:
        """These levers with all the changes; raises LeverError where two of them set one lever to different values."""
        made: dict[Path, Any] = {}
        for change in changes:
            for path, value in change.items():
                if path in made and made[path] != value:
                    raise LeverError(".".join(path), f"{made[path]} and {value}", "reforms stacked set a lever once")
                made[path] = value
        kept = {**self.values, **made}
        return Levers({path: kept[path] for path in sorted(kept) if kept[path] is not None})


def read_levers(raw: Mapping[str, Any], packed: Packed) -> Levers:
    """The canonical levers of a reform as it was written; raises LeverError naming key, found and allowed."""
    values: dict[Path, Any] = {}
    for section, body in raw.items():
        _known(section, SECTIONS, "")
        match section:
            case "weights":
                bounds = _weight_bounds(raw.get("weight_bounds", {}))
                values |= _weights(body, packed, {BOUNDS[path[1]] for path in bounds})
            case "weight_bounds":
                values |= _weight_bounds(body)
            case "stages":
                values |= _stages(body, packed)
            case "policies":
                values |= _policies(body, packed)
            case "prices":
                values |= _prices(body, packed)
            case "certificates":
                _known(body, (CARRIED, VOID), section)
                values |= {} if body == CARRIED else {(section,): body}
            case _:
                allowed = packed.models if section == "models" else packed.firms
                _known(body, ("packed", *allowed), section)
                values |= {} if body == "packed" else {(section,): body}
    return Levers({path: values[path] for path in sorted(values)})


def value_of(path: Path, levers: Levers, packed: Packed) -> Any:
    """A lever's value, the release's where the levers leave it; None for a bound on weights that there is not."""
    if path in levers.values:
        return levers.values[path]
    match path[0]:
        case "weights":
            return packed.engine.points.weights[path[1]][path[2]]
        case "stages":
            return getattr(packed.stages, path[1])
        case "policies":
            return _at(packed.policies[path[1]].model_dump(mode="json"), path[2:])
        case "prices":
            return next(getattr(cost, path[2]) for cost in packed.costs if cost.key == path[1])
        case "certificates":
            return CARRIED
        case "weight_bounds":
            return None
        case _:
            return "packed"


def number(raw: Any, key: str, allowed: str, low: float | None = None, high: float | None = None) -> float:
    """A number as it was written, in the unit of its key; exact: 300000 cny and 30 wan are the same float."""
    found = _decimal(raw, key, allowed)
    if not found.is_finite() or (low is not None and found < Decimal(low)) or (high is not None and found > high):
        raise LeverError(key, raw, allowed)
    return float(found)


def _decimal(raw: Any, key: str, allowed: str) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise LeverError(key, raw, allowed)
    parts = _NUMBER.fullmatch(str(raw) if not isinstance(raw, float) else repr(raw))
    try:
        value = Decimal(parts[1].replace(",", "").replace("_", "")) if parts else Decimal("NaN")
    except InvalidOperation:
        raise LeverError(key, raw, allowed) from None
    unit = parts[2] if parts else None
    wan, yuan = key.endswith("_wan") or "_wan." in key, key.endswith(("_cny", "_yuan"))
    if value.is_nan() or (unit in _PER_WAN and not (wan or yuan)) or (unit == "%" and (wan or yuan)):
        raise LeverError(key, raw, f"{allowed}, commas between thousands only" if "," in str(raw) else allowed)
    if unit == "%":
        return value / 100
    per_wan = _PER_WAN[unit] if unit else 10_000 if yuan else 1
    return value / per_wan * (10_000 if yuan else 1)


def _weights(body: Any, packed: Packed, bounded: set[str]) -> dict[Path, Any]:
    """The named weights. bounded : parts whose weights have a bound"""
    weights = packed.engine.points.weights
    values: dict[Path, Any] = {}
    kinds = {item.key: item.kind for item in packed.engine.points.indicators}
    for stage, rows in _mapping(body, "weights").items():
        _known(stage, tuple(weights), "weights")
        given: dict[str, float] = {}
        for key, raw in _mapping(rows, f"weights.{stage}").items():
            _known(key, tuple(kinds), f"weights.{stage}")
            part = sum(weight for other, weight in weights[stage].items() if kinds[other] == kinds[key])
            given[key] = number(raw, f"weights.{stage}.{key}", f"0 to {part:.6g} points", 0.0, part + NEAR_POINTS)
        for kind in sorted(set(kinds.values())):
            named = {key: weight for key, weight in given.items() if kinds[key] == kind}
            # One that stays as it is holds its weight while the others share what is left, or a bound moves them.
            if named and (kind in bounded or any(weight != weights[stage][key] for key, weight in named.items())):
                values |= {("weights", stage, key): weight for key, weight in named.items()}
                _fits(stage, kind, named, packed)
    return values


def _fits(stage: str, kind: str, named: Mapping[str, float], packed: Packed) -> None:
    items = [item.key for item in packed.engine.points.indicators if item.kind == kind]
    weights = packed.engine.points.weights[stage]
    part, taken = sum(weights[key] for key in items), sum(named.values())
    left = sum(weights[key] for key in items if key not in named)
    if taken > part + NEAR_POINTS or (left == 0.0 and taken < part - NEAR_POINTS):
        what = "at most" if left else "exactly"
        raise LeverError(f"weights.{stage}", f"{taken:.6g} points named for part {kind}", f"{what} {part:.6g} in all")


def _weight_bounds(body: Any) -> dict[Path, Any]:
    values: dict[Path, Any] = {}
    for key, raw in _mapping(body, "weight_bounds").items():
        _known(key, tuple(BOUNDS), "weight_bounds")
        share = number(raw, f"weight_bounds.{key}", "above 0 to 1", 0.0, 1.0)
        values |= {} if share == 1.0 else {("weight_bounds", key): share}
    return values


def _stages(body: Any, packed: Packed) -> dict[Path, Any]:
    held, given = asdict(packed.stages), _one_unit(_mapping(body, "stages"), "stages")
    for key, raw in given.items():
        _known(key, tuple(held), "stages")
        given[key] = number(raw, f"stages.{key}", "above 0", 0.0)
    rule = StageRule(**{**held, **given})
    rises = rule.startup_below_wan < rule.old_stable_from_wan < rule.stable_from_wan
    if not (rises and rule.startup_below_wan > 0.0 and rule.startup_to_years < rule.old_from_years):
        found = ", ".join(f"{name} {value:,.10g}" for name, value in asdict(rule).items())
        raise LeverError(
            "stages", found, "0 < startup_below_wan < old_stable_from_wan < stable_from_wan, "
            "and startup_to_years < old_from_years",
        )  # fmt: skip
    if packed.engine.points.smooth_border_share and rule != packed.stages:
        raise LeverError("stages", given, "none with a card that blends points near the stages' borders")
    return {("stages", key): value for key, value in given.items() if value != held[key]}


def _policies(body: Any, packed: Packed) -> dict[Path, Any]:
    values: dict[Path, Any] = {}
    given = _mapping(body, "policies")
    for bank in (EVERY_BANK, *(one for one in given if one != EVERY_BANK)):  # a bank's own members over those of all
        if bank not in given:
            continue
        _known(bank, (EVERY_BANK, *packed.policies), "policies")
        for one in packed.policies if bank == EVERY_BANK else (bank,):
            held = packed.policies[one].model_dump(mode="json")
            for path, value in _members(_mapping(given[bank], f"policies.{bank}"), held, f"policies.{bank}").items():
                values[("policies", one, *path)] = value
    held = {bank: policy.model_dump(mode="json") for bank, policy in packed.policies.items()}
    return {path: value for path, value in values.items() if value != _at(held, path[1:])}


def _members(given: Mapping[str, Any], held: Mapping[str, Any], where: str) -> dict[Path, Any]:
    values: dict[Path, Any] = {}
    for key, raw in _one_unit(given, where).items():
        _known(key, tuple(held), where)
        now, here = held[key], f"{where}.{key}"
        if key in OWN_NAMES and raw != now:
            raise LeverError(here, raw, f"{now}: it names the policy and is no lever")
        if isinstance(now, dict):
            values |= {(key, *path): value for path, value in _members(_mapping(raw, here), now, here).items()}
        elif isinstance(now, int | float):
            read = number(raw, here, "a number")
            values[(key,)] = int(read) if isinstance(now, int) and read.is_integer() else read
        elif isinstance(now, list):
            if not isinstance(raw, list | tuple):
                raise LeverError(here, raw, "a list")
            numeric = now and all(isinstance(one, int | float) for one in now)
            values[(key,)] = tuple(number(one, here, "numbers") for one in raw) if numeric else _listed(raw, now)
        elif isinstance(raw, str):
            values[(key,)] = raw
        else:
            raise LeverError(here, raw, "a text")
    return values


def _listed(raw: Any, now: list[Any]) -> Any:
    return tuple(now) if sorted(map(str, raw)) == sorted(map(str, now)) else tuple(sorted(map(str, raw)))


def _prices(body: Any, packed: Packed) -> dict[Path, Any]:
    held: dict[str, Cost] = {cost.key: cost for cost in packed.costs}
    values: dict[Path, Any] = {}
    for key, members in _mapping(body, "prices").items():
        _known(key, tuple(held), "prices")
        for member, raw in _mapping(members, f"prices.{key}").items():
            _known(member, PRICES, f"prices.{key}")
            price = number(raw, f"prices.{key}.{member}", "0 or more", 0.0)
            if price != getattr(held[key], member):
                values[("prices", key, member)] = price
    return values


def _at(held: Mapping[str, Any], path: Path) -> Any:
    value: Any = held
    for name in path:
        value = value[name]
    return tuple(value) if isinstance(value, list) else value


def _mapping(body: Any, where: str) -> dict[str, Any]:
    if not isinstance(body, Mapping):
        raise LeverError(where, body, "members with values")
    return {str(key): value for key, value in body.items()}


def _known(key: Any, allowed: tuple[str, ...], where: str) -> None:
    if key not in allowed:
        raise LeverError(f"{where}.{key}" if where else str(key), key, f"one of {list(allowed)}")


def _one_unit(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The members with every ``_cny`` as ``_wan``; a member that is given in both units is an error."""
    read: dict[str, Any] = {}
    for key, raw in given.items():
        name = key.removesuffix("_cny") + "_wan" if key.endswith("_cny") else key
        if name in read:
            raise LeverError(f"{where}.{key}", raw, f"either {name} or {name.removesuffix('_wan')}_cny")
        read[name] = _in_wan(raw, f"{where}.{name}") if name != key else raw
    return read


def _in_wan(raw: Any, key: str) -> Any:
    if isinstance(raw, Mapping):
        return {stage: _in_wan(one, f"{key}.{stage}") for stage, one in raw.items()}
    text = repr(raw) if isinstance(raw, float) else str(raw)
    return raw if isinstance(raw, bool) else text if text.strip().endswith(tuple(_PER_WAN)) else f"{text} cny"
