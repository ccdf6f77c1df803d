"""When running cases are expected to end: one forecast of all of them, made beside the requests and looked up by case.

A forecast belongs to the newest event and the hour that it was made with. Until a newer one is made the earlier one
answers, and says that it is earlier where its case has a newer event. Once a day the running coverage of the
intervals takes in the cases that were closed since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from data.approvals.calendar import WorkCalendar
from features.approval_rows import event_table
from models.approvals.alerts import FORECAST
from models.approvals.forecast import ApprovalsModel, Forecast, forecast, learned_since
from models.approvals.promised_left import late_chances
from serving.approvals.beside import Beside, Made
from serving.approvals.board import Board, BoardCase, Cases, Key
from serving.approvals.packed import Forecasts
from serving.contract.refusals import Refusal
from serving.matching.packed import FirstUse

# current : with every event of the case; earlier : before its newest event; being_made : the first is not ready yet
# no_date : its events contradict one another, or have no instant
State = Literal["current", "earlier", "being_made", "no_date", "not_running", "not_packed"]


@dataclass(frozen=True)
class Outlook:
    """The forecast of every running case at one moment, None where none runs; cases : numbered by ``identifier``.

    late : chance by row of the forecast's table that the case is later than promised, by ``basis``: a model, or the
    days left; None where too few promised days had come to learn from
    """

    sequence: int
    cases: pd.DataFrame
    forecast: Forecast | None
    late: pd.Series | None = None
    basis: str = FORECAST

    def of_case(self, name: str) -> dict[str, Any] | None:
        """The forecast of a case by its ``identifier``, with the chance that it is late; None where it has none."""
        row = None if self.forecast is None else self.forecast.row(name)
        if self.forecast is None or row is None or self.late is None:
            return row
        chance = self.late[self.forecast.table["case_number"] == name]
        known = len(chance) > 0 and bool(chance.notna().iloc[0])
        return row | {"late_chance": float(chance.iloc[0]) if known else None, "late_basis": self.basis}


class Expected:
    """One worker's; safe to use from several threads.

    packed : the forecasts of the release; now : the instant that they are made for
    """

    def __init__(
        self,
        board: Board,
        packed: FirstUse[Forecasts],
        calendar: Callable[[], WorkCalendar],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._board, self._packed, self._calendar, self._now = board, packed, calendar, now
        self._beside = Beside(self._make)
        self._learned: tuple[dt.date, ApprovalsModel] | None = None

    def of_case(self, case: BoardCase, now: dt.datetime) -> tuple[dict[str, Any] | None, State]:
        """The forecast of a case, and what it rests on."""
        if case.closed:
            return None, "not_running"
        try:
            made = self.latest(now)
        except Refusal as refusal:
            if refusal.key == "approvals-not-packed":
                return None, "not_packed"
            raise
        is_newer = made is None or case.sequence > made.sequence
        row = None if made is None else made.of_case(identifier((case.source, case.number)))
        if row is None:
            return None, "being_made" if is_newer else "no_date"
        row |= {"case_number": case.number}
        return row, "earlier" if is_newer else "current"

    def latest(self, now: dt.datetime) -> Outlook | None:
        """What was made last, None where nothing was yet; raises a Refusal where the release comes without."""
        self._packed.get()
        made = self._beside.latest(self._board.key(now))
        return None if made is None else made.value

    def state(self, made: Outlook | None, now: dt.datetime) -> State:
        """Whether what was made last for all running cases has the newest event of them."""
        if made is None:
            return "being_made"
        return "earlier" if self._board.key(now)[0] > made.sequence else "current"

    def wait(self) -> None:
        """Until what was begun is made."""
        self._beside.wait()

    def _make(self) -> Made[Outlook]:
        now = self._now()
        board = self._board.current(now)
        cases = board.frame.assign(
            case_number=[identifier(key) for key in zip(board.frame["source"], board.frame["case_number"], strict=True)]
        )
        model = self._model(board, cases, now)
        running = _events(board, lambda case: not case.closed)
        open_cases = cases[~cases["is_closed"].astype(bool)]
        if running.empty:
            return Made((board.sequence, board.hour), Outlook(board.sequence, cases, None))
        made = forecast(running, open_cases, model, now)
        late, basis = None, FORECAST
        if model.late is not None and len(made.table):
            late, basis = late_chances(running, open_cases, made, model.late, self._calendar())
        return Made((board.sequence, board.hour), Outlook(board.sequence, cases, made, late, basis))

    def _model(self, board: Cases, cases: pd.DataFrame, now: dt.datetime) -> ApprovalsModel:
        """The packed model with the late labels of this day."""
        if self._learned is None or self._learned[0] != board.hour.date():
            every = _events(board, lambda _: True)
            self._learned = board.hour.date(), learned_since(self._packed.get().model, every, cases, now)
        return self._learned[1]


def identifier(key: Key) -> str:
    """A name that no two cases share, whatever their source."""
    return "|".join(key)


def _events(board: Cases, wanted: Callable[[BoardCase], bool]) -> pd.DataFrame:
    chosen = [(key, case) for key, case in board.by_key.items() if wanted(case)]
    return event_table(replace(one.event, case_number=identifier(key)) for key, case in chosen for one in case.kept)
