"""Runs of the tracking store to compare: chosen here by their files alone, compared by the worker."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, no_update
from dash.development.base_component import Component

from serving.console.page import Console, Page, View
from serving.console.pages.analyst.comparison_parts import SHORT
from serving.console.pages.analyst.job_pages import jobs_of
from serving.console.pages.analyst.reform_form import PERMISSION, ROLES
from serving.console.parts.instants import day
from serving.console.parts.states import empty, section
from serving.contract.refusals import Refusal
from serving.runtime.worker_process import FOLDER

STORE = Path(os.environ.get(FOLDER, "")) / "mlruns"  # where the runs of training keep their files
ROWS, ABOUT = "rows.parquet", "run.json"
MOST = 6  # runs beside the baseline


@dataclass(frozen=True)
class Run:
    """A run that kept its held-out rows. made_at : when its rows were written"""

    run_id: str
    capability: str
    commit: str
    made_at: datetime


def stored_runs(store: Path | None = None) -> list[Run]:
    """Runs that can be compared, the newest first; empty where there is no tracking store."""
    found = []
    for rows in (store or STORE).glob(f"*/artifacts/{ROWS}"):
        try:
            about = json.loads((rows.parent / ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            about = {}
        made_at = datetime.fromtimestamp(rows.stat().st_mtime, UTC)
        commit = str(about.get("git_commit") or "")[:8]
        found.append(Run(rows.parent.parent.name, str(about.get("capability") or ""), commit, made_at))
    return sorted(found, key=lambda run: run.made_at, reverse=True)


def run_page(view: View) -> Component:
    """Choose a baseline and runs of the same capability."""
    runs = stored_runs()
    if not runs:
        return empty(view.text("analyst.runs.none", folder=STORE.name, command="make run"))
    data = [{"value": run.run_id, "label": _label(view, run)} for run in runs]
    return dmc.Stack(
        [
            dmc.Text(view.text("analyst.runs.lead")),
            dcc.Location(id="runs-go", refresh=True),
            section(
                view.text("analyst.runs.choose"),
                dmc.Select(id="runs-baseline", label=view.text("analyst.runs.baseline"), data=data, searchable=True,
                           value=runs[0].run_id, allowDeselect=False),
                dmc.MultiSelect(id="runs-others", label=view.text("analyst.runs.others"), data=data, searchable=True,
                                maxValues=MOST, value=[]),
                dmc.Group([dmc.Button(view.text("analyst.runs.run"), id="runs-start")]),
            ),
        ]
    )  # fmt: skip


def _label(view: View, run: Run) -> str:
    made = day(view, run.made_at)
    return " · ".join(one for one in (_capability(view, run.capability), made, run.commit, run.run_id[:SHORT]) if one)


def _capability(view: View, key: str) -> str:
    try:
        return view.text(f"analyst.capability.{key}")
    except KeyError:
        return key


def start(view: View, clicks: int | None, baseline: str | None, others: Sequence[str] | None) -> Any:
    """Start a job and go to its page; only runs that are there can be named."""
    if not clicks:
        return no_update
    known = {run.run_id for run in stored_runs()}
    chosen = list(dict.fromkeys([one for one in (baseline, *(others or ())) if one in known]))
    if len(chosen) < 2:
        words = view.text("analyst.runs.few")
        raise Refusal("invalid-request", (words, words))
    name = view.text("analyst.runs.name", first=chosen[0][:SHORT], count=len(chosen) - 1)
    job = jobs_of(view).add("compare", view.account.account_id, view.caller.name, name, {"runs": chosen})
    view.record("job_started", job.job_id, {"kind": "compare"})
    return view.href(f"/reform/jobs/{job.job_id}")


def register(console: Console) -> None:
    """Add the page and its callback."""
    console.add(Page("/runs", ROLES, PERMISSION, "analyst.runs.title", run_page, "analyst.menu", "compare"))
    console.callback(
        Output("runs-go", "href"), Input("runs-start", "n_clicks"), State("runs-baseline", "value"),
        State("runs-others", "value"), roles=ROLES, permission=PERMISSION,
    )(start)  # fmt: skip
