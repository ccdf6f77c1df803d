"""Runs beside each other, from ``comparison.json``: one sentence a pair and metric, and every figure in a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash.development.base_component import Component

from data.codebook import reference_path
from data.texts.sentences import read_sentences
from serving.console.page import View
from serving.console.pages.analyst.result_parts import table_of
from serving.console.parts.chart import chart
from serving.console.parts.states import section

SHORT = 10  # digits of a run's id that are shown
COLOURS = {"better": "#009E73", "worse": "#D55E00", "equivalent": "#0072B2", "not_distinguishable": "#7F7F7F"}


def comparison(view: View, result: Mapping[str, Any]) -> Component:
    """Every metric of every run beside the baseline's: the gain over its margin as a picture, and in words."""
    rows = result["comparisons"]
    names = [f"{_label(view, 'metric', row['metric'])} · {row['run'][:SHORT]}" for row in rows]
    picture = go.Figure()
    for verdict, colour in COLOURS.items():
        own = [(name, row) for name, row in zip(names, rows, strict=True) if row["verdict"] == verdict]
        if own:
            gains = [_of_margin(row, "estimate") for _, row in own]
            picture.add_scatter(
                y=[name for name, _ in own], x=gains, mode="markers", marker={"color": colour, "size": 9},
                name=_label(view, "verdict", verdict),
                error_x={"type": "data", "symmetric": False,
                         "array": [_of_margin(row, "high") - at for (_, row), at in zip(own, gains, strict=True)],
                         "arrayminus": [at - _of_margin(row, "low") for (_, row), at in zip(own, gains, strict=True)]},
            )  # fmt: skip
    picture.add_vline(x=0, line_width=1)
    picture.update_xaxes(title=view.text("analyst.runs.gain"))
    table = [
        {"metric": name, "baseline": _figure(row["baseline"]), "other": _figure(row["challenger"]),
         "difference": f"{_figure(row['difference']['estimate'])} [{_figure(row['difference']['low'])}, "
                       f"{_figure(row['difference']['high'])}]",
         "finding": _label(view, "verdict", row["verdict"])}
        for name, row in zip(names, rows, strict=True)
    ]  # fmt: skip
    keys = {"metric": "metric", "baseline": "baseline_value", "other": "other_value", "difference": "difference",
            "finding": "finding"}  # fmt: skip
    columns = [(key, view.text(f"analyst.runs.{name}")) for key, name in keys.items()]
    said = [row["sentence_zh" if view.lang == "zh" else "sentence"] for row in rows]
    parameters = [
        [name, *("–" if value is None else str(value) for value in of.values())]
        for name, of in result["parameters"].items()
    ]
    heads = [view.text("analyst.runs.parameter"), *(run["name"][:SHORT] for run in result["runs"])]
    there, first = result["rows"], result["baseline"][:SHORT]
    unit = _label(view, "unit_of_rows", "queries" if there["kind"] == "ranking" else "firms")
    found = view.text("analyst.runs.rows", rows=there["rows"], groups=there["firms"], unit=unit, first=first)
    return dmc.Stack(
        [
            section(
                view.text("analyst.runs.result"),
                dmc.Text(found),
                chart(view, picture, view.text("analyst.runs.gain"), columns, table, height=140 + 34 * len(rows)),
                dmc.List([dmc.ListItem(one) for one in said], size="sm"),
            ),
            *([section(view.text("analyst.runs.parameters"), table_of(heads, parameters))] if parameters else []),
        ]
    )


def _of_margin(row: Mapping[str, Any], end: str) -> float:
    """The gain in margins: beyond 1 it is more than what counts as equivalent."""
    return float(row["gain"][end]) / float(row["margin"])


def _figure(value: float) -> str:
    return f"{value:,.4g}"


def _label(view: View, kind: str, key: str) -> str:
    return read_sentences(reference_path("compare_sentences.csv"))[f"{kind}.{key}"].fill({})[view.lang == "en"]
