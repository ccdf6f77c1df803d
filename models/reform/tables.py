"""Totals and distributions of reforms: which sums are taken, and the figures that follow from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models.reform.bootstrap import Bootstrap, Groups
from models.reform.buckets import bucket_of
from models.reform.estimates import Behind, Spread, ratio
from models.reform.evaluate import MICRO, Outcome
from models.reform.result import (
    ALL_BANKS,
    BUCKETS,
    SMALLEST_GROUP,
    TOTALS,
    Distribution,
    Estimate,
    Total,
)
from models.reform.study import BASELINE

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Column = npt.NDArray[np.integer[Any]]
Key = tuple[str, ...]
Figure = Mapping[Key, int]  # columns and how often each is added
FIRMS: Figure = {("n",): 1}
UNIT = {"credit_cny": 1, "expected_loss_cny": 100, "expected_profit_cny": 100, "preapproved_share": 1}
FIELD = {
    "credit_cny": "quota_cny", "expected_loss_cny": "loss_cents", "expected_profit_cny": "profit_cents",
    "preapproved_share": "approved",
}  # fmt: skip
# Of all banks together the sum of the banks'; a firm is pre-approved by any of them.
_ADDED = ("credit_cny", "expected_loss_cny", "expected_profit_cny")


@dataclass(frozen=True)
class Counted:
    """The firms one by one, to count those behind a figure: values by key and groups, each of shape (n,)."""

    columns: Mapping[Key, Column]
    groupings: Mapping[str, Groups]

    def behind(self, grouping: str, figure: Figure) -> Ints:
        """Firms whose part of a figure is not 0, by group."""
        parts = [factor * self.columns[key].astype(np.int64) for key, factor in figure.items()]
        groups, there = self.groupings[grouping], sum(parts[1:], parts[0]) != 0
        return np.bincount(groups.codes[there], minlength=len(groups.names))


@dataclass(frozen=True)
class Sums:
    """Sums of every column by grouping, shape (1 + replicates, groups, columns).

    refit : the same of the refitted models, unweighted, shape (draws, groups, columns); None where there are none
    population : firms that the figures stand for; the sums' own firms in a full run
    alike : what decides the outcomes of a scenario and bank ("" for points): where it is the same, so are they
    """

    keys: Mapping[Key, int]
    drawn: Mapping[str, Floats]
    refit: Mapping[str, Floats] | None
    population: int
    spread: Spread
    counted: Counted
    alike: Mapping[tuple[str, str], Any] = field(default_factory=dict)

    @classmethod
    def of_columns(cls, columns: Mapping[Key, Column], groupings: Mapping[str, Groups], bootstrap: Bootstrap,
                   spread: Spread, population: int | None = None, **more: Any) -> Sums:  # fmt: skip
        """The sums of columns. more : ``refit``, ``alike``, and the ``workers`` that sum."""
        drawn = bootstrap.sums(list(columns.values()), groupings, more.pop("workers", 1))
        more.setdefault("refit", None)
        whole = population or len(next(iter(columns.values())))
        return cls({key: at for at, key in enumerate(columns)}, drawn, population=whole, spread=spread,
                   counted=Counted(columns, groupings), **more)  # fmt: skip

    def of(self, grouping: str, figure: Figure) -> tuple[Floats, Floats | None]:
        """A figure's sums, shape (1 + replicates, groups), and those of the refitted models."""

        def pick(held: Mapping[str, Floats]) -> Floats:
            parts = [factor * held[grouping][..., self.keys[key]] for key, factor in figure.items()]
            return np.asarray(sum(parts[1:], parts[0]))

        return pick(self.drawn), None if self.refit is None else pick(self.refit)

    def means(
        self, grouping: str, over: Sequence[Figure], under: Figure, unit: float = 1.0, *, share: bool = False
    ) -> list[list[Estimate]]:
        """Each of some figures over another, by figure and group."""
        tops, below = [self.of(grouping, figure) for figure in over], self.of(grouping, under)
        drawn = np.hstack([ratio(top, below[0]) / unit for top, _ in tops])
        again = [ratio(top, below[1]) / unit for _, top in tops if top is not None and below[1] is not None]
        refit = np.hstack(again) if again else None
        groups = below[0].shape[1]
        firms = np.tile(below[0][0].astype(np.int64), len(over))
        certain = np.repeat([self._certain(figure) for figure in over], groups)
        if share:
            found = self.spread.shares(drawn, refit, firms=firms, certain=certain)
        else:
            counts = np.concatenate([self.counted.behind(grouping, figure) for figure in over])
            moved, positive = (
                np.repeat(flags, groups)
                for flags in zip(*((not _is_level(figure), _is_positive(figure)) for figure in over), strict=True)
            )
            found = self.spread.means(drawn, refit, Behind(counts, moved, certain, positive), firms=firms)
        return [found[start : start + groups] for start in range(0, len(found), groups)]

    def total(self, figure: Figure, unit: float = 1.0) -> Estimate:
        """A figure summed over the population; in a full run the point is exact."""
        (top, refit), (n, refit_n) = self.of("all", figure), self.of("all", FIRMS)
        whole = np.full((1, 1), float(self.population))
        again = None if refit is None or refit_n is None else refit * ratio(whole, refit_n) / unit
        drawn = top * ratio(whole, n) / unit
        behind = Behind(
            self.counted.behind("all", figure), not _is_level(figure), self._certain(figure), _is_positive(figure)
        )
        return self.spread.means(drawn, again, behind, firms=n[0].astype(np.int64))[0]

    def _certain(self, figure: Figure) -> bool:
        """Whether a figure is a difference of rules that decide alike: 0 for certain, and every firm the same.

        Amounts of all banks together are those of each bank, so they are certain where every bank's are.
        """
        if _is_level(figure):
            return False
        banks = [bank for scenario, bank in self.alike if scenario == BASELINE and bank not in ("", ALL_BANKS)]
        left: dict[tuple[str, ...], dict[Any, int]] = {}
        for (scenario, whose, *what), factor in figure.items():
            for bank in banks if banks and whose == ALL_BANKS and what[0] in _ADDED else [whose]:
                own = self.alike.get((scenario, bank), scenario)
                if own != self.alike.get((BASELINE, bank), BASELINE):
                    of = left.setdefault((bank, *what), {})
                    of[own] = of.get(own, 0) + factor
        return not any(factor for of in left.values() for factor in of.values())


