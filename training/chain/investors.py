"""Learning which investors fund which firms: windows in order of time, weights, bands and the comparison.

A window is a day with the firms that were funded in the days after it by investors known on it. Columns are made of
what was known before that day; the model learns from windows that end before the last one begins, and is tried there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.chain.investors.columns import ColumnParams, Flags, PastDeals
from models.chain.investors.funding import Doubles, Funding, Ids, Query, dates_of
from models.chain.investors.model import Band, Comparison, InvestorModel, bands_of, column_parts
from training.matching.evaluate import paired_interval
from training.matching.logistic import fit_logistic

PARTS = (5, 10, 50)  # lengths of lists whose recall is reported
NO_COMPARISON = Comparison(0.0, 0.0, 0.0, 0.0, 0.0, 0, 0.0, "", "")


@dataclass(frozen=True)
class InvestorParams:
    """Section ``chain_investors`` of params.yaml; half_life_days to closeness are those of ``ColumnParams``.

    window_days : a firm's investors are looked for so long; step_days : between the days of two windows
    least_deals : a window begins only after so many deals; penalty : on squared weights
    pairs : of one window without funding that are learned from, at most, drawn and weighed up
    test_windows : the last ones, that the model is tried on and does not learn from
    band_funded : funded pairs in a band of probability, at least
    """

    half_life_days: float
    prior_deals: float
    nearest: int
    closeness: float
    window_days: int
    step_days: int
    least_deals: int
    penalty: float
    pairs: int
    band_funded: int
    test_windows: int
    draws: int
    seed: int

    @property
    def columns(self) -> ColumnParams:
        """The part that the model keeps."""
        return ColumnParams(self.half_life_days, self.prior_deals, self.nearest, self.closeness)


@dataclass(frozen=True)
class Window:
    """firms : rows of the funded firms, each with a new investor in the window that was known before it.

    funded : (firms, investors of ``past``), True for those new investors
    edges : (firms,), new investors of each firm, those without a deal before the window too
    others : firms whose new investors all had no deal before the window; other_edges : their number
    """

    past: PastDeals
    query: Query
    firms: Ids
    funded: Flags
    edges: Ids
    others: int
    other_edges: int

    @property
    def unseen_share(self) -> float:
        """Share of all new investors without a deal before the window."""
        return 1.0 - float(self.funded.sum()) / max(int(self.edges.sum()) + self.other_edges, 1)

    @property
    def newcomer(self) -> Flags:
        """Firms without a deal before the window: cold starts."""
        return np.asarray(self.past.last_round(self.firms) < 0)


@dataclass(frozen=True)
class Recall:
    """Of each firm of a window, in its order: recall in the first n by n, and 1 / rank of the first right investor."""

    within: dict[int, Doubles]
    reciprocal_rank: Doubles


def window(funding: Funding, day: int, end: int, params: ColumnParams) -> Window:
    """The window of the days from ``day`` to before ``end``."""
    past = PastDeals(funding, day, params)
    later = np.flatnonzero((funding.deal_day >= day) & (funding.deal_day < end))
    pairs = np.unique(np.stack([funding.deal_firm[later], funding.deal_investor[later]], axis=1), axis=0)
    earlier = funding.deal_firm[past.deal] * len(funding.investors) + funding.deal_investor[past.deal]
    fresh = pairs[~np.isin(pairs[:, 0] * len(funding.investors) + pairs[:, 1], earlier)]
    seen = fresh[np.isin(fresh[:, 1], past.investors)]
    firms = np.unique(seen[:, 0])
    funded = np.zeros((len(firms), len(past.investors)), bool)
    funded[np.searchsorted(firms, seen[:, 0]), np.searchsorted(past.investors, seen[:, 1])] = True
    edges = np.bincount(fresh[:, 0], minlength=len(funding.firm_ids))
    others = int((edges > 0).sum()) - len(firms)
    query = funding.query_of_firms(firms, day)
    return Window(past, query, firms, funded, edges[firms], others, len(fresh) - int(edges[firms].sum()))


def windows(funding: Funding, until: int, params: InvestorParams) -> list[Window]:
    """Windows that end on ``until`` or earlier, the latest first and each ``step_days`` before the one above."""
    found: list[Window] = []
    day = until - params.window_days
    while (funding.deal_day < day).sum() >= params.least_deals:
        one = window(funding, day, day + params.window_days, params.columns)
        if len(one.firms):
            found.append(one)
        day -= params.step_days
    return found


def fit_weights(learned: Sequence[Window], params: InvestorParams) -> tuple[float, tuple[float, ...]]:
    """Intercept and weights of the columns: logistic regression of "funded" on pairs of all windows."""
    x, target, weight = [], [], []
    rng = np.random.default_rng(params.seed)
    for one in learned:
        share = min(1.0, params.pairs / max(one.funded.size, 1))
        for rows, found, allowed in column_parts(one.past, one.query):
            funded = one.funded[rows]
            kept = allowed & (funded | (rng.random(funded.shape) < share if share < 1.0 else True))
            x.append(found[kept])
            target.append(funded[kept].astype(float))
            weight.append(np.where(funded[kept], 1.0, 1.0 / share))
    columns = np.concatenate(x)
    centre = columns.mean(axis=0)  # far fewer steps to the same weights, for the intercept is not penalised
    made = fit_logistic(columns - centre, np.concatenate(target), np.concatenate(weight), params.penalty)
    return made[0] - float(made[1] @ centre), tuple(float(one) for one in made[1])


def fit(funding: Funding, until: int, params: InvestorParams) -> InvestorModel:
    """The model of the windows before ``until``; its bands are of windows after those that their weights learned from.

    raises : ValueError where there are fewer than two windows one after the other
    """
    found = windows(funding, until, params)
    last = f"{dates_of(np.array([until]))[0]:%Y-%m-%d}"
    apart = -(-params.window_days // params.step_days)  # windows so many steps apart share no day
    if len(found) <= apart:
        raise ValueError(
            f"deals: found {len(found)} windows of {params.window_days} days before {last}, "
            f"each after {params.least_deals} deals; allowed: {apart + 1} or more"
        )
    intercept, weights = fit_weights(found, params)
    model = InvestorModel(
        intercept,
        weights,
        params.columns,
        (),
        NO_COMPARISON,
        params.window_days,
        last,
        funding.index.encoder_digest,
    )
    return replace(model, bands=later_bands(found, model, apart, params))


def later_bands(found: Sequence[Window], model: InvestorModel, apart: int, params: InvestorParams) -> tuple[Band, ...]:
    """Bands of windows that share no day, each under weights learned from the windows that end before it begins."""
    log_odds, funded = [], []
    for position in range(0, len(found) - apart, apart):
        intercept, weights = fit_weights(found[position + apart :], params)
        one = found[position]
        scores, allowed = replace(model, intercept=intercept, weights=weights).scores(one.past, one.query)
        log_odds.append(scores[allowed])
        funded.append(one.funded[allowed])
    return bands_of(np.concatenate(log_odds), np.concatenate(funded), params.band_funded)


def popularity(one: Window) -> dict[str, Doubles]:
    """Plain popularity of each investor of the window, best first by the number, the same for every firm.

    ``popularity`` : all deals before the day; ``recent_popularity`` : those of the last two years, then by all
    """
    return {"popularity": one.past.count, "recent_popularity": one.past.activity}


def recall(scores: Doubles, one: Window) -> Recall:
    """What lists ordered by ``scores`` find; investors that the firm has already are left out, equal ones by name.

    scores : (firms, investors) or (investors,)
    """
    own = one.past.pairs[one.firms].toarray() > 0
    ranked = np.where(own, -np.inf, np.broadcast_to(scores, own.shape))
    order = np.argsort(-ranked, axis=1, kind="stable")
    right = np.take_along_axis(one.funded, order, axis=1)
    total = one.funded.sum(axis=1)
    first = right.argmax(axis=1) + 1.0
    return Recall({n: right[:, :n].sum(axis=1) / total for n in PARTS}, 1.0 / first)


def last_windows(funding: Funding, end: int, params: InvestorParams) -> list[Window]:
    """The ``test_windows`` windows one after the other that end on ``end``, the earliest first."""
    days = [end - step * params.window_days for step in range(params.test_windows, 0, -1)]
    made = (window(funding, day, day + params.window_days, params.columns) for day in days)
    return [one for one in made if len(one.firms)]


def joined_recall(lists: Sequence[Recall]) -> Recall:
    """The lists of several windows as one, window by window."""
    within = {n: np.concatenate([one.within[n] for one in lists]) for n in PARTS}
    return Recall(within, np.concatenate([one.reciprocal_rank for one in lists]))


def compare(model: InvestorModel, tested: Sequence[Window], params: InvestorParams) -> Comparison:
    """Ours against the popularity of the last two years in windows after those that the model learned from.

    Each window is of what was known on its own first day; a firm of several windows is resampled as one.
    """
    ours = joined_recall([recall(model.scores(one.past, one.query)[0], one) for one in tested]).within[50]
    theirs = joined_recall([recall(popularity(one)["recent_popularity"], one) for one in tested]).within[50]
    firms: npt.NDArray[np.object_] = np.concatenate([one.past.funding.firm_ids[one.firms] for one in tested])
    gain, low, high = paired_interval(ours - theirs, firms, params.draws, params.seed)
    first, last = (
        f"{day:%Y-%m-%d}"
        for day in dates_of(np.array([tested[0].past.day, tested[-1].past.day + params.window_days - 1]))
    )
    edges = sum(int(one.edges.sum()) + one.other_edges for one in tested)
    unseen = 1.0 - sum(float(one.funded.sum()) for one in tested) / max(edges, 1)
    return Comparison(float(ours.mean()), float(theirs.mean()), gain, low, high, len(firms), unseen, first, last)
