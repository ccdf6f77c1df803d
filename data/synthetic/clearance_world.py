"""The simulated customs: offices, ports, kinds of declaration, and the planted medians of every stage.

Codes are those of the Single Window's tables (2020): offices of Hangzhou customs (29xx), supervision modes, means of
transport, countries and currencies. Every duration here is invented; none is a measurement of any customs office.
"""

from __future__ import annotations

import datetime as dt
import functools

import numpy as np
import pandas as pd

from data.beijing import BEIJING
from data.codebook import reference_path
from data.synthetic.cohort import Floats, Ints

FIRST_DAY, AS_OF = dt.datetime(2022, 1, 1, tzinfo=BEIJING), dt.datetime(2024, 6, 30, tzinfo=BEIJING)
BEFORE, AFTER = 2022, 2023  # calendar years that the planted speed-up lies between
RAMP = (dt.datetime(2022, 12, 16, tzinfo=BEIJING), dt.datetime(2023, 1, 15, tzinfo=BEIJING))
SPEED_UP = 0.81  # factor on examined, released and completed after the ramp, 1 before it
YEARLY_DRIFT = -0.02  # of the log of these durations, a year, beside the ramp

SEA, RAIL, ROAD, AIR = "2", "3", "4", "5"
EXPORT, IMPORT = "export", "import"
STAGES = ("accepted", "examined", "released", "completed")
SIGMA = {"accepted": 0.5, "examined": 0.7, "released": 0.6, "completed": 0.45}  # sd of the log of a duration

# direction, supervision mode: share of the declarations of BEFORE, growth to AFTER.
# Exports under 1210 go to overseas warehouses.
KINDS: dict[tuple[str, str], tuple[float, float]] = {
    (EXPORT, "0110"): (0.40, 1.06),
    (EXPORT, "0615"): (0.10, 0.98),
    (EXPORT, "9610"): (0.07, 1.15),
    (EXPORT, "1210"): (0.06, 1.30),
    (IMPORT, "0110"): (0.26, 0.93),
    (IMPORT, "0615"): (0.07, 0.90),
    (IMPORT, "1210"): (0.04, 1.00),
}
E_COMMERCE = ("9610", "1210")
# office: share under other modes, share under E_COMMERCE, shares of SEA, AIR, ROAD, RAIL, factor on its durations
OFFICES: dict[str, tuple[float, float, tuple[float, float, float, float], float]] = {
    "2901": (0.22, 0.08, (0.72, 0.20, 0.08, 0.00), 1.00),
    "2908": (0.15, 0.05, (0.80, 0.08, 0.12, 0.00), 0.92),
    "2910": (0.20, 0.22, (0.00, 1.00, 0.00, 0.00), 0.85),
    "2912": (0.20, 0.10, (0.74, 0.14, 0.12, 0.00), 1.12),
    "2918": (0.13, 0.10, (0.70, 0.16, 0.14, 0.00), 1.05),
    "2921": (0.07, 0.15, (0.55, 0.10, 0.10, 0.25), 1.20),
    "2928": (0.03, 0.30, (0.35, 0.60, 0.05, 0.00), 0.90),
}
AIR_GROWTH = 1.35  # factor on the odds of AIR from AFTER on, where an office has several means of transport
# transport: customs office of entry or exit and its port, by share
PORTS: dict[str, tuple[tuple[str, str, float], ...]] = {
    SEA: (("3104", "380101", 0.65), ("2248", "311002", 0.35)),
    AIR: (("2910", "330002", 0.6), ("2233", "310302", 0.4)),
    ROAD: (("5301", "470201", 1.0),),
    RAIL: (("2921", "331201", 1.0),),
}
COUNTRIES = {  # weight in exports, in imports; its currency if it is ever invoiced in
    "USA": (0.24, 0.12, None),
    "DEU": (0.09, 0.13, "EUR"),
    "NLD": (0.08, 0.03, "EUR"),
    "JPN": (0.07, 0.20, "JPY"),
    "KOR": (0.06, 0.16, None),
    "VNM": (0.09, 0.05, None),
    "GBR": (0.06, 0.03, "GBP"),
    "HKG": (0.08, 0.02, "HKD"),
    "SGP": (0.05, 0.04, None),
    "MYS": (0.05, 0.07, None),
    "TWN": (0.03, 0.12, None),
    "IND": (0.07, 0.01, None),
    "RUS": (0.03, 0.02, "CNY"),
}

