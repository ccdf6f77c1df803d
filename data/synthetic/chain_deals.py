"""Synthetic investors with a domain they prefer, their dated deals, and staff and openings of the zone's firms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from data.chain.chain_file import Chain, Node
from data.synthetic.chain_params import SyntheticChainParams
from data.synthetic.cohort import OBSERVED_UNTIL, stream

FIRST_DEAL = pd.Timestamp("2012-01-01")
ROUNDS = ("种子轮", "天使轮", "A轮", "B轮", "C轮", "D轮")
FUNDED_SHARE = 0.45  # of the firms on a chain
PREFERENCE_LOG_WEIGHT = 3.0  # of a firm under the segment that an investor prefers, in the draw of its investors
OCCUPATIONS: Mapping[str, str] = {  # by position of the node in its chain, then those of every firm
    "upstream": "材料与器件工程师",
    "midstream": "算法与软件工程师",
    "downstream": "系统集成工程师",
    "": "研发管理人员",
}
OWN_OCCUPATION = 0.5  # of the firms, that file one named for their node beside these
SHORT_OPENINGS, OPENINGS = 0.5, 0.08  # openings a person employed, on nodes of growth and elsewhere


def make_investors(chains: Mapping[str, Chain], params: SyntheticChainParams) -> pd.DataFrame:
    """The columns of ``Investor``, then what is planted: chain_id, node_id (preferred segment), weight, first, last."""
    rng, n = stream(params, "investors"), params.n_investors
    segments = [(chain.id, node.id) for chain in chains.values() for node in chain.nodes if node.level == 2]
    kind = rng.choice(["fund", "firm", "person"], n, p=[0.75, 0.17, 0.08])
    names = {"fund": "合成创投", "firm": "合成产业投资", "person": "合成个人投资者"}
    liked = rng.integers(len(segments), size=n)
    titles = {(chain.id, node.id): node.name_zh for chain in chains.values() for node in chain.nodes}
    start = FIRST_DEAL + pd.to_timedelta(np.where(rng.random(n) < 0.6, 0, rng.integers(0, 4_000, n)), unit="D")
    return pd.DataFrame(
        {
            "investor": [f"{names[one]}{number:03d}" for number, one in enumerate(kind, start=1)],
            "kind": kind,
            "intro": [
                None if one == "person" or known > 0.6 else f"关注{titles[segments[segment]]}等方向的早期与成长期项目。"
                for one, known, segment in zip(kind, rng.random(n), liked, strict=True)
            ],
            "chain_id": [segments[one][0] for one in liked],
            "node_id": [segments[one][1] for one in liked],
            "weight": (1.0 + rng.permutation(n)) ** -0.8,
            "first": start.astype("datetime64[us]"),
            "last": (start + pd.to_timedelta(np.where(rng.random(n) < 0.85, 10_000, 1_500), unit="D")).astype(
                "datetime64[us]"
            ),
        }
    )


def make_deals(
    firms: pd.DataFrame,
    placed: Sequence[Sequence[Node]],
    chains: Mapping[str, Chain],
    investors: pd.DataFrame,
    params: SyntheticChainParams,
) -> pd.DataFrame:
    """The columns of ``Deal``. An investor active on the day joins a round with weight

    popularity * exp(PREFERENCE_LOG_WEIGHT if the firm is under the segment it prefers, else 0)
    """
    rng, rows = stream(params, "deals"), []
    weight = investors["weight"].to_numpy()
    first, last = investors["first"].to_numpy(), investors["last"].to_numpy()
    liked = list(zip(investors["chain_id"], investors["node_id"], strict=True))
    names = investors["investor"].tolist()
    members = (firms[name].tolist() for name in ("firm_id", "chain_id", "founded"))
    for firm_id, chain_id, founded, nodes in zip(*members, placed, strict=True):
        if not nodes or rng.random() > FUNDED_SHARE:
            continue
        above = {(chain_id, one.id) for node in nodes for one in (node, *chains[chain_id].ancestors(node.id))}
        prefers = np.array([one in above for one in liked])
        day = max(founded, FIRST_DEAL) + pd.Timedelta(days=int(rng.integers(100, 1_500)))
        start = int(rng.integers(3))
        for name in ROUNDS[start : start + int(rng.integers(1, 4))]:
            if day > OBSERVED_UNTIL:
                break
            chance = weight * np.exp(PREFERENCE_LOG_WEIGHT * prefers) * ((first <= day) & (last >= day))
            count = min(1 + int(rng.integers(3)), int((chance > 0).sum()))
            amount = round(float(rng.lognormal(np.log(400.0 * 2.2 ** ROUNDS.index(name)), 0.5)), -1)
            stated = amount if rng.random() < 0.8 else np.nan
            for one in rng.choice(len(chance), count, replace=False, p=chance / chance.sum()):
                rows.append((firm_id, day, name, stated, names[int(one)]))
            day += pd.Timedelta(days=int(rng.integers(200, 900)))
    table = pd.DataFrame(rows, columns=["firm_id", "date", "round", "amount_wan", "investor"])
    table = table.sort_values(["date", "firm_id", "investor"], ignore_index=True).astype({"date": "datetime64[us]"})
    return table.assign(deal_id=[f"I{number:06d}" for number in range(1, len(table) + 1)])


def make_staff(
    firms: pd.DataFrame,
    placed: Sequence[Sequence[Node]],
    roles: Mapping[tuple[str, str], str],
    params: SyntheticChainParams,
) -> pd.DataFrame:
    """The columns of ``Staff`` for the zone's firms on a chain, at the end of 2023."""
    rng, named, rows = stream(params, "staff"), stream(params, "staff of nodes"), []
    members = (firms[name].tolist() for name in ("firm_id", "local", "chain_id"))
    for firm_id, local, chain_id, nodes in zip(*members, placed, strict=True):
        if not nodes or not local:
            continue
        growing = roles.get((chain_id, nodes[0].id), "") == "growth"
        rate = SHORT_OPENINGS if growing else OPENINGS
        for key in (nodes[0].position or "midstream", ""):
            staff = int(rng.poisson(12 if key else 4)) + 1
            rows.append((firm_id, OCCUPATIONS[key], staff, int(rng.poisson(rate * staff))))
        if named.random() < OWN_OCCUPATION:
            staff = int(named.poisson(6)) + 1
            rows.append((firm_id, f"{nodes[0].name_zh}工程师", staff, int(named.poisson(rate * staff))))
    table = pd.DataFrame(rows, columns=["firm_id", "occupation", "n_staff", "n_openings"])
    return table.assign(date=pd.Timestamp("2023-12-31").as_unit("us"))
