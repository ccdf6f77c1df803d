"""Answers about incubators, as they are sent: every figure with its basis, its day and whether it is simulated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from data.incubators.fields import Record
from data.incubators.figures import indicators
from data.incubators.journal import Entry, plain_value
from data.incubators.vouchers import BALANCES
from models.incubators.reconciliation import reconcile
from models.incubators.statistics import GROUPS
from serving.contract.parameters import Pattern
from serving.incubators.service import IncubatorsService, SeenIncubator, own_tenants, said, visible
from serving.incubators.taking import Taken

# Indicators of one incubator that its tenant firms may see; money and single reports are not among them.
PUBLIC = ("area_m2", "seats", "staff", "mentors", "firms_ever", "firms_inside", "graduates_ever")
LISTED = ("incubator_id", "name", "kind", "level", "region", "founded_on", "recognised_on", "synthetic")


def listing(
    service: IncubatorsService, viewer: str | None, filters: Mapping[str, str], after: int, count: int
) -> dict[str, Any]:
    """Incubators that the caller may see, by identifier; filters : value by group."""
    state = service.state()
    rows = state.registry.incubators
    rows = rows.loc[rows["incubator_id"].isin(visible(state, viewer))].sort_values("incubator_id")
    for name, value in filters.items():
        rows = rows.loc[rows[name] == value]
    shown = rows.iloc[after : after + count]
    return {"count": len(rows), "simulated": bool(rows["synthetic"].any()), "rows": records(shown[list(LISTED)])}


def incubator_answer(service: IncubatorsService, seen: SeenIncubator) -> dict[str, Any]:
    """An incubator: its record and figures, what belongs to it, and every correction with who, when and why."""
    state, name = seen.state, seen.incubator_id
    row = state.registry.incubators.set_index("incubator_id", drop=False).loc[[name]]
    tenants = state.registry.tenants.loc[state.registry.tenants["incubator_id"] == name]
    figures = service.figures(state, seen.on)
    of_one = [key for key in indicators() if key in figures and key != "incubators"]
    keys = [key for key in of_one if seen.viewer is None or key in PUBLIC]
    answer = {
        "incubator_id": name,
        "on": seen.on,
        "known_at": seen.known_at,
        "simulated": bool(row["synthetic"].iloc[0]),
        "incubator": records(row if seen.viewer is None else row[list(LISTED)])[0],
        "figures": [_figure(key, figures, name, seen.on) for key in keys] if name in figures.index else [],
        "reports": [],
        "tenants": [],
        "history": [],
    }
    if seen.viewer is None:
        reports = state.registry.reports
        own = reports.loc[reports["incubator_id"] == name].sort_values("period_to", ascending=False)
        shown = tenants
        history: Sequence[tuple[Record, str, bool]] = [
            ("incubator", name, True),
            *(("report", f"{name} {str(day)[:10]}", True) for day in own["period_to"]),
            *(("tenant", str(one), False) for one in tenants["tenant_id"]),
        ]
        answer |= {"reports": records(own), "history": list(_history(seen, history))}
    else:
        mine = own_tenants(state, seen.viewer)
        shown = mine.loc[mine["incubator_id"] == name]
    graduation = service.graduation(state, seen.on).set_index("tenant_id")
    answer["tenants"] = [one | {"graduation": _graduation(graduation, str(one["tenant_id"]))} for one in records(shown)]
    return answer


def recognition_answer(
    service: IncubatorsService, seen: SeenIncubator, tier: str | None, region: str | None
) -> dict[str, Any]:
    """Clauses of recognition with the way to the next level, and whether the incubator is simulated."""
    found = dict(service.recognition(seen, tier, region))
    return found | {"simulated": found.pop("synthetic"), "known_at": seen.known_at}


def statistics_answer(
    service: IncubatorsService,
    by: Sequence[str],
    on: dt.date | None,
    since: dt.date | None,
    known_at: dt.datetime | None,
) -> dict[str, Any]:
    """Statistics of the registry, a row an indicator and group."""
    state = service.state(known_at)
    day = service.day(state, on)
    rows = records(service.statistics(state, by, day, since))
    return {"on": day, "by": list(by), "known_at": known_at, "simulated": state.simulated, "rows": rows}


def reconciliation_answer(service: IncubatorsService, on: dt.date | None) -> dict[str, Any]:
    """Published figures beside computed ones, parts and wholes, and why true figures differ."""
    state = service.state()
    day = service.day(state, on)
    found: dict[str, Any] = state.computed.once(
        ("reconciliation", day), lambda: reconcile(state.registry, day).as_dict()
    )
    return found | {"simulated": state.simulated}


def quarantine_answer(service: IncubatorsService, record: str | None, after: int, count: int) -> dict[str, Any]:
    """Records that were not taken, a row a reason."""
    rows = service.quarantine(service.state())
    rows = rows if record is None else rows.loc[rows["record"] == record]
    by = {str(key): int(n) for key, n in rows["record"].value_counts().sort_index().items()}
    shown = rows.iloc[after : after + count]
    whole = [
        row | {"received_at": None if row["received_at"] is None else str(row["received_at"])}
        for row in records(shown.drop(columns=["received_at"]).assign(received_at=shown["received_at"].astype(object)))
    ]
    return {"count": len(rows), "by_record": by, "rows": whole}


def vouchers_answer(
    service: IncubatorsService, viewer: str | None, on: dt.date | None, after: int, count: int
) -> dict[str, Any]:
    """Balances of the vouchers that the caller may see, and their totals, on a day; today where none is given."""
    state, day = service.state(), on or service.today()
    rows = state.ledger.balances(day).sort_values("voucher_id", ignore_index=True)
    if viewer is not None:
        rows = rows.loc[rows["tenant_id"].isin(own_tenants(state, viewer)["tenant_id"])]
    totals = {key: round(float(rows[key].sum()), 2) for key in BALANCES if key.endswith("_cny")}
    shown = records(rows.iloc[after : after + count])
    held = state.registry.vouchers
    simulated = bool(held.loc[held["voucher_id"].isin(rows["voucher_id"]), "synthetic"].any())
    return {"on": day, "count": len(rows), "simulated": simulated, "totals": totals, "rows": shown}


def taken_answer(taken: Taken, posted: int) -> dict[str, Any]:
    """What became of posted records."""
    return {
        "count": posted,
        "new": taken.new,
        "known": taken.known,
        "refused": posted - taken.new - taken.known,
        "quarantine": records(taken.refused),
    }


def correction_answer(entry: Entry, new: bool) -> dict[str, Any]:
    """The version that a correction made, or the one that says the same."""
    return {"record": entry.record, "key": entry.key, "version": entry.digest, "at": entry.at, "new": new}


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as values that JSON can hold."""
    return [{str(key): plain_value(value) for key, value in row.items()} for row in table.to_dict("records")]


