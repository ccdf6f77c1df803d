"""A synthetic cohort for the industry chains: firms, documents, patents, deals, staff and links, with planted nodes.

The zone's firms are synthetic enterprises; all others are made here. Figures measured on it measure the generator, not
the world.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.chain.chain_file import Chain, Node
from data.chain.records import KINDS
from data.matching import columns
from data.synthetic.chain_deals import (
    OPENINGS,
    PREFERENCE_LOG_WEIGHT,
    SHORT_OPENINGS,
    make_deals,
    make_investors,
    make_staff,
)
from data.synthetic.chain_firms import LOCAL_WEIGHTS, MAKERS, make_documents, make_firms, place_firms, plan_nodes, reach
from data.synthetic.chain_params import SyntheticChainParams
from data.synthetic.chain_patents import make_patents
from data.synthetic.chain_texts import product_names, vocabulary
from data.synthetic.cohort import stream

CONFIRMED_BY = "高新区产业部门"


@dataclass(frozen=True, slots=True)
class ChainCohort:
    """Tables by name as a zone would hold them; the planted truth by name; the constants; figures of the tables.

    truth : placements (kind, item_id, chain_id, node_id, is_main: of firms, patents and products, one row a node;
        a firm that belongs on no node has none), nodes (chain_id, node_id, role, firms, local_firms, patents,
        local_patents, reach), investors (investor, chain_id, node_id: the segment it prefers)
    """

    tables: Mapping[str, pd.DataFrame]
    truth: Mapping[str, pd.DataFrame]
    constants: Mapping[str, Any]
    figures: Mapping[str, float]


def synthesize_chain(
    enterprises: pd.DataFrame, credit_facts: pd.DataFrame, chains: Mapping[str, Chain], params: SyntheticChainParams
) -> ChainCohort:
    """Tables and truth for these enterprises (uscc, name, founded_on, closed_on, left_on, industry, district).

    credit_facts : uscc, period_end and revenue_wan, for the revenue of the zone's firms
    """
    latest = credit_facts.dropna(subset="revenue_wan").sort_values(["uscc", "period_end"]).groupby("uscc").tail(1)
    plan = plan_nodes(chains, params)
    firms = make_firms(enterprises, latest.set_index("uscc")["revenue_wan"], plan, params)
    placed = place_firms(firms, plan, chains, params)
    roles = {(chain, node): role for chain, node, role in plan[["chain_id", "node_id", "role"]].itertuples(index=False)}
    patents = make_patents(firms, placed, roles, chains, params)
    investors = make_investors(chains, params)
    links, products = _links(chains, params)
    placements = _placements(firms, placed, patents, products)
    tables = {
        "firms": firms,
        "documents": make_documents(firms, placed, chains, params),
        "patents": patents,
        "deals": make_deals(firms, placed, chains, investors, params),
        "investors": investors,
        "staff": make_staff(firms, placed, roles, params),
        "product_links": links,
        "confirmed_placements": _confirmed(firms, placed, chains, params),
    }
    truth = {
        "placements": placements,
        "nodes": _node_truth(plan, placements, firms, patents, chains),
        "investors": investors[["investor", "chain_id", "node_id"]],
    }
    constants = {
        "caveat": "synthetic: any score against these labels measures the generator, not the world",
        "bottleneck_makers": MAKERS,
        "local_weights": dict(LOCAL_WEIGHTS),
        "openings_per_person": {"growth": SHORT_OPENINGS, "other": OPENINGS},
        "preference_log_weight": PREFERENCE_LOG_WEIGHT,
        "chains": {chain.id: chain.digest for chain in chains.values()},
    }
    made = {name: table[list(columns(KINDS[name]))] for name, table in tables.items()}
    return ChainCohort(made, truth, constants, _figures(made, placements, plan, chains))


def write_chain(cohort: ChainCohort, raw_dir: Path, truth_dir: Path) -> None:
    """One Parquet file per table in ``raw_dir``; chain_*.parquet and chain.json in ``truth_dir``."""
    for folder, tables, prefix in ((raw_dir, cohort.tables, ""), (truth_dir, cohort.truth, "chain_")):
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_parquet(folder / f"{prefix}{name}.parquet", index=False)
    text = json.dumps(cohort.constants, ensure_ascii=False, indent=2, sort_keys=True)
    (truth_dir / "chain.json").write_text(text + "\n", encoding="utf-8")


def _placements(
    firms: pd.DataFrame, placed: Sequence[Sequence[Node]], patents: pd.DataFrame, products: pd.DataFrame
) -> pd.DataFrame:
    rows = [
        ("firm", firm_id, chain_id, node.id, position == 0)
        for firm_id, chain_id, nodes in zip(firms["firm_id"], firms["chain_id"], placed, strict=True)
        for position, node in enumerate(nodes)
    ]
    names = ["kind", "item_id", "chain_id", "node_id", "is_main"]
    of_patents = patents.rename(columns={"publication_number": "item_id"}).assign(kind="patent", is_main=True)
    return pd.concat([pd.DataFrame(rows, columns=names), of_patents[names], products[names]], ignore_index=True)


def _links(chains: Mapping[str, Chain], params: SyntheticChainParams) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Links of the products of nodes that supply one another, and the node of each product."""
    rng, rows, products = stream(params, "products"), [], []
    for chain in chains.values():
        names = {node.id: product_names(vocabulary(chain, node)) for node in chain.nodes if node.keywords}
        products += [("product", name, chain.id, one, True) for one, both in names.items() for name in both]
        for node in chain.nodes:
            for fed in node.feeds:
                if node.id in names and fed in names:
                    pairs = [(first, second) for first in names[node.id] for second in names[fed]]
                    kept = rng.permutation(len(pairs))[: int(rng.integers(1, 4))]
                    rows += [(*pairs[int(one)], "产业部门调研") for one in np.sort(kept)]
    links = pd.DataFrame(rows, columns=["from_product", "to_product", "source"])
    return links, pd.DataFrame(products, columns=["kind", "item_id", "chain_id", "node_id", "is_main"])


