"""Which declarations are worth a look today, since they may miss the cut-off of a ship or the date of a contract.

``models.alerts`` has the rule: at most as many a day as people can look at, those worth most first, and not again
unless something is new. The chance is that of the forecast; the loss, the share and the cost are given. An alert
changes nothing by itself: a person acts.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from data.beijing import AHEAD_OF_UTC
from data.texts.figures import Text
from features.clearance import DETOURS, MILESTONES, STAGES
from models.alerts import AlertParams, Look, Watched
from models.clearance.forecast import Forecast, clearance_sentences
from models.remaining_time.dates import DATES, beijing_text
from models.remaining_time.scores import LEVEL

CUTOFFS = Watched(("declaration_id", "kind", "stage"), "cutoff_at")
CUTOFF_COLUMNS = ("client_seq_no", "kind", "milestone", "cutoff_at", "known_at", "empty_space_fee_cny")


@dataclass(frozen=True)
class Alert(Look):
    """A look at a declaration; the date is that of the stage.

    stage : that may not be reached by cutoff_at; kind : ship or contract; milestone : where the declaration was
    """

    declaration_id: str
    client_seq_no: str
    kind: str
    stage: str
    cutoff_at: datetime
    milestone: str


def candidates_of(
    declarations: pd.DataFrame, cutoffs: pd.DataFrame, forecast: Forecast, params: AlertParams
) -> pd.DataFrame:
    """Cut-offs ahead of declarations that run, with the chance that each is missed.

    Those booked after a row's instant are left out; of several about the same stage the newest is in force.
    Columns: those of the forecast's table, of ``CUTOFFS``, client_seq_no, loss_cny and act_by.
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
    names = CUTOFFS.news_columns
    before = pd.DataFrame([{name: getattr(alert, name) for name in names} for alert in sent], columns=names)
    used = sum((alert.alerted_at + AHEAD_OF_UTC).date() == (now + AHEAD_OF_UTC).date() for alert in sent)
    chosen = CUTOFFS.choose(candidates, params, before, params.daily_budget - used)
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
