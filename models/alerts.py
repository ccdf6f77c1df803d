"""Which looks are worth their cost: chance times loss, a budget a day, and none again unless something is new.

A look by a person costs money, and saves a share of the loss where it comes early enough to act. A look is worth it
where

    chance x loss x share that acting saves - cost of a look > 0.

While there is time to act later too, an alert waits for what becomes known until then, unless the chance is high
already: most of what may be late turns out not to be.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.ranges import refuse_outside
from data.texts.figures import Text
from models.remaining_time.columns import days_of

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AlertParams:
    """Sections ``clearance_alerts`` and ``approvals_alerts`` of params.yaml.

    look_cost_cny : of a person looking at one matter
    saved_share   : of the loss, that acting in time saves; acting_hours : that acting needs before it is due
    loss_cny      : of missing what names no loss of its own
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
        refuse_outside(
            self, "parameters of the alerts", look_cost_cny=(0, 1e9), saved_share=(0, 1), acting_hours=(0, 8_760),
            loss_cny=(0, 1e12), wait_hours=(0, 8_760), sure_chance=(0, 1), daily_budget=(0, 1e6), news_chance=(0, 1),
        )  # fmt: skip


@dataclass(frozen=True)
class Look:
    """One look that is worth its cost, with the date that the chance comes from.

    chance : of missing what is due; worth_cny : what the look saves in the mean, less its cost
    act_by : until when acting helps; activity : where the matter was; median_at, low_at, high_at : of the date
    reasons : sentences in Chinese and English
    """

    chance: float
    loss_cny: float
    worth_cny: float
    act_by: datetime
    alerted_at: datetime
    activity: str
    median_at: datetime
    low_at: datetime
    high_at: datetime
    coverage: float | None
    reliable: bool
    reasons: tuple[Text, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON values; instants (UTC) and days as ISO 8601, ``reasons`` as zh and en."""
        values = {
            name: value.isoformat().replace("+00:00", "Z") if isinstance(value, date) else value
            for name, value in asdict(self).items()
        }
        return values | {"reasons": [{"zh": zh, "en": en} for zh, en in self.reasons]}


@dataclass(frozen=True)
class Watched:
    """What is alerted about.

    keys : columns that name it, first the matter that a person looks at once; due : column of when it is due
    """

    keys: tuple[str, ...]
    due: str

    @property
    def news_columns(self) -> list[str]:
        """Columns that a table of earlier alerts needs."""
        return [*self.keys, self.due, "chance"]

    def news(self, candidates: pd.DataFrame, earlier: pd.DataFrame, params: AlertParams) -> npt.NDArray[np.bool_]:
        """Whether a candidate was never alerted, or is due at another time, or its chance rose by ``news_chance``.

        Both tables have ``news_columns``; earlier is in order of time.
        """
        by = list(self.keys)
        last = earlier.drop_duplicates(by, keep="last").set_index(by)
        wanted = candidates[by[0]] if len(by) == 1 else pd.MultiIndex.from_frame(candidates[by])
        before = last.reindex(wanted)
        moved = (before[self.due].to_numpy() != candidates[self.due].to_numpy()).astype(bool)
        rise = candidates["chance"].to_numpy(dtype=float) - before["chance"].to_numpy(dtype=float)
        found: npt.NDArray[np.bool_] = before["chance"].isna().to_numpy() | moved | (rise >= params.news_chance)
        return found

    def choose(self, candidates: pd.DataFrame, params: AlertParams, earlier: pd.DataFrame, budget: int) -> pd.DataFrame:
        """The candidates to look at now, at most ``budget``, best first; one row a matter, as of ``worthwhile``.

        candidates : as of ``news`` and ``worthwhile``; earlier : alerts already sent, in order of time
        """
        found = worthwhile(candidates, params)
        found = found[self.news(found, earlier, params)]
        by = ["worth_cny", "act_by", *self.keys]
        found = found.sort_values(by, ascending=[name != "worth_cny" for name in by])
        return found.drop_duplicates(self.keys[0]).head(max(budget, 0))


def worth_cny(chance: Floats, loss_cny: Floats, params: AlertParams) -> Floats:
    """What a look in time saves in the mean, less its cost; (n,) in CNY, negative where it is not worth it."""
    return chance * loss_cny * params.saved_share - params.look_cost_cny


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
