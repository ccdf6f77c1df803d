"""Synthetic firms on the nodes of chains: which nodes are scarce, missing here, growing or strong, and their documents.

What is planted for a node is its ``role``: ``bottleneck`` (two makers in all, both far away), ``gap`` (no firm of the
zone), ``growth`` (patents of the last years, and more firms of the zone than elsewhere), ``strength`` (many of them).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from data.chain.chain_file import Chain, Node
from data.synthetic.chain_params import SyntheticChainParams
from data.synthetic.chain_texts import document_texts, unplaced_texts, vocabulary
from data.synthetic.cohort import OBSERVED_UNTIL, stream

ROLES: Mapping[str, int] = {"growth": 3, "bottleneck": 2, "gap": 3, "strength": 3}  # nodes of each in a chain
# Times the weight of another node, in the draw of the zone's firms; in that of all others only a bottleneck has none.
LOCAL_WEIGHTS: Mapping[str, float] = {"bottleneck": 0.0, "gap": 0.0, "growth": 2.5, "strength": 4.0}
MAKERS = 2  # of a bottleneck
INDUSTRY_CHAINS: Mapping[str, str] = {
    "digital_security": "digital-security",
    "life_health": "life-health",
    "iot": "iot",
}
OWN_INDUSTRY = 0.8  # of the zone's firms, that are of an industry with a chain
OWN_CHAIN = 0.9  # of these, that are on the chain of their industry
OTHERS_UNPLACED = 0.6  # of the zone's firms of another industry
REGIONS = (
    "北京市",
    "上海市",
    "深圳市",
    "广州市",
    "苏州市",
    "成都市",
    "武汉市",
    "西安市",
    "南京市",
    "合肥市",
    "宁波市",
    "台州市",
)
ZONE = "杭州市"
SOURCES: Mapping[str, str] = {"business_scope": "市场监管", "product": "企业填报", "intro": "公开资料"}


def plan_nodes(chains: Mapping[str, Chain], params: SyntheticChainParams) -> pd.DataFrame:
    """One row a leaf: chain_id, node_id, role ("" for most), and weights in the draws of local and other firms."""
    rng, rows = stream(params, "nodes"), []
    for chain in chains.values():
        leaves = list(chain.leaves())
        role = dict.fromkeys((leaf.id for leaf in leaves), "")
        by_reach = sorted(leaves, key=lambda leaf: -len(reach(chain, leaf.id)))
        candidates = {
            "bottleneck": by_reach[: max(2, len(leaves) // 5)],
            "gap": [leaf for leaf in leaves if leaf.feeds],
            "growth": [leaf for leaf in leaves if leaf.note] or leaves,
            "strength": leaves,
        }
        for name, count in ROLES.items():
            for offered in (candidates[name], leaves):
                free = [leaf.id for leaf in offered if not role[leaf.id]]
                missing = min(count, len(leaves) // 6) - sum(one == name for one in role.values())
                role |= dict.fromkeys((free[int(one)] for one in rng.permutation(len(free))[: max(missing, 0)]), name)
        weight = rng.lognormal(0.0, 0.4, len(leaves))
        for leaf, one in zip(leaves, weight, strict=True):
            one = max(one, 1.0) if role[leaf.id] == "growth" else one  # a node without firms shows no growth
            here = LOCAL_WEIGHTS.get(role[leaf.id], 1.0)
            there = 0.0 if role[leaf.id] == "bottleneck" else 1.0
            rows.append((chain.id, leaf.id, role[leaf.id], one * here, one * there))
    return pd.DataFrame(rows, columns=["chain_id", "node_id", "role", "local_weight", "world_weight"])


def reach(chain: Chain, node_id: str) -> set[str]:
    """The nodes that the supply of a node comes to, over any number of links; without itself."""
    found: set[str] = set()
    todo = [node_id]
    while todo:
        new = set(chain.node(todo.pop()).feeds) - found
        found |= new
        todo += sorted(new)
    return found - {node_id}


def make_firms(
    enterprises: pd.DataFrame, revenue_wan: pd.Series, nodes: pd.DataFrame, params: SyntheticChainParams
) -> pd.DataFrame:
    """The columns of ``Firm``, then ``chain_id`` ("" for a firm that belongs on no node) and ``role_of``.

    enterprises : the zone's register; revenue_wan : their last known revenue, by uscc
    raises : ValueError when fewer than 50 enterprises are old enough
    """
    local = _local(enterprises, params)
    local["revenue_wan"] = local["firm_id"].map(revenue_wan).astype("float64")
    world = _world(list(dict.fromkeys(nodes["chain_id"])), nodes, params)
    firms = pd.concat([local, world], ignore_index=True)
    return firms.sort_values("firm_id", ignore_index=True)


def _local(enterprises: pd.DataFrame, params: SyntheticChainParams) -> pd.DataFrame:
    rng = stream(params, "local")
    here = enterprises.loc[enterprises["closed_on"].isna() & enterprises["left_on"].isna()]
    here = here.loc[here["founded_on"] < OBSERVED_UNTIL - pd.Timedelta(days=400)].sort_values("uscc", ignore_index=True)
    if len(here) < 50:
        raise ValueError(f"{len(here)} enterprises are old enough to be on a chain; at least 50 are needed")
    own = here["industry"].isin(list(INDUSTRY_CHAINS)).to_numpy()
    chosen = []
    for rows, share in ((np.flatnonzero(own), OWN_INDUSTRY), (np.flatnonzero(~own), 1 - OWN_INDUSTRY)):
        chosen.append(rng.permutation(rows)[: round(share * params.n_local)])
    firms = here.loc[np.sort(np.concatenate(chosen))].reset_index(drop=True)
    chains = firms["industry"].map(INDUSTRY_CHAINS).fillna("").to_numpy(dtype=object)
    anywhere = np.array(list(INDUSTRY_CHAINS.values()), dtype=object)[
        rng.integers(len(INDUSTRY_CHAINS), size=len(firms))
    ]
    draw = rng.random(len(firms))
    strange = chains == ""
    chains = np.where((strange & (draw >= OTHERS_UNPLACED)) | (~strange & (draw >= OWN_CHAIN)), anywhere, chains)
    chains = np.where(rng.random(len(firms)) < params.unplaced_share, "", chains)
    return pd.DataFrame(
        {
            "firm_id": firms["uscc"],
            "name": firms["name"],
            "region": ZONE + firms["district"].fillna(""),
            "local": True,
            "founded": firms["founded_on"],
            "listed": False,
            "as_of": firms["founded_on"] + pd.Timedelta(days=60),
            "chain_id": chains,
            "role_of": "",
        }
    )


def _world(chains: Sequence[str], nodes: pd.DataFrame, params: SyntheticChainParams) -> pd.DataFrame:
    rng, n = stream(params, "world"), params.n_world
    scarce = nodes.loc[nodes["role"] == "bottleneck"]
    makers = scarce.loc[scarce.index.repeat(MAKERS)].reset_index(drop=True).head(n // 4)
    listed = rng.random(n) < 0.08
    chain = np.array(chains, dtype=object)[rng.integers(len(chains), size=n)]
    chain[rng.random(n) < params.unplaced_share] = ""
    role_of = np.full(n, "", dtype=object)
    chain[: len(makers)], role_of[: len(makers)], listed[: len(makers)] = makers["chain_id"], makers["node_id"], True
    founded = pd.Timestamp("1998-01-01") + pd.to_timedelta(rng.integers(0, 9_300, n), unit="D")
    revenue = np.where(listed, 20.0, 1.0) * rng.lognormal(np.log(6_000), 1.0, n)
    known = rng.random(n) < 0.7
    return pd.DataFrame(
        {
            "firm_id": [f"W{number:06d}" for number in range(1, n + 1)],
            "name": [f"合成外地企业{number:06d}号" for number in range(1, n + 1)],
            "region": np.array(REGIONS, dtype=object)[rng.integers(len(REGIONS), size=n)],
            "local": False,
            "founded": founded.astype("datetime64[us]"),
            "listed": listed,
            "revenue_wan": np.where(known | listed, np.round(revenue, 1), np.nan),
            "as_of": (founded + pd.Timedelta(days=60)).astype("datetime64[us]"),
            "chain_id": chain,
            "role_of": role_of,
        }
    )


def place_firms(
    firms: pd.DataFrame, nodes: pd.DataFrame, chains: Mapping[str, Chain], params: SyntheticChainParams
) -> list[list[Node]]:
    """The nodes of each firm, its main one first; none for a firm without a chain. Some are on a parent alone."""
    rng = stream(params, "placed")
    placed: list[list[Node]] = []
    by_chain = {name: table.reset_index(drop=True) for name, table in nodes.groupby("chain_id", sort=False)}
    for local, chain_id, own in zip(firms["local"], firms["chain_id"], firms["role_of"], strict=True):
        if not chain_id:
            placed.append([])
            continue
        chain, table = chains[chain_id], by_chain[chain_id]
        weight = table["local_weight" if local else "world_weight"].to_numpy()
        main = chain.node(own or table["node_id"].iloc[int(rng.choice(len(weight), p=weight / weight.sum()))])
        parent = chain.node(main.parent) if main.parent else main
        draw = rng.random()
        if not own and draw < params.parent_share and parent.level > 1:
            placed.append([parent])
            continue
        second = [] if draw < 1 - params.second_node_share else _second(chain, main, table, weight, rng)
        placed.append([main, *second])
    return placed


def _second(chain: Chain, main: Node, table: pd.DataFrame, weight: Any, rng: np.random.Generator) -> list[Node]:
    """Another leaf near the first: of the same parent, or one that it supplies, if a firm of this kind can be there."""
    allowed = dict(zip(table["node_id"], weight > 0, strict=True))
    near = [one.id for one in chain.children(main.parent)] if main.parent else []
    offered = [one for one in [*near, *main.feeds] if one != main.id and allowed.get(one, False)]
    return [chain.node(offered[int(rng.integers(len(offered)))])] if offered else []


def make_documents(
    firms: pd.DataFrame, placed: Sequence[Sequence[Node]], chains: Mapping[str, Chain], params: SyntheticChainParams
) -> pd.DataFrame:
    """The columns of ``Document``; every firm has one to three."""
    rng, rows = stream(params, "documents"), []
    words = {(name, node.id): vocabulary(chain, node) for name, chain in chains.items() for node in chain.nodes}
    members = (firms[name].tolist() for name in ("firm_id", "local", "chain_id", "founded"))
    for firm_id, local, chain_id, founded, nodes in zip(*members, placed, strict=True):
        chance = (1.0, 0.5, 0.0) if local else (0.6, 0.5, 0.4)
        kinds = [kind for kind, one in zip(SOURCES, chance, strict=True) if rng.random() < one] or ["intro"]
        for kind in kinds:
            if nodes:
                own = [words[chain_id, node.id] for node in nodes]
                first = own[0] if kind == "business_scope" or rng.random() < 0.6 else own[-1]
                second = own[1] if len(own) > 1 and kind == "business_scope" else None
                title, text = document_texts(kind, first, second, rng)
                code = first.code
            else:
                title, text, code = unplaced_texts(kind, list(chains.values()), rng)
            coded = kind == "business_scope" and rng.random() < 0.9
            latest = max((OBSERVED_UNTIL - founded).days, 61)
            within = 30 if kind == "business_scope" else int(rng.integers(60, latest))
            rows.append(
                {
                    "firm_id": firm_id,
                    "kind": kind,
                    "title": title,
                    "text": text,
                    "ipc": None,
                    "gb4754": code or None if coded else None,
                    "date": founded + pd.Timedelta(days=within),
                    "source": SOURCES[kind],
                }
            )
    table = pd.DataFrame(rows).astype({"date": "datetime64[us]"})
    return table.assign(document_id=[f"F{number:06d}" for number in range(1, len(table) + 1)])
