"""What the rules of recognition read of every incubator, from the registry, the latest reports and its tenant firms.

A tenant firm counts where it is inside on the day and meets the definition of a tenant firm; where that is open for
some, their number is an interval and the shares are unknown. What no report gives is unknown, never nothing.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.incubators.registry import Registry
from data.ladder.facts import LadderFacts
from models.incubators.durations import years_between
from models.incubators.graduation import ever_inside, known_flags, tenancy_rules, tenant_facts
from models.incubators.statistics import THOUSAND_PER_WAN, on_day
from models.ladder.eligible import eligible

Floats = npt.NDArray[np.float64]
Ends = tuple[Floats, Floats]
_AS_REPORTED = {
    "professional_staff": "professional_staff", "mentors": "mentors", "seats": "seats", "area_m2": "area_m2",
    "fund_cases": "fund_cases", "incubation_cases": "incubation_cases", "full_time_staff": "full_time_staff",
}  # fmt: skip
_OF_A_YEAR = {"joined_1y": "joined", "registered_1y": "registered", "funded_1y": "financed", "events_1y": "events"}


def incubator_facts(registry: Registry, on: dt.date) -> LadderFacts:
    """The facts of every incubator that was founded by the day, as known on it."""
    day, rows = pd.Timestamp(on), on_day(registry, on)
    report = registry.latest_reports(on).set_index("incubator_id").reindex(rows.index)
    whole = _whole_years(registry, day)
    year = whole.groupby("incubator_id").tail(1).set_index("incubator_id").reindex(rows.index)
    years = whole.groupby("incubator_id").size().reindex(rows.index, fill_value=0)
    last = day.year if (day.month, day.day) == (12, 31) else day.year - 1
    filed = year["period_to"].dt.year == last
    used = (report["tenant_area_m2"] + report["shared_area_m2"]) / report["area_m2"]
    values: dict[str, pd.Series | Floats] = {
        "remote_area": known_flags(rows["remote_area"]), "professional": known_flags(rows["professional"]),
        "legal_person": known_flags(rows["legal_person"]), "own_platform": known_flags(rows["own_platform"]),
        "operated_years": years_between(rows["founded_on"], np.datetime64(on)), "statistics_years": years.astype(float),
        "tenant_area_ratio": used, "seat_area_ratio": used,
        "fund_wan": report["fund_thousand_cny"] / THOUSAND_PER_WAN,
        "professional_staff_ratio": report["professional_staff"] / report["staff"],
        **{key: report[column] for key, column in _AS_REPORTED.items()},
        # Of the last year that is over: an earlier one says nothing of it.
        **{key: year[column].where(filed) for key, column in _OF_A_YEAR.items()},
        "statistics_filed": filed.astype(float),
        **{f"holds_{key}": _holds(rows, *of) for key, of in _TITLES.items()},
    }  # fmt: skip
    ends: dict[str, Ends] = {key: (np.asarray(one, float), np.asarray(one, float)) for key, one in values.items()}
    ends |= _of_tenants(registry, on, rows, report)
    return LadderFacts.unknown(tuple(rows.index), "incubator").with_facts(ends, on, "registry and reports")


_TITLES = {
    "national_incubator": ("incubator", "national"), "regional_incubator": ("incubator", "regional"),
    "national_makerspace": ("makerspace", "national"),
}  # fmt: skip


def _holds(rows: pd.DataFrame, kind: str, level: str) -> Floats:
    return np.asarray(((rows["kind"] == kind) & (rows["level"] == level)).astype(float))


def _whole_years(registry: Registry, day: pd.Timestamp) -> pd.DataFrame:
    """Reports that cover a calendar year which is over, in order of time."""
    first, last = registry.reports["period_from"], registry.reports["period_to"]
    whole = (first.dt.month == 1) & (first.dt.day == 1) & (last.dt.month == 12) & (last.dt.day == 31)
    known = whole & (first.dt.year == last.dt.year) & (last <= day)
    found: pd.DataFrame = registry.reports.loc[known].sort_values(["incubator_id", "period_to"])
    return found


def _of_tenants(registry: Registry, on: dt.date, rows: pd.DataFrame, report: pd.DataFrame) -> dict[str, Ends]:
    firms = ever_inside(registry, on)
    result = eligible(tenant_facts(registry, on), tenancy_rules().find("tenant", on), on)
    inside = ~firms["gone"].to_numpy(dtype=bool)
    sure, possible = inside & (result.overall == "met"), inside & (result.overall != "not_met")

    def count(chosen: npt.NDArray[np.bool_]) -> Floats:
        found = firms.loc[chosen].groupby("incubator_id").size()
        return np.asarray(found.reindex(rows.index, fill_value=0).to_numpy(dtype=float))

    least, most = count(sure), count(possible)
    n = np.where(least == most, least, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: dict[str, Floats] = {
            "tenants_per_1000_m2": n / report["area_m2"].to_numpy(dtype=float) * 1_000.0,
            "service_staff_per_10": report["professional_staff"].to_numpy(dtype=float) / n * 10.0,
            "mentors_per_10": report["mentors"].to_numpy(dtype=float) / n * 10.0,
            "field_ratio": _largest_field(firms.loc[sure], rows.index) / n,
        }
        ends: dict[str, Ends] = {"tenants": (least, most)}
        for column, key in (("funded", "tenants_funded"), ("applied_ip", "tenants_applied_ip"),
                            ("valid_ip", "tenants_valid_ip"), ("tech_sme", "tenants_tech_sme")):  # fmt: skip
            yes = count(sure & firms[column].eq(True).to_numpy(dtype=bool))
            perhaps = count(possible & (firms[column].eq(True) | firms[column].isna()).to_numpy(dtype=bool))
            if key != "tenants_tech_sme":
                ends[key] = (yes, perhaps)
            found[f"{key}_ratio"] = np.where(yes == perhaps, yes / n, np.nan)
    ends |= {key: (np.where(np.isfinite(one), one, np.nan),) * 2 for key, one in found.items()}
    ends["graduates"] = (count((firms["exit_reason"] == "graduated").to_numpy() & ~inside),) * 2
    return ends


def _largest_field(firms: pd.DataFrame, index: pd.Index) -> Floats:
    """Firms of the field that most of an incubator's tenant firms are in."""
    counted = firms.groupby(["incubator_id", "field"]).size().groupby("incubator_id").max()
    return np.asarray(counted.reindex(index, fill_value=0).to_numpy(dtype=float))
