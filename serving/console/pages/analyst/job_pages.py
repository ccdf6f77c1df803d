"""A person's jobs, and one of them: how far it is, cancel, its result, its files; none is lost by a reload."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from serving.console.page import Console, Page, View, Waiting
from serving.console.pages.analyst.comparison_parts import comparison
from serving.console.pages.analyst.job_files import files_of
from serving.console.pages.analyst.reform_form import PERMISSION, ROLES
from serving.console.pages.analyst.result_firms import easy_points, indicators, typical
from serving.console.pages.analyst.result_parts import (
    Result,
    attribution,
    changes,
    compared,
    frontier,
    groupings,
    measures,
    moves,
    totals,
    warnings,
)
from serving.console.parts.forms import confirm_button
from serving.console.parts.instants import moment
from serving.console.parts.states import badge, empty, section
from serving.contract.refusals import Refusal
from serving.jobs.job import Job, job_text
from serving.jobs.store import Jobs

KINDS = ("reform", "compare")
RESULT = {"reform": "result.json", "compare": "comparison.json"}
COLOURS = {"waiting": "gray", "running": "blue", "done": "green", "broken": "red", "cancelled": "gray"}
POLL_MS = 1_500
WORKER = "python -m experiments worker"


def jobs_of(view: View) -> Jobs:
    """The jobs of the service's store."""
    return Jobs(view.state.worker.ledger)


def list_page(view: View) -> Component:
    """All the person's jobs, the newest first; it follows those that run."""
    return dmc.Stack(
        [
            dmc.Anchor(dmc.Button(view.text("analyst.jobs.new")), href=view.href("/reform"), refresh=True),
            html.Div(_list(view), id="jobs-list"),
            dcc.Interval(id="jobs-poll", interval=2_000),
        ]
    )


def _list(view: View) -> Component:
    jobs = jobs_of(view).of(view.account.account_id, KINDS)
    if not jobs:
        return empty(view.text("analyst.jobs.none"), view.text("analyst.jobs.new"), view.href("/reform"))
    heads = [view.text(f"analyst.jobs.{name}") for name in ("name", "kind", "state", "created")]
    rows = [
        html.Tr(
            [
                html.Th(html.A(job.name or job.job_id, href=view.href(f"/reform/jobs/{job.job_id}")), scope="row"),
                html.Td(view.text(f"analyst.jobs.kind.{job.kind}")), html.Td(_state(view, job)),
                html.Td(moment(view, job.created_at)),
            ]
        )
        for job in jobs
    ]  # fmt: skip
    head = html.Thead(html.Tr([html.Th(one, scope="col") for one in heads]))
    table = html.Table([head, html.Tbody(rows)], className="data-table", style={"minWidth": "28rem"})
    named = {"aria-label": view.text("analyst.jobs.list")}
    return section(
        view.text("analyst.jobs.list"), html.Div(table, className="scroll-table", tabIndex=0, role="region", **named)
    )


def _state(view: View, job: Job) -> Component:
    words = view.text(f"jobs.state.{job.state}")
    return badge(f"{words} {job.progress:.0%}" if job.state == "running" else words, COLOURS[job.state])


def job_page(view: View) -> Component:
    """One job; raises a Refusal not-found for another person's."""
    job = jobs_of(view).find(view.params["job"], view.account.account_id)
    return dmc.Stack(
        [
            dcc.Store(id="job-id", data=job.job_id),
            html.Div(_job(view, job), id="job-body"),
            html.Div(id="job-cancelled", role="status"),
            dcc.Interval(id="job-poll", interval=POLL_MS, disabled=not job.open),
        ]
    )


def _job(view: View, job: Job) -> Component:
    heading = dmc.Group([dmc.Title(job.name or job.job_id, order=2, size="h3"), _state(view, job)])
    again = [_link(view, view.text("analyst.job.again"), "/reform", job=job.job_id)] if job.kind == "reform" else []
    match job.state:
        case "waiting" | "running":
            inside = _open(view, job)
        case "done":
            inside = _done(view, job)
        case "broken":
            words = _words(view, job.problem)
            inside = [dmc.Alert(words, title=view.text("analyst.job.broken"), color="red"), *again]
        case _:
            inside = [dmc.Text(view.text("analyst.job.cancelled")), *again]
    links = dmc.Group([_link(view, view.text("analyst.jobs.title"), "/reform/jobs"),
                       *(again if job.state == "done" else [])])  # fmt: skip
    return dmc.Stack([heading, links, *inside])


def _link(view: View, words: str, path: str, **query: str) -> Component:
    return dmc.Anchor(words, href=view.href(path, **query), refresh=True)


def _words(view: View, words: Mapping[str, Any]) -> str:
    return job_text(words)[view.lang == "en"]


