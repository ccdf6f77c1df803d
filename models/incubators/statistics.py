"""Statistics of the registry on a day: every figure is a sum over rows, with its basis; none is stored.

Levels are those of the day: an incubator that is recognised later counts as lower. Figures of reports are those of each
incubator's latest report by the day; an incubator without one is counted as missing and not as nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from data.incubators.fields import RegistryError
from data.incubators.figures import Figure, areas, indicators
from data.incubators.registry import Registry

GROUPS = ("kind", "level", "region")
LEVELS = ("national", "regional", "lower")
KINDS = ("incubator", "makerspace", "star_village", "regional")
_REPORTED = ("area_m2", "staff", "mentors", "seats", "driven")
THOUSAND_PER_WAN = 10.0
CENTS = 2  # decimals: sums of yuan are whole fen, the others whole numbers or wan to 1,000 yuan


def on_day(registry: Registry, on: dt.date) -> pd.DataFrame:
    """The incubators founded by the day, with the level that they had on it, index incubator_id."""
    day = pd.Timestamp(on)
    rows = registry.incubators.loc[registry.incubators["founded_on"] <= day].set_index("incubator_id")
    return rows.assign(level=rows["level"].where(rows["recognised_on"] <= day, "lower"))


def per_incubator(registry: Registry, on: dt.date, since: dt.date | None = None) -> pd.DataFrame:
    """One row an incubator: kind, level, region, and every indicator; NaN where no report gives it.

    since : first day of the flows, 1 January of the year where left out
    """
    day = pd.Timestamp(on)
    first = pd.Timestamp(since or dt.date(on.year, 1, 1))
    rows = on_day(registry, on)
    found = rows[list(GROUPS)].assign(incubators=1.0)
    reports = registry.latest_reports(on).set_index("incubator_id").reindex(rows.index)
    for key in _REPORTED:
        found[key] = reports[key]
    found["fund_wan"] = reports["fund_thousand_cny"] / THOUSAND_PER_WAN
    tenants = registry.tenants.loc[registry.tenants["entered_on"] <= day]
    gone = tenants["exited_on"] <= day
    left = gone & (tenants["exited_on"] >= first)
    graduated = gone & (tenants["exit_reason"] == "graduated")
    hnte, tech_sme = tenants["hnte"].eq(True), tenants["tech_sme"].eq(True)
    counted = {
        "firms_ever": gone | True, "firms_inside": ~gone, "graduates_ever": graduated,
        "hnte_ever": hnte, "tech_sme_ever": tech_sme, "hnte_inside": hnte & ~gone, "tech_sme_inside": tech_sme & ~gone,
        "entered": tenants["entered_on"] >= first, "graduated": graduated & left, "exited": left,
        "jobs_ever": tenants["jobs"].fillna(0.0),
        "college_graduate_jobs_ever": tenants["college_graduate_jobs"].fillna(0.0),
    }  # fmt: skip
    for key, values in counted.items():
        sums = values.astype(float).groupby(tenants["incubator_id"]).sum()
        found[key] = sums.reindex(rows.index, fill_value=0.0)
    balances = registry.ledger.balances(on)
    home = balances["tenant_id"].map(registry.tenants.set_index("tenant_id")["incubator_id"])
    for step in ("issued", "redeemed", "expired", "left"):
        sums = balances[f"{step}_cny"].groupby(home).sum()
        found[f"vouchers_{step}_cny"] = sums.reindex(rows.index, fill_value=0.0).round(2)
    return found


def statistics(registry: Registry, on: dt.date, by: Sequence[str] = (), since: dt.date | None = None) -> pd.DataFrame:
    """One row an indicator and group.

    Columns: indicator, zh, en, kind, level, region, value, unit, basis, since, on, n, n_missing.
    by : any of ``GROUPS``; the column of another group is "". The groups of an indicator add up to the whole
    n : incubators that the figure is a sum of; n_missing : those without a report of it. since : as ``per_incubator``
    raises : RegistryError for another group, or a first day after the last one
    """
    if since is not None and since > on:
        raise RegistryError(f"since is {since}, allowed: {on}, the day of the figures, or before")
    if alien := [one for one in by if one not in GROUPS]:
        raise RegistryError(f"by is {alien[0]!r}, allowed: {list(GROUPS)}")
    first = since or dt.date(on.year, 1, 1)
    rows = per_incubator(registry, on, first)
    parts = rows.groupby(list(by), sort=True) if by else [((), rows)]
    found = []
    for names, part in parts:
        group = dict(zip(by, names, strict=True))
        for key, one in indicators().items():
            if key in part:
                given = part[key].notna()
                found.append({
                    "indicator": key, "zh": one.zh, "en": one.en, **{name: group.get(name, "") for name in GROUPS},
                    "value": round(float(part[key].sum()), CENTS), "unit": one.unit, "basis": one.basis,
                    "since": first if one.basis == "flow" else None, "on": on,
                    "n": int(given.sum()), "n_missing": int((~given).sum()),
                })  # fmt: skip
    columns = ["indicator", "zh", "en", *GROUPS, "value", "unit", "basis", "since", "on", "n", "n_missing"]
    return pd.DataFrame(found, columns=columns)


def level_parts(registry: Registry, on: dt.date) -> pd.DataFrame:
    """Incubators by level and kind: level, kind, value; every level is there, and the values add up to all."""
    counted = on_day(registry, on).groupby(["level", "kind"]).size()
    rows = [(level, kind, int(counted.get((level, kind), 0))) for level in LEVELS for kind in KINDS]
    return pd.DataFrame(rows, columns=["level", "kind", "value"])


def figures(registry: Registry, names: Iterable[str], on: dt.date, since: dt.date | None = None) -> dict[str, Figure]:
    """Computed figures by name; ``incubators:level=national:kind=incubator`` narrows one. Unknown ones are left out."""
    rows, found = per_incubator(registry, on, since), {}
    area = covered_area(registry)
    source = "registry, simulated rows" if registry.synthetic else "registry"
    for name in names:
        key, *narrowed = name.split(":")
        wanted = dict(part.partition("=")[::2] for part in narrowed)
        if key not in indicators() or key not in rows or not set(wanted) <= set(GROUPS):
            continue
        chosen = np.logical_and.reduce([rows[group] == value for group, value in wanted.items()], initial=True)
        one = indicators()[key]
        first = (since or dt.date(on.year, 1, 1)) if one.basis == "flow" else None
        value = round(float((rows[key] * chosen).sum()), CENTS)
        found[name] = Figure(name, value, one.unit, one.basis, one.membership, on, first, area, source, 1.0)
    return found


def covered_area(registry: Registry) -> str:
    """The smallest area of ``areas.csv`` that holds every incubator; "" where there is none."""
    lines = []
    for region in registry.incubators["region"].unique():
        line = [str(region)]
        while line[-1] in areas() and areas()[line[-1]].inside:
            line.append(areas()[line[-1]].inside)
        lines.append(line)
    return next((one for one in lines[0] if all(one in line for line in lines)), "") if lines else ""
