"""The page on which a reform is put together from levers, checked as it grows, saved, loaded and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from models.reform.levers import Packed
from models.reform.read import StudyError
from serving.console.page import View
from serving.console.pages.analyst.lever_fields import (
    USUAL,
    Field,
    bound_fields,
    from_levers,
    policy_fields,
    stage_fields,
    weight_fields,
)
from serving.console.pages.analyst.reform_check import (
    SAMPLE,
    study_fault,
)
from serving.console.pages.analyst.release import (
    NoReleaseError,
    banks_of,
    has_draws,
    release,
    study_of,
)
from serving.console.pages.analyst.words import allowed, bank_name, in_force, lever_name, name_of
from serving.console.parts.states import empty, section
from serving.console.parts.uploads import upload
from serving.console.parts.words import capital
from serving.contract.refusals import Refusal
from serving.jobs.store import Jobs

ROLES = ("policy_analyst",)
PERMISSION = "reform"
KIND = "reform"
LARGEST_FILE = 100_000  # bytes of a loaded YAML file
_NOTHING: dict[str, Any] = {"changes": {}, "others": {}}


def form_page(view: View) -> Component:
    """The form; ``?job=`` starts from the changes of one of the person's own jobs."""
    try:
        packed = release()
    except NoReleaseError as fault:
        return empty(view.text("analyst.absent", what=str(fault), command="make run"))
    held, name, void = dict(_NOTHING), view.text("analyst.form.name_new"), False
    if job_id := view.query.get("job"):
        job = Jobs(view.state.worker.ledger).find(job_id, view.account.account_id)
        held, name, void = read_file(view, str(job.body.get("reform", "")), packed)
    return dmc.Stack(
        [
            dmc.Text(view.text("analyst.form.lead")),
            dcc.Store(id="reform-changes", data=held),
            dcc.Location(id="reform-go", refresh=True),
            dcc.Download(id="reform-file"),
            dmc.Grid(
                [
                    dmc.GridCol(html.Div(levers(view, packed, held), id="reform-levers"), span={"base": 12, "lg": 7}),
                    dmc.GridCol(_options(view, packed, name, void), span={"base": 12, "lg": 5}),
                ]
            ),
        ]
    )


def levers(view: View, packed: Packed, held: Mapping[str, Any]) -> Component:
    """Every lever as a field, by kind; ``held`` is what is filled in."""
    stages, banks = list(packed.engine.points.weights), banks_of(packed)
    borders: Component = fields_of(view, stage_fields(packed), held)
    if not stage_fields(packed):
        borders = dmc.Text(view.text("analyst.form.stages_none"))
    parts = {
        "policies": [
            dmc.Text(view.text("analyst.form.bank_note"), size="sm"),
            dmc.Select(id="reform-bank", label=view.text("analyst.form.bank"), value="standard", allowDeselect=False,
                       data=[{"value": bank, "label": bank_name(view, bank)} for bank in banks]),
            html.Div(policy_of(view, packed, "standard", held), id="reform-policy"),
        ],
        "weights": [
            dmc.Text(view.text("analyst.form.weights_note"), size="sm"),
            dmc.Select(id="reform-stage", label=view.text("analyst.form.stage"), value=stages[0], allowDeselect=False,
                       data=[{"value": stage, "label": name_of(view, "growth_stage", stage)} for stage in stages]),
            html.Div(fields_of(view, weight_fields(packed, stages[0]), held), id="reform-weights"),
        ],
        "bounds": [fields_of(view, bound_fields(), held)],
        "stages": [borders],
    }  # fmt: skip
    items = [
        dmc.AccordionItem(
            [dmc.AccordionControl(view.text(f"analyst.form.{key}")), dmc.AccordionPanel(dmc.Stack(inside, gap="sm"))],
            value=key,
        )
        for key, inside in parts.items()
    ]
    return dmc.Accordion(items, multiple=True, value=["policies"], variant="separated", order=2)


def fields_of(view: View, fields: Sequence[Field], held: Mapping[str, Any]) -> Component:
    """Fields side by side, with what is filled in."""
    return dmc.SimpleGrid([_input(view, one, held["changes"].get(one.key)) for one in fields],
                          cols={"base": 1, "sm": 2})  # fmt: skip


