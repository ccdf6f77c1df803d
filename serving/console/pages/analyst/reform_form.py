"""The page on which a reform is put together from levers, checked as it grows, saved, loaded and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from models.reform.levers import Packed
from models.reform.read import StudyError
from serving.console.page import Console, Page, View
from serving.console.pages.analyst.lever_fields import (
    USUAL,
    Field,
    bound_fields,
    every_field,
    from_levers,
    policy_fields,
    stage_fields,
    weight_fields,
)
from serving.console.pages.analyst.reform_check import (
    SAMPLE,
    Filled,
    faults,
    filled_number,
    study_fault,
    summary,
)
from serving.console.pages.analyst.release import (
    BASELINE,
    NoReleaseError,
    banks_of,
    has_draws,
    release,
    study_of,
)
from serving.console.pages.analyst.words import allowed, bank_name, in_force, lever_name, name_of
from serving.console.parts.states import empty, section
from serving.console.parts.uploads import upload, uploaded
from serving.contract.refusals import Refusal
from serving.jobs.store import Jobs

ROLES = ("policy_analyst",)
PERMISSION = "reform"
KIND = "reform"
LARGEST_FILE = 100_000  # bytes of a loaded YAML file
_NOTHING: dict[str, Any] = {"changes": {}, "others": {}}
_OPTIONS = (
    State("reform-changes", "data"), State("reform-name", "value"), State("reform-void", "checked"),
    State("reform-banks", "value"), State("reform-how", "value"), State("reform-sample", "value"),
    State("reform-draws", "checked"), State("reform-sweep", "value"), State("reform-values", "value"),
)  # fmt: skip


def form_page(view: View) -> Component:
    """The form; ``?job=`` starts from the changes of one of the person's own jobs."""
    try:
        packed = release()
    except NoReleaseError as fault:
        return empty(view.text("analyst.absent", what=str(fault), command="make run"))
    held, name, void = dict(_NOTHING), view.text("analyst.form.name_new"), False
    if job_id := view.query.get("job"):
        job = Jobs(view.state.worker.ledger).find(job_id, view.account.account_id)
        held, void = _read(view, str(job.body.get("reform", "")), str(job.body.get("file", "")), packed)
        name = job.name
    return dmc.Stack(
        [
            dmc.Text(view.text("analyst.form.lead")),
            dcc.Store(id="reform-changes", data=held),
            dcc.Location(id="reform-go", refresh=True),
            dcc.Download(id="reform-file"),
            dmc.Grid(
                [
                    dmc.GridCol(html.Div(_levers(view, packed, held), id="reform-levers"), span={"base": 12, "lg": 7}),
                    dmc.GridCol(_options(view, packed, name, void), span={"base": 12, "lg": 5}),
                ]
            ),
        ]
    )


