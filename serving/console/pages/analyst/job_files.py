"""Files of a person's own jobs: report, tables as CSV and XLSX, and the YAML files that the command takes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
import flask
from dash import html
from dash.development.base_component import Component

from models.spreadsheet import Cell, Sheet, xlsx_bytes
from serving.console.page import PREFIX, Console, View, not_found
from serving.console.pages.analyst.reform_form import PERMISSION, ROLES
from serving.console.parts.instants import day
from serving.console.parts.states import section
from serving.jobs.job import Job
from serving.jobs.store import Jobs

# One row a firm stays with the result; everything else is about groups.
WITHHELD = ("moves.csv",)
XLSX = "tables.xlsx"
SOURCES = ("baseline", "reform")
_TYPES = {".html": "text/html; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".json": "application/json",
          ".yaml": "application/yaml; charset=utf-8",
          ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


def files_of(view: View, job: Job) -> Component:
    """Links to everything that may be taken away, and the command that makes the same."""
    names = [name for name in job.result["files"] if name not in WITHHELD]
    reports = [name for name in names if name.endswith(f".{view.lang}.html") and not name.startswith("index.")]
    tables = [name for name in names if name.endswith(".csv")]
    links = [_link(job, name, view.text(f"analyst.{_report(job)}")) for name in reports]
    if tables:
        links.append(_link(job, XLSX, view.text("analyst.job.tables")))
    links += [
        _link(job, name, view.text("analyst.job.csv", table=view.text(f"analyst.table.{Path(name).stem}")))
        for name in tables
    ]
    inside: list[Any] = [dmc.List([dmc.ListItem(link) for link in links], size="sm")]
    if job.kind == "reform":
        yaml = [_link(job, f"{name}.yaml", view.text(f"analyst.job.{'yaml' if name == 'reform' else name}"))
                for name in SOURCES]  # fmt: skip
        inside += [
            dmc.Text(view.text("analyst.job.files_note")),
            dmc.List([dmc.ListItem(link) for link in yaml], size="sm"),
            dmc.Code(command(job), block=True, className="command"),
            dmc.Text([f"{view.text('analyst.job.identifier')} ", dmc.Code(str(job.result["fingerprint"]))]),
        ]
    if job.expires_at:
        inside.append(dmc.Text(view.text("analyst.job.expires", day=day(view, job.expires_at)), size="sm"))
    return section(view.text("analyst.job.files"), *inside)


def command(job: Job) -> str:
    """The command that gives the job's result from its two files."""
    body = job.body
    options = [f"--bank {bank}" for bank in body["banks"]]
    options += [f"--quick {body['quick']}"] if body["quick"] else []
    options += ["--draws"] if body["draws"] else []
    name = f'"{body["file"]}.yaml"' if " " in body["file"] else f"{body['file']}.yaml"
    return " ".join(["python -m experiments reform baseline.yaml", name, *options])


def _report(job: Job) -> str:
    return "runs.report" if job.kind == "compare" else "job.report"


def _link(job: Job, name: str, words: str) -> Component:
    return html.A(words, href=f"{PREFIX}/files/jobs/{job.job_id}/{name}", download="")


def send(view: View, job: str, name: str) -> flask.Response:
    """A file of one's own job; another person's is not found, nor is one that is not handed out."""
    jobs = Jobs(view.state.worker.ledger)
    found = jobs.find(job, view.account.account_id)
    answer = _file(view, jobs, found, name)
    if name.endswith((".csv", ".xlsx")):
        view.record("tables_exported", found.job_id, {"file": name})
    return answer


def _file(view: View, jobs: Jobs, found: Job, name: str) -> flask.Response:
    own = f"{found.body.get('file', 'reform')}.yaml"
    if found.kind == "reform" and name in [f"{one}.yaml" for one in SOURCES]:
        source = name.removesuffix(".yaml")
        return _sent(str(found.body[source]).encode(), own if source == "reform" else name)
    files: Sequence[str] = found.result.get("files", ())
    if name == XLSX:
        tables = [one for one in files if one.endswith(".csv") and one not in WITHHELD]
        if not tables:
            raise not_found("file", name)
        return _sent(
            workbook(view, {one: jobs.file(found, one) for one in tables}), f"{found.name or found.job_id}.xlsx"
        )
    if name in WITHHELD:
        raise not_found("file", name)
    return _sent(jobs.file(found, name).read_bytes(), name)


def workbook(view: View, tables: dict[str, Path]) -> bytes:
    """The tables of a result, a sheet each; what reads as a number is one."""
    sheets = []
    for name, path in tables.items():
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        title = view.text(f"analyst.table.{Path(name).stem}")
        sheets.append(Sheet(title, rows[0], [[_cell(one) for one in row] for row in rows[1:]]))
    return xlsx_bytes(sheets)


def _cell(text: str) -> Cell:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _sent(content: bytes, name: str) -> flask.Response:
    kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
    answer: flask.Response = flask.send_file(io.BytesIO(content), mimetype=kind, as_attachment=True, download_name=name)
    return answer


def register(console: Console) -> None:
    """Add the downloads."""
    console.download("jobs/<job>/<name>", ROLES, PERMISSION, send)
