"""Where firms are on the ladder, and which of them come next in question for a tier.

A firm's tier on the main track is the highest whose title it surely holds. Prospects for a tier are the firms without
its title, of which something is known that the rule asks and no clause is not met; they are ranked by rules alone: the
reference cost of what has to change, how much has to be confirmed, and how far the known values are from their edges.
Equal firms share a rank. There are no labels of who was recognised, so that nothing is learned here and no probability
is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.ladder.fact_catalogue import fact_of
from data.ladder.facts import LadderFacts
from data.ladder.rules import RuleBook, Tier
from models.ladder.distance import TierGap, gaps, without_change
from models.ladder.eligible import Eligibility, eligible, unscored
from models.ladder.truth import truth

MAIN = "main"
NONE = "none"
_GAP = ("status", "objective", "cost_cny", "changes", "confirm", "waits", "earliest", "blocked_by", "first")


def main_tiers(book: RuleBook) -> tuple[Tier, ...]:
    """The tiers of the main track, lowest first."""
    return tuple(sorted((tier for tier in book.tiers if tier.track == MAIN), key=lambda tier: tier.height))


def tiers_of(facts: LadderFacts, book: RuleBook, on_date: date, region: str | None = None) -> pd.DataFrame:
    """Every firm's tier on the main track and the way to the next one, a row a firm.

    Columns: firm_id, tier (``none`` where no title is surely held), next_tier, overall (of the next tier's rule),
    clauses_met, clauses_not_met, clauses_open, then those of the gap: status, objective, cost_cny, changes, confirm,
    waits (numbers of them), earliest, blocked_by (clauses joined by ";"), first. Of the highest tier there is no next.
    """
    known = facts.at(on_date)
    ladder = main_tiers(book)
    height = np.zeros(len(facts), dtype=int)
    for position, tier in enumerate(ladder, start=1):
        height = np.where(known.ends(tier.title_fact)[0] >= 1.0, position, height)
    rows: list[dict[str, Any]] = [{} for _ in facts.firm_ids]
    for position, tier in enumerate(ladder):
        members = np.flatnonzero(height == position)
        if members.size:
            result = eligible(facts.take(members), book.find(tier.key, on_date, region), on_date)
            for at, gap in enumerate(gaps(result, range(len(members)))):
                rows[members[at]] = {"next_tier": tier.key} | _counts(result, at) | _gap_row(gap)
    names = [NONE, *(tier.key for tier in ladder)]
    table = pd.DataFrame(rows, columns=["next_tier", *_COUNTS, *_GAP])
    table.insert(0, "firm_id", list(facts.firm_ids))
    table.insert(1, "tier", [names[one] for one in height])
    return table


def prospects(
    facts: LadderFacts, book: RuleBook, key: str, on_date: date, region: str | None = None, most: int | None = None
) -> pd.DataFrame:
    """Firms in question for a tier, best first: rank, tied (firms of a rank), firm_id, headroom, then as ``tiers_of``.

    most : the list ends with the rank of this many firms; firms that share that rank are all in it
    """
    tier = book.tier(key)
    result = eligible(facts, book.find(key, on_date, region), on_date)
    open_ones = np.logical_and.reduce([one.truth.possibly for one in result.clauses])
    held = result.facts.ends(tier.title_fact)[0] >= 1.0
    room = headroom(result)
    something_known = ~np.isnan(room) | np.logical_or.reduce([one.truth.surely for one in result.clauses])
    members = np.flatnonzero(open_ones & ~held & something_known)
    unchanged = members[without_change(result, members.tolist())]
    if most is not None and len(unchanged) >= most:
        members = unchanged  # they come first, so that no other firm is in the list
    rows = [
        {"firm_id": gap.firm_id, "headroom": room[row]} | _counts(result, row) | _gap_row(gap)
        for row, gap in zip(members.tolist(), gaps(result, members.tolist()), strict=True)
    ]
    table = pd.DataFrame(rows, columns=["firm_id", "headroom", *_COUNTS, *_GAP])
    table = table[table["status"] != "blocked"].reset_index(drop=True)
    return ranked(
        table.assign(less=-table["headroom"]), ["cost_cny", "changes", "confirm", "waits", "less"], most
    ).drop(columns="less")


def headroom(result: Eligibility) -> npt.NDArray[np.float64]:
    """The least distance of a firm's values from the thresholds outside scores that they surely meet, (n,).

    As a share of the threshold, to nine decimals; flags and thresholds at 0 are left out; NaN where none is left.
    """
    found = [np.full(len(result.facts), np.inf)]
    for one in dict.fromkeys(one for clause in result.clauses for one in unscored(clause.clause)):
        if fact_of(one.fact).unit != "flag" and one.value != 0.0:
            low, high = result.facts.ends(one.fact)
            above = (low - one.value if one.rises else one.value - high) / abs(one.value)
            found.append(np.where(truth(one, result.facts).surely, above, np.inf))
    least = np.min(found, axis=0)
    return np.asarray(np.round(np.where(np.isinf(least), np.nan, least), 9), dtype=np.float64)


def ranked(table: pd.DataFrame, keys: Sequence[str], most: int | None = None) -> pd.DataFrame:
    """The table in order of the keys, least first and missing last, with ``rank`` and ``tied``, the firms of a rank."""
    values = [table[key].astype(float).fillna(np.inf).to_numpy() for key in keys]
    order = np.lexsort([table["firm_id"].to_numpy(dtype=str), *reversed(values)])
    sorted_values = np.array([value[order] for value in values])
    new = np.ones(len(table), dtype=bool)
    new[1:] = (sorted_values[:, 1:] != sorted_values[:, :-1]).any(axis=0)
    group = np.cumsum(new) - 1
    rank = np.flatnonzero(new)[group] + 1 if len(table) else np.zeros(0, dtype=int)
    found = table.iloc[order].reset_index(drop=True)
    found.insert(0, "rank", rank)
    found.insert(1, "tied", np.bincount(group, minlength=1)[group] if len(table) else rank)
    return found if most is None else found[found["rank"] <= most]


_COUNTS = ("overall", "clauses_met", "clauses_not_met", "clauses_open")


def _counts(result: Eligibility, row: int) -> dict[str, Any]:
    statuses: list[str] = [str(one.status[row]) for one in result.clauses]
    met, missed = statuses.count("met"), statuses.count("not_met")
    return dict(zip(_COUNTS, (str(result.overall[row]), met, missed, len(statuses) - met - missed), strict=True))


def _gap_row(gap: TierGap) -> dict[str, Any]:
    values: tuple[Any, ...] = (
        gap.status,
        gap.objective,
        gap.cost_cny,
        len(gap.changes),
        len(gap.confirm),
        len(gap.waits),
        gap.earliest.isoformat(),
        ";".join(gap.blocked_by),
        gap.first,
    )
    return dict(zip(_GAP, values, strict=True))
