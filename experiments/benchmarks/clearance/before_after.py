"""The report's before and after on simulated logs, with and without mix control, beside what was planted.

The report states 6.64 to 5.16 days from declaration to completion (-22 %) and 30 % more declarations of overseas
warehouses. A mean over all declarations says neither how much of that is another mix of declarations nor how sure it
is. Here the year before and the year after are compared as ``models.clearance.reports.change`` does it, in direction
and mode of supervision; the log is simulated, so that the true parts are known.
"""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from data.synthetic.clearance_world import AFTER, BEFORE, SIGMA
from data.synthetic.clearance_world import STAGES as PLANTED_STAGES
from models.clearance.reports.change import Change, Estimate, change
from models.clearance.reports.known import Known
from models.clearance.reports.periods import labels_of
from models.clearance.reports.query import ReportQuery
from models.clearance.reports.stages import DAY, STAGES

CAVEAT = "simulated: the figures measure the simulator, not any customs office"
STATED = {"before_days": 6.64, "after_days": 5.16, "relative": -0.22, "overseas_relative": 0.30}
HORIZON_DAYS = 180  # longer than nearly every declaration takes, so that the mean is that of the report
console = Console(soft_wrap=True, highlight=False)


def planted_log(truth: pd.DataFrame, *, expected: bool) -> pd.DataFrame:
    """The planted declarations as a log in which no message is lost.

    truth : the simulator's table; expected : with the mean of each planted log-normal in place of what was drawn
    """
    hours = {
        stage: truth[f"{stage}_median_hours"] * np.exp(SIGMA[stage] ** 2 / 2) if expected else truth[f"{stage}_hours"]
        for stage in PLANTED_STAGES
    }
    declared = pd.to_datetime(truth["declared"], unit="s", utc=True)
    ends = pd.DataFrame(hours).cumsum(axis=1) * 3600
    withdrawn = truth["course"].isin(["withdrawn", "withdrawn_after_release"])
    kept = ["direction", "supervision_mode", "office", "transport", "firm_uscc", "inspected"]
    return truth[kept].assign(
        declared_at=declared,
        **{f"{stage}_at": declared + pd.to_timedelta(ends[stage].round(), unit="s") for stage in PLANTED_STAGES},
        country="", hs_chapter="", currency="", amount_total=np.nan, amount_cny=np.nan, simulated=True,
        clearance_status=np.where(withdrawn, "withdrawn", "completed"),
    )  # fmt: skip


def before_after(
    declarations: pd.DataFrame,
    truth: pd.DataFrame,
    *,
    as_of: dt.datetime | None = None,
    horizon_days: int = HORIZON_DAYS,
    draws: int = 400,
) -> dict[str, Any]:
    """Figures of the years before and after.

    declarations : columns of models.clearance.reports; truth : the simulator's table of the same declarations
    Of the time there are two: ``ended`` leaves out what has no receipt of completion, as an average of completed
    declarations does; ``all`` counts it as ``horizon_days``, so a lost receipt counts as a long wait. ``planted`` is
    the same comparison of the means from which the durations were drawn.
    """
    query = ReportQuery("year", "supervision_mode", "direction", str(BEFORE), str(AFTER))
    until = as_of or Known.of(declarations, "year").as_of
    without_noise = planted_log(truth, expected=True)
    logs = {
        "ended": declarations[declarations["completed_at"].notna()],
        "all": declarations,
        "planted": without_noise[without_noise["clearance_status"] == "completed"],
    }
    found = {
        name: _compared(Known.of(log, "year", until), query, horizon_days, 0 if name == "planted" else draws)
        for name, log in logs.items()
    }
    counts = _compared(Known.of(declarations[_overseas(declarations)], "year", until), query, horizon_days, draws)
    n = _overseas(truth).groupby(labels_of(without_noise["declared_at"], "year")).sum()
    return {
        "caveat": CAVEAT,
        "stated_in_the_report": STATED,
        **{name: _figures(one) for name, one in found.items()},
        "overseas": _count_figures(counts),
        "overseas_planted": {"n": [int(n[str(BEFORE)]), int(n[str(AFTER)])]},
    }


def _overseas(table: pd.DataFrame) -> pd.Series:
    return (table["direction"] == "export") & (table["supervision_mode"] == "1210")


def _compared(known: Known, query: ReportQuery, horizon_days: int, draws: int) -> Change:
    found = change(known, query, horizon_days=horizon_days, draws=draws)
    if found is None:
        raise ValueError("the log holds too few declarations of the two years")
    return found


def _figures(made: Change) -> dict[str, Any]:
    before, after = (made.mean(at) for at in (0, 1))
    return {
        "n": made.n.sum(axis=1).tolist(),
        "without_end_share": (made.n_open / made.n.sum(axis=1)).tolist(),
        "before_days": float(before) / DAY,
        "after_days": float(after) / DAY,
        "relative": float(after / before - 1),
        **{f"{name}_days": _days(made.part(name)) for name in ("change", "mix", "speed")},
        "stage_speed_days": {
            stage: _days(one) for stage, one in zip(STAGES, made.parts["stage_speed"], strict=True)
        },
        "residual": str(made.mean(0) + sum(_parts(made), Fraction(0)) - made.mean(1)),
    }  # fmt: skip


def _parts(made: Change) -> list[Fraction]:
    return [*(made.part(name).value for name in ("mix_by", "mix_cross")),
            *(one.value for one in made.parts["stage_speed"])]  # fmt: skip


def _count_figures(made: Change) -> dict[str, Any]:
    n, moved = made.counts.sum(axis=1).tolist(), made.part("count_change")
    ends = [None if end is None else end / n[0] for end in (moved.low, moved.high)]
    return {"n": n, "relative": float(moved.value) / n[0], "low": ends[0], "high": ends[1]}


def _days(one: Estimate) -> dict[str, float | None]:
    return {
        name: None if value is None else float(value) / DAY
        for name, value in (("value", one.value), ("low", one.low), ("high", one.high))
    }


def bench(
    declarations: Path = typer.Option(Path("data/derived/clearance/declarations.parquet"), help="The folded log."),
    truth: Path = typer.Option(Path("data/raw/truth/clearance_declarations.parquet"), help="What was planted."),
    out: Path = typer.Option(Path("artifacts/bench/clearance_before_after.json"), help="Where the figures go."),
) -> None:
    """The report's before and after on the simulated log: change, mix and speed beside what was planted."""
    figures = before_after(pd.read_parquet(declarations), pd.read_parquet(truth))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    table = Table("days", "before", "after", "relative", "change", "mix", "speed", title=CAVEAT)
    for name in ("ended", "all", "planted"):
        one = figures[name]
        parts = (_shown(one[f"{part}_days"]) for part in ("change", "mix", "speed"))
        table.add_row(name, f"{one['before_days']:.2f}", f"{one['after_days']:.2f}", f"{one['relative']:+.1%}", *parts)
    console.print(table)
    console.print(f"declarations of overseas warehouses {figures['overseas']['relative']:+.1%}", markup=False)


def _shown(part: dict[str, float | None]) -> str:
    value, low, high = part["value"], part["low"], part["high"]
    return f"{value:+.2f}" if low is None or high is None else f"{value:+.2f} ({low:+.2f} to {high:+.2f})"