def _open(view: View, job: Job) -> list[Any]:
    doing = _words(view, job.doing)
    if job.state == "waiting":
        doing = view.text("analyst.job.queue", command=WORKER)
    if job.cancel_wanted:
        doing = view.text("analyst.job.cancelling")
    shown = round(job.progress * 100)
    bar = dmc.ProgressRoot(
        dmc.ProgressSection(
            value=shown, animated=True, striped=True, **{"aria-label": view.text("analyst.job.progress")}
        ),
        size="lg",
    )
    cancel = confirm_button("job-cancel", view.text("analyst.job.cancel"), view.text("analyst.job.cancel_sure"))
    return [section(f"{view.text('analyst.job.progress')} {shown}%", bar, dmc.Text(doing), cancel)]


def _done(view: View, job: Job) -> list[Any]:
    jobs_of(view).mark_seen(job.job_id, view.account.account_id)
    try:
        result = result_of(view, job)
    except Refusal:
        return [empty(view.text("analyst.job.gone"))]
    if job.kind == "compare":
        return [comparison(view, result), files_of(view, job)]
    return [
        warnings(view, result),
        compared(view, result),
        totals(view, result),
        changes(view, result),
        _winners(view, result),
        attribution(view, result),
        indicators(view, result),
        frontier(view, result),
        typical(view, result),
        easy_points(view, result),
        files_of(view, job),
    ]


def result_of(view: View, job: Job) -> Result:
    """A job's result as its file has it; raises a Refusal not-found where the file is gone."""
    found: Result = json.loads(jobs_of(view).file(job, RESULT[job.kind]).read_text(encoding="utf-8"))
    return found


def _winners(view: View, result: Result) -> Component:
    kinds, groups = measures(view, result), groupings(view, result)
    grouped = "growth_stage" if any(one["value"] == "growth_stage" for one in groups) else groups[0]["value"]
    chosen = dmc.SimpleGrid(
        [
            dmc.Select(id="job-measure", label=view.text("analyst.result.measure"), data=kinds, value=kinds[0]["value"],
                       allowDeselect=False),
            dmc.Select(id="job-grouping", label=view.text("analyst.result.grouping"), data=groups, value=grouped,
                       allowDeselect=False),
        ],
        cols={"base": 1, "sm": 2},
    )  # fmt: skip
    picture = html.Div(moves(view, result, kinds[0]["value"], grouped), id="job-moves")
    return section(view.text("analyst.result.winners"), chosen, picture)


def follow(view: View, _: int | None, job_id: str) -> tuple[Any, bool]:
    """The job as it is now; polling ends with it."""
    job = jobs_of(view).find(job_id, view.account.account_id)
    return _job(view, job), not job.open


def follow_list(view: View, _: int | None) -> Any:
    """The list as it is now."""
    return _list(view)


def cancel(view: View, clicks: int | None, job_id: str) -> Any:
    """End the job."""
    if not clicks:
        return no_update
    job = jobs_of(view).cancel(job_id, view.account.account_id)
    view.record("job_cancelled", job.job_id, {"kind": job.kind})
    return view.text("analyst.job.cancelling") if job.open else view.text("analyst.job.cancelled")


def show_moves(view: View, measure: str, grouping: str, job_id: str) -> Component:
    """Winners and losers by another measure or grouping."""
    job = jobs_of(view).find(job_id, view.account.account_id)
    return moves(view, result_of(view, job), measure, grouping)


def waiting(view: View) -> Sequence[Waiting]:
    """Jobs that are done or broken and not seen, and those that wait or run."""
    jobs = jobs_of(view).of(view.account.account_id, KINDS)
    kinds = {
        "done": [job for job in jobs if job.state == "done" and not job.seen],
        "broken": [job for job in jobs if job.state == "broken" and not job.seen],
        "open": [job for job in jobs if job.open],
    }
    found = []
    for kind, own in kinds.items():
        where = f"/reform/jobs/{own[0].job_id}" if len(own) == 1 else "/reform/jobs"
        found.append(Waiting(view.text(f"analyst.jobs.waiting_{kind}"), len(own), view.href(where)))
    return found


def register(console: Console) -> None:
    """Add the pages, their callbacks and what waits."""
    console.add(
        Page("/reform/jobs", ROLES, PERMISSION, "analyst.jobs.title", list_page, "analyst.menu", "book"),
        Page("/reform/jobs/{job}", ROLES, PERMISSION, "analyst.job.title", job_page),
    )
    may: dict[str, Any] = {"roles": ROLES, "permission": PERMISSION}
    own = State("job-id", "data")
    console.callback(
        Output("job-body", "children"), Output("job-poll", "disabled"), Input("job-poll", "n_intervals"), own, **may
    )(follow)
    console.callback(Output("jobs-list", "children"), Input("jobs-poll", "n_intervals"), **may)(follow_list)
    console.callback(
        Output("job-cancelled", "children"), Input("job-cancel", "submit_n_clicks"), own, **may
    )(cancel)  # fmt: skip
    console.callback(
        Output("job-moves", "children"), Input("job-measure", "value"), Input("job-grouping", "value"), own, **may
    )(show_moves)
    console.waiting(ROLES[0], waiting)
