"""Scores of every node of a chain on a day, each with its sample size and its interval.

supply        : local firms: sum of the probabilities of local firms on the node (expected number of firms)
local_share   : local firms / all firms
concentration : Herfindahl index of the shares of its firms in the node's revenue, or in its patents
rta           : revealed technological advantage, the node's share in local patents / in all patents; over 1 is
                specialised. source: Balassa 1965, by patents as Soete 1987
criticality   : share of the chain's supply that is lost without the node: of pairs (leaf, firm) in which supply from
                the leaf reaches the firm's node in a few steps, those in which it no longer does
growth        : (recent - earlier) / mean of both, of patents first published in the years up to the day and in as many
                before; of firms by foundation where the node has no patents. From -2 (none left) over 0 (as before) to
                2 (all new). source: Davis, Haltiwanger, Schuh 1996
gap           : need - supply in firms; need is the number of local firms on the nodes that it supplies, times the firms
                of the node for each firm on those nodes in the rest of the world library
talent        : openings / people employed, of the node's firms that filed their staff, where two or more did; corrected
                for the firms that are not on the node, as expected by their probabilities (``staffing``)

Intervals: supply by the mid-P interval of a count, local share by Jeffreys'; concentration by ``herfindahl_interval``;
every other by draws of firms (``FirmDraws``). They are of the score of the mean sums over libraries drawn as this one
was, of concentration of its mean over them. The network is taken as filed. "No data" is a status, never a 0: of a node
without firms only its supply, 0 with its upper end, and its criticality, which rests on the firms downstream, are
figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from models.chain.intervals import (
    FirmDraws,
    Floats,
    count_interval,
    herfindahl_interval,
    ratio,
    share_interval,
    spread_freedom,
)
from models.chain.placed import Bools, PlacedChain
from models.chain.staffing import STAFF_COLUMNS, staff_columns, staffing

# In the order in which they are shown.
SCORES = ("supply", "local_share", "concentration", "rta", "criticality", "growth", "gap", "talent")
SCORE_COLUMNS = ("chain_id", "node_id", "score", "value", "low", "high", "n", "basis", "status")
Sums = dict[str, Floats]


@dataclass(frozen=True)
class ScoreParams:
    """Section ``chain_scores`` of params.yaml.

    days : snapshot days, ISO 8601; growth_years : length of the recent and of the earlier period; reach_steps : of a
    path of supply, at most; known_share : of a node's firms that state a revenue, from which on revenue is used
    level : of intervals; draws, seed : of firms
    """

    days: tuple[str, ...]
    growth_years: int
    reach_steps: int
    known_share: float
    level: float
    draws: int
    seed: int


@dataclass(frozen=True)
class Score:
    """One score of every node; every member of shape (n,). ``known`` false is no data."""

    value: Floats
    low: Floats
    high: Floats
    n: npt.NDArray[np.int64]
    basis: npt.NDArray[np.str_]
    known: Bools


def node_scores(placed: PlacedChain, params: ScoreParams) -> pd.DataFrame:
    """Every score of every node, as ``score_table``."""
    return score_table(Scorer(placed, params))


def score_table(scorer: Scorer) -> pd.DataFrame:
    """Every score of every node, SCORE_COLUMNS, nodes in the chain's order and scores in that of SCORES."""
    placed, scores, nodes = scorer.placed, scorer.scores(), scorer.nodes
    table = pd.DataFrame(
        {
            "chain_id": placed.chain.id,
            "node_id": np.repeat(np.array(placed.node_ids, dtype=object), len(SCORES)),
            "score": np.tile(np.array(SCORES, dtype=object), nodes),
        }
    )
    for name in ("value", "low", "high"):
        cells = [np.where(scores[score].known, getattr(scores[score], name), np.nan) for score in SCORES]
        table[name] = np.stack(cells, axis=1).ravel() + 0.0  # no -0
    table["n"] = np.stack([scores[score].n for score in SCORES], axis=1).ravel()
    table["basis"] = np.stack([scores[score].basis for score in SCORES], axis=1).ravel().astype(object)
    known = np.stack([scores[score].known for score in SCORES], axis=1).ravel()
    table["status"] = np.where(known, "ok", "no_data").astype(object)
    return table