ACCEPTED_HOURS = 0.02
EXAMINED_HOURS = {EXPORT: 0.5, IMPORT: 5.0}
RELEASED_HOURS = {(EXPORT, False): 0.8, (IMPORT, False): 14.0, (EXPORT, True): 20.0, (IMPORT, True): 44.0}
COMPLETED_HOURS = {
    EXPORT: {SEA: 198.0, RAIL: 186.0, ROAD: 70.0, AIR: 92.0},
    IMPORT: {SEA: 169.0, RAIL: 158.0, ROAD: 63.0, AIR: 88.0},
}
TRANSPORT_FACTOR = {SEA: 1.0, RAIL: 1.1, ROAD: 0.8, AIR: 0.7}  # on examined and released
MODE_FACTOR = {"0110": 1.0, "0615": 1.05, "9610": 0.6, "1210": 0.75}  # on examined, released and completed
HOLIDAYS = (  # first and last day of Spring Festival and National Day
    ("2022-01-31", "2022-02-06"),
    ("2022-10-01", "2022-10-07"),
    ("2023-01-21", "2023-01-27"),
    ("2023-09-29", "2023-10-06"),
    ("2024-02-10", "2024-02-17"),
)
HOLIDAY_VOLUME, WEEKDAY_VOLUME = 0.15, (1.0, 1.05, 1.05, 1.05, 1.1, 0.3, 0.15)  # Monday first
HOUR_VOLUME = (1, 1, 0, 0, 0, 1, 2, 5, 22, 50, 55, 40, 22, 45, 58, 60, 56, 40, 22, 14, 12, 8, 5, 2)
WEEKEND_FACTOR, EVENING_FACTOR, HOLIDAY_FACTOR = 1.35, 1.2, 1.4  # on examined and released that begin then
EXCEPTION_FACTOR = 5.0  # on released, of a declaration that customs has suspended


@functools.cache
def goods() -> pd.DataFrame:
    """Goods that the simulated firms trade: HS codes, units and licence codes as in the tariff of 2020."""
    return pd.read_csv(
        reference_path("clearance/simulated_goods.csv"),
        dtype={"code_ts": str, "first_unit": str, "second_unit": str, "licence_codes": str},
        keep_default_na=False,
    )


def seconds(when: dt.datetime) -> int:
    """Seconds since 1970 UTC."""
    return round(when.timestamp())


def local_days(at: Ints) -> Ints:
    """Days since 1970 of instants (seconds UTC), by the calendar of BEIJING."""
    return np.asarray((at + 8 * 3600) // 86400, dtype=np.int64)


def on_holiday(days: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether each day lies in HOLIDAYS."""
    spans = [[np.datetime64(one, "D").astype(np.int64) for one in span] for span in HOLIDAYS]
    inside = np.zeros(days.shape, dtype=np.bool_)
    for first, last in spans:
        inside |= (days >= first) & (days <= last)
    return inside


def weekday(days: Ints) -> Ints:
    """0 for Monday; 1970-01-01 was a Thursday."""
    return np.asarray((days + 3) % 7, dtype=np.int64)


def drift(at: Ints) -> Floats:
    """Factor on examined, released and completed of a declaration made at each instant (seconds UTC): planted truth."""
    first, last = (seconds(one) for one in RAMP)
    done = np.clip((at - first) / (last - first), 0, 1)
    years = (at - seconds(FIRST_DAY)) / (365.25 * 86400)
    return np.asarray(SPEED_UP**done * np.exp(YEARLY_DRIFT * years))


def calendar_factor(at: Ints) -> Floats:
    """Factor on a stage that a person works on, which begins at each instant (seconds UTC)."""
    days = local_days(at)
    hour = (at + 8 * 3600) % 86400 // 3600
    factor = np.where(weekday(days) >= 5, WEEKEND_FACTOR, np.where((hour < 7) | (hour >= 19), EVENING_FACTOR, 1.0))
    return np.asarray(np.where(on_holiday(days), HOLIDAY_FACTOR, factor))
