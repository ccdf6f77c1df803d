"""One chain with what is placed on it on a day, as columns: firms and their patents by node.

A placement is a probability. A firm or patent on several nodes beneath one is there once, with the probability that it
is on any of them, as if they were independent, or with its own placement there where that is larger: a probability of
1 is counted once, however often it is said. source of the union: the noisy-or of Pearl 1988
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array, csr_array

from data.chain.tree import Chain
from features.chain_snapshot import Snapshot, nodes_unknown, split_ids
from models.chain.network import SupplyNetwork

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
SURE = 1.0 - 1e-12


class ScoreError(ValueError):
    """Placements that do not fit the chain or the firms, or a firm or node that there is not; the message names it."""


@dataclass(frozen=True, eq=False)
class PlacedChain:
    """Columns of one chain of n nodes and of every firm that the libraries know on the day.

    firm_ids, local, revenue_wan (NaN where not stated), founded_recently, founded_earlier, all_patents : shape (firms,)
    own : probability of each firm's placement on a node itself; on : on the node or beneath it; shape (firms, n)
    supplied : probability that a firm is on a node that this node supplies directly; shape (firms, n)
    patents, recent, earlier : patents of a firm on a node or beneath it, in all and by when they were published; a
        patent is one application, divided equally among the applicants that the libraries know; shape (firms, n)
    staff, openings : people employed and searched for by each firm; shape (firms,)
    links : how many pairs (supplier, supplied) of nodes come from feeds and from products
    """

    chain: Chain
    day: pd.Timestamp
    node_ids: tuple[str, ...]
    network: SupplyNetwork
    firm_ids: tuple[str, ...]
    local: Bools
    revenue_wan: Floats
    founded_recently: Bools
    founded_earlier: Bools
    own: csr_array
    on: csr_array
    supplied: csr_array
    patents: csr_array
    recent: csr_array
    earlier: csr_array
    all_patents: Floats
    staff: Floats
    openings: Floats
    placements: pd.DataFrame
    links: dict[str, int]

    @classmethod
    def of(cls, chain: Chain, known: Snapshot, growth_years: int = 3, reach_steps: int = 4) -> PlacedChain:
        """Columns of a chain from what was known on a day.

        growth_years : recently is in the so many years up to the day, earlier in as many before them
        raises : ScoreError for a placement on a node that the chain does not have, or a probability outside of 0 to 1
        """
        placements = known.placements[known.placements["chain_id"] == chain.id].reset_index(drop=True)
        node_ids = tuple(node.id for node in chain.nodes)
        if unknown := nodes_unknown(placements, chain.id, node_ids):
            raise ScoreError(
                f"placements: chain {chain.id} has no node {unknown[0]} (and {len(unknown) - 1} more); "
                f"allowed: its {len(node_ids)} nodes"
            )
        outside = ~placements["probability"].between(0.0, 1.0)
        if outside.any():
            raise ScoreError(
                f"placements: probability {placements['probability'][outside].iloc[0]} of "
                f"{placements['item_id'][outside].iloc[0]}; allowed: 0 to 1"
            )
        number = {node: at for at, node in enumerate(node_ids)}
        parent = np.array([-1 if node.parent is None else number[node.parent] for node in chain.nodes], dtype=np.int64)
        feeds = [(number[node.id], number[fed]) for node in chain.nodes for fed in node.feeds]
        products = list(product_pairs(known.product_links, _of_kind(placements, "product"), number))
        network = SupplyNetwork.of(parent, [*feeds, *products], reach_steps)
        firms = known.firms
        firm_ids = tuple(firms["firm_id"])
        own = _matrix(_of_kind(placements, "firm"), firm_ids, number)
        windows = _windows(known.day, growth_years)
        patents = _applications(known.patents)
        placed_patents = _matrix(_of_kind(placements, "patent"), tuple(patents.index), number, patents["publications"])
        shares, dates = _applicant_shares(patents["applicants"], firm_ids), patents["published"]
        on_node = roll_up(placed_patents, parent)
        founded = pd.to_datetime(firms["founded"])
        staff = known.staff.groupby("firm_id")[["n_staff", "n_openings"]].sum().reindex(firm_ids, fill_value=0)
        return cls(
            chain,
            known.day,
            node_ids,
            network,
            firm_ids,
            firms["local"].to_numpy(dtype=bool),
            pd.to_numeric(firms["revenue_wan"]).to_numpy(dtype=float),
            *(_between(founded, *window) for window in windows),
            own,
            roll_up(own, parent),
            any_of(own, network.downstream),
            csr_array(shares @ on_node),
            *(csr_array(shares @ (on_node * _between(dates, *window)[:, None])) for window in windows),
            np.asarray(shares.sum(axis=1), dtype=float),
            *(staff[name].to_numpy(dtype=float) for name in ("n_staff", "n_openings")),
            _of_kind(placements, "firm"),
            {"feeds": len(set(feeds)), "products": len(set(products))},
        )

    def node(self, node_id: str) -> int:
        """The number of a node; raises ScoreError."""
        if node_id not in self.node_ids:
            raise ScoreError(f"chain {self.chain.id} has no node {node_id}; allowed: its {len(self.node_ids)} nodes")
        return self.node_ids.index(node_id)

    def firm(self, firm_id: str) -> int:
        """The number of a firm; raises ScoreError."""
        if firm_id not in self.firm_ids:
            raise ScoreError(
                f"firm {firm_id} is not known on {self.day.date()}; allowed: the {len(self.firm_ids)} firms of that day"
            )
        return self.firm_ids.index(firm_id)

    def amounts(self, known_share: float) -> tuple[csr_array, Bools]:
        """What shares of a node are made of, by firm, and whether that is revenue; shapes (firms, n) and (n,).

        Revenue of the firms that state one, times the probability, where at least ``known_share`` of the node's firms
        (by probability) state one; patents on the node elsewhere.
        """
        stated = np.isfinite(self.revenue_wan) & (self.revenue_wan > 0)
        weight = np.asarray(self.on.sum(axis=0))
        with_revenue = np.asarray((self.on * stated[:, None]).sum(axis=0))
        by_revenue = (with_revenue >= known_share * weight) & (with_revenue > 0)
        revenue = csr_array(self.on * np.where(stated, self.revenue_wan, 0.0)[:, None])
        return csr_array(revenue * by_revenue + self.patents * ~by_revenue), by_revenue


def roll_up(own: csr_array, parent: Integers) -> csr_array:
    """Probability of being on a node or beneath it, from those of being on each node itself; shape (items, n)."""
    if not own.shape[0]:
        return own
    rows = np.unique(own.nonzero()[0])
    found = own[rows].toarray()
    missing = np.ones_like(found)  # of every node beneath it
    for node in range(len(parent) - 1, -1, -1):
        found[:, node] = np.maximum(found[:, node], 1.0 - missing[:, node])
        if parent[node] >= 0:
            missing[:, parent[node]] *= 1.0 - found[:, node]
    return _spread(found, rows, own.shape)


def any_of(own: csr_array, groups: Bools) -> csr_array:
    """Probability of being on any node of a group; groups : rows of nodes, shape (m, n); shape (items, m)."""
    shape = (own.shape[0], len(groups))
    rows = np.unique(own.nonzero()[0])
    chances = np.minimum(own[rows].toarray(), SURE)
    found = -np.expm1(np.log1p(-chances) @ groups.T.astype(float))
    return _spread(np.where(found > SURE - 1e-9, 1.0, found), rows, shape)


def product_pairs(
    links: pd.DataFrame, placed: pd.DataFrame, number: dict[str, int]
) -> Iterator[tuple[int, int]]:
    """Pairs of nodes from links of products, both of which are placed by themselves (band ``placed``)."""
    sure = placed[placed["band"] == "placed"]
    nodes = sure.groupby("item_id")["node_id"].agg(list).to_dict()
    for supplier, supplied in zip(links["from_product"], links["to_product"], strict=True):
        yield from (
            (number[one], number[other]) for one in nodes.get(supplier, ()) for other in nodes.get(supplied, ())
        )


def _spread(dense: Floats, rows: Integers, shape: tuple[int, int]) -> csr_array:
    one, column = np.nonzero(dense)
    return csr_array((dense[one, column], (rows[one], column)), shape=shape)


def _of_kind(placements: pd.DataFrame, kind: str) -> pd.DataFrame:
    return placements[placements["kind"] == kind].reset_index(drop=True)


def _matrix(
    placed: pd.DataFrame, items: Sequence[str], number: dict[str, int], same: pd.Series | None = None
) -> csr_array:
    """The largest probability of each item on each node; ``same``: names of one item, where it has several."""
    names = (
        {item: at for at, item in enumerate(items)}
        if same is None
        else {name: at for at, of_item in enumerate(same) for name in of_item}
    )
    inside = placed[placed["item_id"].isin(names)]
    largest = inside.groupby(["item_id", "node_id"])["probability"].max()
    rows = [names[item] for item, _ in largest.index]
    columns = [number[node] for _, node in largest.index]
    shape = (len(items), len(number))
    if not rows:
        return csr_array(shape, dtype=float)
    cells = pd.DataFrame({"row": rows, "column": columns, "p": largest.to_numpy()}).groupby(["row", "column"])["p"].max()
    at = np.array(list(cells.index))
    return csr_array(coo_array((cells.to_numpy(dtype=float), (at[:, 0], at[:, 1])), shape=shape))


def _applications(patents: pd.DataFrame) -> pd.DataFrame:
    """One row an application: its publications, first publication day and applicants of all of them."""
    number = patents.get("application_number", pd.Series(index=patents.index, dtype=object))
    key = number.where(number.notna(), patents["publication_number"])
    rows = patents.assign(_key=key, _day=pd.to_datetime(patents["publication_date"]))
    groups = rows.groupby("_key", sort=True)
    return pd.DataFrame(
        {
            "publications": groups["publication_number"].agg(tuple),
            "published": groups["_day"].min(),
            "applicants": groups["applicant_ids"].agg(lambda cells: sorted({one for c in cells for one in split_ids(c)})),
        }
    )


def _applicant_shares(applicants: pd.Series, firm_ids: Sequence[str]) -> csr_array:
    """Share of each firm in each application, shape (firms, applications)."""
    number = {firm: at for at, firm in enumerate(firm_ids)}
    known = [[number[one] for one in of_patent if one in number] for of_patent in applicants]
    rows = [firm for of_patent in known for firm in of_patent]
    columns = [at for at, of_patent in enumerate(known) for _ in of_patent]
    values = [1.0 / len(of_patent) for of_patent in known for _ in of_patent]
    return csr_array((values, (rows, columns)), shape=(len(firm_ids), len(known)))


def _windows(day: pd.Timestamp, years: int) -> tuple[tuple[pd.Timestamp, pd.Timestamp], ...]:
    middle, first = day - pd.DateOffset(years=years), day - pd.DateOffset(years=2 * years)
    return (middle, day), (first, middle)


def _between(dates: pd.Series, after: pd.Timestamp, until: pd.Timestamp) -> Bools:
    found = pd.to_datetime(dates)
    return ((found > after) & (found <= until)).to_numpy(dtype=bool)
