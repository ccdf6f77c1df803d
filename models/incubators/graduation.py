"""Tenant firms against their definition and the conditions of graduation, and statistics of those that left."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.incubators.registry import Registry
from data.ladder.facts import LadderFacts
from data.ladder.rules import RuleBook, read_rules
from models.incubators.durations import months_between
from models.ladder.eligible import eligible
from models.ladder.truth import truth

LONG_FIELDS = ("biology", "farming", "ic")  # that may stay longer, by the definition
REASONS = {  # fact of the rule -> condition of graduation as the registry records it
    "tenant_hnte": "hnte", "venture_wan": "venture", "revenue_two_years_wan": "revenue",
    "bought_or_listed": "bought_or_listed",
}  # fmt: skip
Floats = npt.NDArray[np.float64]


@cache
def tenancy_rules() -> RuleBook:
    """The rules of tenant firms and of graduation."""
    return read_rules(subject="tenant")


def ever_inside(registry: Registry, on: dt.date) -> pd.DataFrame:
    """The firms that entered by the day, with ``gone`` and ``until``, the day that their time inside is counted to."""
    day = pd.Timestamp(on)
    rows = registry.tenants.loc[registry.tenants["entered_on"] <= day].reset_index(drop=True)
    gone = rows["exited_on"] <= day
    return rows.assign(gone=gone, until=rows["exited_on"].where(gone, day))


def tenant_facts(registry: Registry, on: dt.date) -> LadderFacts:
    """What the rules read of every firm that entered by the day; of one that left, its time inside until then."""
    rows = ever_inside(registry, on)
    values: dict[str, Floats] = {
        "new_technology": known_flags(rows["new_technology"]),
        "sme": known_flags(rows["sme"]),
        "registered_inside": known_flags(rows["registered_inside"]),
        "age_at_entry_months": months_between(rows["founded_on"], rows["entered_on"]),
        "months_inside": months_between(rows["entered_on"], rows["until"]),
        "long_field": np.where(rows["field"].isna(), np.nan, rows["field"].isin(LONG_FIELDS).astype(float)),
        "tenant_hnte": known_flags(rows["hnte"]),
        "venture_wan": rows["venture_wan"].to_numpy(dtype=float),
        "revenue_two_years_wan": rows["revenue_two_years_wan"].to_numpy(dtype=float),
        "bought_or_listed": known_flags(rows["bought_or_listed"]),
    }
    facts = LadderFacts.unknown(tuple(rows["tenant_id"]), "tenant")
    return facts.with_facts({key: (value, value) for key, value in values.items()}, on, "registry")


def graduation_table(registry: Registry, on: dt.date) -> pd.DataFrame:
    """One row a firm that entered by the day.

    Columns: tenant_id, incubator_id, entered_on, exited_on, inside, months_inside, tenant (met, not_met, unknown: the
    definition of a tenant firm), tenant_not_met (clauses), graduation (whether one of the conditions is met),
    conditions (those met, joined by ";"), recorded (reason of leaving), recorded_condition, agrees (a recorded graduate
    meets the condition that is recorded; None for the others)
    """
    rows, facts = ever_inside(registry, on), tenant_facts(registry, on)
    book = tenancy_rules()
    tenant = eligible(facts, book.find("tenant", on), on)
    graduate = eligible(facts, book.find("graduate", on), on)
    met = {
        REASONS[one.fact]: truth(one, graduate.facts).surely
        for one in graduate.rule.thresholds()
    }  # fmt: skip
    missed = {one.clause.key: one.status == "not_met" for one in tenant.clauses}
    recorded = rows["exit_reason"].where(rows["gone"])
    condition = rows["graduation_reason"].where(recorded == "graduated")
    agrees = [
        None if pd.isna(reason) else bool(met[str(reason)][at]) for at, reason in enumerate(condition)
    ]  # fmt: skip
    return pd.DataFrame({
        "tenant_id": rows["tenant_id"], "incubator_id": rows["incubator_id"], "entered_on": rows["entered_on"],
        "exited_on": rows["exited_on"].where(rows["gone"]), "inside": ~rows["gone"],
        "months_inside": facts.ends("months_inside")[0], "tenant": tenant.overall,
        "tenant_not_met": _joined(missed, len(rows)), "graduation": graduate.overall,
        "conditions": _joined(met, len(rows)),
        "recorded": recorded, "recorded_condition": condition, "agrees": pd.Series(agrees, dtype="boolean"),
    })  # fmt: skip


def graduation_statistics(registry: Registry, on: dt.date) -> pd.DataFrame:
    """Graduates by the condition recorded, and all of them: a row each, the last one the whole.

    Columns: condition ("" for all), graduates, share (of all graduates), months_inside (median), revenue_growth (of the
    latest year to the year of entry, of those firms together that have both), n_growth (those firms)
    and of the whole alone: exits (firms that left), graduation_rate (graduates of exits), agreeing (graduates that meet
    the condition recorded), waiting (inside and meeting a condition), over_time (inside longer than is defined)
    """
    table = graduation_table(registry, on)
    rows = ever_inside(registry, on).set_index("tenant_id")
    graduates = table.loc[table["recorded"] == "graduated"]
    found = []
    for condition in (*REASONS.values(), ""):
        part = graduates if condition == "" else graduates.loc[graduates["recorded_condition"] == condition]
        money = rows.loc[part["tenant_id"], ["revenue_at_entry_wan", "revenue_latest_wan"]].dropna()
        before, after = money.sum()
        found.append({
            "condition": condition, "graduates": len(part),
            "share": len(part) / len(graduates) if len(graduates) else float("nan"),
            "months_inside": float(part["months_inside"].median()),
            "revenue_growth": after / before - 1.0 if before > 0 else float("nan"), "n_growth": len(money),
        })  # fmt: skip
    exits, inside = int((~table["inside"]).sum()), table["inside"]
    over = np.array(["time" in keys.split(";") for keys in table["tenant_not_met"]], dtype=bool)
    found[-1] |= {
        "exits": exits, "graduation_rate": len(graduates) / exits if exits else float("nan"),
        "agreeing": int(graduates["agrees"].sum()), "waiting": int((inside & (table["graduation"] == "met")).sum()),
        "over_time": int((inside & over).sum()),
    }  # fmt: skip
    return pd.DataFrame(found)


def known_flags(values: pd.Series) -> Floats:
    """1 and 0, NaN where nothing is given."""
    return np.where(values.isna(), np.nan, values.eq(True).astype(float))


def _joined(flags: dict[str, npt.NDArray[np.bool_]], n: int) -> list[str]:
    return [";".join(key for key, rows in flags.items() if rows[at]) for at in range(n)]