class Scorer:
    """The sums over firms that scores are made of, as they are and under each draw."""

    def __init__(self, placed: PlacedChain, params: ScoreParams) -> None:
        """Sums of every column, once; a library without firms gives scores without data."""
        self.placed, self.params = placed, params
        self.nodes = len(placed.node_ids)
        self.amounts = amounts = placed.amounts(params.known_share)
        local, other = placed.local[:, None], ~placed.local[:, None]
        in_all = csr_array(placed.all_patents[:, None])
        self.columns: dict[str, csr_array] = {
            "local": csr_array(placed.on * local),
            "other": csr_array(placed.on * other),
            "amount": amounts.amount,
            "amount_squared": amounts.squared,
            "amount_variance": amounts.variance,
            "recent": placed.recent,
            "earlier": placed.earlier,
            "founded_recently": csr_array(placed.on * placed.founded_recently[:, None]),
            "founded_earlier": csr_array(placed.on * placed.founded_earlier[:, None]),
            "patents_local": csr_array(placed.patents * local),
            "patents_other": csr_array(placed.patents * other),
            "all_local": csr_array(in_all * local),
            "all_other": csr_array(in_all * other),
            "supplied_local": csr_array(placed.supplied * local),
            "supplied_other": csr_array(placed.supplied * other),
            "own": placed.own,
            **staff_columns(placed.on, placed.staff, placed.openings),
        }
        self.firms = FirmDraws(len(placed.firm_ids), params.draws, params.seed, params.level)
        self.sums: Sums = {name: np.asarray(one.sum(axis=0), dtype=float) for name, one in self.columns.items()}
        self.counts = {name: np.asarray((one > 0).sum(axis=0), dtype=np.int64) for name, one in self.columns.items()}
        squares = {name: np.asarray((one * one).sum(axis=0), dtype=float) for name, one in self.columns.items()}
        # The weight of a firm in each sum, by which half a firm is added: 1 where there is none.
        self.weight = {
            name: np.divide(squares[name], total, out=np.ones_like(total), where=total > 0)
            for name, total in self.sums.items()
        }
        self.effective = {name: self.sums[name] / weight for name, weight in self.weight.items()}  # number of firms
        self.squares = squares
        self.drawn = self.firms.sums(self.columns)

    def scores(self) -> dict[str, Score]:
        """Every score by name."""
        return {
            "supply": self.supply(),
            "local_share": self.local_share(),
            "concentration": self.concentration(),
            "rta": self.rta(),
            "criticality": self.criticality(),
            "growth": self.growth(),
            "gap": self.gap(),
            "talent": self.talent(),
        }

    def supply(self) -> Score:
        """Local firms; mid-P interval."""
        total = self.sums["local"]
        local = self.columns["local"]
        largest = np.where(total > 0, local.max(axis=0).toarray().ravel() if local.shape[0] else 0.0, 1.0)
        low, high = count_interval(total, self.squares["local"], largest, self.params.level)
        some = np.full(self.nodes, len(self.placed.firm_ids) > 0)
        return self._score(total, low, high, self.counts["local"], "firms", some)

    def local_share(self) -> Score:
        """Local / all firms; Jeffreys' interval of a share."""
        sums, squares = self.sums, self.squares
        low, high = share_interval(sums["local"], squares["local"], sums["other"], squares["other"], self.params.level)
        value = share(sums["local"], sums["other"])
        n = self.counts["local"] + self.counts["other"]
        return self._score(value, low, high, n, "firms", np.isfinite(value))

    def concentration(self) -> Score:
        """Herfindahl index, expected over placements; ``herfindahl_interval``."""
        names = ("amount", "amount_squared", "amount_variance")
        value, drawn = (self.amounts.herfindahl(*(sums[name] for name in names)) for sums in (self.sums, self.drawn))
        by_revenue, ends = self.amounts.by_revenue, np.full((self.nodes, 2), np.nan)
        columns = self.columns["amount"].tocsc()
        for node in np.flatnonzero(np.isfinite(value)):
            at = slice(columns.indptr[node], columns.indptr[node + 1])
            rows = columns.indices[at][columns.data[at] > 0]
            amounts = self.amounts.revenue[rows] if by_revenue[node] else columns.data[at][columns.data[at] > 0]
            firms = float(np.asarray(self.placed.on[rows, [node]]).sum()) if by_revenue[node] else float(len(rows))
            model = self.firms.lognormal_herfindahls(amounts, firms, int(node))
            known_by = spread_freedom(np.log(amounts)) + 1.0 if len(amounts) > 1 else 1.0
            ends[node] = herfindahl_interval(float(value[node]), drawn[:, node], model, self.params.level, known_by)
        basis = np.where(by_revenue, "revenue", "patents")
        return self._score(value, ends[:, 0], ends[:, 1], self.counts["amount"], basis, np.isfinite(value))

    def rta(self) -> Score:
        """The node's share in local patents over that in all; firms are drawn with all their patents."""
        halved = self._with_halves("patents_local", "patents_other")
        # What half a firm adds to the node it adds to all patents too.
        added = {one: halved[f"patents_{one}"] - self.drawn[f"patents_{one}"] for one in ("local", "other")}
        whole = {one: self.drawn[f"all_{one}"] + added[one] for one in ("local", "other")}
        drawn = advantage(halved["patents_local"], halved["patents_other"], whole["local"], whole["other"])
        names = ("patents_local", "patents_other", "all_local", "all_other")
        value = advantage(*(self.sums[name] for name in names))
        n = np.rint(self.sums["patents_local"] + self.sums["patents_other"]).astype(np.int64)
        return self._drawn_score(value, drawn, n, "patents", self.effective["patents_local"])

    def criticality(self) -> Score:
        """Reach that is lost, weighted by the firms on the nodes that are reached. The network itself is as filed."""
        lost, whole = self.placed.network.losses()
        value = ratio(lost @ self.sums["own"], whole @ self.sums["own"])
        drawn = ratio(self.drawn["own"] @ lost.T, self.drawn["own"] @ whole.T)
        value[~self.placed.network.linked] = np.nan
        reached = (whole > 0).astype(np.int64) @ self.counts["own"]
        return self._drawn_score(value, drawn, reached, "network")

    def growth(self) -> Score:
        """Davis-Haltiwanger-Schuh rate of new patents, or of new firms on a node without patents."""
        by_patents = self.sums["patents_local"] + self.sums["patents_other"] > 0
        halved = self._with_halves("recent", "earlier", "founded_recently", "founded_earlier")

        def pick(sums: Sums) -> tuple[Floats, Floats]:
            return (
                np.where(by_patents, sums["recent"], sums["founded_recently"]),
                np.where(by_patents, sums["earlier"], sums["founded_earlier"]),
            )

        recent, earlier = pick(self.sums)
        founded = self.counts["founded_recently"] + self.counts["founded_earlier"]
        n = np.where(by_patents, np.rint(recent + earlier), founded).astype(np.int64)
        basis = np.where(by_patents, "patents", "firms")
        in_both = np.where(by_patents, self.effective["recent"] + self.effective["earlier"], np.inf)
        return self._drawn_score(rate(recent, earlier), rate(*pick(halved)), n, basis, in_both)

    def gap(self) -> Score:
        """Need less supply; no data unless the rest of the world has firms on the node and downstream of it."""
        halved = self._with_halves("local", "other", "supplied_local", "supplied_other")
        value, drawn = gap_of(self.sums), gap_of(halved)
        value[self.sums["other"] <= 0] = np.nan
        n = sum(self.counts[name] for name in ("local", "other", "supplied_local", "supplied_other"))
        fewest = np.minimum.reduce([self.effective[name] for name in ("other", "supplied_local", "supplied_other")])
        return self._drawn_score(value, drawn, np.asarray(n), "firms", fewest)

    def talent(self) -> Score:
        """Openings for each person employed; one firm's own ratio says nothing of others and is no data."""
        columns = {name: self.columns[name] for name in STAFF_COLUMNS}
        made = staffing(self.firms, columns, self.drawn, list(self.columns).index("openings"))
        return self._score(made.value, made.low, made.high, made.n, "staff", np.isfinite(made.value))

    def _with_halves(self, *names: str) -> Sums:
        numbers = list(self.columns)
        return {name: self.drawn[name] + self.firms.halves(self.weight[name], numbers.index(name)) for name in names}

    def _drawn_score(
        self,
        value: Floats,
        drawn: Floats,
        n: npt.NDArray[np.int64],
        basis: str | npt.NDArray[np.str_],
        firms: Floats | None = None,
    ) -> Score:
        known = np.isfinite(value)
        low, high = self.firms.interval(value, np.where(np.isfinite(drawn), drawn, value), firms)
        return self._score(value, low, high, n, basis, known)

    def _score(
        self,
        value: Floats,
        low: Floats,
        high: Floats,
        n: npt.NDArray[np.int64],
        basis: str | npt.NDArray[np.str_],
        known: Bools,
    ) -> Score:
        return Score(value, low, high, n, np.broadcast_to(np.asarray(basis), (self.nodes,)), known)


def share(own: Floats, rest: Floats) -> Floats:
    """Own in own and rest."""
    return ratio(own, own + rest)


def rate(recent: Floats, earlier: Floats) -> Floats:
    """Davis-Haltiwanger-Schuh rate: the change over the mean of both."""
    return 2.0 * ratio(recent - earlier, recent + earlier)


def advantage(local: Floats, other: Floats, all_local: Floats, all_other: Floats) -> Floats:
    """Revealed advantage: the share of local over that of all; other and all_other are without the local."""
    return ratio(ratio(local, all_local), ratio(local + other, all_local + all_other))


def gap_of(sums: Sums) -> Floats:
    """Local firms supplied, times firms for each of them in the rest of the world, less the local firms."""
    return sums["supplied_local"] * ratio(sums["other"], sums["supplied_other"]) - sums["local"]
