"""Which declarations are worth a look today, since they may miss the cut-off of a ship or the date of a contract.

A look by a person costs money, and saves a share of the loss where it comes early enough to act. A declaration is
alerted where

    chance of missing x loss x share that acting saves - cost of a look > 0,

at most as many a day as people can look at, those worth most first, and not again unless something is new. While there
is time to act later too, an alert waits for what is received until then, unless the chance is high already: most
declarations that may be late turn out not to be. The chance is that of the forecast; the loss, the share and the cost
are given. An alert changes nothing by itself: a person acts.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.texts.figures import Text
from features.clearance import BEIJING, DETOURS, MILESTONES, STAGES
from models.clearance.forecast import DATES, Forecast, beijing_text, clearance_sentences
from models.remaining_time.columns import days_of
from models.remaining_time.scores import LEVEL

Floats = npt.NDArray[np.float64]
NEWS = ("declaration_id", "kind", "stage", "cutoff_at", "chance")
CUTOFF_COLUMNS = ("client_seq_no", "kind", "milestone", "cutoff_at", "known_at", "empty_space_fee_cny")


@dataclass(frozen=True)
class AlertParams:
    """Section ``clearance_alerts`` of params.yaml.

    look_cost_cny : of a person looking at one declaration
    saved_share   : of the loss, that acting in time saves; acting_hours : that acting needs before the cut-off
    loss_cny      : of a missed cut-off that names no fee of its own
    wait_hours    : an alert waits while acting is still in time so long after; sure_chance : from which it does not
    daily_budget  : looks a day of Beijing, at most
    news_chance   : rise of the chance since the last alert that is news
    """

    look_cost_cny: float = 300.0
    saved_share: float = 0.6
    acting_hours: float = 4.0
    loss_cny: float = 5_000.0
    wait_hours: float = 24.0
    sure_chance: float = 0.75
    daily_budget: int = 5
    news_chance: float = 0.5

    def __post_init__(self) -> None:
        wrong = [
            f"{name} is {getattr(self, name)!r}, allowed: {low:g} to {high:g}"
            for name, low, high in (
                ("look_cost_cny", 0, 1e9), ("saved_share", 0, 1), ("acting_hours", 0, 8_760), ("loss_cny", 0, 1e12),
                ("wait_hours", 0, 8_760), ("sure_chance", 0, 1), ("daily_budget", 0, 1e6), ("news_chance", 0, 1),
            )
            if not low <= getattr(self, name) <= high
        ]  # fmt: skip
        if wrong:
            raise ValueError("parameters of the alerts out of range:\n  " + "\n  ".join(wrong))


@dataclass(frozen=True)
class Alert:
    """One look that is worth its cost.

    stage : that may not be reached by cutoff_at; kind : ship or contract
    worth_cny : what the look saves in the mean, less its cost; act_by : until when acting helps
    milestone, activity : where the declaration was; median_at, low_at, high_at : of the stage
    reasons : sentences in Chinese and English
    """

    declaration_id: str
    client_seq_no: str
    kind: str
    stage: str
    cutoff_at: datetime
    chance: float
    loss_cny: float
    worth_cny: float
    act_by: datetime
    alerted_at: datetime
    milestone: str
    activity: str
    median_at: datetime
    low_at: datetime
    high_at: datetime
    coverage: float | None
    reliable: bool
    reasons: tuple[Text, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON values; instants as ISO 8601 in UTC, reasons as zh and en."""
        values = {
            name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }
        return values | {"reasons": [{"zh": zh, "en": en} for zh, en in self.reasons]}


def worth_cny(chance: Floats, loss_cny: Floats, params: AlertParams) -> Floats:
    """What a look in time saves in the mean, less its cost; (n,) in CNY, negative where it is not worth it."""
    return chance * loss_cny * params.saved_share - params.look_cost_cny


def news(candidates: pd.DataFrame, earlier: pd.DataFrame, params: AlertParams) -> npt.NDArray[np.bool_]:
    """Whether a candidate was never alerted, or its cut-off moved or its chance rose by ``news_chance`` since.

    Both tables have the columns ``NEWS``; earlier is in order of time.
    """
    by = ["declaration_id", "kind", "stage"]
    last = earlier.drop_duplicates(by, keep="last").set_index(by)
    before = last.reindex(pd.MultiIndex.from_frame(candidates[by]))
    moved = (before["cutoff_at"].to_numpy() != candidates["cutoff_at"].to_numpy()).astype(bool)
    rise = candidates["chance"].to_numpy(dtype=float) - before["chance"].to_numpy(dtype=float)
    found: npt.NDArray[np.bool_] = before["chance"].isna().to_numpy() | moved | (rise >= params.news_chance)
    return found


def worthwhile(candidates: pd.DataFrame, params: AlertParams) -> pd.DataFrame:
    """The candidates whose look is worth its cost and should not wait, with ``worth_cny``.

    candidates : chance, loss_cny, known_at and act_by, after which acting saves nothing
    """
    chance = candidates["chance"].to_numpy(dtype=float)
    worth = worth_cny(chance, candidates["loss_cny"].to_numpy(dtype=float), params)
    left = 24 * (days_of(candidates["act_by"]) - days_of(candidates["known_at"]))
    due = (left >= 0) & ((left < params.wait_hours) | (chance >= params.sure_chance))
    found: pd.DataFrame = candidates.assign(worth_cny=worth)[(worth > 0) & due]
    return found


