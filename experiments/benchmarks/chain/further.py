"""Further nodes of firms that are in several: a fifth of their placements is hidden, and ten nodes are proposed.

Baselines: popularity (firms of a node), and item kNN (cosine of two nodes' firms, summed over a firm's known nodes).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sparse

from data.chain.chain_file import load_chains
from data.chain.tree import Chain
from experiments.benchmarks.chain.figures import Measured, beside
from experiments.benchmarks.chain.held_out import splits
from experiments.benchmarks.chain.options import Options
from experiments.benchmarks.chain.tables import TableError, read_table
from experiments.benchmarks.chain.taiwan import COLUMNS, firms, placements, write_chains
from models.chain.hierarchy import SEPARATOR, Tree
from models.chain.items import Card, Items, cards_of_chains, make_items
from training.chain.fit import fit_placer

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
HITS = (1, 5, 10)
LEAST_NODES = 3  # of a firm, of which some are hidden
TABLE = "tw_value_chain/placements"


def taiwan_table(folder: Path) -> pd.DataFrame:
    """The table of a folder; raises TableError."""
    return read_table(folder, TABLE, COLUMNS)


def load_written(table: pd.DataFrame, folder: Path | None = None) -> dict[str, Chain]:
    """The table's chains, written as chain files (into ``folder``, or away afterwards) and loaded again."""
    with tempfile.TemporaryDirectory() as made:
        target = Path(made) if folder is None else folder
        try:
            write_chains(table, target)
        except ValueError as fault:
            raise TableError(f"{TABLE}: {fault}") from fault
        return load_chains(target)


def run_further(table: pd.DataFrame, options: Options, written: Path | None = None) -> dict[str, Any]:
    """hit@1, 5 and 10 of hidden placements, ours beside both baselines; the chains load with no code changed."""
    chains = load_written(table, written)
    tree = tree_under_chains(chains)
    known = placements(table)
    link = pd.DataFrame({"firm": known["item_id"], "node": known["chain_id"] + SEPARATOR + known["node_id"]})
    link = link.drop_duplicates().reset_index(drop=True)
    names = dict(zip(*(firms(table)[column].astype(str) for column in ("firm_id", "name")), strict=True))
    of_many = np.flatnonzero(link.groupby("firm")["node"].transform("size") >= LEAST_NODES)
    if not len(of_many):
        raise TableError(f"{TABLE}: no firm is in {LEAST_NODES} nodes or more, so that some could be hidden")
    placing = Further(tree, chains, names, options)
    firm: list[str] = []
    hit: dict[str, list[Doubles]] = {}
    for _, held in splits(len(of_many), options.seeds):
        hidden = link.iloc[of_many[held]]
        seen = link.drop(hidden.index)
        scores = baseline_scores(tree, seen, hidden["firm"])
        scores["ours"] = placing.scores(seen, hidden["firm"])
        column = tree.numbers(hidden["node"])
        firm += hidden["firm"].tolist()
        for name, table_of in scores.items():
            rank = rank_of(table_of, column)
            hit.setdefault(name, []).append(rank)
    group = np.array(firm, dtype=object)
    ranks = {name: np.concatenate(found) for name, found in hit.items()}
    figures: dict[str, Any] = {}
    for most in HITS:
        own = {name: Measured.share(group, rank < most) for name, rank in ranks.items()}
        ours = own.pop("ours")
        figures[f"hit_{most}"] = beside(ours, own, options.draws)
    return {
        "chains": len(chains),
        "nodes": len(tree) - len(chains),
        "positions": {key: sorted({node.position or "" for node in chain.nodes}) for key, chain in chains.items()},
        "firms": int(link["firm"].nunique()),
        "placements": len(link),
        "items": len(set(firm)),
        "tested": len(firm),
        "splits": options.seeds,
        **figures,
    }


def tree_under_chains(chains: Mapping[str, Chain]) -> Tree:
    """All nodes of all chains, named ``chain/node``, with the chains as the top level."""
    parents: dict[str, str | None] = dict.fromkeys(chains)
    for name, chain in chains.items():
        parents |= {f"{name}{SEPARATOR}{one.id}": f"{name}{SEPARATOR}{one.parent}" for one in chain.nodes}
        parents |= {f"{name}{SEPARATOR}{one.id}": name for one in chain.ribs()}
    return Tree.of(parents)