def _levers(view: View, packed: Packed, held: Mapping[str, Any]) -> Component:
    stages, banks = list(packed.engine.points.weights), banks_of(packed)
    borders: Component = _fields(view, stage_fields(packed), held)
    if not stage_fields(packed):
        borders = dmc.Text(view.text("analyst.form.stages_none"))
    parts = {
        "policies": [
            dmc.Text(view.text("analyst.form.bank_note"), size="sm"),
            dmc.Select(id="reform-bank", label=view.text("analyst.form.bank"), value="standard", allowDeselect=False,
                       data=[{"value": bank, "label": bank_name(view, bank)} for bank in banks]),
            html.Div(_policy(view, packed, "standard", held), id="reform-policy"),
        ],
        "weights": [
            dmc.Text(view.text("analyst.form.weights_note"), size="sm"),
            dmc.Select(id="reform-stage", label=view.text("analyst.form.stage"), value=stages[0], allowDeselect=False,
                       data=[{"value": stage, "label": name_of(view, "growth_stage", stage)} for stage in stages]),
            html.Div(_fields(view, weight_fields(packed, stages[0]), held), id="reform-weights"),
        ],
        "bounds": [_fields(view, bound_fields(), held)],
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


def _fields(view: View, fields: Sequence[Field], held: Mapping[str, Any]) -> Component:
    return dmc.SimpleGrid([_input(view, one, held["changes"].get(one.key)) for one in fields],
                          cols={"base": 1, "sm": 2})  # fmt: skip


def _policy(view: View, packed: Packed, bank: str, held: Mapping[str, Any]) -> Component:
    """The parameters that are changed most in sight, the others and those of products folded."""
    fields = policy_fields(packed, bank)
    usual = sorted((one for one in fields if one.path[2] in USUAL), key=lambda one: USUAL.index(one.path[2]))
    products = [one for one in fields if one.path[2] == "products"]
    rest = [one for one in fields if one not in usual and one not in products]
    folded = [
        html.Details([html.Summary(view.text(f"analyst.form.{name}")), _fields(view, own, held)])
        for name, own in (("more", rest), ("products", products)) if own
    ]  # fmt: skip
    return dmc.Stack([_fields(view, usual, held), *folded])


def _input(view: View, one: Field, changed: float | None) -> Component:
    shown = one.only_value if changed is None else changed
    words = view.text("analyst.field.note", now=in_force(view, one), allowed=allowed(view, one))
    return dmc.NumberInput(
        id={"type": "reform-field", "key": one.key}, label=lever_name(view, one.path, whole=False), description=words,
        value="" if shown is None else round(shown, 4), suffix="%" if one.unit == "percent" else "",
        clampBehavior="none", decimalScale=0 if one.whole else 4, debounce=400, thousandSeparator=",",
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
                      description=view.text("analyst.form.name_note"), debounce=300),
        dmc.MultiSelect(id="reform-banks", label=view.text("analyst.form.banks"), value=["standard"],
                        data=[{"value": bank, "label": bank_name(view, bank)} for bank in packed.policies]),
        dmc.RadioGroup(dmc.Stack([dmc.Radio(one["label"], value=one["value"]) for one in how], gap="xs"),
                       id="reform-how", label=view.text("analyst.form.how"), value="quick"),
        dmc.NumberInput(id="reform-sample", label=view.text("analyst.form.sample"), value=1_000, min=SAMPLE[0],
                        max=SAMPLE[1], clampBehavior="none", decimalScale=0, description=sample_note, debounce=400,
                        hideControls=True),
        dmc.Switch(id="reform-draws", label=view.text("analyst.form.draws"), checked=False, disabled=not draws,
                   description=absent),
        dmc.Switch(id="reform-void", label=view.text("analyst.form.void"), checked=void),
        dmc.Select(id="reform-sweep", label=view.text("analyst.form.sweep"), data=[], clearable=True,
                   description=view.text("analyst.form.sweep_note"),
                   clearButtonProps={"aria-label": view.text("analyst.form.clear")}),
        dmc.TextInput(id="reform-values", label=view.text("analyst.form.sweep_values"), value="", debounce=300),
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


def _read(view: View, text: str, name: str, packed: Packed) -> tuple[dict[str, Any], bool]:
    """A reform's file as the form holds it, and whether it voids certificates; raises Refusal invalid-request."""
    try:
        study = study_of(text, name or "reform", packed, list(packed.policies)[:1])
    except StudyError as fault:
        words = study_fault(view, fault)
        raise Refusal("invalid-request", (words, words)) from fault
    changes, others, void = from_levers(study.reforms[0].levers, packed)
    return {"changes": changes, "others": others}, void


def _filled(packed: Packed, held: Mapping[str, Any], name: str, void: bool, banks: Sequence[str], how: str, sample: Any,
            draws: bool, sweep: str | None, values: str) -> Filled:  # fmt: skip
    known = {one.key for one in every_field(packed)}
    changes = {str(key): float(value) for key, value in held["changes"].items() if key in known}
    quick = 0 if how != "quick" else int(sample) if str(sample).isdigit() else -1
    return Filled(name or "", changes, dict(held["others"]), bool(void), tuple(banks or ()), quick, bool(draws),
                  sweep or "", values or "")  # fmt: skip


def _packed() -> Packed:
    try:
        return release()
    except NoReleaseError as fault:
        raise Refusal("not-ready", str(fault)) from fault


def keep_change(_: View, values: Sequence[Any], ids: Sequence[Mapping[str, str]], held: Mapping[str, Any]) -> Any:
    """What is filled in now, over what was before in fields that are not shown."""
    fields = {one.key: one for one in every_field(_packed())}
    changes = dict(held["changes"])
    for value, own in zip(values, ids, strict=True):
        if (one := fields.get(own["key"])) is None:
            continue
        shown = filled_number(one, value)
        changes.pop(one.key, None)
        if shown is not None:
            changes[one.key] = shown
    return no_update if changes == held["changes"] else {**held, "changes": changes}


def show_stage(view: View, stage: str, held: Mapping[str, Any]) -> Any:
    """The weights of another stage."""
    packed = _packed()
    return _fields(view, weight_fields(packed, stage), held) if stage in packed.engine.points.weights else no_update


def show_bank(view: View, bank: str, held: Mapping[str, Any]) -> Any:
    """Another bank's policy."""
    packed = _packed()
    return _policy(view, packed, bank, held) if bank in banks_of(packed) else no_update


def show_summary(view: View, held: Mapping[str, Any], *options: Any) -> tuple[Any, bool, Any]:
    """What is changed and whether it can run; whether the button is off; the levers that can be swept."""
    packed = _packed()
    filled = _filled(packed, held, *options)
    lines, wrong = summary(view, filled, packed), faults(view, filled, packed)
    shown: list[Any] = [dmc.List([dmc.ListItem(line) for line in lines], size="sm")] if lines else []
    shown += [] if lines else [dmc.Text(view.text("analyst.form.nothing"), size="sm")]
    if wrong:
        inside = dmc.List([dmc.ListItem(line) for line in wrong], size="sm")
        shown.append(dmc.Alert(inside, title=view.text("analyst.form.faults"), color="red"))
    else:
        shown.append(dmc.Text(view.text("analyst.form.ready"), size="sm", fw=600))
    swept = [
        {"value": one.key, "label": lever_name(view, one.path)}
        for one in every_field(packed)
        if one.key in filled.changes and one.path[0] == "policies" and one.path[1] in packed.policies
    ]  # fmt: skip
    return dmc.Stack(shown, gap="sm"), bool(wrong), swept


def run_reform(view: View, clicks: int | None, *options: Any) -> Any:
    """Start a job and go to its page."""
    if not clicks:
        return no_update
    packed = _packed()
    filled = _filled(packed, *options)
    if wrong := faults(view, filled, packed):
        raise Refusal("invalid-request", ("；".join(wrong), "; ".join(wrong)))
    body = {
        "baseline": BASELINE, "reform": filled.yaml(packed), "file": filled.file, "banks": list(filled.banks),
        "quick": filled.quick, "draws": filled.draws,
    }  # fmt: skip
    account = view.account
    job = Jobs(view.state.worker.ledger).add(KIND, account.account_id, view.caller.name, filled.name.strip(), body)
    view.record("job_started", job.job_id, {"kind": KIND, "name": job.name})
    return view.href(f"/reform/jobs/{job.job_id}")


def save_reform(view: View, clicks: int | None, *options: Any) -> Any:
    """The file of the reform, also where it cannot run yet; not where it cannot be written."""
    packed = _packed()
    filled = _filled(packed, *options)
    if not clicks:
        return no_update
    try:
        return {
            "content": filled.yaml(packed),
            "filename": f"{filled.file or 'reform'}.yaml",
            "type": "application/yaml",
        }
    except ValueError as fault:
        words = view.text("analyst.fault.sweep")
        raise Refusal("invalid-request", (words, words)) from fault


def load_reform(view: View, content: str | None, file: str | None) -> Any:
    """Fill the form from a saved file."""
    if not content:
        return (no_update,) * 5
    try:
        text = uploaded(content, LARGEST_FILE).decode("utf-8")
    except UnicodeDecodeError as fault:
        words = view.text("analyst.fault.file", detail=(file or "")[:80])
        raise Refusal("invalid-request", (words, words)) from fault
    packed = _packed()
    held, void = _read(view, text, "reform", packed)
    name = (file or "").rpartition(".")[0][:80] or view.text("analyst.form.name_new")
    shown = dmc.Alert(view.text("analyst.form.loaded", file=file or ""), color="green")
    return _levers(view, packed, held), held, name, void, shown


def register(console: Console) -> None:
    """Add the page and its callbacks."""
    console.add(
        Page("/reform", ROLES, PERMISSION, "analyst.form.title", form_page, "analyst.menu", "lever"),
    )
    may = {"roles": ROLES, "permission": PERMISSION}
    store = Output("reform-changes", "data", allow_duplicate=True)
    field_ids = {"type": "reform-field", "key": ALL}
    console.callback(store, Input(field_ids, "value"), State(field_ids, "id"), State("reform-changes", "data"), **may)(
        keep_change
    )
    console.callback(
        Output("reform-weights", "children"), Input("reform-stage", "value"), State("reform-changes", "data"), **may
    )(show_stage)
    console.callback(
        Output("reform-policy", "children"), Input("reform-bank", "value"), State("reform-changes", "data"), **may
    )(show_bank)
    console.callback(
        Output("reform-summary", "children"), Output("reform-run", "disabled"), Output("reform-sweep", "data"),
        *(Input(one.component_id, one.component_property) for one in _OPTIONS), prevent_initial_call=False, **may,
    )(show_summary)  # fmt: skip
    console.callback(Output("reform-go", "href"), Input("reform-run", "n_clicks"), *_OPTIONS, **may)(run_reform)
    console.callback(Output("reform-file", "data"), Input("reform-save", "n_clicks"), *_OPTIONS, **may)(save_reform)
    console.callback(
        Output("reform-levers", "children"), store, Output("reform-name", "value"), Output("reform-void", "checked"),
        Output("reform-loaded", "children"), Input("reform-load", "contents"), State("reform-load", "filename"), **may,
    )(load_reform)  # fmt: skip
