"""When a case that runs will be decided, with the interval of the date and what it was learned from.

The running coverage of the intervals is beside every date: where it is lower than chance explains, the process has
changed since the fit and the date says that it is not reliable. Cases that end without a decision (withdrawn, returned,
not accepted) and those whose events contradict one another teach nothing, so none is learned as fast.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import reference_path
from data.texts.sentences import Sentence, read_sentences
from features.approval_rows import moments, rows_of
from models.approvals.late import LateModel, LateModelError
from models.approvals.offices import ENDS, OfficesModel
from models.content_digest import content_digest
from models.remaining_time.columns import days_of
from models.remaining_time.coverage import Labels, Raw, answered_labels
from models.remaining_time.dates import date_values, dated
from models.remaining_time.model import RemainingTime
from models.remaining_time.ranks import ranks_of, read_through

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ABOUT, REMAINING, LATE, OFFICE = "about.json", "remaining_time", "late", "c_office"
CONTRADICTORY = "contradictory"


class ApprovalsModelError(ValueError):
    """A folder holds no model of approvals; the message says what is wrong."""


@dataclass(frozen=True, eq=False)
class ApprovalsModel:
    """The models of the offices, and whether they were learned from ``real`` or from ``simulated`` cases.

    late : whether a case will be later than promised; None where too few promised days had come
    """

    remaining: OfficesModel
    learned_from: str
    late: LateModel | None = None

    @cached_property
    def ranks(self) -> Floats:
        """Where the actual times of the labels of all offices lay in their forecasts, as ``ranks_of``."""
        return ranks_of(self.labels, self.remaining.cut)

    @property
    def labels(self) -> Labels:
        """Of all offices."""
        return joined_labels(self.remaining.labels)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything in the model."""
        late = "" if self.late is None else self.late.digest
        return content_digest({"remaining": self.remaining.digest, "learned_from": self.learned_from, "late": late})

    def save(self, folder: Path) -> None:
        """Write the folder; loaded again it gives the same dates."""
        self.remaining.save(folder / REMAINING)
        if self.late is not None:
            self.late.save(folder / LATE)
        text = json.dumps({"learned_from": self.learned_from, "digest": self.digest}, indent=1, sort_keys=True)
        (folder / ABOUT).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> ApprovalsModel:
        """Raises ApprovalsModelError or RemainingTimeError where the folder is not one of ``save``."""
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            late = LateModel.load(folder / LATE) if (folder / LATE).exists() else None
            model = cls(OfficesModel.load(folder / REMAINING), about["learned_from"], late)
        except (LateModelError, OSError, KeyError, TypeError, json.JSONDecodeError) as fault:
            raise ApprovalsModelError(f"{folder.name} is no model of approvals: {fault}") from fault
        if model.digest != about.get("digest"):
            raise ApprovalsModelError(f"{folder.name} was changed after it was saved")
        return model


@dataclass(frozen=True, eq=False)
class Forecast:
    """Dates of the decisions of running cases.

    table : one row a case and instant: case_number, item, office, known_at, activity (of the latest event), low_at,
        median_at, high_at (UTC), coverage, reliable, source (own office, pooled over the offices, or median of the
        activity, whichever has the largest weight), learned_from
    answers : of the same rows
    """

    table: pd.DataFrame
    answers: RemainingTime
    ranks: Floats

    def chance_after(self, rows: Ints, instants: pd.DatetimeIndex) -> Floats:
        """Chance that the case of each given row of the table is decided later than its instant; (n,) in [0, 1]."""
        days = (instants - pd.DatetimeIndex(self.table["known_at"].iloc[rows])) / pd.Timedelta(days=1)
        later = self.answers.rows(rows).chance_longer(np.maximum(days.to_numpy(dtype=float), 0.0))
        return read_through(later, self.ranks)

    def row(self, case_number: str) -> dict[str, Any] | None:
        """The date of a case as JSON values with its sentence; None where it does not run."""
        found = self.table[self.table["case_number"] == case_number].to_dict("records")
        if not found:
            return None
        row, write = found[0], approvals_sentences()
        values = date_values(row, write, {"source": write[f"source.{row['source']}"].fill({})})
        if row["learned_from"] == "simulated":
            added = dict(zip(("zh", "en"), write["forecast.simulated"].fill({}), strict=True))
            values["text"] = {
                lang: f"{text}{' ' * (lang == 'en')}{added[lang]}" for lang, text in values["text"].items()
            }
        return {"case_number": case_number, "learned_from": row["learned_from"]} | values


