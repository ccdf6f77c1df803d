"""What the page of a reform does: keeps what is filled in, checks it, runs it as a job, saves it, loads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, no_update

from models.reform.levers import Packed
from serving.console.page import Console, Page, View
from serving.console.pages.analyst.lever_fields import every_field, weight_fields
from serving.console.pages.analyst.reform_check import Filled, faults, filled_number, summary
from serving.console.pages.analyst.reform_form import (
    KIND,
    LARGEST_FILE,
    PERMISSION,
    ROLES,
    fields_of,
    form_page,
    levers,
    policy_of,
    read_file,
)
from serving.console.pages.analyst.release import BASELINE, NoReleaseError, banks_of, release
from serving.console.pages.analyst.words import lever_name
from serving.console.parts.uploads import uploaded
from serving.contract.refusals import Refusal
from serving.jobs.store import Jobs

LONGEST = 200  # characters of a name, and of the values to sweep, that are read
_OPTIONS = (
    State("reform-changes", "data"), State("reform-name", "value"), State("reform-void", "checked"),
    State("reform-banks", "value"), State("reform-how", "value"), State("reform-sample", "value"),
    State("reform-draws", "checked"), State("reform-sweep", "value"), State("reform-values", "value"),
)  # fmt: skip


def _filled(packed: Packed, held: Mapping[str, Any], name: str, void: bool, banks: Sequence[str], how: str, sample: Any,
            draws: bool, sweep: str | None, values: str) -> Filled:  # fmt: skip
    known = {one.key for one in every_field(packed)}
    changes = {str(key): float(value) for key, value in held["changes"].items() if key in known}
    quick = 0 if how != "quick" else int(sample) if re.fullmatch("[0-9]{1,9}", str(sample)) else -1
    return Filled((name or "")[:LONGEST], changes, dict(held["others"]), bool(void), tuple(banks or ()), quick,
                  bool(draws), sweep or "", (values or "")[:LONGEST])  # fmt: skip


def rules_in_force() -> Packed:
    """The rules in force; raises a Refusal not-ready where models or snapshot are missing."""
    try:
        return release()
    except NoReleaseError as fault:
        raise Refusal("not-ready", str(fault)) from fault


def _merged(packed: Packed, values: Sequence[Any], ids: Sequence[Mapping[str, str]], held: Mapping[str, Any]) -> Any:
    """What is filled in now, over what was before in fields that are not shown."""
    fields = {one.key: one for one in every_field(packed)}
    changes = dict(held["changes"])
    for value, own in zip(values, ids, strict=True):
        if (one := fields.get(own["key"])) is None:
            continue
        shown = filled_number(one, value)
        changes.pop(one.key, None)
        if shown is not None:
            changes[one.key] = shown
    return {**held, "changes": changes}


def keep_change(_: View, values: Sequence[Any], ids: Sequence[Mapping[str, str]], held: Mapping[str, Any]) -> Any:
    """Keep what was filled in."""
    made = _merged(rules_in_force(), values, ids, held)
    return no_update if made == held else made


def show_stage(view: View, stage: str, held: Mapping[str, Any]) -> Any:
    """The weights of another stage."""
    packed = rules_in_force()
    return fields_of(view, weight_fields(packed, stage), held) if stage in packed.engine.points.weights else no_update


def show_bank(view: View, bank: str, held: Mapping[str, Any]) -> Any:
    """Another bank's policy."""
    packed = rules_in_force()
    return policy_of(view, packed, bank, held) if bank in banks_of(packed) else no_update


def show_summary(view: View, held: Mapping[str, Any], *options: Any) -> tuple[Any, bool, Any]:
    """What is changed and whether it can run; whether the button is off; the levers that can be swept."""
    packed = rules_in_force()
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


def run_reform(
    view: View, clicks: int | None, values: Sequence[Any], ids: Sequence[Mapping[str, str]], held: Mapping[str, Any],
    *options: Any,
) -> Any:  # fmt: skip
    """Start a job of what is filled in at this moment, and go to its page."""
    if not clicks:
        return no_update
    packed = rules_in_force()
    filled = _filled(packed, _merged(packed, values, ids, held), *options)
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


def save_reform(
    view: View, clicks: int | None, values: Sequence[Any], ids: Sequence[Mapping[str, str]], held: Mapping[str, Any],
    *options: Any,
) -> Any:  # fmt: skip
    """The file of the reform, also where it cannot run yet; not where it cannot be written."""
    if not clicks:
        return no_update
    packed = rules_in_force()
    filled = _filled(packed, _merged(packed, values, ids, held), *options)
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
    packed = rules_in_force()
    held, name, void = read_file(view, text, packed)
    shown = dmc.Alert(view.text("analyst.form.loaded", file=file or ""), color="green")
    return levers(view, packed, held), held, name, void, shown


def register(console: Console) -> None:
    """Add the page and its callbacks."""
    console.add(
        Page("/reform", ROLES, PERMISSION, "analyst.form.title", form_page, "analyst.menu", "lever"),
    )
    may: dict[str, Any] = {"roles": ROLES, "permission": PERMISSION}
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
    # A button may be pressed before the store has what was filled in last, so both send the fields too.
    now = (State(field_ids, "value"), State(field_ids, "id"), *_OPTIONS)
    console.callback(Output("reform-go", "href"), Input("reform-run", "n_clicks"), *now, **may)(run_reform)
    console.callback(Output("reform-file", "data"), Input("reform-save", "n_clicks"), *now, **may)(save_reform)
    console.callback(
        Output("reform-levers", "children"), store, Output("reform-name", "value"), Output("reform-void", "checked"),
        Output("reform-loaded", "children"), Input("reform-load", "contents"), State("reform-load", "filename"), **may,
    )(load_reform)  # fmt: skip
