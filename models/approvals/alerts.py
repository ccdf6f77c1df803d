"""Which running cases are worth a look today, since they may miss the day that was promised.

``models.alerts`` has the rule: at most as many a day as people can look at, those worth most first, and not again
unless something is new. The chance of being later than promised is that of the forecast, or one that is given with its
basis; the loss, the share that acting saves and the cost of a look are given. An alert changes nothing by itself: a
person acts. A case whose clock is suspended has no promised day, so it has no alert.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from data.approvals.calendar import WorkCalendar
from data.beijing import AHEAD_OF_UTC
from data.texts.figures import Text
from data.texts.sentences import Sentence
from models.alerts import AlertParams, Look, Watched
from models.approvals.forecast import Forecast, approvals_sentences
from models.remaining_time.dates import DATES, beijing_text
from models.remaining_time.scores import LEVEL

PROMISES = Watched(("case_number",), "promised_due_on")
FORECAST, DAYS_LEFT, MODEL = "forecast", "days_left", "model"  # where a chance comes from


@dataclass(frozen=True)
class Alert(Look):
    """A look at a case; the date is that of its decision.

    promised_due_on : last day that is in time; basis : where the chance comes from: forecast, days_left, model
    """

    case_number: str
    item: str
    office: str
    promised_due_on: date
    basis: str


def candidates_of(
    cases: pd.DataFrame,
    forecast: Forecast,
    params: AlertParams,
    chance: pd.Series | None = None,
    basis: str = FORECAST,
) -> pd.DataFrame:
    """Rows of the forecast whose case has a promised day that is not over, with the chance that it is missed.

    cases : case_number, promised_due_on (day, NaT where there is none); chance, basis : as of ``candidates``
    """
    numbers = forecast.table["case_number"]
    due = cases.set_index("case_number")["promised_due_on"].reindex(numbers).set_axis(numbers.index)
    return candidates(forecast, pd.to_datetime(due), params, chance, basis)


def candidates(
    forecast: Forecast, due: pd.Series, params: AlertParams, chance: pd.Series | None = None, basis: str = FORECAST
) -> pd.DataFrame:
    """As ``candidates_of``, with the promised day of each row of the forecast's table.

    chance : of each row, where it is not the forecast's own; basis : where it comes from
    Columns: those of the table, of ``PROMISES``, loss_cny, act_by and basis.
    """
    found = forecast.table.assign(promised_due_on=due.astype("datetime64[us]"))
    over_at = (found["promised_due_on"] + pd.Timedelta(days=1) - AHEAD_OF_UTC).dt.tz_localize("UTC")
    kept = np.flatnonzero((found["known_at"] < over_at).to_numpy())
    found, over_at = found.iloc[kept], over_at.iloc[kept]
    own = forecast.chance_after(kept, pd.DatetimeIndex(over_at)) if chance is None else chance.to_numpy()[kept]
    act_by = over_at - pd.Timedelta(hours=params.acting_hours)
    made = found.assign(chance=own, loss_cny=params.loss_cny, act_by=act_by, basis=basis)
    return made[made["chance"].notna()].reset_index(drop=True)


def alerts(
    cases: pd.DataFrame,
    forecast: Forecast,
    params: AlertParams,
    now: datetime,
    earlier: Sequence[Alert] = (),
    *,
    chance: pd.Series | None = None,
    basis: str = FORECAST,
) -> list[Alert]:
    """Alerts at ``now``, the instant of the forecast, those worth most first.

    cases, chance, basis : of ``candidates_of``
    earlier : alerts already sent; those of the same day of Beijing use up the budget
    """
    found = candidates_of(cases, forecast, params, chance, basis)
    sent = sorted(earlier, key=lambda alert: alert.alerted_at)
    names = PROMISES.news_columns
    before = pd.DataFrame([{name: getattr(alert, name) for name in names} for alert in sent], columns=names)
    before["promised_due_on"] = pd.to_datetime(before["promised_due_on"]).astype("datetime64[us]")
    used = sum((alert.alerted_at + AHEAD_OF_UTC).date() == (now + AHEAD_OF_UTC).date() for alert in sent)
    chosen = PROMISES.choose(found, params, before, params.daily_budget - used)
    return [_alert(row, params) for row in chosen.to_dict("records")]


def _alert(row: Mapping[Hashable, Any], params: AlertParams) -> Alert:
    values: dict[str, Any] = {name: row[name].to_pydatetime() for name in ("act_by", *DATES)}
    values |= {name: str(row[name]) for name in ("case_number", "item", "office", "activity", "basis")}
    values |= {name: float(row[name]) for name in ("chance", "loss_cny", "worth_cny")}
    return Alert(
        **values,
        promised_due_on=row["promised_due_on"].date(),
        alerted_at=row["known_at"].to_pydatetime(),
        coverage=float(row["coverage"]) if np.isfinite(row["coverage"]) else None,
        reliable=bool(row["reliable"]),
        reasons=tuple(_reasons(row, params)),
    )


def _reasons(row: Mapping[Hashable, Any], params: AlertParams) -> list[Text]:
    """Why, in order: the chance and where it comes from, what the look is worth, until when it helps."""
    write, chance = approvals_sentences(), row["chance"]
    found = [write["alert.chance"].fill({"due": f"{row['promised_due_on']:%Y-%m-%d}", "chance": chance})]
    if row["basis"] != FORECAST:
        found.append(write[f"alert.{row['basis']}"].fill({}))
    found += [
        write["alert.worth"].fill(
            {"expected": chance * row["loss_cny"], "loss": row["loss_cny"], "savable": params.saved_share,
             "cost": params.look_cost_cny, "worth": row["worth_cny"]}
        ),
        _act_by(row, write),
    ]  # fmt: skip
    if not row["reliable"] and row["basis"] == FORECAST:
        key = "alert.unreliable" if np.isfinite(row["coverage"]) else "alert.unchecked"
        found.append(write[key].fill({"level": LEVEL, "coverage": row["coverage"]}))
    return found


def _act_by(row: Mapping[Hashable, Any], write: Mapping[str, Sentence]) -> Text:
    """Until when acting helps, with the last working day before it where it is on a day off and that day is not over.

    Working days are those of the mainland's calendar, as the instant is in Beijing time.
    """
    calendar, figures = WorkCalendar.load(), {"act_by": beijing_text(row["act_by"])}
    act_by, known_at = (calendar.day(row[name].tz_convert("UTC").to_datetime64()) for name in ("act_by", "known_at"))
    last = calendar.dated(calendar.number(act_by))
    if last == act_by or last < known_at:
        return write["alert.act_by"].fill(figures)
    return write["alert.act_by_day_off"].fill(figures | {"last": str(last)})
