"""Why two figures of one indicator differ: area, basis, day, who is counted; and when they cannot both be true.

A figure counted since ever does not fall, and a part is not above the whole that it is counted in. Where the two
figures break one of these as they are stated, they contradict each other; a difference that nothing explains does too.
"""

from __future__ import annotations

from typing import Any

from data.incubators.fields import registry_sentences
from data.incubators.figures import Explanation, Figure, Reason, Verdict, areas, indicators, relation
from data.texts.figures import Text


def explain(first: Figure, second: Figure) -> Explanation:
    """The differences between two figures and whether both can be true."""
    if first.indicator != second.indicator or first.unit != second.unit:
        return Explanation(first, second, "not_comparable", (_reason("indicator", a=_name(first), b=_name(second)),))
    reasons = [*_differences(first, second)]
    verdict: Verdict = "consistent"
    if (against := _against(first, second)) is not None:
        verdict, reasons = "contradictory", [*reasons, against]
    elif not reasons:
        verdict = "equal" if first.value == second.value else "contradictory"
        if verdict == "contradictory":
            reasons.append(_reason("unexplained", a=first.value, b=second.value))
    else:
        reasons += _conditions(first, second)
    return Explanation(first, second, verdict, tuple(reasons))


def _differences(first: Figure, second: Figure) -> list[Reason]:
    found = []
    names = {"a": _area(first), "b": _area(second)}
    how = relation(first.area, second.area)
    if how != "same":
        found.append(_reason(f"area.{how}", **names))
    if first.basis != second.basis:
        found.append(_reason("basis", a=_text(f"basis.{first.basis}"), b=_text(f"basis.{second.basis}")))
    for one, name in ((first, names["a"]), (second, names["b"])):
        if not one.basis_stated:
            found.append(_reason("basis.not_stated", a=name, value=one.value, day=one.on))
    if first.membership != second.membership:
        ends = {"a": _text(f"membership.{first.membership}"), "b": _text(f"membership.{second.membership}")}
        found.append(_reason("membership", **ends))
    if first.on != second.on:
        found.append(_reason("day", a=first.on, b=second.on, days=abs((second.on - first.on).days)))
    if first.since is not None and second.since is not None and first.since != second.since:
        found.append(_reason("since", a=first.since, b=second.since))
    return found


def _alike(first: Figure, second: Figure) -> bool:
    """Whether the two count the same thing, both by what their sources say."""
    return (
        first.basis == second.basis
        and first.membership == second.membership
        and first.basis_stated
        and second.basis_stated
    )


def _against(first: Figure, second: Figure) -> Reason | None:
    """Why both cannot be true, None where they can."""
    if not _alike(first, second) or first.basis == "flow":
        return None
    how = relation(first.area, second.area)
    earlier, later = sorted((first, second), key=lambda one: one.on)
    if how == "same":
        if first.basis == "cumulative" and earlier.on < later.on and later.value < earlier.value:
            return _reason("falls", a=earlier.value, b=later.value, day=earlier.on, later=later.on)
        return None
    if how in ("inside", "contains"):
        part, whole = (first, second) if how == "inside" else (second, first)
        in_time = part.on == whole.on or (first.basis == "cumulative" and part.on < whole.on)
        if in_time and part.value > whole.value:
            return _reason("part", a=_area(part), b=_area(whole), part=part.value, whole=whole.value)
    return None


def _conditions(first: Figure, second: Figure) -> list[Reason]:
    """What has to hold, for both to be true."""
    how = relation(first.area, second.area)
    if how not in ("inside", "contains", "run_by"):
        return []
    part, whole = (first, second) if how == "inside" or areas()[first.area].run_by else (second, first)
    more = part.value - whole.value
    if more <= 0:
        return []
    if how == "run_by":
        return [_reason("outside", a=_area(part), b=_area(whole), part=part.value, whole=whole.value)]
    if part.on > whole.on:
        figures = {"a": _area(part), "b": _area(whole), "more": more, "day": whole.on, "later": part.on}
        return [_reason("grown", **figures)]
    return []


def _reason(key: str, **figures: Any) -> Reason:
    return Reason(key, registry_sentences()[f"why.{key}"].fill(figures))


def _text(key: str) -> Text:
    return registry_sentences()[key].fill({})


def _area(one: Figure) -> Text:
    area = areas()[one.area]
    return area.zh, area.en


def _name(one: Figure) -> Text:
    indicator = indicators()[one.key]
    return indicator.zh, indicator.en
