"""What the service knows of each enterprise: the packed snapshot, or the facts that a request brings along."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook, CreditFact, Indicator, read_credit_facts
from data.ingest.rules import FIRST_DAY, INDUSTRIES
from data.requests import EnterpriseFacts, PointsRequest, QuotaRequest
from data.sizes import read_size_rules
from data.texts.figures import Text
from data.texts.sentences import label, sentence
from features.point_in_time import DISTRICT, NOT_GIVEN, Cases, build_cases
from models.quota.engine import case_rows
from serving.clock import Clock
from serving.consents.check import NO_RIGHTS, Rights
from serving.contract.refusals import Fault, Refusal, shown
from serving.decide.freshness import fresh_until
from serving.decide.own_values import (
    IDENTITY,
    NOTHING_OWN,
    OwnValues,
    differing,
    members_of,
    merge,
    personal_faults,
    refuse,
)
from serving.decide.safeguard import out_of_range

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class SnapshotError(ValueError):
    """The packed snapshot is missing or corrupt."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One enterprise on one day, as a row of ``point_in_time.Cases``."""

    row: Mapping[str, Any]
    known: Mapping[str, date | None]
    outside: tuple[str, ...]  # keys whose value lies outside the codebook's range
    fresh_until: date | None  # the last day on which every source is fresh; None where none has delivered
    own: OwnValues = NOTHING_OWN  # what of it the caller sent
    record: Observation | None = None  # the agencies' own, where the caller's values were taken beside it

    @property
    def inputs(self) -> dict[str, Any]:
        """The case as its record has it; ``read_inputs`` reads it again, bit for bit."""
        recorded: dict[str, Any] = {"row": {**self.row, "as_of": self.row["as_of"].date()}, "known_at": self.known}
        if self.own != NOTHING_OWN:
            recorded |= {"own_values": self.own.as_dict()}
        return recorded if self.record is None else recorded | {"record": self.record.inputs}

    @property
    def brought(self) -> bool:
        """Whether no agency's record holds the enterprise, so that the caller alone vouches for all of it."""
        return bool(self.own.taken) and self.record is None

    def under(self, excluded_industries: frozenset[str] | tuple[str, ...]) -> Observation:
        """The case as a policy must see it: an industry of the record that it excludes stays excluded."""
        if self.own.industry not in excluded_industries:
            return self
        return replace(self, row={**self.row, "industry": self.own.industry})

    def sources(self, codebook: Codebook) -> dict[str, date | None]:
        """The newest day on which each agency delivered an indicator; None where all were sent by the asker."""
        newest: dict[str, date | None] = {}
        for item in codebook:
            day = None if item.key in self.own.keys else self.known[item.key]
            held = newest.get(item.agency)
            newest[item.agency] = day if held is None or (day is not None and day > held) else held
        return newest


