"""Simulated incubators of a region like Tibet, their tenant firms, reports and vouchers; every row says synthetic.

The rows are drawn so that their sums are the published totals of 2022-05; no total is kept beside them. Rows with
faults and corrections of earlier versions are planted, so that the quarantine and the history have something to show.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.incubators.fields import Record, record_fields
from data.incubators.journal import Entry
from data.synthetic.apportion import apportion
from data.synthetic.incubator_records import PlantedTotals, faulty_rows, report_rows, voucher_rows
from data.uscc import fictitious_uscc

ON = np.datetime64("2022-05-31", "D")
PERIODS = ("2020-12-31", "2021-12-31", "2022-05-31")
SOURCE = "simulated"
# level, kind, how many, and weights of space, staff and tenant firms
GROUPS = (
    ("national", "incubator", 5, 5.0, 5.0, 16.0),
    ("national", "makerspace", 3, 3.0, 2.5, 6.0),
    ("national", "star_village", 8, 6.0, 1.5, 2.5),
    ("regional", "incubator", 10, 5.0, 2.5, 6.0),
    ("regional", "makerspace", 12, 1.5, 1.5, 3.0),
    ("regional", "star_village", 5, 3.0, 1.2, 1.5),
    ("regional", "regional", 8, 4.0, 1.5, 3.0),
    ("lower", "incubator", 22, 2.0, 1.0, 1.5),
    ("lower", "makerspace", 45, 0.7, 0.8, 1.0),
    ("lower", "star_village", 20, 1.5, 0.7, 0.6),
)
FIELDS = ("biology", "farming", "ic", "software", "energy", "culture", "services", "other")
NAMES = {"incubator": "孵化器", "makerspace": "众创空间", "star_village": "星创天地", "regional": "双创基地"}


@dataclass(frozen=True, eq=False)
class SyntheticIncubators:
    """Raw tables as they would arrive, bad rows included, and corrections after them.

    planted : record, key and what is wrong of each bad row
    """

    tables: dict[Record, pd.DataFrame]
    corrections: tuple[Entry, ...]
    planted: pd.DataFrame


def synthesize_incubators(seed: int = 20_220_531, totals: PlantedTotals | None = None) -> SyntheticIncubators:
    """The simulated registry; the same seed gives the same rows."""
    rng, totals = np.random.default_rng(seed), totals or PlantedTotals()
    incubators, weights = _incubators(rng)
    tenants = _tenants(rng, incubators, weights[:, 2], totals)
    reports = report_rows(rng, incubators, tenants, weights, totals, PERIODS)
    vouchers = voucher_rows(rng, tenants)
    tables: dict[Record, pd.DataFrame] = {
        "incubator": incubators, "tenant": tenants, "report": reports, "voucher": vouchers,
    }  # fmt: skip
    corrections = _misread(tables)
    tables, planted = faulty_rows(tables)
    ordered = {record: table[list(record_fields(record))] for record, table in tables.items()}
    return SyntheticIncubators(ordered, corrections, planted)


def write_incubators(made: SyntheticIncubators, folder: Path) -> None:
    """The tables as CSV, reports with the codes of the form as heads, and the corrections a JSON object a line."""
    folder.mkdir(parents=True, exist_ok=True)
    for record, table in made.tables.items():
        heads = {key: one.code or key for key, one in record_fields(record).items()}
        days = [key for key, one in record_fields(record).items() if one.field.dtype == "date"]
        table = table.assign(**{key: table[key].map(lambda one: str(one)[:10], na_action="ignore") for key in days})
        table.rename(columns=heads).to_csv(folder / f"{record}s.csv", index=False, lineterminator="\n")
    lines = [json.dumps(one.as_dict(), ensure_ascii=False, sort_keys=True) for one in made.corrections]
    (folder / "corrections.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _incubators(rng: np.random.Generator) -> tuple[pd.DataFrame, npt.NDArray[np.float64]]:
    rows: list[dict[str, object]] = []
    weights = []
    for level, kind, many, *group in GROUPS:
        for _ in range(many):
            number = len(rows) + 1
            founded = np.datetime64("2011-01-01", "D") + int(rng.integers(0, 3_000 if level == "national" else 3_700))
            recognised = founded + int(rng.integers(200, 400)) if level != "lower" else np.datetime64("NaT", "D")
            professional = bool(rng.random() < 0.2) and kind == "incubator" and level != "national"
            rows.append({
                "incubator_id": f"Z{number:04d}", "name": f"模拟{NAMES[kind]}{number:03d}", "kind": kind,
                "level": level, "region": f"simulated_{int(rng.integers(1, 8))}",
                "remote_area": bool(rng.random() < 0.9),
                "professional": professional, "field": FIELDS[int(rng.integers(0, 5))] if professional else None,
                "legal_person": level == "national" or bool(rng.random() < 0.9),
                "own_platform": professional and bool(rng.random() < 0.7),
                "founded_on": founded, "recognised_on": recognised, "source": SOURCE, "synthetic": True,
            })  # fmt: skip
            weights.append(np.array(group) * rng.lognormal(0.0, 0.25, 3))
    table = pd.DataFrame(rows)
    for key in ("founded_on", "recognised_on"):
        table[key] = table[key].astype("datetime64[us]")
    return table, np.array(weights)


def _tenants(
    rng: np.random.Generator, incubators: pd.DataFrame, weights: npt.NDArray[np.float64], totals: PlantedTotals
) -> pd.DataFrame:
    n = totals.firms_ever
    home = np.repeat(np.arange(len(incubators)), apportion(weights, n, least=1))
    began = incubators["founded_on"].to_numpy(dtype="datetime64[D]")[home]
    open_days = (ON - began).astype(int)
    entered = began + (rng.beta(1.1, 1.0, n) * open_days).astype(int)
    founded = entered - np.where(rng.random(n) < 0.96, rng.integers(0, 700, n), rng.integers(760, 1_800, n))
    leaves = entered + rng.integers(200, 1_500, n)
    gone = leaves <= ON
    graduated = gone & (rng.random(n) < 0.5)
    tech_sme, hnte = np.zeros(n, bool), np.zeros(n, bool)
    tech_sme[rng.choice(n, totals.tech_sme_ever, replace=False)] = True
    hnte[rng.choice(np.flatnonzero(graduated), totals.hnte_ever // 2, replace=False)] = True
    hnte[rng.choice(np.flatnonzero(~gone), totals.hnte_ever - totals.hnte_ever // 2, replace=False)] = True
    how = np.where(hnte, "hnte", rng.choice(["venture", "revenue", "bought_or_listed"], n, p=[0.15, 0.8, 0.05]))
    how = np.where(graduated, how, "")
    venture = np.where(how == "venture", rng.integers(501, 3_000, n), np.where(rng.random(n) < 0.05, 200, 0))
    revenue = np.where(how == "revenue", rng.integers(1_001, 6_000, n), rng.integers(0, 900, n)).astype(float)
    jobs = apportion(rng.lognormal(1.8, 0.7, n), totals.jobs_ever, least=1)
    degrees = apportion(jobs * rng.beta(2.0, 5.0, n), totals.college_graduate_jobs_ever, most=jobs)
    at_entry = np.round(rng.lognormal(3.5, 1.0, n), 2)
    missing = np.datetime64("NaT", "D")
    return pd.DataFrame({
        "tenant_id": [f"T{number:05d}" for number in range(1, n + 1)],
        "incubator_id": incubators["incubator_id"].to_numpy()[home],
        "name": [f"模拟企业{number:04d}" for number in range(1, n + 1)],
        "uscc": [fictitious_uscc(83_000_000 + number) for number in range(1, n + 1)],
        "founded_on": founded.astype("datetime64[us]"), "entered_on": entered.astype("datetime64[us]"),
        "exited_on": np.where(gone, leaves, missing).astype("datetime64[us]"),
        "exit_reason": np.select(
            [graduated, gone & (rng.random(n) < 0.4), gone], ["graduated", "closed", "left"], ""
        ).astype(object),
        "graduation_reason": how.astype(object), "field": rng.choice(FIELDS, n),
        "new_technology": rng.random(n) < 0.97, "sme": rng.random(n) < 0.99, "registered_inside": rng.random(n) < 0.98,
        "hnte": hnte, "tech_sme": tech_sme, "applied_ip": rng.random(n) < 0.45, "valid_ip": rng.random(n) < 0.3,
        "funded": rng.random(n) < 0.16, "venture_wan": venture, "revenue_two_years_wan": revenue,
        "bought_or_listed": how == "bought_or_listed", "jobs": jobs, "college_graduate_jobs": degrees,
        "revenue_at_entry_wan": at_entry,
        "revenue_latest_wan": np.round(at_entry * rng.lognormal(0.4, 0.6, n), 2), "source": SOURCE, "synthetic": True,
    })  # fmt: skip


def _misread(tables: dict[Record, pd.DataFrame]) -> tuple[Entry, ...]:
    """Corrections that give the planted values back, after the first versions in the tables were made wrong."""
    reports = tables["report"]
    newest = reports.index[reports["period_to"] == pd.Timestamp(PERIODS[-1])]
    entries: list[Entry] = []
    for at, key, whole, by in ((newest[3], "other_area_m2", "area_m2", 900), (newest[40], "mentors", None, 7)):
        right = {name: _plain(value) for name, value in reports.loc[at, list(record_fields("report"))].items()}
        for column in filter(None, (key, whole)):
            reports.loc[at, column] = int(reports.loc[at, column]) + by
        entries.append(Entry(
            "report", f"{right['incubator_id']} {right['period_to']}",
            dt.datetime(2022, 7, 1 + len(entries), 2, tzinfo=dt.UTC), "registry clerk", "figure misread", right,
        ))  # fmt: skip
    return tuple(entries)


def _plain(value: object) -> object:
    if value is None or pd.isna(value):  # type: ignore[call-overload]  # a cell
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value
