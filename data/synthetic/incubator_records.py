"""Reports, vouchers and faulty rows of the simulated incubators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.incubators.fields import Record
from data.synthetic.apportion import apportion

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlantedTotals:
    """Sums of the rows on the day ``ON``; whole numbers."""

    area_m2: int = 810_000
    staff: int = 631
    mentors: int = 966
    firms_ever: int = 2_814
    hnte_ever: int = 12
    tech_sme_ever: int = 62
    jobs_ever: int = 24_700
    college_graduate_jobs_ever: int = 7_056
    driven: int = 2_552


def report_rows(
    rng: np.random.Generator, incubators: pd.DataFrame, tenants: pd.DataFrame, weights: Floats,
    totals: PlantedTotals, periods: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    """A report of each incubator at the end of each period that it was open in.

    The sums of the last period are the planted totals; earlier ones are smaller by a share.
    """
    n = len(incubators)
    last = {
        "area_m2": apportion(weights[:, 0], totals.area_m2, least=120),
        "staff": apportion(weights[:, 1], totals.staff, least=1),
        "mentors": apportion(weights[:, 1] * rng.lognormal(0.0, 0.3, n), totals.mentors, least=1),
        "driven": apportion(weights[:, 2] * rng.lognormal(0.0, 0.3, n), totals.driven),
    }
    made = []
    for at, period in enumerate(periods):
        day, back = pd.Timestamp(period), 0.92 ** (len(periods) - 1 - at)
        sizes = {
            key: np.minimum(value, np.maximum(np.floor(value * back), 1)).astype(int) for key, value in last.items()
        }
        rows = _period(rng, incubators, tenants, day, sizes)
        made.append(rows.loc[incubators["founded_on"].to_numpy() <= np.datetime64(day)])
    return pd.concat(made, ignore_index=True)


def _period(
    rng: np.random.Generator, incubators: pd.DataFrame, tenants: pd.DataFrame, day: pd.Timestamp,
    sizes: dict[str, npt.NDArray[np.int_]],
) -> pd.DataFrame:  # fmt: skip
    n, ids = len(incubators), incubators["incubator_id"]
    national = incubators["level"].eq("national").to_numpy(dtype=bool)
    since = pd.Timestamp(day.year, 1, 1)
    here = (tenants["entered_on"] <= day) & ~(tenants["exited_on"] <= day)
    new = (tenants["entered_on"] >= since) & (tenants["entered_on"] <= day)

    def by(rows: pd.Series[bool], column: str | None = None) -> npt.NDArray[np.int_]:
        chosen = tenants.loc[rows].groupby("incubator_id")
        found = chosen.size() if column is None else chosen[column].sum()
        return np.asarray(found.reindex(ids, fill_value=0).to_numpy(), dtype=int)

    inside, workers, entered = by(here), by(here, "jobs"), by(new)
    area, staff = sizes["area_m2"], sizes["staff"]
    office, shared = (area * 0.05).astype(int), (area * 0.2).astype(int)
    rented = (area * np.where(national, 0.62, rng.uniform(0.5, 0.7, n))).astype(int)
    professional = np.minimum(staff, np.ceil(staff * np.where(national, 0.85, rng.uniform(0.6, 1.0, n))).astype(int))
    teams = rng.poisson(3 + 15 * national)
    members = teams * rng.integers(1, 5, n)
    income = rng.integers(50, 3_000, (n, 4))
    invest = rng.integers(0, 5_000, (n, 4))
    financed = np.minimum(inside, rng.binomial(np.maximum(inside, 0), np.where(national, 0.3, 0.05)))
    return pd.DataFrame({
        "incubator_id": ids, "period_from": since, "period_to": day, "filed_on": day + pd.Timedelta(days=20),
        "report_name": incubators["name"], "operator_kind": rng.choice(["institution", "firm"], n),
        "head": None, "in_zone": rng.random(n) < 0.3, "report_founded_on": incubators["founded_on"],
        "report_national": incubators["level"] == "national", "report_professional": incubators["professional"],
        "investment_thousand_cny": invest.sum(axis=1),
        **{f"investment_{key}_thousand_cny": invest[:, at]
           for at, key in enumerate(("state", "firm", "body", "other"))},
        "income_thousand_cny": income.sum(axis=1),
        **{f"income_{key}_thousand_cny": income[:, at]
           for at, key in enumerate(("services", "investment", "other", "property"))},
        "net_profit_thousand_cny": rng.integers(-300, 800, n), "tax_paid_thousand_cny": rng.integers(0, 200, n),
        "public_grant_15_thousand_cny": rng.integers(0, 500, n),
        "public_grant_16_thousand_cny": rng.integers(0, 300, n),
        "fixed_assets_thousand_cny": rng.integers(200, 20_000, n),
        "fund_thousand_cny": np.select(
            [national, incubators["level"] == "regional"],
            [rng.integers(45, 90, n) * 100, rng.integers(5, 60, n) * 100],
        ),
        "staff": staff, "professional_staff": professional, "college_staff": np.minimum(staff, professional + 1),
        "returnee_staff": np.minimum(staff, rng.binomial(2, 0.1, n)), "area_m2": area, "office_area_m2": office,
        "tenant_area_m2": rented, "shared_area_m2": shared, "other_area_m2": area - office - shared - rented,
        "tenants": inside, "tenants_of_returnees": np.minimum(inside, rng.binomial(3, 0.1, n)),
        "tenant_staff": workers, "tenant_income_thousand_cny": inside * 800, "tenant_rd_thousand_cny": inside * 60,
        "tenant_grants_thousand_cny": inside * 20, "tenant_venture_thousand_cny": financed * 2_000,
        "tenants_financed": financed, "teams": teams, "team_members": members, "jobs_inside": workers + members,
        "mentors": sizes["mentors"], "seats": (area / 25).astype(int), "full_time_staff": professional,
        "joined": entered + teams, "registered": entered, "financed": financed, "events": rng.poisson(9 + 9 * national),
        "fund_cases": rng.poisson(2, n) + 3 * national, "incubation_cases": rng.poisson(3, n) + 3 * national,
        "driven": sizes["driven"], "synthetic": True,
    })  # fmt: skip


def voucher_rows(rng: np.random.Generator, tenants: pd.DataFrame) -> pd.DataFrame:
    """Vouchers of 5,000 to 50,000 yuan for one tenant firm in ten, used in parts, some expired."""
    rows: list[tuple[str, str, float, pd.Timestamp, str]] = []
    for number, at in enumerate(np.flatnonzero(rng.random(len(tenants)) < 0.1), start=1):
        voucher, amount = f"V{number:04d}", float(rng.integers(1, 11) * 5_000)
        issued = tenants["entered_on"].iloc[at] + pd.Timedelta(days=int(rng.integers(1, 60)))
        holder = str(tenants["tenant_id"].iloc[at])
        rows.append((voucher, "issued", amount, issued, holder))
        left = amount
        for part in range(int(rng.integers(0, 3))):
            used = round(float(left * rng.uniform(0.2, 0.9)), 2)
            left = round(left - used, 2)
            rows.append((voucher, "redeemed", used, issued + pd.Timedelta(days=60 * (part + 1)), holder))
        if left > 0 and rng.random() < 0.5:
            rows.append((voucher, "expired", left, issued + pd.Timedelta(days=365), holder))
    table = pd.DataFrame(rows, columns=["voucher_id", "step", "amount_cny", "day", "tenant_id"])
    table.insert(0, "entry_id", [f"E{number:05d}" for number in range(1, len(table) + 1)])
    table["day"] = table["day"].astype("datetime64[us]")
    return table.assign(synthetic=True)


# record, column, the faulty value made from the row, what is wrong
_FAULTS: tuple[tuple[Record, str, str | float | None, str], ...] = (
    ("report", "area_m2", 99_999, "area"),
    ("report", "income_thousand_cny", 99_999, "income"),
    ("report", "investment_thousand_cny", 99_999, "investment"),
    ("report", "professional_staff", 999, "staff"),
    ("report", "tenants_of_returnees", 9_999, "tenants"),
    ("report", "team_members", 100_000, "teams"),
    ("report", "jobs_inside", 0, "jobs"),
    ("report", "tenant_staff", 0, "tenant_staff"),
    ("report", "staff", "五人", "value"),
    ("report", "period_from", "2021-06-30", "order"),
    ("tenant", "exited_on", "2009-01-01", "order"),
    ("tenant", "incubator_id", "Z9999", "unknown"),
    ("tenant", "entered_on", None, "empty"),
    ("tenant", "college_graduate_jobs", 99_999, "inside"),
    ("voucher", "amount_cny", 9_999_999.0, "over"),
    ("voucher", "voucher_id", "V9999", "not_issued"),
)


def faulty_rows(tables: dict[Record, pd.DataFrame]) -> tuple[dict[Record, pd.DataFrame], pd.DataFrame]:
    """The tables with faulty rows, and what is wrong with each.

    A report of the first period is made faulty; faulty tenant firms and vouchers come on top of the good rows.
    """
    made = {record: table.astype(object).where(table.notna(), None) for record, table in tables.items()}
    planted = []
    first = tables["report"]["period_to"].min()
    busy = tables["report"]["tenants"].gt(0) & tables["report"]["period_to"].eq(first)
    reports = iter(tables["report"].index[busy][::-1])
    for number, (record, column, value, reason) in enumerate(_FAULTS):
        table = made[record]
        if record == "report":
            at = next(reports)
            key = f"{table['incubator_id'].loc[at]} {first.date()}"
        else:
            source = table.index[number] if record == "tenant" else table.index[table["step"] == "redeemed"][number]
            at, key = len(table), f"{'T9' if record == 'tenant' else 'E9'}{number:04d}"
            table.loc[at] = table.loc[source]
            table.loc[at, "tenant_id" if record == "tenant" else "entry_id"] = key
        table.loc[at, column] = value
        planted.append({"record": record, "key": key, "reason": reason})
    return made, pd.DataFrame(planted)
