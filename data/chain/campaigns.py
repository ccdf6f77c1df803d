"""Campaigns 招商跟进: what has been done to bring a target firm to a node, as records that are only ever added.

A record is an event of the stream ``chain.campaign`` about its firm, so that a firm which withdraws takes its records
away. The same record twice is one record; the state of a firm on a node is that of its latest record, whatever order
they arrive in. A role is written down, never a person.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from data.events import Event, EventStore

CAMPAIGNS = "chain.campaign"
CampaignStatus = Literal["identified", "contacted", "visiting", "negotiating", "signed", "dropped"]
CampaignRole = Literal["investment_office", "park_office", "chain_leader", "agency", "other"]
STATUSES: tuple[str, ...] = get_args(CampaignStatus)
ROLES: tuple[str, ...] = get_args(CampaignRole)
LONGEST_REASON = 500  # characters
CAMPAIGN_COLUMNS = ("chain_id", "node_id", "firm_id", "status", "since", "role", "reason", "first_on", "records")


class CampaignError(ValueError):
    """A record that cannot be kept; the message names the member, found and allowed."""


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """One change of a campaign.

    record_id : makes it idempotent; may not name the firm. at : with a time zone, when it happened
    role : who did it; reason : why, such as what a dropped firm answered; "" where there is none
    raises : CampaignError
    """

    record_id: str
    chain_id: str
    node_id: str
    firm_id: str
    status: CampaignStatus
    at: dt.datetime
    role: CampaignRole
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("record_id", "chain_id", "node_id", "firm_id"):
            if not getattr(self, name):
                raise CampaignError(f"{name}: found an empty text; allowed: an identifier")
        for name, allowed in (("status", STATUSES), ("role", ROLES)):
            if getattr(self, name) not in allowed:
                raise CampaignError(f"{name}: found {getattr(self, name)!r}; allowed: {', '.join(allowed)}")
        if self.at.tzinfo is None:
            raise CampaignError(f"at: found {self.at.isoformat()} without a time zone; allowed: a time with one")
        if len(self.reason) > LONGEST_REASON:
            raise CampaignError(f"reason: found {len(self.reason)} characters; allowed: at most {LONGEST_REASON}")
        if self.status == "dropped" and not self.reason.strip():
            raise CampaignError("reason: found none; allowed: why the firm was dropped")


def campaign_event(record: CampaignRecord) -> Event:
    """The event of a record; ``EventStore.append`` stores it once, and refuses another content under its identifier."""
    payload = {name: getattr(record, name) for name in ("chain_id", "node_id", "status", "role", "reason")}
    return Event(CAMPAIGNS, record.record_id, record.firm_id, record.at, payload)


def campaign_records(store: EventStore) -> list[CampaignRecord]:
    """Every record in the order of time; of equal times the one further on, then the larger identifier, is later."""
    found = [
        CampaignRecord(record_id=one.event_id, firm_id=one.subject, at=one.at, **one.payload)
        for one in store.read(CAMPAIGNS)
        if one.payload is not None and one.subject
    ]
    return sorted(found, key=lambda one: (one.at, STATUSES.index(one.status), one.record_id))


def campaign_table(store: EventStore, until: dt.datetime | None = None) -> pd.DataFrame:
    """The state of every firm on every node, CAMPAIGN_COLUMNS, sorted by chain, node and firm.

    until : records up to then; None for all. status, role, reason : of the latest record; since : day of the first of
    the records that have had this status without another between; first_on : day of the first record; records : how
    many. Days are those of the records' own time zones.
    """
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    for one in campaign_records(store):
        if until is not None and one.at > until:
            continue
        key = (one.chain_id, one.node_id, one.firm_id)
        day = pd.Timestamp(one.at.date())
        row = rows.setdefault(key, {"first_on": day, "records": 0, "status": None})
        if row["status"] != one.status:
            row["since"] = day
        row |= {"status": one.status, "role": one.role, "reason": one.reason, "records": int(str(row["records"])) + 1}
    names = ("chain_id", "node_id", "firm_id")
    table = [{**dict(zip(names, key, strict=True)), **rows[key]} for key in sorted(rows)]
    return pd.DataFrame(table, columns=list(CAMPAIGN_COLUMNS))
