"""Kinds, levels, regions, figures and their basis in words, and the links between the pages of incubators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash.development.base_component import Component

from data.incubators.fields import Record, record_fields, registry_sentences
from data.incubators.figures import areas, indicators
from data.texts.figures import write_figure
from models.incubators.recognition import recognition_rules
from serving.console.pages.zone.record_parts import ANALYST, FIRM, ZONE
from serving.console.parts.instants import NOTHING, day, moment
from serving.console.parts.links import siblings

if TYPE_CHECKING:
    from serving.console.page import View

PAGES = {
    "/incubators": (ZONE, FIRM, ANALYST),
    "/incubators/statistics": (ZONE, ANALYST),
    "/incubators/vouchers": (ZONE, FIRM),
    "/incubators/records": (ZONE,),
    "/incubators/quarantine": (ZONE,),
}


def site(view: View, here: str) -> Component:
    """The pages of incubators that the person may see."""
    links = [
        (view.text(f"incubators.site.{path.rpartition('/')[2]}"), view.href(path))
        for path, roles in PAGES.items()
        if view.account.role in roles
    ]
    return siblings(view.text("incubators.title"), links, view.href(here))


def said(view: View, key: str) -> str:
    """A text of the registry."""
    return registry_sentences()[key].fill({})[view.lang == "en"]


def value_name(view: View, of: str, value: str | None) -> str:
    """A value of a column as a person reads it: kind, level, region, unit, record, tier; itself without a name."""
    if not value:
        return NOTHING
    if of == "region":
        found = areas().get(value)
        return value if found is None else found.en if view.lang == "en" else found.zh
    if of == "tier":
        tier = recognition_rules().tier(value)
        return tier.en if view.lang == "en" else tier.zh
    key = f"value.{of}.{value}"
    return said(view, key) if key in registry_sentences() else value


def indicator_name(view: View, indicator: str) -> str:
    """An indicator with the parts that it is narrowed to, as ``incubators:level=national``."""
    name, *parts = indicator.split(":")
    one = indicators()[name]
    whole = one.en if view.lang == "en" else one.zh
    pairs = [part.split("=", 1) for part in parts]
    inside = ", ".join(value_name(view, of, value) for of, value in pairs)
    return view.text("incubators.picture", name=whole, unit=inside) if inside else whole


def basis_name(view: View, basis: str) -> str:
    """Stock, flow or cumulative."""
    return said(view, f"basis.{basis}")


def counted(view: View, figure: Mapping[str, Any]) -> str:
    """The day of a figure, or the period of a flow."""
    if figure["since"] is None:
        return day(view, figure["on"])
    return view.text("records.interval", low=day(view, figure["since"]), high=day(view, figure["on"]))


def field_name(view: View, record: Record, key: str) -> str:
    """A member of a record as a person reads it."""
    one = record_fields(record).get(key)
    return key if one is None else one.name[view.lang == "en"]


def field_value(view: View, record: Record, key: str, value: Any) -> str:
    """A member's value in words: names of codes, yes or no, days, figures with their unit."""
    if value is None or value == "":
        return NOTHING
    field = record_fields(record)[key].field
    if field.dtype == "flag":
        return view.text("incubators.yes" if value else "incubators.no")
    if field.dtype == "date":
        return day(view, str(value)[:10])
    if field.dtype == "number":
        unit = record_fields(record)[key].unit[view.lang == "en"]
        return f"{write_figure('short', value)[view.lang == 'en']} {unit}".strip()
    if key in ("kind", "level", "region"):
        return value_name(view, key, str(value))
    code = f"incubators.{key}.{value}"
    return view.text(code) if code in CODES else str(value)


# Codes of the registry that have words of their own here.
CODES = frozenset(
    f"incubators.{key}.{value}"
    for key, values in {
        "exit_reason": ("graduated", "left", "closed"),
        "field": ("biology", "farming", "ic", "software", "energy", "culture", "services", "other"),
        "operator_kind": ("institution", "firm"),
        "source": ("simulated",),
        "step": ("issued", "redeemed", "expired"),
    }.items()
    for value in values
)


def version_words(view: View, one: Mapping[str, Any]) -> str:
    """What a version of a record changed."""
    record: Record = one["record"]
    if one["withdrawn"]:
        return view.text("incubators.withdrawn")
    if not one["changed"]:
        return view.text("incubators.first_version")
    joint = "；" if view.lang == "zh" else "; "
    return joint.join(
        f"{field_name(view, record, change['member'])}: "
        f"{field_value(view, record, change['member'], change['before'])} → "
        f"{field_value(view, record, change['member'], change['after'])}"
        for change in one["changed"]
    )


def key_words(view: View, record: str, key: str) -> str:
    """A record by its key: a report by its incubator and the last day of its period."""
    name, _, last = key.partition(" ")
    if record == "report" and last:
        return view.text("incubators.report_of", incubator=name, day=day(view, last))
    return f"{value_name(view, 'record', record)} {key}"


def instant(view: View, value: Any) -> str:
    """When something came; a dash for what the registry itself found."""
    return moment(view, value) if value and len(str(value)) > 10 else day(view, value)
