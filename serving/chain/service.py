"""Industry chains for one worker: the list, a node with its lists, removal of a firm, campaigns.

Lists of a node name firms by what public registers hold. Targets and campaigns are the zone's own and are shown to
operators alone. Who has withdrawn from matching is read before each answer and is in none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from data.chain.campaigns import CampaignError, CampaignRecord, campaign_event, campaign_table
from data.chain.tree import Chain, Node
from data.chain_requests import CampaignStep
from data.events import EventStoreError
from data.texts.sentences import label, sentence
from features.chain_snapshot import ChainTables, SnapshotError, snapshot
from models.chain.pages.gather import node_lists
from models.chain.placed import PlacedChain, ScoreError
from models.chain.removal import remove_firm
from models.chain.removal_texts import removal_texts
from serving.auth.access import Caller
from serving.chain.packed import FOLDER, PackedChains, load_chain_files
from serving.chain.placing import Models, Placing
from serving.contract.refusals import Fault, Refusal
from serving.matching.event_store import append, store_refusal
from serving.matching.packed import FOLDER as MATCHING
from serving.matching.packed import FirstUse
from serving.matching.service import MatchingService
from serving.matching.visibility import NOT_PUBLIC, reads_filings
from serving.releases.packed import PARAMS

ENCODER = "encoder"
ZONE_ONLY = ("targets",)  # lists that only the zone's side sees
NO_CHAINS = ("chain-not-packed", "chain-unavailable")


@dataclass(frozen=True)
class ChainService:
    """Chains of one release, read at their first use.

    matching : of the same release: its store holds campaigns and who has withdrawn
    """

    packed: FirstUse[PackedChains]
    models: FirstUse[Models]
    matching: MatchingService

    @classmethod
    def of_release(cls, folder: Path, matching: MatchingService) -> ChainService:
        """Of the release whose files are in ``folder``; nothing is read yet."""
        return cls(
            FirstUse(lambda: load_chain_files(folder / FOLDER, folder / PARAMS), NO_CHAINS),
            FirstUse(lambda: Models.load(folder / FOLDER, folder / MATCHING / ENCODER), NO_CHAINS),
            matching,
        )

    @property
    def placing(self) -> Placing:
        """Placements and investors."""
        return Placing(self.current, self.models, self.matching)

    def if_packed(self) -> PackedChains | None:
        """What is packed, with every firm; None where the release has no chains or they cannot be read."""
        try:
            return self.packed.get()
        except Refusal:
            return None

    def current(self) -> PackedChains:
        """What is packed, without the firms that have withdrawn until now."""
        return self.packed.get().without(self.matching.withdrawn())

    def listing(self) -> dict[str, Any]:
        """Every chain with its size, its owners and how many of its nodes are flagged."""
        packed = self.current()
        flags = _of_day(packed.tables["flags"], packed.day)
        rows = []
        for chain in packed.chains.values():
            own = flags[flags["chain_id"] == chain.id]
            raised = own[own["raised"].fillna(False).astype(bool)]
            rows.append(
                {
                    "chain_id": chain.id,
                    "name_zh": chain.name_zh,
                    "name_en": chain.name_en,
                    "ribs": len(chain.ribs()),
                    "nodes": len(chain.nodes),
                    "flagged": {name: int((raised["flag"] == name).sum()) for name in ("risk", "gap", "potential")},
                    "layers": layers_of(chain),
                }
            )
        return {"as_of": packed.day.isoformat(), "chains": rows, "versions": versions_of(packed)}

    def node(self, chain_id: str, node_id: str, caller: Caller) -> dict[str, Any]:
        """A node: its scores and flags, its neighbours, and its lists; a list without a table is None."""
        packed, chain, node = self.chain_node(chain_id, node_id)
        lists = self.lists(packed, chain, node_id, caller)
        return {
            "chain_id": chain.id,
            "node_id": node.id,
            "name_zh": node.name_zh,
            "name_en": node.name_en,
            "position": node.position,
            "gb4754": list(node.gb4754),
            "ipc": list(node.ipc),
            "parent": node.parent,
            "children": [one.id for one in chain.children(node.id)],
            "feeds": list(node.feeds),
            "fed_by": [one.id for one in chain.nodes if node.id in one.feeds],
            "as_of": packed.day.isoformat(),
            "scores": _rows(
                _of_node(packed.tables["scores"], chain, node.id, packed.day), ("chain_id", "node_id", "as_of")
            ),
            "flags": _rows(
                _of_node(packed.tables["flags"], chain, node.id, packed.day), ("chain_id", "node_id", "as_of")
            ),
            "lists": {name: None if table is None else _rows(table) for name, table in lists.items()},
            "layers": layers_of(chain),
            "versions": versions_of(packed),
        }

    def lists(self, packed: PackedChains, chain: Chain, node_id: str, caller: Caller) -> dict[str, pd.DataFrame | None]:
        """The lists of a node that the caller may see."""
        tables = packed.tables
        operates = caller.of_zone
        found = node_lists(
            chain, node_id, packed.day,
            placements=self.placing.corrected(tables["placements"]), firms=tables["firms"],
            patents=tables.get("patents"),
            deals=tables.get("deals"), investors=tables.get("investors"), talents=tables.get("talents"),
            targets=tables.get("targets") if operates else None,
            campaigns=self._campaigns() if operates and "targets" in tables else None,
            until=_day_after_now(),
        )  # fmt: skip
        if not reads_filings(caller):
            found = {name: _public(table, packed) for name, table in found.items()}
        return {name: table for name, table in found.items() if operates or name not in ZONE_ONLY}

    def removal(self, chain_id: str, firm_id: str) -> dict[str, Any]:
        """What the chain loses without a firm."""
        packed, chain = self.chain(chain_id)
        tables = packed.tables
        try:
            known = snapshot(
                ChainTables(*(tables[name] for name in ("firms", "patents", "staff", "product_links"))),
                tables["placements"][tables["placements"]["band"] != "not_placed"],
                pd.Timestamp(packed.day),
            )
            params = packed.score_params
            placed = PlacedChain.of(chain, known, params.growth_years, params.reach_steps)
            found = remove_firm(placed, firm_id, params)
        except KeyError as fault:
            raise Refusal("chain-unavailable", f"the release holds no table {fault}") from fault
        except (ScoreError, SnapshotError) as fault:
            raise Refusal(
                "not-found", faults=[Fault("firm_id", firm_id, (label("chain.allowed.firm")[0], str(fault)[:200]))]
            ) from fault
        return {
            "chain_id": chain.id,
            "as_of": packed.day.isoformat(),
            "versions": versions_of(packed),
            **_plain(found.as_dict()),
            "texts": [{"zh": zh, "en": en} for zh, en in removal_texts(found, chain, _name_of(firm_id, tables))],
        }

    def record_step(self, chain_id: str, node_id: str, given: CampaignStep) -> dict[str, Any]:
        """Keep a campaign's step, and answer the firm's state on the node; the same step again changes nothing."""
        packed, chain, node = self.chain_node(chain_id, node_id)
        known = set(packed.tables["firms"]["firm_id"])
        if given.firm_id not in known:
            allowed = label("chain.allowed.firm")
            raise Refusal("not-found", faults=[Fault("firm_id", given.firm_id, allowed)])
        if given.at > datetime.now(UTC):
            ahead = Fault("at", given.at.isoformat(), label("match.allowed.not_ahead"))
            raise Refusal.invalid(ahead)
        try:
            record = CampaignRecord(
                given.record_id, chain.id, node.id, given.firm_id, given.status, given.at, given.role, given.reason
            )
        except CampaignError as fault:
            where, _, rest = str(fault).partition(": ")
            raise Refusal.invalid(Fault(where, rest[:120], (label("fault.value.other")[0], rest[:200]))) from fault
        new = append(self.matching.store, campaign_event(record), "record_id", "firm_id")
        states = self._campaigns()
        own = states[
            (states["chain_id"] == chain.id) & (states["node_id"] == node.id) & (states["firm_id"] == given.firm_id)
        ]
        return {"record_id": given.record_id, "new": new, **_rows(own)[0]}

    def _campaigns(self) -> pd.DataFrame:
        try:
            return campaign_table(self.matching.store)
        except EventStoreError as fault:
            raise store_refusal(fault) from fault

    def chain(self, chain_id: str) -> tuple[PackedChains, Chain]:
        """What is packed and the chain; any other is not found."""
        packed = self.current()
        if chain_id not in packed.chains:
            allowed = sentence("fault.one_of", list=list(packed.chains))
            raise Refusal("not-found", faults=[Fault("chain_id", chain_id[:64], allowed)])
        return packed, packed.chains[chain_id]

    def chain_node(self, chain_id: str, node_id: str) -> tuple[PackedChains, Chain, Node]:
        """What is packed, the chain and the node; any other is not found."""
        packed, chain = self.chain(chain_id)
        try:
            return packed, chain, chain.node(node_id)
        except KeyError as fault:
            allowed = label("chain.allowed.node")
            raise Refusal("not-found", faults=[Fault("node_id", node_id[:64], allowed)]) from fault


def _public(table: pd.DataFrame | None, packed: PackedChains) -> pd.DataFrame | None:
    """A list without words, passages and names of documents that only the firms themselves delivered."""
    if table is None or "document_id" not in table.columns:
        return table
    own = table["document_id"].map(packed.document_kinds).isin(NOT_PUBLIC)
    quoted = [name for name in ("evidence", "passage", "document_id") if name in table.columns]
    return table.assign(**{name: table[name].mask(own, "") for name in quoted})


def _day_after_now() -> date:
    """A day after every decision and step that was kept, in any zone: each is refused if it is ahead of now."""
    return datetime.now(UTC).date() + timedelta(days=1)


def layers_of(chain: Chain) -> dict[str, dict[str, str]]:
    """Who answers for which part of the chain's file, since when, from what."""
    return {
        name: {"owner": layer.owner, "as_of": layer.as_of.isoformat(), "source": layer.source}
        for name, layer in chain.layers.items()
    }


def versions_of(packed: PackedChains) -> dict[str, str]:
    """What an answer was made from."""
    return {"chains": packed.digest}


def _of_day(table: pd.DataFrame, day: date) -> pd.DataFrame:
    return table[pd.to_datetime(table["as_of"]) == pd.Timestamp(day)]


def _of_node(table: pd.DataFrame, chain: Chain, node_id: str, day: date) -> pd.DataFrame:
    own = _of_day(table, day)
    return own[(own["chain_id"] == chain.id) & (own["node_id"] == node_id)]


def _rows(table: pd.DataFrame, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Rows for JSON: days as text, what is missing None."""
    kept = table.drop(columns=[name for name in without if name in table])
    return [{str(key): _plain(value) for key, value in row.items()} for row in kept.to_dict("records")]


def _name_of(firm_id: str, tables: Mapping[str, pd.DataFrame]) -> str:
    """What a firm is called in the libraries; its code where it has no name there."""
    names = tables["firms"].loc[tables["firms"]["firm_id"] == firm_id, "name"].dropna()
    return str(names.iloc[-1]) if len(names) else firm_id


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, pd.Timestamp | datetime):
        return value.date().isoformat() if value.tzinfo is None else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
