"""The cultivation ladder of one firm: its tier, the next one, and what is missing for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from data.ladder.fact_catalogue import ladder_sentences
from data.ladder.rules import Tier, read_rules
from serving.console.parts.instants import day
from serving.console.parts.states import badge, section
from serving.console.parts.words import capital, named, own

if TYPE_CHECKING:
    from serving.console.page import View

COLOURS = {"met": "green", "not_met": "red", "unknown": "gray", "needs_person": "orange"}
# In place of the tick of a rung reached, dark enough for the white mark.
RUNGS = {"unknown": ("?", "gray.7"), "not_met": ("!", "red.9")}


_book = cache(read_rules)  # its files are read once


def tier_name(view: View, key: str | None) -> str:
    """The name of a tier; words where there is none."""
    for tier in _book().tiers:
        if tier.key == key:
            return own(view, (tier.zh, tier.en))
    return view.text("tiers.none")


def ladder(view: View, answer: Mapping[str, Any], heading: str = "tiers.heading") -> Component:
    """An answer of GET /v1/firms/{uscc}/ladder: where the firm is, then the way to each tier, the next one open."""
    following = answer["next_tier"]
    states = {rule["tier"]: rule["overall"] for rule in answer["rules"]}
    steps = [_rung(view, tier, states.get(tier.key)) for tier in _book().tiers if tier.track == "main"]
    keys = [tier.key for tier in _book().tiers if tier.track == "main"]
    reached = keys.index(answer["tier"]) + 1 if answer["tier"] in keys else 0
    head = view.text("tiers.now", tier=tier_name(view, answer["tier"]), date=day(view, answer["snapshot_day"]))
    rules = sorted(answer["rules"], key=lambda rule: rule["tier"] != following)
    items = [
        dmc.AccordionItem(
            [
                dmc.AccordionControl(
                    dmc.Group(
                        [dmc.Text(capital(tier_name(view, rule["tier"])), fw=600), _status(view, rule["overall"])]
                    )
                ),
                dmc.AccordionPanel(_rule(view, rule)),
            ],
            value=rule["tier"],
        )
        for rule in rules
    ]
    parts: list[Any] = [
        dmc.Text(head),
        dmc.Stepper(steps, active=reached, allowNextStepsSelect=False, orientation="vertical", size="sm"),
    ]
    if following is not None:
        parts.append(dmc.Text(view.text("tiers.next", tier=tier_name(view, following)), fw=600))
    parts.append(dmc.Accordion(items, value=following or (rules[0]["tier"] if rules else ""), variant="separated"))
    return section(view.text(heading), *parts)


def _rung(view: View, tier: Tier, state: str | None) -> Component:
    """A tier of the main track with whether its rule is met; only a rule that is met has the tick of a rung reached.

    state : of the rule, None where none is in force
    """
    name = own(view, (tier.zh, tier.en))
    label = capital(name if state is None else view.text("tiers.rung", tier=name, state=status_words(view, state)))
    if state == "met":
        return dmc.StepperStep(label=label)
    mark, colour = RUNGS.get(state or "", ("–", "gray.7"))
    return dmc.StepperStep(label=label, color=colour, completedIcon=html.Span(mark, **{"aria-hidden": "true"}))


def status_words(view: View, status: str) -> str:
    """Whether a rule or a clause is met, in words."""
    return own(view, ladder_sentences()[f"status.{status}"].fill({}))


def _status(view: View, status: str) -> Component:
    return badge(status_words(view, status), COLOURS[status])


def _rule(view: View, rule: Mapping[str, Any]) -> Component:
    """What is missing for one tier, then its clauses with the rule's document."""
    way = rule["way"]
    lines = [dmc.ListItem(named(view, one, "text")) for kind in ("changes", "confirm", "waits") for one in way[kind]]
    names = {one["key"]: named(view, one) for one in rule["clauses"]}
    lines += [dmc.ListItem(view.text("tiers.person", clause=names[key])) for key in way["needs_person"] if key in names]
    lines += [dmc.ListItem(view.text("tiers.blocked", clause=names[key])) for key in way["blocked_by"] if key in names]
    parts: list[Any] = []
    if way["first"] is not None:
        parts.append(dmc.Text(view.text("tiers.first", tier=tier_name(view, way["first"]))))
    if lines:
        parts += [dmc.Text(view.text("tiers.way"), fw=600), dmc.List(lines)]
    parts.append(dmc.Text(view.text("tiers.clauses"), fw=600))
    for clause in rule["clauses"]:
        parts.append(
            dmc.Group([_status(view, clause["status"]), dmc.Text(capital(named(view, clause)), flex=1, miw=140)])
        )
    words = view.text("tiers.document", document=rule["document"], date=day(view, rule["read_on"]))
    parts.append(dmc.Text(words, size="sm", className="quiet"))
    return dmc.Stack(parts, gap="xs")