def forecast(events: pd.DataFrame, cases: pd.DataFrame, model: ApprovalsModel, now: datetime) -> Forecast:
    """Forecasts at an instant of all cases that run then.

    events : of ``event_table``; those after ``now`` are not read
    cases : of ``models.approvals.cases`` at ``now``; one that is contradictory, or has no event by then, has no date
    now : aware
    """
    instant = pd.Timestamp(now).tz_convert("UTC").as_unit("us")
    runs = cases[~cases["is_closed"].astype(bool) & (cases["status"] != CONTRADICTORY)]
    known_at = pd.DatetimeIndex([instant]).repeat(len(runs))
    rows = pd.DataFrame({"case_id": runs["case_number"].to_numpy(), "known_at": known_at})
    return forecast_rows(events, cases, model, rows)


def forecast_rows(events: pd.DataFrame, cases: pd.DataFrame, model: ApprovalsModel, rows: pd.DataFrame) -> Forecast:
    """Forecasts of cases at instants (case_id, known_at), each by what was known at its own instant."""
    known = rows_of(events, cases, rows).table.reset_index(drop=True)
    answers = model.remaining.predict(known)
    facts = cases.set_index("case_number").loc[known["case_id"], ["item", "office"]]
    table = pd.DataFrame(
        {"case_number": known["case_id"], "item": facts["item"].to_numpy(), "office": facts["office"].to_numpy()}
        | {"known_at": known["known_at"], "activity": known["activity"]}
        | dated(answers, pd.DatetimeIndex(known["known_at"]))
        | {"learned_from": model.learned_from}
    )
    return Forecast(table, answers, model.ranks)


def decisions(cases: pd.DataFrame) -> pd.DataFrame:
    """Of each case ``closed_at``, its decision (NaT without one), and ``ended_at``, when it no longer ran.

    A case that ends otherwise, or contradicts itself, has no decision: its time of work is censored at its end.
    """
    clear = cases["status"] != CONTRADICTORY
    return pd.DataFrame(
        {
            "case_number": cases["case_number"],
            "closed_at": cases["decided_at"].where(clear),
            "ended_at": cases["closed_at"].where(cases["is_closed"].astype(bool)),
        }
    )


def learned_since(model: ApprovalsModel, events: pd.DataFrame, cases: pd.DataFrame, now: datetime) -> ApprovalsModel:
    """The model with the labels of the cases that were decided between its fit and ``now``; same forecasts.

    Each interval that is compared is the one that would have been given at an event or a later morning of the case; it
    counts from the day after the decision.
    """
    until = pd.Timestamp(now).tz_convert("UTC")
    ends = decisions(cases)
    ends = ends[ends["closed_at"] < until]
    began = pd.Timestamp(model.remaining.cut, unit="D", tz="UTC")
    ends = ends[ends["closed_at"] >= began]
    if not len(ends):
        return model
    own = events[events["case_number"].isin(set(ends["case_number"])) & (events["at"] < until)]
    rows = moments(own, ends, until)
    rows = rows[rows["known_at"] >= began]
    if not len(rows):
        return model
    known = rows_of(own, cases, rows).table.reset_index(drop=True)
    return replace(model, remaining=model.remaining.with_labels(later_labels(model.remaining, known, ends)))


def later_labels(model: OfficesModel, known: pd.DataFrame, ends: pd.DataFrame) -> dict[str, Labels]:
    """Labels by office of the forecasts of rows of ``rows_of`` whose cases were decided after them."""
    case = pd.Index(ends["case_number"]).get_indexer(pd.Index(known["case_id"])).astype(np.int64)
    closed, known_on = days_of(ends["closed_at"])[case], days_of(known["known_at"])
    raw, _ = model.raw(known)
    return {
        office: answered_labels(
            taken(raw, rows), known_on[rows], (closed - known_on)[rows], closed[rows], case[rows],
            model.labels.get(office, Labels.none()),
        )
        for office, rows in model.offices(known).items()
    }  # fmt: skip


def taken(raw: Raw, rows: Ints) -> Raw:
    """The raw forecasts of some rows."""
    return Raw(*(getattr(raw, end)[rows] for end in ENDS))


def joined_labels(by_office: Mapping[str, Labels]) -> Labels:
    """Labels of all offices in one, in order of closing."""
    found = Labels.none()
    for one in by_office.values():
        found = found.joined(one)
    return found


@cache
def approvals_sentences() -> Mapping[str, Sentence]:
    """Sentences of forecasts and alerts: ``data/reference/approvals/sentences_forecast.csv``."""
    return read_sentences(reference_path("approvals/sentences_forecast.csv"))