def _is_level(figure: Figure) -> bool:
    """Whether a figure is one side's, and no difference."""
    return any(key[0] == BASELINE or key[2] == "points_base" for key in figure)


def _is_positive(figure: Figure) -> bool:
    """Whether a figure is one side's amount that cannot be negative: credit, loss, points, firms, but no profit."""
    return _is_level(figure) and all(key[2] != "expected_profit_cny" for key in figure)


def columns_of(baseline: Outcome, reforms: Mapping[str, Outcome], distributed: Sequence[str]) -> dict[Key, Column]:
    """Every column to be summed, shape (n,) each.

    distributed : reforms whose moves are also counted by bucket; the others have their totals alone
    """
    n = len(baseline.points)
    columns: dict[Key, Column] = {("n",): np.ones(n, dtype=np.int64)}
    for bank, outcome in _with_all(baseline).items():
        columns |= {(BASELINE, bank, measure): values for measure, values in outcome.items()}
    known = baseline.points >= 0
    columns[BASELINE, "", "points"] = np.where(known, baseline.points, 0)
    columns[BASELINE, "", "points_known"] = known.astype(np.int64)
    before = _with_all(baseline)
    for name, reform in reforms.items():
        for bank, outcome in _with_all(reform).items():
            for measure, values in outcome.items():
                columns[name, bank, measure] = values - before[bank][measure]
        both = known & (reform.points >= 0)
        columns[name, "", "points_known"] = both.astype(np.int64)
        columns[name, "", "points_base"] = np.where(both, baseline.points, 0)
        columns[name, "", "points"] = np.where(both, reform.points - baseline.points, 0)
        if name in distributed:
            columns |= _bucket_columns(name, "", bucket_of(baseline.points, reform.points), both)
            for bank, one in reform.banks.items():
                placed = bucket_of(baseline.banks[bank].quota_cny, one.quota_cny)
                columns |= _bucket_columns(name, bank, placed, np.ones(n, dtype=bool))
    return columns