def _confirmed(
    firms: pd.DataFrame, placed: Sequence[Sequence[Node]], chains: Mapping[str, Chain], params: SyntheticChainParams
) -> pd.DataFrame:
    """What a person has confirmed of some firms, for every chain; a few firms got another leaf."""
    rng, rows = stream(params, "confirmed"), []
    for firm_id, local, own, nodes in zip(firms["firm_id"], firms["local"], firms["chain_id"], placed, strict=True):
        if rng.random() >= params.confirmed_share:
            continue
        day = pd.Timestamp("2024-01-02" if local else "2023-09-01") + pd.Timedelta(days=int(rng.integers(0, 150)))
        for chain in chains.values():
            on = [node.id for node in nodes] if chain.id == own else []
            if on and rng.random() < params.confirmed_wrong_share:
                leaves = chain.leaves()
                on = [leaves[int(rng.integers(len(leaves)))].id]
            rows += [("firm", firm_id, chain.id, node_id, day, CONFIRMED_BY) for node_id in (on or (None,))]
    names = ["kind", "item_id", "chain_id", "node_id", "decided_on", "decided_by"]
    return pd.DataFrame(rows, columns=names).astype({"decided_on": "datetime64[us]"})


def _node_truth(
    plan: pd.DataFrame,
    placements: pd.DataFrame,
    firms: pd.DataFrame,
    patents: pd.DataFrame,
    chains: Mapping[str, Chain],
) -> pd.DataFrame:
    local = set(firms.loc[firms["local"], "firm_id"])
    applicants = patents.set_index("publication_number")["applicant_ids"].str.split(";")
    of_zone = {number for number, ids in applicants.items() if local & set(ids)}
    key = ["chain_id", "node_id"]
    counts = {}
    for name, kind, chosen in (
        ("firms", "firm", None),
        ("local_firms", "firm", local),
        ("patents", "patent", None),
        ("local_patents", "patent", of_zone),
    ):
        rows = placements.loc[(placements["kind"] == kind)]
        rows = rows if chosen is None else rows.loc[rows["item_id"].isin(chosen)]
        counts[name] = rows.groupby(key).size()
    found = pd.DataFrame(counts).fillna(0).astype("int64").rename_axis(key).reset_index()
    every = [(chain.id, node.id, len(reach(chain, node.id))) for chain in chains.values() for node in chain.nodes]
    table = (
        pd.DataFrame(every, columns=[*key, "reach"]).merge(plan[[*key, "role"]], how="left").merge(found, how="left")
    )
    return table.fillna({"role": "", **dict.fromkeys(counts, 0)}).astype(dict.fromkeys(counts, "int64"))


def _figures(
    tables: Mapping[str, pd.DataFrame], placements: pd.DataFrame, plan: pd.DataFrame, chains: Mapping[str, Chain]
) -> dict[str, float]:
    firms, deals = tables["firms"], tables["deals"]
    main = placements.loc[(placements["kind"] == "firm") & placements["is_main"]].set_index("item_id")
    persons = set(tables["investors"].query("kind == 'person'")["investor"])
    funded = deals.groupby("firm_id").size()
    return {
        **{name: float(len(table)) for name, table in tables.items()},
        "local_firms": float(firms["local"].sum()),
        "share_of_firms_on_no_node": float(1 - firms["firm_id"].isin(main.index).mean()),
        "share_of_firms_found_by_words": found_by_words(
            tables["documents"], main["chain_id"] + "/" + main["node_id"], chains
        ),
        "share_of_firms_with_deals": float(firms["firm_id"].isin(funded.index).mean()),
        "share_of_deals_by_persons": float(deals["investor"].isin(persons).mean()),
        **{
            f"nodes_of_{role}": float(count)
            for role, count in plan.loc[plan["role"] != "", "role"].value_counts().items()
        },
    }


def found_by_words(documents: pd.DataFrame, main: pd.Series, chains: Mapping[str, Chain]) -> float:
    """Share of the firms on a node whose texts hold more characters of that node's words than of any other's.

    main : chain and node of each firm, as "iot/rfid", by firm_id
    """
    words = {
        f"{chain.id}/{node.id}": (node.name_zh, *node.keywords) for chain in chains.values() for node in chain.nodes
    }
    text = documents.assign(text=documents["title"] + documents["text"]).groupby("firm_id")["text"].agg(" ".join)
    text = text.loc[text.index.isin(main.index)]
    hits = np.array([[sum(len(word) for word in own if word in one) for own in words.values()] for one in text])
    right = [list(words).index(one) for one in main[text.index]]
    own = hits[np.arange(len(hits)), right]
    rival = hits.copy()
    rival[np.arange(len(hits)), right] = -1
    return float((own > rival.max(axis=1)).mean())