def policy_of(view: View, packed: Packed, bank: str, held: Mapping[str, Any]) -> Component:
    """The parameters that are changed most in sight, the others and those of products folded."""
    fields = policy_fields(packed, bank)
    usual = sorted((one for one in fields if one.path[2] in USUAL), key=lambda one: USUAL.index(one.path[2]))
    products = [one for one in fields if one.path[2] == "products"]
    rest = [one for one in fields if one not in usual and one not in products]
    folded = [
        html.Details([html.Summary(view.text(f"analyst.form.{name}")), fields_of(view, own, held)])
        for name, own in (("more", rest), ("products", products)) if own
    ]  # fmt: skip
    return dmc.Stack([fields_of(view, usual, held), *folded])


def _input(view: View, one: Field, changed: float | None) -> Component:
    shown = one.only_value if changed is None else changed
    words = view.text("analyst.field.note", now=in_force(view, one), allowed=allowed(view, one))
    return dmc.NumberInput(
        id={"type": "reform-field", "key": one.key}, label=capital(lever_name(view, one.path, whole=False)),
        description=words,
        value="" if shown is None else round(shown, 4), suffix="%" if one.unit == "percent" else "",
        clampBehavior="none", decimalScale=0 if one.whole else 4, debounce=True, thousandSeparator=",",
        hideControls=True,
    )  # fmt: skip


def _options(view: View, packed: Packed, name: str, void: bool) -> Component:
    draws = has_draws()
    absent = None if draws else view.text("analyst.form.draws_absent", command="python -m training draws")
    how = [{"value": value, "label": view.text(f"analyst.form.{value}")} for value in ("quick", "full")]
    sample_note = view.text("analyst.form.sample_note", low=SAMPLE[0], high=SAMPLE[1])
    run = section(
        view.text("analyst.form.how"),
        dmc.TextInput(id="reform-name", label=view.text("analyst.form.name"), value=name,
                      description=view.text("analyst.form.name_note"), debounce=True),
        dmc.MultiSelect(id="reform-banks", label=view.text("analyst.form.banks"), value=["standard"],
                        data=[{"value": bank, "label": bank_name(view, bank)} for bank in packed.policies]),
        dmc.RadioGroup(dmc.Stack([dmc.Radio(one["label"], value=one["value"]) for one in how], gap="xs"),
                       id="reform-how", label=view.text("analyst.form.how"), value="quick"),
        dmc.NumberInput(id="reform-sample", label=view.text("analyst.form.sample"), value=SAMPLE[0], min=SAMPLE[0],
                        max=SAMPLE[1], clampBehavior="none", decimalScale=0, description=sample_note, debounce=True,
                        hideControls=True),
        dmc.Switch(id="reform-draws", label=view.text("analyst.form.draws"), checked=False, disabled=not draws,
                   description=absent),
        dmc.Switch(id="reform-void", label=view.text("analyst.form.void"), checked=void),
        dmc.Select(id="reform-sweep", label=view.text("analyst.form.sweep"), data=[], clearable=True,
                   description=view.text("analyst.form.sweep_note"),
                   clearButtonProps={"aria-label": view.text("analyst.form.clear")}),
        dmc.TextInput(id="reform-values", label=view.text("analyst.form.sweep_values"), value="", debounce=True),
    )  # fmt: skip
    changed = section(
        view.text("analyst.form.changed"),
        html.Div(id="reform-summary", role="status", **{"aria-live": "polite"}),
        dmc.Group(
            [
                dmc.Button(view.text("analyst.form.run"), id="reform-run", disabled=True),
                dmc.Button(view.text("analyst.form.save"), id="reform-save", variant="default"),
                dmc.Anchor(view.text("analyst.form.clear"), href=view.href("/reform"), refresh=True),
            ]
        ),
    )
    load = section(
        view.text("analyst.form.load"),
        upload(view, "reform-load", view.text("analyst.form.load_note"), ".yaml,.yml", LARGEST_FILE),
        html.Div(id="reform-loaded", role="status", **{"aria-live": "polite"}),
    )  # fmt: skip
    return dmc.Stack([changed, run, load])


def read_file(view: View, text: str, packed: Packed) -> tuple[dict[str, Any], str, bool]:
    """A reform's file as the form holds it, its name, and whether it voids loss certificates.

    raises : Refusal invalid-request in words
    """
    try:
        study = study_of(text, "reform", packed, list(packed.policies))
    except StudyError as fault:
        words = study_fault(view, fault)
        raise Refusal("invalid-request", (words, words)) from fault
    changes, others, void = from_levers(study.reforms[0].levers, packed)
    return {"changes": changes, "others": others}, study.reforms[0].name_zh, void
