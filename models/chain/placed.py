"""One chain with what is placed on it on a day, as columns: firms and their patents by node.

A placement is a probability. A firm or patent on several nodes beneath one is there once, with the probability that it
is on any of them, as if they were independent, or with its own placement there where that is larger: a probability of
1 is counted once, however often it is said. source of the union: the noisy-or of Pearl 1988
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

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
    applications : probability of each application's placement on a node or beneath it, shape (applications, n)
    inventors, of_local : of each application, the inventors' pseudonyms and whether a local firm applied
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
    applications: csr_array
    inventors: tuple[frozenset[str], ...]
    of_local: Bools
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
        firm_number = {firm: at for at, firm in enumerate(firm_ids)}
        own = _matrix(_of_kind(placements, "firm"), firm_number, number, len(firm_ids))
        recently, earlier = _windows(known.day, growth_years)
        patents = _Applications.of(known.patents)
        of_patents = _of_kind(placements, "patent")
        on_node = roll_up(_matrix(of_patents, patents.of_publication, number, len(patents.applicants)), parent)
        shares = _applicant_shares(patents.applicants, firm_number)
        founded = pd.to_datetime(firms["founded"])
        staff = known.staff.groupby("firm_id")[["n_staff", "n_openings"]].sum().reindex(firm_ids, fill_value=0)
        return cls(
            chain=chain,
            day=known.day,
            node_ids=node_ids,
            network=network,
            firm_ids=firm_ids,
            local=firms["local"].to_numpy(dtype=bool),
            revenue_wan=pd.to_numeric(firms["revenue_wan"]).to_numpy(dtype=float),
            founded_recently=_between(founded, *recently),
            founded_earlier=_between(founded, *earlier),
            own=own,
            on=roll_up(own, parent),
            supplied=any_of(own, network.downstream),
            patents=csr_array(shares @ on_node),
            recent=csr_array(shares @ (on_node * _between(patents.published, *recently)[:, None])),
            earlier=csr_array(shares @ (on_node * _between(patents.published, *earlier)[:, None])),
            all_patents=np.asarray(shares.sum(axis=1), dtype=float),
            applications=on_node,
            inventors=tuple(map(frozenset, patents.inventors)),
            of_local=np.asarray(shares[firms["local"].to_numpy(dtype=bool)].sum(axis=0)) > 0,
            staff=staff["n_staff"].to_numpy(dtype=float),
            openings=staff["n_openings"].to_numpy(dtype=float),
            placements=_of_kind(placements, "firm"),
            links={"feeds": len(set(feeds)), "products": len(set(products))},
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

    def amounts(self, known_share: float) -> Amounts:
        """What shares of a node are made of: revenue of the firms that state one, or patents on the node.

        Revenue where at least ``known_share`` of the node's firms (by probability) state one; patents elsewhere. Sums
        are expected ones: of squares, p r ** 2 a firm, because a firm on the node counts whole.
        """
        stated = np.isfinite(self.revenue_wan) & (self.revenue_wan > 0)
        revenue = np.where(stated, self.revenue_wan, 0.0)[:, None]
        with_revenue = np.asarray((self.on * stated[:, None]).sum(axis=0))
        by_revenue = (with_revenue >= known_share * np.asarray(self.on.sum(axis=0))) & (with_revenue > 0)
        unsure = csr_array(self.on - self.on * self.on)
        return Amounts(
            csr_array(self.on * revenue * by_revenue + self.patents * ~by_revenue),
            csr_array(self.on * revenue**2 * by_revenue + self.patents * self.patents * ~by_revenue),
            csr_array(unsure * revenue**2 * by_revenue),
            by_revenue,
            revenue.ravel(),
        )


@dataclass(frozen=True, eq=False)
class Amounts:
    """amount, squared, variance : expected amount and square of each firm on each node, and the variance that its
    placement gives it, shape (firms, n); by_revenue : whether amounts are revenue, shape (n,), or patents
    revenue : of each firm, 0 where not stated, shape (firms,).
    """

    amount: csr_array
    squared: csr_array
    variance: csr_array
    by_revenue: Bools
    revenue: Floats

    def herfindahl(self, amount: Floats, squared: Floats, variance: Floats) -> Floats:
        """Sum of squares over the square of the sum, both expected; NaN where there is no amount."""
        under = amount**2 + variance
        found: Floats = np.divide(squared, under, out=np.full(under.shape, np.nan), where=under > 0)
        return found


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


def product_pairs(links: pd.DataFrame, placed: pd.DataFrame, number: dict[str, int]) -> Iterator[tuple[int, int]]:
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


def _matrix(placed: pd.DataFrame, number_of: Mapping[str, int], number: Mapping[str, int], items: int) -> csr_array:
    """The largest probability of each item on each node; number_of : the item's row by its identifier."""
    row = placed["item_id"].map(number_of)
    inside = row.notna().to_numpy()
    at = row[inside].to_numpy(dtype=np.int64) * len(number) + placed["node_id"][inside].map(number).to_numpy(np.int64)
    cells, cell = np.unique(at, return_inverse=True)
    largest = np.zeros(len(cells))
    np.maximum.at(largest, cell, placed["probability"][inside].to_numpy(dtype=float))
    return csr_array((largest, np.divmod(cells, len(number))), shape=(items, len(number)))


@dataclass
class _Applications:
    """Applications by number: that of each publication, and of each the first publication day and who is named."""

    of_publication: dict[str, int]
    published: pd.Series
    applicants: list[set[str]]
    inventors: list[set[str]]

    @classmethod
    def of(cls, patents: pd.DataFrame) -> _Applications:
        publication = patents["publication_number"]
        number = patents.get("application_number", publication)
        codes, names = pd.factorize(number.where(number.notna(), publication), sort=True)
        named: list[list[set[str]]] = []
        for column in ("applicant_ids", "inventor_keys"):
            named.append([set() for _ in names])
            for code, cell in zip(codes.tolist(), patents[column].tolist(), strict=True):
                named[-1][code].update(split_ids(cell))
        published = pd.to_datetime(patents["publication_date"]).groupby(codes).min()
        return cls(dict(zip(publication, codes.tolist(), strict=True)), published, *named)


def _applicant_shares(applicants: Sequence[set[str]], number: Mapping[str, int]) -> csr_array:
    """Share of each firm in each application, shape (firms, applications)."""
    known = [sorted(number[one] for one in of_patent if one in number) for of_patent in applicants]
    rows = [firm for of_patent in known for firm in of_patent]
    columns = [at for at, of_patent in enumerate(known) for _ in of_patent]
    values = [1.0 / len(of_patent) for of_patent in known for _ in of_patent]
    return csr_array((np.array(values), (rows, columns)), shape=(len(number), len(known)))


_Window = tuple[pd.Timestamp, pd.Timestamp]


def _windows(day: pd.Timestamp, years: int) -> tuple[_Window, _Window]:
    """(after, up to) of the recent and of the earlier years."""
    middle, first = day - pd.DateOffset(years=years), day - pd.DateOffset(years=2 * years)
    return (middle, day), (first, middle)


def _between(dates: pd.Series, after: pd.Timestamp, until: pd.Timestamp) -> Bools:
    found = pd.to_datetime(dates)
    inside: Bools = ((found > after) & (found <= until)).to_numpy(dtype=bool)
    return inside
