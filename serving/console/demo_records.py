"""Simulated declarations, cases and incubators for trying the console; every answer about them says so.

They end on 2024-06-30, the day of the simulated firms: a console that shows them sets its clock to that day. Some of
the simulated firms are renamed to the enterprises that have accounts, so that these find records of their own.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from data.approvals.records import ApprovalEvent
from data.beijing import BEIJING
from data.clearance_requests import Cutoff
from data.events import Event, EventStore
from data.ingest.case_logs.read import Quarantined, read_case_log
from data.ingest.messages.read import read_message
from data.synthetic import approvals, clearance
from data.synthetic.approvals_courses import AS_OF
from data.synthetic.incubators import synthesize_incubators
from serving.approvals.service import SIMULATED, mappings
from serving.approvals.store import EVENTS, CaseStore
from serving.clearance.cutoffs import cutoff_event
from serving.clearance.store import MESSAGES, MessageStore, Source
from serving.cli.approvals_simulate import by_week
from serving.incubators.simulated import load_simulated
from serving.incubators.store import ENTRIES, EntryStore

LAST = dt.datetime.combine(AS_OF, dt.time(23, 59, 59), BEIJING)
FILLED = "console.demo_records"  # stream of what was filled
# Simulated, of which the declarations and the cases that began in the last days are stored: many are simulated so that
# enough of them still run on the last day.
DECLARATIONS, DECLARED_DAYS, EARLIER_EACH = 6_000, 20, 40  # of the earlier declarations one in so many
CASES, APPLIED_DAYS = 2_600, 300
ENDS = ("refused", "returned", "withdrawn", "decided")
Codes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DemoRecords:
    """How many messages, events of cases and records of incubators are new; all 0 where the store was filled before."""

    messages: int = 0
    events: int = 0
    records: int = 0


def fill_demo_stores(
    url: str, enterprises: Sequence[str] = (), progress: Callable[[str], None] | None = None
) -> DemoRecords:
    """Fill the event store at ``url``, each of its three parts once; a part that holds other records stays as it is.

    enterprises : USCCs of those that have accounts, to each the records of one of the busiest simulated firms
    progress : called with the name of each part before it is filled: clearance, approvals, incubators
    raises : EventStoreError
    """
    store = EventStore(url)
    parts: dict[str, tuple[str, Callable[[EventStore, Sequence[str]], int]]] = {
        "clearance": (MESSAGES, _messages),
        "approvals": (EVENTS, _cases),
        "incubators": (ENTRIES, _incubators),
    }
    counts = []
    try:
        for name, (stream, fill) in parts.items():
            begun, ended = (store.get(FILLED, f"{name}.{mark}") is not None for mark in ("begun", "ended"))
            if ended or (not begun and store.last(stream)):
                counts.append(0)
                continue
            if progress is not None:
                progress(name)
            store.append(Event(FILLED, f"{name}.begun", "", LAST, {}))
            counts.append(fill(store, enterprises))
            store.append(Event(FILLED, f"{name}.ended", "", LAST, {}))
    finally:
        store.close()
    return DemoRecords(*counts)


def _messages(store: EventStore, enterprises: Sequence[str]) -> int:
    """Declarations of the last days and some earlier ones, with their receipts and cut-offs."""
    cohort = clearance.demo_cohort(DECLARATIONS)
    table = cohort.declarations
    is_recent = table["first_declared"] > LAST.timestamp() - DECLARED_DAYS * 86_400
    stored = table[is_recent | (table["number"] % EARLIER_EACH == 0)]
    runs = stored["completed"] > LAST.timestamp()
    codes = renamed(stored["firm_uscc"], stored.loc[runs, "firm_uscc"], enterprises)
    events = cohort.events[cohort.events["number"].isin(stored["number"])]
    named = table.assign(firm_uscc=table["firm_uscc"].replace(dict(codes)))
    kept = MessageStore(store, read_message)
    source, new = Source("simulator", "simulator"), 0
    for one in clearance.messages(replace(cohort, declarations=named, events=events)):
        new += kept.receive(one.raw, source, one.received_at, simulated=True).new
    cutoffs = cohort.cutoffs[cohort.cutoffs["client_seq_no"].isin(stored["client_seq_no"])]
    store.append_all([_cutoff(row) for row in cutoffs.to_dict("records")])
    return new


def _cutoff(row: Mapping[Hashable, object]) -> Event:
    given = Cutoff.model_validate(
        {"cutoff_id": f"simulated-{row['client_seq_no']}", "number": row["client_seq_no"]}
        | {name: row[name] for name in ("kind", "milestone", "cutoff_at", "empty_space_fee_cny")}
    )
    known_at = pd.Timestamp(str(row["known_at"])).to_pydatetime()
    return cutoff_event(given, given.number, "simulator", known_at, simulated=True)


def _cases(store: EventStore, enterprises: Sequence[str]) -> int:
    """Cases week by week, and the rows of their log that no reader takes."""
    cohort = approvals.demo_cohort(CASES)
    recent = cohort.cases["applied_at"] > LAST - dt.timedelta(days=APPLIED_DAYS)
    numbers = set(cohort.cases.loc[recent, "case_number"])
    log = [one for one in cohort.events if one.case_number in numbers]
    applicants = {one.case_number: one.values["applicant"] for one in log if one.values.get("applicant")}
    ended = {one.case_number for one in log if one.kind in ENDS}
    running = (firm for number, firm in applicants.items() if number not in ended)
    codes = renamed(applicants.values(), running, enterprises)
    kept, new = CaseStore(store), 0
    for at, events in by_week([_of_applicant(one, codes) for one in log]):
        new += kept.receive(events, SIMULATED, at).new
    return new + kept.receive((), SIMULATED, LAST, _unreadable(cohort.log)).new


def _of_applicant(event: ApprovalEvent, codes: Codes) -> ApprovalEvent:
    applicant = event.values.get("applicant", "")
    return replace(event, values={**event.values, "applicant": codes[applicant]}) if applicant in codes else event


def _unreadable(log: pd.DataFrame) -> list[Quarantined]:
    raw = log.to_csv(index=False, lineterminator="\n").encode()
    return list(read_case_log(raw, mapping=mappings()["simulated"]).quarantine)


def _incubators(store: EventStore, enterprises: Sequence[str]) -> int:
    """The simulated registry; the enterprises are tenant firms that are inside."""
    made = synthesize_incubators()
    tenants = made.tables["tenant"]
    inside = tenants.loc[tenants["exited_on"].isna(), "uscc"]
    codes = renamed(inside, inside, enterprises)
    tables = {**made.tables, "tenant": tenants.assign(uscc=tenants["uscc"].replace(dict(codes)))}
    taken, corrections = load_simulated(EntryStore(store), replace(made, tables=tables))
    return taken.new + corrections


def renamed(codes: Iterable[str], running: Iterable[str], enterprises: Sequence[str]) -> Codes:
    """The simulated firms whose place each enterprise takes: those with most that still runs, then with most.

    codes, running : of the firm of each record, and of each that still runs; of equal firms the smaller comes first
    """
    counts, open_counts = Counter(one for one in codes if one), Counter(running)
    busiest = sorted(counts, key=lambda one: (-open_counts[one], -counts[one], one))
    return dict(zip(busiest, enterprises, strict=False))