def choose(candidates: pd.DataFrame, params: AlertParams, earlier: pd.DataFrame, budget: int) -> pd.DataFrame:
    """The candidates to look at now, at most ``budget``, best first; one row a declaration, as of ``worthwhile``.

    candidates : as of ``news`` and ``worthwhile``; earlier : alerts already sent, in order of time
    """
    found = worthwhile(candidates, params)
    found = found[news(found, earlier, params)]
    found = found.sort_values(["worth_cny", "act_by", "declaration_id", "kind"], ascending=[False, True, True, True])
    return found.drop_duplicates("declaration_id").head(max(budget, 0))


def candidates_of(
    declarations: pd.DataFrame, cutoffs: pd.DataFrame, forecast: Forecast, params: AlertParams
) -> pd.DataFrame:
    """Cut-offs ahead of declarations that run, with the chance that each is missed.

    Those booked after a row's instant are left out; of several about the same stage the newest is in force.
    Columns: those of the forecast's table, of ``news``, client_seq_no, loss_cny and act_by.
    """
    named = cutoffs[list(CUTOFF_COLUMNS)].rename(columns={"milestone": "stage", "known_at": "booked_at"})
    for name in ("cutoff_at", "booked_at"):
        named[name] = pd.to_datetime(named[name], utc=True)
    named = named.merge(declarations[["declaration_id", "client_seq_no"]].dropna(), on="client_seq_no")
    found = forecast.table.reset_index(names="row").merge(named, on=["declaration_id", "stage"])
    found = found[(found["booked_at"] <= found["known_at"]) & (found["known_at"] <= found["cutoff_at"])]
    found = found.sort_values(["row", "kind", "booked_at"], kind="stable")
    found = found.drop_duplicates(["row", "kind"], keep="last", ignore_index=True)
    fee = found["empty_space_fee_cny"].to_numpy(dtype=float)
    return found.assign(
        chance=forecast.chance_after(found["row"].to_numpy(dtype=np.int64), pd.DatetimeIndex(found["cutoff_at"])),
        loss_cny=np.where(np.isnan(fee), params.loss_cny, fee),
        act_by=found["cutoff_at"] - pd.Timedelta(hours=params.acting_hours),
    )


def alerts(
    declarations: pd.DataFrame,
    cutoffs: pd.DataFrame,
    forecast: Forecast,
    params: AlertParams,
    now: datetime,
    earlier: Sequence[Alert] = (),
) -> list[Alert]:
    """Alerts at ``now``, the instant of the forecast, those worth most first.

    declarations : declaration_id, client_seq_no; cutoffs : ``CUTOFF_COLUMNS``, instants in UTC
    earlier : alerts already sent; those of the same day of Beijing use up the budget
    """
    candidates = candidates_of(declarations, cutoffs, forecast, params)
    sent = sorted(earlier, key=lambda alert: alert.alerted_at)
    before = pd.DataFrame([{name: getattr(alert, name) for name in NEWS} for alert in sent], columns=list(NEWS))
    used = sum((alert.alerted_at + BEIJING).date() == (now + BEIJING).date() for alert in sent)
    chosen = choose(candidates, params, before, params.daily_budget - used)
    return [_alert(row, forecast, params) for row in chosen.to_dict("records")]


def _alert(row: Mapping[Hashable, Any], forecast: Forecast, params: AlertParams) -> Alert:
    values: dict[str, Any] = {name: row[name].to_pydatetime() for name in ("cutoff_at", "act_by", *DATES)}
    values |= {
        name: str(row[name]) for name in ("declaration_id", "client_seq_no", "kind", "stage", "milestone", "activity")
    }
    values |= {name: float(row[name]) for name in ("chance", "loss_cny", "worth_cny")}
    return Alert(
        **values,
        alerted_at=row["known_at"].to_pydatetime(),
        coverage=float(row["coverage"]) if np.isfinite(row["coverage"]) else None,
        reliable=bool(row["reliable"]),
        reasons=tuple(_reasons(row, forecast, params)),
    )


def _reasons(row: Mapping[Hashable, Any], forecast: Forecast, params: AlertParams) -> list[Text]:
    """Why, in order: the chance, what the look is worth, until when, and what is unlike others of the declaration."""
    write, known = clearance_sentences(), forecast.features.iloc[row["feature_row"]]
    stage, milestone = (write[f"stage.{row[name]}"].fill({}) for name in ("stage", "milestone"))
    found = [
        write["alert.chance"].fill(
            {"kind": write[f"kind.{row['kind']}"].fill({}), "cutoff": beijing_text(row["cutoff_at"]), "stage": stage,
             "chance": row["chance"]}
        ),
        write["alert.worth"].fill(
            {"expected": row["chance"] * row["loss_cny"], "loss": row["loss_cny"], "savable": params.saved_share,
             "cost": params.look_cost_cny, "worth": row["worth_cny"]}
        ),
        write["alert.act_by"].fill({"act_by": beijing_text(row["act_by"])}),
    ]  # fmt: skip
    following = STAGES[MILESTONES.index(row["milestone"])]
    days, median = float(known["stage_elapsed_days"]), float(known[f"recent_{following}_days"])
    if days > median:  # never where no median is known
        found.append(write["alert.slow"].fill({"milestone": milestone, "days": days, "median": median}))
    found += [write[f"alert.{name}"].fill({}) for name in (*DETOURS, "returned") if known[name]]
    if not row["reliable"]:
        key = "alert.unreliable" if np.isfinite(row["coverage"]) else "alert.unchecked"
        found.append(write[key].fill({"level": LEVEL, "coverage": row["coverage"]}))
    return found