@dataclass(frozen=True)
class FirmSnapshot:
    """Cases by enterprise, all of one day.

    districts : by USCC, for grouping what was concluded; no case holds its own
    """

    cases: Mapping[str, Observation]
    as_of: pd.Timestamp
    codebook: Codebook
    clock: Clock
    districts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, codebook: Codebook, clock: Clock) -> FirmSnapshot:
        """Read cases.parquet and known_at.parquet; raises SnapshotError naming the file.

        The district is kept beside the cases: no decision needs it, so no case and no record holds it.
        """
        frames = []
        for name in ("cases.parquet", "known_at.parquet"):
            try:
                frames.append(pd.read_parquet(folder / name))
            except (OSError, ValueError) as fault:
                raise SnapshotError(f"{name} cannot be read: {fault}") from fault
        district = frames[0].get(DISTRICT, pd.Series(NOT_GIVEN, frames[0].index)).fillna(NOT_GIVEN).astype(str)
        frames = [frame.drop(columns=DISTRICT, errors="ignore") for frame in frames]
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
        codes = [str(case.row["uscc"]) for case in built]
        districts = dict(zip(codes, district, strict=True))
        return cls(dict(zip(codes, built, strict=True)), pd.Timestamp(days[0]), codebook, clock, districts)

    def case_of(self, request: QuotaRequest | PointsRequest, rights: Rights = NO_RIGHTS) -> Observation:
        """What is known of the enterprise requested; raises Refusal with every fault.

        Values sent for an enterprise of the snapshot that are not the record's are refused, or taken one by one
        with the right to; a personal one is refused without the right to personal data, whatever it is.
        """
        as_of, given = getattr(request, "as_of", None), request.enterprise
        case = self.cases.get(request.uscc)
        if given is not None:
            faults = [*_key_faults(given, self.codebook), *_day_faults(given, as_of, self.clock.today())]
            if case is None:
                faults += [
                    Fault(f"enterprise.{name}", "nothing", label("fault.needed_outside"))
                    for name in IDENTITY
                    if getattr(given, name) is None
                ]
            else:
                faults += personal_faults(given, rights, self.codebook)
            if faults:
                raise Refusal.invalid(*faults)
        if case is None:
            if given is not None:
                return self._outside(request.uscc, given, as_of or max(given.known_at, self.as_of.date()))
            allowed = sentence("fault.unknown_enterprise", count=len(self.cases), day=self.as_of.date())
            raise Refusal("unknown-enterprise", allowed[1], [Fault("uscc", shown(request.uscc), allowed)])
        if as_of is not None and as_of != self.as_of.date():
            fault = Fault("as_of", shown(str(as_of)), sentence("fault.as_of", day=self.as_of.date()))
            raise Refusal.invalid(fault)
        return case if given is None else self._beside(case, given, rights)

    def _outside(self, uscc: str, given: EnterpriseFacts, as_of: date) -> Observation:
        """The case of an enterprise of which nothing but the sent values is known."""
        row, known = self._built(uscc, given, as_of)
        return _case(row, known, self.codebook, OwnValues(tuple(members_of(given))))

    def _beside(self, case: Observation, given: EnterpriseFacts, rights: Rights) -> Observation:
        """The record's case, with the sent values that may be taken."""
        differs = differing(given, case.row)
        if not differs:
            return case
        if not rights.take:
            raise refuse(given, differs, rights)
        if given.known_at > self.as_of.date():
            allowed = sentence("fault.not_after", day=self.as_of)
            fault = Fault("enterprise.known_at", str(given.known_at), allowed)
            raise Refusal.invalid(fault)
        held = {name: str(case.row[name]) for name in ("industry", "size_rule")}
        sent = given.model_copy(update={name: getattr(given, name) or value for name, value in held.items()})
        own, _ = self._built(str(case.row["uscc"]), sent, self.as_of.date())
        row, known, marks = merge(case.row, case.known, own, differs, given.known_at)
        merged = _case(row, known, self.codebook, replace(marks, fresh_until=case.fresh_until))
        return replace(merged, record=case) if marks.taken else merged

    def _built(self, uscc: str, given: EnterpriseFacts, as_of: date) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was sent as a row of cases; what was not sent or is too old is NaN."""
        known = pd.Timestamp(given.known_at)
        row = {"uscc": [uscc], "period_end": [known], "known_at": [known]}
        identity = {
            "uscc": uscc,
            "founded_on": pd.Timestamp(given.founded_on) if given.founded_on else pd.NaT,
            "industry": given.industry,
            "size_rule": given.size_rule,
        }
        tables = {
            "enterprises": pd.DataFrame([identity]).astype({"founded_on": "datetime64[ns]"}),
            "snapshots": pd.DataFrame(row | {key: [value] for key, value in given.indicators.items()}),
            "credit_facts": pd.DataFrame(row | {key: [value] for key, value in given.credit_facts.items()}),
        }
        keys = pd.DataFrame({"uscc": [uscc], "as_of": [pd.Timestamp(as_of)]})
        built = build_cases(tables, keys, self.codebook)
        return case_rows(built.frame, built.known_at)[0]


def read_rows(cases: Cases, codebook: Codebook) -> list[Observation]:
    """Each row of a table of cases on its own."""
    return [_case(row, known, codebook) for row, known in case_rows(cases.frame, cases.known_at)]


def read_inputs(inputs: Mapping[str, Any], codebook: Codebook) -> Observation:
    """The case that a record's ``inputs`` were written from, bit for bit."""
    row = {key: math.nan if value is None else value for key, value in inputs["row"].items()}
    row["as_of"] = pd.Timestamp(row["as_of"])
    known = {key: None if day is None else date.fromisoformat(day) for key, day in inputs["known_at"].items()}
    own = inputs.get("own_values")
    case = _case(row, known, codebook, OwnValues.from_dict(own) if own else NOTHING_OWN)
    return replace(case, record=read_inputs(inputs["record"], codebook)) if "record" in inputs else case


def _case(
    row: Mapping[str, Any], known: Mapping[str, date | None], codebook: Codebook, own: OwnValues = NOTHING_OWN
) -> Observation:
    values = {key: np.array([row[key]], dtype=float) for key in known}
    outside = tuple(key for key, hit in out_of_range(values, codebook) if hit[0])
    until = own.fresh_until or fresh_until(known, codebook)
    return Observation(row, known, outside, until, own)


def value_faults(item: Indicator | CreditFact, values: Floats) -> list[tuple[Text, Flags]]:
    """What is allowed of an indicator or credit fact, with the values, shape (n,), that are not; NaN is no fault."""
    outside = (values < item.low) | (values > item.high)
    unit = label(f"unit.{item.unit}")
    found = [(sentence("fault.range", low=item.low, high=item.high, unit=unit), outside)]
    if item.dtype == "int":
        with np.errstate(invalid="ignore"):
            found.append((sentence("fault.whole", unit=unit), ~outside & (values % 1.0 > 0.0)))
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
                faults.append(Fault(where, shown(value), sentence("fault.one_of", list=list(items))))
                continue
            found = value_faults(items[key], np.array([value], dtype=float))
            faults += [Fault(where, shown(value), allowed) for allowed, bad in found if bad[0]]
    if given.size_rule is not None and given.size_rule not in read_size_rules().index:
        faults.append(
            Fault(
                "enterprise.size_rule",
                shown(given.size_rule),
                sentence("fault.one_of", list=list(read_size_rules().index)),
            )
        )
    if given.industry is not None and given.industry not in INDUSTRIES:
        faults.append(
            Fault("enterprise.industry", shown(given.industry), sentence("fault.one_of", list=list(INDUSTRIES)))
        )
    return faults


def _day_faults(given: EnterpriseFacts, as_of: date | None, today: date) -> list[Fault]:
    days = {
        "as_of": as_of,
        "enterprise.known_at": given.known_at,
        "enterprise.founded_on": given.founded_on,
    }
    late = {where: day for where, day in days.items() if day is not None and day > today}
    faults = [Fault(where, str(day), sentence("fault.not_after", day=today)) for where, day in late.items()]
    for earlier, later in (("enterprise.founded_on", "enterprise.known_at"), ("enterprise.known_at", "as_of")):
        first, then = days[earlier], days[later]
        if first is not None and then is not None and first > then:
            faults.append(Fault(earlier, str(first), sentence("fault.not_after_member", day=then, member=later)))
    if given.founded_on is not None and given.founded_on < FIRST_DAY:
        faults.append(
            Fault("enterprise.founded_on", str(given.founded_on), sentence("fault.not_before", day=FIRST_DAY))
        )
    return faults
