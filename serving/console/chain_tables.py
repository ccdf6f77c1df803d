"""Tables over every node of every chain: flags, targets, and placements that wait for a person.

They are made from what the API's own service holds, without the firms that have withdrawn; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from data.chain.campaigns import campaign_table
from data.chain.tree import Chain
from models.chain.node_view import FLAGS, LANGUAGES, NodeView, node_views
from models.chain.pages.findings import flip, state
from serving.auth.access import Caller
from serving.chain.packed import PackedChains
from serving.chain.service import ChainService
from serving.console.texts import Lang

TO_PERSON = "to_person"
DECIDED = ("firm", "patent", "demand")  # kinds of items that a person may put right
Row = dict[str, Any]


def chain_name(chain: Chain, lang: Lang) -> str:
    """The chain's name in one language."""
    return chain.name_zh if lang == "zh" else chain.name_en


def views_of(packed: PackedChains, chain_id: str, lang: Lang) -> dict[str, NodeView]:
    """Every node of a chain with its scores and flags of the newest day."""
    tables = packed.tables
    return node_views(packed.chains[chain_id], tables["scores"], tables["flags"], lang, packed.day)


def node_rows(packed: PackedChains, lang: Lang, chain_ids: Iterable[str] | None = None) -> list[Row]:
    """A row a node: chain and node by id and name, its parent's name, level, position, local and all firms (None where
    there are no data) and of each flag its state as ``findings.state`` and the least change that flips it, in words.
    """
    rows = []
    for chain_id in chain_ids or packed.chains:
        chain = packed.chains[chain_id]
        views = views_of(packed, chain_id, lang)
        for node in chain.nodes:
            view = views[node.id]
            row: Row = {
                "chain_id": chain_id, "chain": chain_name(chain, lang), "node_id": node.id, "node": view.name,
                "parent": "" if node.parent is None else views[node.parent].name, "level": node.level,
                "position": node.position, "local": view.local, "world": view.world,
            }  # fmt: skip
            for key in FLAGS:
                flag = view.flags.get(key)
                row[key] = "no_data" if flag is None else state(flag)
                row[f"{key}_flip"] = "" if flag is None else flip(flag, lang)
            rows.append(row)
    return rows


def target_rows(service: ChainService, caller: Caller, lang: Lang) -> list[Row]:
    """Target firms of all nodes with a gap on the newest day: ranks, value, reason and where the campaign is.

    raises : Refusal ``permission-missing`` for a caller that is not of the zone
    """
    caller.need("chain", "zone_officer", "operator")
    packed = service.current()
    if "targets" not in packed.tables:
        return []
    targets = packed.tables["targets"]
    targets = targets[pd.to_datetime(targets["as_of"]) == pd.Timestamp(packed.day)]
    campaigns = campaign_table(service.matching.store)
    key = ["chain_id", "node_id", "firm_id"]
    found = targets.merge(campaigns[[*key, "status", "since"]], on=key, how="left")
    found = found.merge(_latest_names(packed), on="firm_id", how="left")
    names = {
        (chain.id, node.id): node.name_zh if lang == "zh" else node.name_en
        for chain in packed.chains.values() for node in chain.nodes
    }  # fmt: skip
    return [
        {
            "chain_id": row["chain_id"], "chain": chain_name(packed.chains[row["chain_id"]], lang),
            "node_id": row["node_id"], "node": names[row["chain_id"], row["node_id"]], "rank": int(row["rank"]),
            "firm_id": row["firm_id"], "firm": row["firm_id"] if pd.isna(row["name"]) else row["name"],
            "value": float(row["value"]), "low": float(row["low"]), "high": float(row["high"]),
            "probability": None if pd.isna(row["probability"]) else float(row["probability"]),
            "reason": row[f"reason_{lang}"],
            "campaign": None if pd.isna(row["status"]) else str(row["status"]),
            "since": None if pd.isna(row["since"]) else pd.Timestamp(row["since"]).date().isoformat(),
        }
        for row in found.sort_values(["chain_id", "node_id", "rank"]).to_dict("records")
    ]  # fmt: skip


def waiting_placements(service: ChainService, caller: Caller, demands: Mapping[str, str]) -> list[Row]:
    """Placements that a person has to look at, the least certain first.

    demands : titles of the demands that the caller may see, by number; a placement of any other demand is left out
    item : number of the firm, patent or demand; name : of the firm, title of the patent or demand, "" where unknown
    raises : Refusal ``permission-missing`` for a caller that is not of the zone
    """
    caller.need("chain_write", "zone_officer", "operator")
    packed = service.current()
    placements = service.placing.corrected(packed.tables["placements"])
    own = placements[(placements["band"] == TO_PERSON) & placements["kind"].isin(DECIDED)]
    own = own[(own["kind"] != "demand") | own["item_id"].isin(set(demands))]
    names = {"demand": demands, "firm": dict(_latest_names(packed).itertuples(index=False)), "patent": _titles(packed)}
    rows = []
    for row in own.sort_values(["probability", "item_id"]).to_dict("records"):
        chain = packed.chains[row["chain_id"]]
        node = chain.node(row["node_id"])
        rows.append(
            {
                "id": f"{row['kind']}|{row['item_id']}|{row['chain_id']}|{row['node_id']}", "kind": row["kind"],
                "item": row["item_id"], "name": names[row["kind"]].get(row["item_id"], ""),
                "chain_id": chain.id, "node_id": node.id,
                **{f"chain_{lang}": chain_name(chain, lang) for lang in LANGUAGES},
                "node_zh": node.name_zh, "node_en": node.name_en, "probability": float(row["probability"]),
                "evidence": _text(row.get("evidence")), "passage": _text(row.get("passage")),
            }
        )  # fmt: skip
    return rows


def _latest_names(packed: PackedChains) -> pd.DataFrame:
    """Each firm's latest name: firm_id, name."""
    firms = packed.tables["firms"].sort_values("as_of", kind="stable")
    return firms.drop_duplicates("firm_id", keep="last")[["firm_id", "name"]]


def _titles(packed: PackedChains) -> dict[str, str]:
    patents = packed.tables.get("patents")
    if patents is None or "title" not in patents:
        return {}
    return dict(zip(patents["publication_number"], patents["title"].fillna(""), strict=True))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
