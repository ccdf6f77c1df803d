"""The next date of every declaration that runs, made beside the requests that list them.

Dates of all of them cost little more than those of one, so a list looks them up here. They are as of the newest message
and the hour that they were made with; where a newer message has come, the earlier dates are given as such.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from models.clearance.forecast import ClearanceModel, forecast
from models.clearance.state import CONTRADICTORY
from models.clearance.table import ClearanceTables
from serving.approvals.beside import Beside, Made
from serving.contract.refusals import Refusal

# current : with every message; earlier : before the newest; being_made : the first are not ready; not_packed : no model
State = Literal["current", "earlier", "being_made", "not_packed"]
ENDED = ("completed", "withdrawn", CONTRADICTORY)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NextDates:
    """The forecast of the next stage by ``declaration_id``, and what it rests on."""

    rows: Mapping[str, Row]
    state: State


class Expected:
    """One worker's; safe to use from several threads.

    tables : every declaration of the zone's side; newest : sequence of the newest message
    model : of the release with what it has learned since; raises the Refusal ``clearance-not-packed`` without one
    """

    def __init__(
        self,
        tables: Callable[[], ClearanceTables],
        newest: Callable[[], int],
        model: Callable[[dt.datetime], ClearanceModel],
    ) -> None:
        self._tables, self._newest, self._model = tables, newest, model
        self._lock, self._now = threading.Lock(), dt.datetime.min.replace(tzinfo=dt.UTC)
        self._beside: Beside[Mapping[str, Row]] = Beside(self._make)

    def latest(self, now: dt.datetime) -> NextDates:
        """What was made last; where that is not of this hour or this message, new ones are begun."""
        try:
            self._model(now)
        except Refusal as refusal:
            if refusal.key != "clearance-not-packed":
                raise
            return NextDates({}, "not_packed")
        with self._lock:
            self._now = now
        key = self._key(now)
        made = self._beside.latest(key)
        if made is None:
            return NextDates({}, "being_made")
        return NextDates(made.value, "current" if made.key == key else "earlier")

    def wait(self) -> None:
        """Until what was begun is made."""
        self._beside.wait()

    def _key(self, now: dt.datetime) -> tuple[int, dt.datetime]:
        return self._newest(), now.replace(minute=0, second=0, microsecond=0)

    def _make(self) -> Made[Mapping[str, Row]]:
        with self._lock:
            now = self._now
        key = self._key(now)  # before the tables: a message that comes between makes these dates earlier ones
        return Made(key, next_dates(self._tables(), self._model(now), now))


def next_dates(made: ClearanceTables, model: ClearanceModel, now: dt.datetime) -> dict[str, Row]:
    """The first stage to come of each declaration that runs, as of ``now``."""
    running = made.declarations[~made.declarations["clearance_status"].isin(ENDED)]
    if running.empty:
        return {}
    events = made.events[made.events["declaration_id"].isin(running["declaration_id"])]
    found = forecast(events, running.reset_index(drop=True), model, now)
    first = {str(name): found.rows(str(name)) for name in running["declaration_id"]}
    return {name: rows[0] for name, rows in first.items() if rows}