def _figure(key: str, figures: pd.DataFrame, name: str, on: dt.date) -> dict[str, Any]:
    """One indicator of an incubator; a flow counts from 1 January of the day's year."""
    one = indicators()[key]
    since = dt.date(on.year, 1, 1) if one.basis == "flow" else None
    return {
        "indicator": key, "zh": one.zh, "en": one.en, "value": plain_value(figures[key].loc[name]), "unit": one.unit,
        "basis": one.basis, "since": since, "on": on,
    }  # fmt: skip


def _graduation(table: pd.DataFrame, tenant_id: str) -> dict[str, Any] | None:
    """Whether a tenant firm meets its definition and a condition of graduation; None before it entered."""
    if tenant_id not in table.index:
        return None
    names = ["inside", "months_inside", "tenant", "tenant_not_met", "graduation", "conditions"]
    return records(table.loc[[tenant_id], names])[0]


def _history(seen: SeenIncubator, keys: Sequence[tuple[Record, str, bool]]) -> Iterator[dict[str, Any]]:
    """Versions of records, oldest first; of a record that is not shown from the first, only its corrections."""
    for record, key, whole in keys:
        known = [
            one for one in seen.state.journal.history(record, key) if seen.known_at is None or one.at <= seen.known_at
        ]
        for number, one in enumerate(known):
            if whole or number:
                before: Mapping[str, Any] = known[number - 1].values if number else {}
                changed = [
                    {"member": name, "before": before.get(name), "after": one.values.get(name)}
                    for name in sorted({*before, *one.values})
                    if before.get(name) != one.values.get(name)
                ]
                yield {
                    "record": record, "key": key, "version": one.digest, "at": one.at, "by": one.by, "why": one.why,
                    "withdrawn": not one.values, "changed": changed if number else [],
                }  # fmt: skip


_GROUP = f"(?:{'|'.join(GROUPS)})"
BY = Pattern(f"(?:{_GROUP}(?:,{_GROUP})*)?", lambda: said("allowed.group"))


def by_of(text: str | None) -> tuple[str, ...]:
    """Groups as a query names them: kind,level."""
    return tuple(dict.fromkeys(text.split(","))) if text else ()
