"""How the simulated cases go: days and instants of everything that happens in them, and the planted truth.

A case needs a time of work in days of its clock, which does not run while the case is suspended:

    work / (promised days + 1) = exp(shift + office + corrected + season + noise)

The case is late where the work is at least promised days + 1, and ``shift`` is set so that the planted share of all
cases is. Everything is vectorised over the cases; instants are minutes of Beijing since 1970.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.approvals.calendar import WorkCalendar
from data.synthetic.approvals_catalogue import TRANSFER
from data.synthetic.approvals_params import SyntheticApprovalsParams
from data.synthetic.cohort import Flags, Floats, Ints, stream

Days = npt.NDArray[np.datetime64]
FIRST_DAY, AS_OF = dt.date(2022, 7, 1), dt.date(2024, 6, 30)
OPENS, CLOSES = 9 * 60, 17 * 60  # minutes of a day in which people work
WEEKEND_VOLUME, HOLIDAY_VOLUME, MIDWEEK_VOLUME = 0.12, 0.05, 1.1  # of a working day's applications
# Offices of the bureau: share of the cases, log of their time of work beside that of the first.
OFFICES = {
    "bureau_east": (0.34, 0.0),
    "bureau_west": (0.28, 0.18),
    "bureau_north": (0.22, -0.2),
    "bureau_port": (0.16, 0.45),
}
DEPARTMENTS = {
    "market_regulation": 0.0,
    "natural_resources": 0.2,
    "housing": 0.1,
    "water": -0.1,
    "agriculture": 0.0,
    "transport": -0.2,
}
FASTER, RAMP, FACTOR = "bureau_port", (dt.date(2023, 9, 4), dt.date(2024, 3, 29)), 0.5  # the planted drift
NOISE, CORRECTED, SUMMER = 0.45, 0.25, 0.1  # sd, and effects on the log of the time of work
CORRECTION_DAYS, SUSPENSION_DAYS = (5.0, 0.8), (9.0, 0.7)  # median of calendar days, sd of their log
NEVER_CORRECTED, WAIT_DAYS = 0.08, 30  # share, and days after which the papers go back to the applicant
SECOND_SUSPENSION = 0.12
ON_A_DAY_OFF = 0.4  # of the suspensions whose end falls on a day off, the share that is entered on that day
DELIVERY_DAYS, LATE_DELIVERY = (0.45, 0.2, 0.12, 0.1, 0.08, 0.05), 0.03  # of 0 to 5 working days; more than 10
NOBODY = np.int64(np.iinfo(np.int64).min)  # minutes of what does not happen


@dataclass(frozen=True)
class Courses:
    """Of every case: ``table`` holds its facts and planted truth, ``at`` the minutes of what happens, or NOBODY."""

    table: pd.DataFrame
    at: dict[str, Ints]


def utc(minutes: Ints) -> npt.NDArray[np.datetime64]:
    """Instants in UTC of minutes of Beijing since 1970."""
    return (minutes - 8 * 60).astype("datetime64[m]").astype("datetime64[us]")


def drift(office: npt.NDArray[np.object_], day: Days) -> Floats:
    """Planted factor on the time of work of cases accepted on a day: FASTER goes from 1 to FACTOR within RAMP."""
    first, last = (np.datetime64(one, "D").astype(np.int64) for one in RAMP)
    done = np.clip((day.astype(np.int64) - first) / (last - first), 0.0, 1.0)
    return np.asarray(np.where(office == FASTER, 1.0 + (FACTOR - 1.0) * done, 1.0))


def make_courses(catalogue: pd.DataFrame, calendar: WorkCalendar, params: SyntheticApprovalsParams) -> Courses:
    """Cases of the catalogue's items, in order of application."""
    rng, n = stream(params, "approvals-courses"), params.n_cases
    applied = _applications(calendar, params, rng)
    working = calendar.working(applied)
    web = rng.random(n) < 0.15
    minute = np.where(web | ~working, rng.integers(7 * 60, 23 * 60, n), rng.integers(OPENS, CLOSES - 30, n))
    at: dict[str, Ints] = {"applied": _minutes(applied) + minute}
    at_once = (web | ~working) & (rng.random(n) < params.outside_hours_share / 0.2)

    corrected = (rng.random(n) < params.correction_share) & ~at_once
    never = corrected & (rng.random(n) < NEVER_CORRECTED)
    requested = calendar.nth(applied, rng.integers(1, 4, n))
    brought = requested + np.maximum(_days(rng, CORRECTION_DAYS, n), 1)
    at["correction_requested"] = _where(corrected, _minutes(requested) + _in_hours(rng, n))
    at["corrected"] = _where(corrected & ~never, _minutes(brought) + rng.integers(8 * 60, 21 * 60, n))
    ready = np.where(corrected, brought, applied)
    waited = rng.choice(4, n, p=(0.5, 0.28, 0.14, 0.08)) + (calendar.working(ready) == 0) + (minute >= CLOSES)
    accepted = calendar.nth(ready, np.maximum(waited, corrected))
    late_minute = np.where(accepted == applied, np.maximum(minute + 10, OPENS), _in_hours(rng, n, (OPENS, 14 * 60)))
    minutes = np.where(at_once, at["applied"] + 1, _minutes(accepted) + late_minute)
    refused = (rng.random(n) < params.refused_share) & ~at_once & ~never
    begun, clock_begins = ~refused & ~never, calendar.closing_day(utc(minutes))
    at["refused"], at["accepted"] = _where(refused, minutes), _where(begun, minutes)

    table = _items_of(catalogue, (minutes // 1440).astype("datetime64[D]"), rng)
    days = pd.Series(applied).dt.strftime("%Y%m%d")
    table.insert(0, "case_number", "SIM-" + days + "-" + pd.Series([f"{one:05d}" for one in range(n)]))
    table["office"] = _offices(table, clock_begins, rng)
    work = _work(table, clock_begins, corrected, begun, params, rng)
    table = table.assign(work_days=work, corrected=corrected, drift=drift(table["office"].to_numpy(), clock_begins))
    segments = _suspend(table, calendar, clock_begins, begun, params, rng, at)
    _progress(table, begun, segments, params, rng, at)
    at["returned"] = np.where(never, _minutes(brought + WAIT_DAYS) + _in_hours(rng, n), at["returned"])
    decided = at["decided"] != NOBODY
    decided_on = np.where(decided, at["decided"] // 1440, 0).astype("datetime64[D]")
    wait = rng.choice(6, n, p=DELIVERY_DAYS) + np.where(rng.random(n) < LATE_DELIVERY, rng.integers(11, 16, n), 0)
    delivered = _minutes(calendar.nth(decided_on, wait)) + _in_hours(rng, n)
    at["delivered"] = _where(decided, np.maximum(delivered, at["decided"] + 5))
    return Courses(table, at)


def _applications(calendar: WorkCalendar, params: SyntheticApprovalsParams, rng: np.random.Generator) -> Days:
    days = np.arange(np.datetime64(FIRST_DAY, "D"), np.datetime64(AS_OF, "D") + 1)
    weekend = (days.astype(np.int64) + 3) % 7 >= 5
    off = np.where(weekend, WEEKEND_VOLUME, HOLIDAY_VOLUME)
    usual = np.where(((days.astype(np.int64) + 3) % 7) == 2, MIDWEEK_VOLUME, 1.0)
    weight = np.where(calendar.working(days), usual, off)
    return np.sort(rng.choice(days, params.n_cases, p=weight / weight.sum()))


def _items_of(catalogue: pd.DataFrame, accepted: Days, rng: np.random.Generator) -> pd.DataFrame:
    """Item of each case, more often some than others, with the version of the day of acceptance."""
    keys = np.unique(catalogue["key"])
    weight = (1.0 + np.arange(len(keys))) ** -0.7
    key = rng.permutation(keys)[rng.choice(len(keys), len(accepted), p=weight / weight.sum())]
    cases = pd.DataFrame(
        {"key": key, "accepted_on": accepted.astype("datetime64[s]"), "case": np.arange(len(accepted))}
    )
    versions = catalogue.assign(begins=catalogue["valid_from"].astype("datetime64[s]"))
    found = pd.merge_asof(
        cases.sort_values("accepted_on", kind="stable"), versions.sort_values("begins", kind="stable"),
        left_on="accepted_on", right_on="begins", by="key",
    ).sort_values("case", ignore_index=True)  # fmt: skip
    names = ["handling", "statutory_days", "statutory_unit", "promised_days", "suspension_reasons", "department_before"]
    return found[["key", *names]].rename(columns={"key": "item", "department_before": "department"})


def _offices(table: pd.DataFrame, day: Days, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    names, share = list(OFFICES), [one for one, _ in OFFICES.values()]
    bureau = rng.choice(names, len(table), p=share)
    return np.where(day < np.datetime64(TRANSFER, "D"), table["department"], bureau).astype(object)


def _work(
    table: pd.DataFrame, day: Days, corrected: Flags, begun: Flags, params: SyntheticApprovalsParams,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Working days on the clock that each case needs; the planted share of those that begin is late."""
    effect = {name: log for name, (_, log) in OFFICES.items()} | DEPARTMENTS
    office = table["office"].map(effect).to_numpy(dtype=float)
    month = day.astype("datetime64[M]").astype(np.int64) % 12
    noise = NOISE * rng.normal(size=len(table))
    log = office + CORRECTED * corrected + SUMMER * np.isin(month, (5, 6)) + noise
    log += np.log(drift(table["office"].to_numpy(), day))
    shift = -float(np.quantile(log[begun], 1.0 - params.late_share))
    promised = table["promised_days"].to_numpy(dtype=float)
    # Working days of a promise in calendar days are five of seven.
    promised = np.where(table["statutory_unit"] == "calendar", promised * 5 / 7, promised)
    return np.asarray((promised + 1.0) * np.exp(log + shift))


def _suspend(
    table: pd.DataFrame, calendar: WorkCalendar, begins: Days, begun: Flags, params: SyntheticApprovalsParams,
    rng: np.random.Generator, at: dict[str, Ints],
) -> Segments:  # fmt: skip
    """When the clocks are off; a day at whose close a clock is off is not on it."""
    n, work = len(table), table["work_days"].to_numpy()
    parts = [one.split(";") for one in table["suspension_reasons"]]
    segments = Segments(calendar, begins, [])
    may = begun & (table["suspension_reasons"] != "").to_numpy() & (work >= 2.0)
    reasons = np.full((n, 2), "", dtype=object)
    for nth, share in enumerate((params.suspended_share, SECOND_SUSPENSION)):
        used = np.maximum(np.floor(rng.uniform(0.15 + 0.35 * nth, 0.5 + 0.35 * nth, n) * work).astype(np.int64), nth)
        chosen = may & (rng.random(n) < share) & (work >= used + 1)
        length = np.maximum(_days(rng, SUSPENSION_DAYS, n), 1)
        begin = segments.day_at(used + 1)
        end = begin + length
        off = ~calendar.working(end) & (rng.random(n) >= ON_A_DAY_OFF)
        end = np.where(off, calendar.nth(end, np.ones(n, dtype=np.int64)), end)
        number = "" if not nth else "_again"
        at[f"suspended{number}"] = _where(chosen, _minutes(begin) + _in_hours(rng, n, (10 * 60, CLOSES)))
        at[f"resumed{number}"] = _where(chosen, _minutes(end) + _in_hours(rng, n, (8 * 60, OPENS)))
        segments.parts.append((np.where(chosen, used, np.iinfo(np.int64).max), end - 1))
        reasons[:, nth] = [rng.choice(one) if is_off else "" for one, is_off in zip(parts, chosen, strict=True)]
        table[f"announced_days{number}"] = np.maximum(np.rint(length / 5) * 5, 5).astype(np.int64)
        may = chosen
    table["reason"], table["reason_again"] = reasons.T
    return segments


@dataclass
class Segments:
    """A clock that begins on a day and was off in between.

    parts : days on the clock before it was off (more than any case has where it never was), and the day after which
        days count again, both of shape (n,)
    """

    calendar: WorkCalendar
    begins: Days
    parts: list[tuple[Ints, Days]]

    def day_at(self, used: Ints) -> Days:
        """The day on which the clock shows ``used`` days, shape (n,)."""
        before, after = np.zeros(len(used), dtype=np.int64), self.begins
        for threshold, day in self.parts:
            later = used > threshold
            before, after = np.where(later, threshold, before), np.where(later, day, after)
        return self.calendar.nth(after, used - before)


def _progress(
    table: pd.DataFrame, begun: Flags, segments: Segments, params: SyntheticApprovalsParams, rng: np.random.Generator,
    at: dict[str, Ints],
) -> None:  # fmt: skip
    """What happens between acceptance and decision, at shares of the time of work, and how the case ends."""
    n, work = len(table), table["work_days"].to_numpy()
    handling, statutory = table["handling"].to_numpy(), table["statutory_days"].to_numpy()

    def when(share: float | Floats) -> Ints:
        used = np.asarray(share * work)
        whole = np.floor(used).astype(np.int64)
        minute = OPENS + np.floor((used - whole) * (CLOSES - OPENS)).astype(np.int64)
        found: Ints = np.maximum(_minutes(segments.day_at(whole)) + minute, np.where(begun, at["accepted"], 0) + 5)
        return found

    long = begun & (work >= 1.0) & (handling != "immediate")
    end = np.where(begun, rng.random(n), 1.0)
    withdrawn = end < params.withdrawn_share
    returned = ~withdrawn & (end < params.withdrawn_share + params.returned_share)
    share = np.where(withdrawn | returned, rng.uniform(0.2, 0.9, n), 1.0)
    ends = when(share)
    at["withdrawn"], at["returned"] = _where(withdrawn, ends), _where(returned, ends)
    at["decided"] = _where(begun & ~withdrawn & ~returned, ends)
    for name in ("suspended", "resumed", "suspended_again", "resumed_again"):
        at[name] = _where(at[name] < ends, at[name])
    visited = long & table["suspension_reasons"].str.contains("inspection").to_numpy()
    extended = long & ((work > 0.9 * statutory) | (rng.random(n) < params.extended_share))
    planned = {
        "first_examination": (long, 0.3),
        "joint_begun": (begun & (handling == "joint"), 0.12),
        "joint_ended": (begun & (handling == "joint"), 0.7),
        "site_visit": (visited, 0.5),
        "escalated": (begun & (handling == "escalated"), 0.55),
        "extended": (extended, 0.8),
        "sign_off": (long, 0.9),
    }
    for name, (has, part) in planned.items():
        found = when(part)
        at[name] = _where(has & (found < ends), found)
    table["informed"] = (rng.random(n) >= params.not_informed_share).astype(np.int64)
    table["outcome"] = np.where(rng.random(n) < 0.93, "granted", "refused")
    # A promise in calendar days counts every day but those at whose close the clock is off.
    off = sum(
        np.where(at[f"suspended{one}"] != NOBODY, at[f"resumed{one}"] // 1440 - at[f"suspended{one}"] // 1440, 0)
        for one in ("", "_again")
    )
    days = ends // 1440 - segments.begins.astype(np.int64) - off
    used = np.where(table["statutory_unit"] == "calendar", days, np.floor(work))
    decided = at["decided"] != NOBODY
    table["used_days"] = np.where(decided, used, -1).astype(np.int64)
    table["late"] = decided & (used > table["promised_days"])


def _minutes(day: Days) -> Ints:
    return np.asarray(day.astype("datetime64[D]").astype(np.int64) * 1440)


def _in_hours(rng: np.random.Generator, n: int, hours: tuple[int, int] = (OPENS, CLOSES)) -> Ints:
    found: Ints = rng.integers(*hours, n)
    return found


def _days(rng: np.random.Generator, median_and_sd: tuple[float, float], n: int) -> Ints:
    median, sd = median_and_sd
    found: Ints = np.rint(median * np.exp(sd * rng.normal(size=n))).astype(np.int64)
    return found


def _where(has: Flags, minutes: Ints) -> Ints:
    return np.where(has, minutes, NOBODY)
