"""What the service knows of each enterprise: the packed snapshot, or the facts that a request brings along."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from data.codebook import Codebook, CreditFact, Indicator, read_credit_facts
from data.ingest_rules import INDUSTRIES
from data.requests import EnterpriseFacts, PointsRequest, QuotaRequest
from data.sizes import read_size_rules
from features.snapshot import Cases, build_cases
from models.quota import case_rows
from serving.clock import Clock
from serving.freshness import fresh_until
from serving.guard import out_of_range
from serving.problems import Fault, ProblemError, shown

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class SnapshotError(ValueError):
    """The packed snapshot is missing or corrupt."""


@dataclass(frozen=True, slots=True)
class Case:
    """One enterprise on one day, as a row of ``features.snapshot.Cases``; ``inputs`` is it as JSON, for the record."""

    row: Mapping[str, Any]
    known: Mapping[str, date | None]
    outside: tuple[str, ...]  # keys whose value lies outside the codebook's range
    fresh_until: date | None  # the last day on which every source is fresh; None where none has delivered
    inputs: bytes


@dataclass(frozen=True)
class Snapshot:
    """Cases by enterprise, all of one day."""

    cases: Mapping[str, Case]
    as_of: pd.Timestamp
    codebook: Codebook
    clock: Clock

    @classmethod
    def load(cls, folder: Path, codebook: Codebook, clock: Clock) -> Snapshot:
        """Read cases.parquet and known_at.parquet; raises SnapshotError naming the file."""
        frames = []
        for name in ("cases.parquet", "known_at.parquet"):
            try:
                frames.append(pd.read_parquet(folder / name))
            except (OSError, ValueError) as fault:
                raise SnapshotError(f"{name} cannot be read: {fault}") from fault
        days = frames[0]["as_of"].unique()
        if len(days) != 1:
            raise SnapshotError(f"cases.parquet holds {len(days)} days; a snapshot has one")
        if pd.Timestamp(days[0]).date() > clock.today():
            raise SnapshotError(f"cases.parquet is of {pd.Timestamp(days[0]):%Y-%m-%d}, after today, {clock.today()}")
        if len(frames[0]) != len(frames[1]):
            raise SnapshotError(f"cases.parquet holds {len(frames[0])} rows, known_at.parquet {len(frames[1])}")
        endless = [key for key, column in frames[0].select_dtypes("float").items() if np.isinf(column).any()]
        if endless:
            raise SnapshotError(f"cases.parquet holds infinite values in {endless}")
        built = read_rows(Cases(*frames), codebook)
        return cls({str(case.row["uscc"]): case for case in built}, pd.Timestamp(days[0]), codebook, clock)

    def case_of(self, request: QuotaRequest | PointsRequest) -> Case:
        """What is known of the enterprise asked about; raises ProblemError with every fault."""
        asked = getattr(request, "as_of", None)
        if request.enterprise is not None:
            day = asked or max(request.enterprise.known_at, self.as_of.date())
            return self._case_from(request.uscc, request.enterprise, day)
        case = self.cases.get(request.uscc)
        if case is None:
            allowed = f"one of {len(self.cases)} enterprises of {self.as_of:%Y-%m-%d}, or the member `enterprise`"
            raise ProblemError("unknown-enterprise", allowed, [Fault("uscc", shown(request.uscc), allowed)])
        if asked is not None and asked != self.as_of.date():
            fault = Fault("as_of", shown(str(asked)), f"{self.as_of:%Y-%m-%d}, the day of the packed snapshot")
            raise ProblemError("invalid-request", "1 fault(s)", [fault])
        return case

    def _case_from(self, uscc: str, given: EnterpriseFacts, as_of: date) -> Case:
        faults = [*_key_faults(given, self.codebook), *_day_faults(given, as_of, self.clock.today())]
        if faults:
            raise ProblemError("invalid-request", f"{len(faults)} fault(s)", faults)
        known = pd.Timestamp(given.known_at)
        row = {"uscc": [uscc], "period_end": [known], "known_at": [known]}
        tables = {
            "enterprises": pd.DataFrame(
                {
                    "uscc": [uscc],
                    "founded_on": [pd.Timestamp(given.founded_on)],
                    "industry": [given.industry],
                    "size_rule": [given.size_rule],
                }
            ),
            "snapshots": pd.DataFrame(row | {key: [value] for key, value in given.indicators.items()}),
            "credit_facts": pd.DataFrame(row | {key: [value] for key, value in given.credit_facts.items()}),
        }
        keys = pd.DataFrame({"uscc": [uscc], "as_of": [pd.Timestamp(as_of)]})
        return read_rows(build_cases(tables, keys, self.codebook), self.codebook)[0]


def read_rows(cases: Cases, codebook: Codebook) -> list[Case]:
    """Each row of a table of cases on its own."""
    return [_case(row, known, codebook) for row, known in case_rows(cases.frame, cases.known_at)]


def read_inputs(inputs: Mapping[str, Mapping[str, Any]], codebook: Codebook) -> Case:
    """The case that a record's ``inputs`` were written from, bit for bit."""
    row = {key: math.nan if value is None else value for key, value in inputs["row"].items()}
    row["as_of"] = pd.Timestamp(row["as_of"])
    known = {key: None if day is None else date.fromisoformat(day) for key, day in inputs["known_at"].items()}
    return _case(row, known, codebook)