def totals(sums: Sums, name: str, banks: Sequence[str]) -> tuple[Total, ...]:
    """A reform's totals beside the baseline's, by bank and for all banks where there are several."""
    found = []
    for bank in (*banks, ALL_BANKS) if len(banks) > 1 else banks:
        for measure in TOTALS:
            base: Figure = {(BASELINE, bank, measure): 1}
            move: Figure = {(name, bank, measure): 1}
            held = measure == "preapproved_share"
            before, after = (total_of(sums, one, measure, share=held) for one in (base, {**base, **move}))
            found.append(Total(bank, measure, before, after, total_of(sums, move, measure)))
    return tuple(found)


def total_of(sums: Sums, figure: Figure, measure: str, *, share: bool = False) -> Estimate:
    """A figure of one of TOTALS or of points (mean of the firms with a stage), over the population."""
    if measure == "points":
        return sums.means("all", [figure], {(BASELINE, "", "points_known"): 1}, MICRO)[0][0]
    if measure == "preapproved_share":
        return sums.means("all", [figure], FIRMS, share=share)[0][0]
    return sums.total(figure, UNIT[measure])


def distributions(
    sums: Sums, name: str, banks: Sequence[str], groupings: Mapping[str, Groups], *, whole: bool
) -> tuple[Distribution, ...]:
    """How each group moves under a reform. whole : False in a quick run, which has no sums of a group."""
    found: list[Distribution] = []
    for bank in ("", *banks):
        known: Figure = FIRMS if bank else {(name, "", "points_known"): 1}
        base: Figure = {(BASELINE, bank, "credit_cny"): 1} if bank else {(name, "", "points_base"): 1}
        move: Figure = {(name, bank, "credit_cny" if bank else "points"): 1}
        unit = 1 if bank else MICRO
        for grouping, groups in groupings.items():
            shares = sums.means(grouping, [{(name, bank, bucket): 1} for bucket in BUCKETS], known, share=True)
            means = sums.means(grouping, (base, {**base, **move}, move), known, unit)
            whole_sums = [sums.of(grouping, one)[0][0] / unit for one in (base, {**base, **move}, move)]
            firms, counted = (sums.of(grouping, one)[0][0].astype(int).tolist() for one in (FIRMS, known))
            for at, group in enumerate(groups.names):
                shown = whole and counted[at] >= SMALLEST_GROUP
                before, after, moved = (float(one[at]) if shown else None for one in whole_sums)
                found.append(
                    Distribution(
                        measure="quota_cny" if bank else "points",
                        bank_id=bank,
                        grouping=grouping,
                        group=group,
                        firms=firms[at],
                        unknown=firms[at] - counted[at],
                        buckets={bucket: column[at] for bucket, column in zip(BUCKETS, shares, strict=True)},
                        baseline_mean=means[0][at],
                        reform_mean=means[1][at],
                        move_mean=means[2][at],
                        baseline_sum=before,
                        reform_sum=after,
                        move_sum=moved,
                    )
                )
    return tuple(found)


def _with_all(outcome: Outcome) -> dict[str, dict[str, Ints]]:
    banks = {bank: {measure: getattr(one, FIELD[measure]) for measure in TOTALS} for bank, one in outcome.banks.items()}
    if len(banks) > 1:
        whole = {measure: np.sum([one[measure] for one in banks.values()], axis=0) for measure in TOTALS}
        whole["preapproved_share"] = np.any([one["preapproved_share"] for one in banks.values()], axis=0).astype(
            np.int64
        )
        banks[ALL_BANKS] = whole
    return banks


def _bucket_columns(name: str, bank: str, placed: Ints, counted: npt.NDArray[np.bool_]) -> dict[Key, Column]:
    return {
        (name, bank, bucket): ((placed == position) & counted).astype(np.int8)
        for position, bucket in enumerate(BUCKETS)
    }