def matrix(tree: Tree, seen: pd.DataFrame) -> tuple[sparse.csr_matrix, dict[str, int]]:
    """1 where a firm is on a node, shape (firms, nodes), and the firms' rows."""
    code, firm = pd.factorize(seen["firm"], sort=True)
    shape = (len(firm), len(tree))
    table = sparse.csr_matrix((np.ones(len(seen)), (code, tree.numbers(seen["node"]))), shape=shape)
    return table, {name: at for at, name in enumerate(firm)}


def baseline_scores(tree: Tree, seen: pd.DataFrame, wanted_firms: pd.Series) -> dict[str, Doubles]:
    """Popularity and item kNN of each hidden placement's firm, shape (hidden, nodes); -1 for nodes that it is on."""
    table, row = matrix(tree, seen)
    empty = sparse.csr_matrix((1, len(tree)))
    known = sparse.vstack([table[row[name]] if name in row else empty for name in wanted_firms]).tocsr()
    count = np.asarray(table.sum(axis=0)).ravel()
    length = np.sqrt(np.maximum(count, 1.0))
    cosine = np.asarray((table.T @ table).toarray()) / np.outer(length, length)
    np.fill_diagonal(cosine, 0.0)
    on = np.asarray(known.toarray()) > 0
    found = {"popularity": np.tile(count, (len(on), 1)), "item_knn": np.asarray(known @ cosine)}
    return {name: np.where(on, -1.0, scores) for name, scores in found.items()}


def rank_of(scores: Doubles, column: Ints) -> Doubles:
    """How many nodes stand before the one of ``column``, nodes with the same score counting half; shape (rows,)."""
    own = np.take_along_axis(scores, column[:, None], axis=1)
    return np.asarray((scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2.0)


class Further:
    """The placement fitted on firms with one of their nodes left out in turn, given the others."""

    def __init__(self, tree: Tree, chains: Mapping[str, Chain], names: Mapping[str, str], options: Options) -> None:
        self.tree, self.names, self.options = tree, names, options
        tops = tuple(Card(name, chain.name_zh) for name, chain in chains.items())
        self.cards = (*tops, *cards_of_chains(chains.values()))

    def items(self, known: Mapping[str, tuple[str, ...]], firm: Mapping[str, str]) -> Items:
        """An item by id with its known nodes; its text is the firm's name."""
        texts = pd.DataFrame({"item_id": list(known), "text": [self.names[firm[one]] for one in known]})
        return make_items(texts, encoder=self.options.encoder, groups=firm, known=known)

    def scores(self, seen: pd.DataFrame, wanted_firms: pd.Series) -> Doubles:
        """Probability of each node for each hidden placement's firm, shape (hidden, nodes); -1 for nodes it is on."""
        of = {str(name): tuple(nodes) for name, nodes in seen.groupby("firm")["node"]}
        left = [(f"{name}#{at}", name, at) for name, nodes in of.items() if len(nodes) > 1 for at in range(len(nodes))]
        known = {one: tuple(node for place, node in enumerate(of[name]) if place != at) for one, name, at in left}
        truth = pd.DataFrame({"item_id": [one for one, *_ in left], "node_id": [of[name][at] for _, name, at in left]})
        items = self.items(known, {one: name for one, name, _ in left})
        placer = fit_placer(self.tree, self.cards, items, truth, encoder=self.options.encoder, several=True).placer
        wanted = sorted(set(wanted_firms))
        placed = placer.place(self.items({name: of.get(name, ()) for name in wanted}, {name: name for name in wanted}))
        nodes, probability = placed.ranking(len(self.tree))
        table = np.zeros((len(wanted), len(self.tree)))
        row, column = np.nonzero(nodes >= 0)
        table[row, nodes[row, column]] = probability[row, column]
        for at, name in enumerate(wanted):
            table[at, self.tree.numbers(of.get(name, ()))] = -1.0
        return table[[wanted.index(name) for name in wanted_firms]]
