"""Words and figures of reforms, as the reports of the command have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data.texts.figures import write_figure
from models.reform.levers import EVERY_BANK
from models.reform.names import named, templates
from models.reform.units import unit_of
from serving.console.page import View
from serving.console.pages.analyst.lever_fields import Field
from serving.console.parts.words import capital

NO_FIGURE = "–"


def say(view: View, key: str, **figures: Any) -> str:
    """A sentence of the reports."""
    return templates()[key].fill(figures)[view.lang == "en"]


def name_of(view: View, kind: str, key: str) -> str:
    """The name of a bank, group, indicator, stage or constraint, as a cell has it."""
    return capital(named(kind, key)[view.lang == "en"])


def figure(view: View, form: str, value: Any) -> str:
    """A figure in one of the formats of figures, a dash where there is none."""
    return NO_FIGURE if value is None else write_figure(form, value)[view.lang == "en"]


def interval(view: View, estimate: Mapping[str, Any], form: str) -> str:
    """The interval of an estimate in brackets; why there is none where there is none."""
    if why := estimate.get("no_interval"):
        return f"[{say(view, f'no_interval.{why}', n=estimate['behind'])}]"
    return f"[{figure(view, form, estimate['low'])}, {figure(view, form, estimate['high'])}]"


def with_interval(view: View, estimate: Mapping[str, Any], form: str) -> str:
    """Figure and interval; without a figure, the interval or why there is none."""
    shown = interval(view, estimate, form)
    return shown if estimate["value"] is None else f"{figure(view, form, estimate['value'])} {shown}"


def bank_name(view: View, bank: str) -> str:
    """A bank's name, or that every bank is meant."""
    return view.text("analyst.every_bank") if bank == EVERY_BANK else name_of(view, "bank", bank)


def lever_name(view: View, path: Sequence[str], *, whole: bool = True) -> str:
    """A lever in words, from the general to the particular; without ``whole`` as it is called under its heading."""
    section, *inner = path
    if section == "weights" and len(inner) == 2:
        own, before = [name_of(view, "indicator", inner[1])], [say(view, "lever.weights"), _stage(view, inner[0])]
    elif section == "policies" and len(inner) > 1:
        own, before = _policy(view, inner[1:]), [bank_name(view, inner[0])]
    elif section == "weights" and inner:
        own, before = [_stage(view, inner[0])], [say(view, "lever.weights")]
    else:
        own, before = [_lever(view, part) for part in inner or [section]], []
    return " · ".join([*before, *own] if whole else own)


def _policy(view: View, path: Sequence[str]) -> list[str]:
    first, *rest = path
    if first == "products" and len(rest) == 2:
        return [name_of(view, "product", rest[0]), _lever(view, rest[1])]
    return [_lever(view, first), *(_stage(view, part) for part in rest)]


def _stage(view: View, stage: str) -> str:
    return name_of(view, "growth_stage", stage)


def _lever(view: View, key: str) -> str:
    found = templates().get(f"lever.{key}")
    return key if found is None else found.fill({})[view.lang == "en"]


def amount(view: View, field: Field, shown: float) -> str:
    """A field's number with its unit."""
    value = shown if field.unit == "wan" else plain(shown)  # money is written in its language's unit
    return view.text(f"analyst.unit.{field.unit}", value=value)


def lever_value(view: View, path: Sequence[str], value: Any) -> str:
    """A lever's value in its unit, as its field shows it; a dash where there is none."""
    if value is None or value == []:
        return NO_FIGURE
    if isinstance(value, list):
        return ", ".join(lever_value(view, path, one) for one in value)
    unit = unit_of(path)
    if unit is None or not isinstance(value, int | float):
        return plain(value) if isinstance(value, int | float) else name_of(view, "industry", str(value))
    field = Field(tuple(path), unit, (0.0, 0.0))
    return amount(view, field, field.shown(value))


def plain(value: float) -> str:
    """A number as it was filled in, to four decimals."""
    return f"{round(value, 4):,.10g}"


def in_force(view: View, field: Field) -> str:
    """The value in force; lowest and highest where banks differ."""
    low, high = (amount(view, field, end) for end in field.now)
    return low if field.now[0] == field.now[1] else view.text("analyst.allowed.between", low=low, high=high)


def allowed(view: View, field: Field) -> str:
    """What may be filled in."""
    ends = {name: None if end is None else amount(view, field, end)
            for name, end in (("low", field.low), ("high", field.high))}  # fmt: skip
    kind = ("above" if field.above else "from") if field.high is None else "above_to" if field.above else "between"
    return view.text(f"analyst.allowed.{kind}", **ends)