def _case(row: Mapping[str, Any], known: Mapping[str, date | None], codebook: Codebook) -> Case:
    inputs = orjson.dumps({"row": {**row, "as_of": row["as_of"].date()}, "known_at": known})
    values = {key: np.array([row[key]], dtype=float) for key in known}
    outside = tuple(key for key, hit in out_of_range(values, codebook) if hit[0])
    return Case(row, known, outside, fresh_until(known, codebook), inputs)


def value_faults(item: Indicator | CreditFact, values: Floats) -> list[tuple[str, Flags]]:
    """What is allowed of an indicator or credit fact, with the values, shape (n,), that are not; NaN is no fault."""
    outside = (values < item.low) | (values > item.high)
    found = [(f"[{item.low:g}, {item.high:g}] {item.unit}", outside)]
    if item.dtype == "int":
        with np.errstate(invalid="ignore"):
            found.append((f"a whole number of {item.unit}", ~outside & (values % 1.0 > 0.0)))
    return found


def _key_faults(given: EnterpriseFacts, codebook: Codebook) -> list[Fault]:
    faults = []
    known: dict[str, dict[str, Indicator | CreditFact]] = {
        "indicators": {item.key: item for item in codebook},
        "credit_facts": {fact.key: fact for fact in read_credit_facts()},
    }
    for member, items in known.items():
        for key, value in getattr(given, member).items():
            where = f"enterprise.{member}.{key}"
            if key not in items:
                faults.append(Fault(where, shown(value), f"one of {list(items)}"))
                continue
            found = value_faults(items[key], np.array([value], dtype=float))
            faults += [Fault(where, shown(value), allowed) for allowed, bad in found if bad[0]]
    if given.size_rule not in read_size_rules().index:
        faults.append(Fault("enterprise.size_rule", shown(given.size_rule), f"one of {list(read_size_rules().index)}"))
    if given.industry not in INDUSTRIES:
        faults.append(Fault("enterprise.industry", shown(given.industry), f"one of {list(INDUSTRIES)}"))
    return faults


def _day_faults(given: EnterpriseFacts, as_of: date, today: date) -> list[Fault]:
    days = {
        "as_of": as_of,
        "enterprise.known_at": given.known_at,
        "enterprise.founded_on": given.founded_on,
    }
    return [Fault(where, str(day), f"not after {today}") for where, day in days.items() if day > today]
