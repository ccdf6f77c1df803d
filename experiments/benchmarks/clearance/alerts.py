"""What alerts save on simulated declarations with planted delays, beside two rules of thumb at the same budget.

Planted: when each declaration really reached its stages, and with it who missed a cut-off. A look in time saves the
share of the loss that acting saves, once a cut-off. All policies look at the same rounds of a day, at most a budget of
looks a day, at the cut-offs that had been booked by then. The rules look at a declaration once:

days left   : those with at most so many hours left, fewest first, or dearest first, for several such
              numbers
median rule : those whose median date is after the cut-off, by how much, or dearest first; with our medians, and with
              the recent medians of the office

The models are fitted by what was known on the first day of the study and not again; intervals take late labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typer

from data.beijing import AHEAD_OF_UTC
from data.clearance.dialects import dialects
from data.synthetic.clearance import ClearanceCohort, demo_cohort
from features.clearance import MILESTONES, STAGES, features_at
from models.alerts import AlertParams, worthwhile
from models.clearance.alerts import CUTOFFS, candidates_of
from models.clearance.forecast import forecast_rows
from models.clearance.labels import learned_since
from models.remaining_time.columns import days_of
from training.clearance.fit import ClearanceParams, day_of, fit_clearance, recent_median_hours
from training.pipeline.artifacts import write_json

CAVEAT = "Simulated declarations with planted delays: these figures measure the simulator, not any customs office."
ROUNDS_H = (9, 11, 13, 15, 17)  # of a day of Beijing
HOURS_LEFT = (12.0, 24.0, 48.0)
BUDGETS = (2, 5)
DRAWS, LEVEL, SEED = 2_000, 0.9, 7
Rule = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Planted:
    """Tables of a cohort as its receipts say, and the planted instant of each stage by client_seq_no."""

    events: pd.DataFrame
    declarations: pd.DataFrame
    cutoffs: pd.DataFrame
    truth: pd.DataFrame


def planted(cohort: ClearanceCohort) -> Planted:
    """Receipts that arrive, with the status of their code; a stage whose receipt is lost has no instant."""
    table, said = cohort.declarations, cohort.events
    said = said[(said["kind"] == "receipt") & ~said["lost"]]
    known = {code: dialects().find("single_window", code) for code in said["code"].unique()}
    statuses = {code: "" if one is None else one.status for code, one in known.items()}
    number = table["client_seq_no"].to_numpy()
    events = pd.DataFrame({"declaration_id": number[said["number"]], "status": said["code"].map(statuses).to_numpy()})
    for name, seconds in (("at", said["at"]), ("received_at", said["received"])):
        events[name] = _instants(seconds)
    gross = table["gross_kg"] if "gross_kg" in table else table["net_kg"]
    names = ["client_seq_no", "office", "direction", "transport", "supervision_mode", "n_goods"]
    declarations = table[names].assign(declaration_id=number, hs_chapter="", gross_kg=gross.to_numpy())
    contradicts = table["course"].isin(["two_numbers", "released_and_rejected", "earlier_than_previous_stage"])
    declarations["clearance_status"] = np.where(contradicts, "contradictory", "completed")
    truth = pd.DataFrame({"client_seq_no": number} | {name: _instants(table[name]) for name in STAGES})
    for name in MILESTONES:
        arrived = set(events.loc[events["status"] == name, "declaration_id"])
        instants = pd.Series(_instants(table[name]))
        declarations[f"{name}_at"] = instants.where(declarations["declaration_id"].isin(arrived).to_numpy()).to_numpy()
        declarations[f"{name}_at"] = pd.to_datetime(declarations[f"{name}_at"], utc=True)
    return Planted(events, declarations, cohort.cutoffs, truth)


def candidates(made: Planted, params: ClearanceParams, policy: AlertParams) -> pd.DataFrame:
    """Every cut-off ahead at every round from the fit on, with its chance, and whether it was really missed.

    Columns beside those of ``candidates_of``: missed, hours_left, median_hours and usual_hours (to the cut-off; below 0
    where the median, ours and that of the office's recent ones, is after it), and day.
    """
    since, until = day_of(params.test_from), day_of(params.observed_until)
    model = fit_clearance(made.events, made.declarations, params, since)
    later = learned_since(model, made.events, made.declarations, until.to_pydatetime())
    with_cutoff = made.declarations["client_seq_no"].isin(made.cutoffs["client_seq_no"])
    ids = set(made.declarations.loc[with_cutoff, "declaration_id"])
    events = made.events[made.events["declaration_id"].isin(ids)]
    features = features_at(rounds(events, since, until), events, made.declarations, later.known_medians)
    known = replace(forecast_rows(features, later), ranks=model.ranks)  # those of later labels were not known then
    found = candidates_of(made.declarations, made.cutoffs, known, policy)
    found = found[found["known_at"] <= found["act_by"]].reset_index(drop=True)
    truth = made.truth.melt("client_seq_no", var_name="stage", value_name="true_at")
    found = found.merge(truth, on=["client_seq_no", "stage"], how="left")
    usual, rows = np.zeros(len(found)), known.features.iloc[found["feature_row"].to_numpy()]
    for stage in STAGES:
        own = (found["stage"] == stage).to_numpy()
        usual[own] = recent_median_hours(rows[own], stage)
    cutoff = days_of(found["cutoff_at"])
    left = (cutoff - days_of(found["known_at"])) * 24
    return found.assign(
        missed=found["true_at"] > found["cutoff_at"],
        hours_left=left,
        median_hours=(cutoff - days_of(found["median_at"])) * 24,
        usual_hours=left - usual,
        day=(found["known_at"] + AHEAD_OF_UTC).dt.floor("D"),
    )


def rounds(events: pd.DataFrame, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Rows of ``features_at``: the rounds of each declaration between its first and its last receipt."""
    days = pd.date_range(since, until - pd.Timedelta(days=1), freq="D")
    at = pd.DatetimeIndex([day + pd.Timedelta(hours=hour) for day in days for hour in ROUNDS_H]).as_unit("us")
    ends = events.groupby("declaration_id")["received_at"].agg(["min", "max"])
    first, last = at.searchsorted(ends["min"]), at.searchsorted(ends["max"])
    n = np.maximum(last - first, 0)
    nth = np.arange(n.sum()) - np.repeat(n.cumsum() - n, n)
    return pd.DataFrame(
        {"declaration_id": np.repeat(ends.index.to_numpy(), n), "known_at": at[np.repeat(first, n) + nth]}
    )


def looks(table: pd.DataFrame, rule: Rule | None, policy: AlertParams, budget: int) -> pd.DataFrame:
    """The looks of a policy, with ``saved_cny``; a day's budget is spread evenly over the rounds that are left.

    rule : the rows that it takes, best first; None for ours
    """
    made: list[pd.DataFrame] = []
    earlier, seen, today, left = table.head(0)[CUTOFFS.news_columns], set[str](), None, 0
    for instant, now in (worthwhile(table, policy) if rule is None else rule(table)).groupby("known_at"):
        day, hour = now["day"].iloc[0], (pd.Timestamp(str(instant)) + AHEAD_OF_UTC).hour
        left = budget if day != today else left
        today, most = day, -(-left // sum(one >= hour for one in ROUNDS_H))
        if rule is None:
            chosen = CUTOFFS.choose(now, policy, earlier, most)
        else:
            chosen = now[~now["declaration_id"].isin(seen)].drop_duplicates("declaration_id").head(most)
        if len(chosen):
            made.append(chosen)
            left -= len(chosen)
            if rule is None:
                earlier = pd.concat([earlier, chosen[CUTOFFS.news_columns]], ignore_index=True)
            seen |= set(chosen["declaration_id"])
    found = pd.concat(made, ignore_index=True) if made else table.head(0)
    first = ~found.duplicated(["declaration_id", "kind", "stage"])
    saved = found["missed"] & first
    return found.assign(saved_cny=np.where(saved, found["loss_cny"] * policy.saved_share, 0.0))


def rules() -> Iterator[tuple[str, Rule]]:
    """The rules of thumb by name; each gives the rows that it takes, best first."""

    def rule(name: str, most: float, by: str, rising: bool) -> Rule:
        return lambda rows: rows[rows[name] <= most].sort_values([by, "declaration_id"], ascending=[rising, True])

    for hours in HOURS_LEFT:
        yield f"{hours:.0f} hours left", rule("hours_left", hours, "hours_left", True)
        yield f"{hours:.0f} hours left, dearest first", rule("hours_left", hours, "loss_cny", False)
    for name, column in (("median", "median_hours"), ("recent median of the office", "usual_hours")):
        yield name, rule(column, 0.0, column, True)
        yield f"{name}, dearest first", rule(column, 0.0, "loss_cny", False)


def saving(made: pd.DataFrame) -> float:
    """CNY saved a look."""
    return float(made["saved_cny"].sum() / len(made)) if len(made) else 0.0


def figures(made: pd.DataFrame, policy: AlertParams) -> dict[str, float]:
    """Looks, CNY saved a look and in all less the looks' cost, precision, and median hours before the cut-off."""
    hits = made[made["saved_cny"] > 0]
    return {
        "looks": float(len(made)),
        "saved_cny_a_look": saving(made),
        "net_cny": float(made["saved_cny"].sum() - policy.look_cost_cny * len(made)),
        "precision": float(made["missed"].mean()) if len(made) else 0.0,
        "lead_hours": float(hits["hours_left"].median()) if len(hits) else 0.0,
    }


def difference(ours: pd.DataFrame, other: pd.DataFrame) -> dict[str, float]:
    """CNY a look, ours less the other's, with a percentile interval of weeks drawn for both together."""
    first = min(ours["day"].min(), other["day"].min())
    week = [((one["day"] - first) // pd.Timedelta(days=7)).to_numpy(dtype=np.int64) for one in (ours, other)]
    n = int(max(one.max() for one in week)) + 1
    sums = [
        (np.bincount(at, made["saved_cny"].to_numpy(dtype=float), n), np.bincount(at, minlength=n).astype(float))
        for at, made in zip(week, (ours, other), strict=True)
    ]
    weight = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), DRAWS).astype(float)
    drawn = [(weight @ saved) / np.maximum(weight @ count, 1.0) for saved, count in sums]
    low, high = np.quantile(drawn[0] - drawn[1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"difference_cny_a_look": saving(ours) - saving(other), "low": float(low), "high": float(high)}


def study(made: Planted, params: ClearanceParams, policy: AlertParams, budgets: tuple[int, ...]) -> dict[str, Any]:
    """The record: by budget a day, figures of every policy and ours less the best of each kind of rule."""
    table = candidates(made, params, policy)
    by_cutoff = table.drop_duplicates(["declaration_id", "kind", "stage"])
    found: dict[str, Any] = {}
    for budget in budgets:
        ours = looks(table, None, policy, budget)
        others = {name: looks(table, rule, policy, budget) for name, rule in rules()}
        compared = {name: difference(ours, one) for name, one in others.items() if len(one) and len(ours)}
        found[str(budget)] = {
            "ours": figures(ours, policy),
            "rules": {name: figures(one, policy) | compared.get(name, {}) for name, one in others.items()},
            "above_all": bool(compared) and all(one["low"] > 0 for one in compared.values()),
        }
    return {
        "caveat": CAVEAT,
        "policy": vars(policy),
        "days": int(table["day"].nunique()),
        "cutoffs": len(by_cutoff),
        "missed": int(by_cutoff["missed"].sum()),
        "calibration": calibration(table),
        "budgets": found,
    }


def calibration(table: pd.DataFrame) -> list[Mapping[str, float]]:
    """Mean chance and share missed by tenths of the chance; rows are cut-offs at rounds."""
    bins = np.minimum((table["chance"].to_numpy(dtype=float) * 10).astype(int), 9)
    rows = table.groupby(bins).agg(rows=("missed", "size"), chance=("chance", "mean"), missed=("missed", "mean"))
    return [{str(name): float(value) for name, value in row.items()} for row in rows.to_dict("records")]


def bench(
    out: Path = typer.Option(Path("artifacts/bench/clearance_alerts.json"), help="Where the record goes."),
    declarations: int = typer.Option(30_000, help="Simulated declarations."),
    seed: int = typer.Option(20241126, help="Of the simulated declarations."),
) -> None:
    """Alerts about missed cut-offs on simulated declarations: saving a look beside days left and the median rule."""
    params = ClearanceParams("2023-07-01", "2024-06-20")
    record = study(planted(demo_cohort(declarations, seed)), params, AlertParams(), BUDGETS)
    write_json(out, record | {"declarations": declarations, "seed": seed})
    for budget, one in record["budgets"].items():
        for name, figure in {"ours": one["ours"], **one["rules"]}.items():
            line = (
                f"{budget} a day  {name:42} {figure['looks']:5.0f} looks  {figure['saved_cny_a_look']:5.0f} CNY a look"
            )
            line += f"  precision {figure['precision']:.2f}  {figure['lead_hours']:3.0f} h before"
            if "low" in figure:
                ends = f"[{figure['low']:+.0f}, {figure['high']:+.0f}]"
                line += f"  ours less it {figure['difference_cny_a_look']:+.0f} {ends}"
            typer.echo(line)


def _instants(seconds: pd.Series) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(seconds.to_numpy(dtype="datetime64[s]").astype("datetime64[us]")).tz_localize("UTC")
