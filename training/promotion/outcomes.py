"""Checks of a challenger against out-of-time outcomes, on the rows on which the champion is measured as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from data.texts.sentences import label, read_sentences, sentence
from models.comparison.metrics import Metric
from models.comparison.paired import Statistic
from models.comparison.rows import Floats, RunRows
from models.comparison.verdict import gain
from training.promotion.checks import Check, Status

Groups = npt.NDArray[np.object_]
SLOPE = "slope"  # among the groups of the check of calibration: no ratio of outcomes
LEAST_FIRMS = 10  # a group with fewer is not reported: it could be a single firm


@dataclass(frozen=True)
class Ratio:
    """Observed over expected outcomes of one group, or another figure that is 1 where all is right.

    allowed    : largest ratio, either way
    half_width : of the interval around 1 in which the ratio lies by chance where the expectations are right
    at_most    : a promise of at most so many: fewer is no fault
    """

    group: str
    firms: int
    ratio: float
    half_width: float
    allowed: float
    at_most: bool = False

    @property
    def status(self) -> Status:
        """Failed where the ratio is beyond chance and beyond what is allowed, on either side of 1 unless ``at_most``.

        Not shown where a ratio as large as ``allowed`` would not be beyond chance.
        """
        away = self.ratio if self.at_most else max(self.ratio, 1 / max(self.ratio, 1e-9))
        if abs(self.ratio - 1.0) > self.half_width and away > self.allowed:
            return "failed"
        return "passed" if self.half_width <= self.allowed - 1.0 else "not_shown"


def discrimination(metric: Metric, champion: Statistic, challenger: Statistic, level: float, look: int) -> Check:
    """The challenger is better than the champion on the same rows: one-sided, firms resampled, at a level it spends.

    champion, challenger : the metric of both under the same resamples of firms
    level, look : what ``training.promotion.spending`` leaves this look
    """
    better = gain(metric, champion, challenger)
    p = better.p_not_above(0.0)
    figures = {"champion": champion.value, "challenger": challenger.value, "gain": better.value, "p": p, "look": look}
    written = {name: f"{figures[name]:.4f}" for name in ("champion", "challenger", "gain", "p")}
    return Check(
        "discrimination",
        "passed" if p <= level else "failed",  # an undefined figure has no p that passes
        figures,
        {"p": level},
        sentence(
            "promotion.discrimination",
            metric=label(f"promotion.metric.{metric.name}"),
            look=look,
            level=f"{level:.4g}",
            **written,
        ),
    )


def promise(rows: RunRows) -> tuple[Floats, Floats] | None:
    """What happened in each row and what was promised of it, both of shape (rows,); None where nothing was.

    A probability promises itself; a low quantile promises to be missed in at most its own share of cases. Points and
    rankings promise an order alone, unless the extra ``promised`` holds a probability.
    """
    if rows.kind == "probability":
        return rows.outcome, rows.prediction
    if rows.kind == "quantile":
        return (rows.outcome < rows.prediction).astype(float), rows.extras["quantile"].astype(float)
    return (
        ((rows.outcome > 0).astype(float), rows.extras["promised"].astype(float)) if "promised" in rows.extras else None
    )


def ratios(
    observed: Floats, expected: Floats, firm: npt.NDArray[np.intp], group: Groups, allowed: float, error: float
) -> list[Ratio]:
    """Observed over expected by group; ``error`` is shared among the groups (Bonferroni).

    A firm's rows are one observation. The variance of the observed sum is the larger one of what the firms' residuals
    show and of what independent outcomes of these chances would have, so that a group in which nothing happened has
    one too. Groups of fewer than ten firms have none (``too_few``).
    """
    few = too_few(firm, group)
    names = [name for name in np.unique(group.astype(str)) if name not in few]
    z = -float(ndtri(error / (2 * max(len(names), 1))))
    found = []
    for name in names:
        rows = group == name
        residual = np.bincount(firm[rows], weights=(observed - expected)[rows])
        chance = expected[rows].clip(0.0, 1.0)
        variance = max(float(np.square(residual).sum()), float((chance * (1.0 - chance)).sum()))
        total = max(float(expected[rows].sum()), 1e-12)
        firms = len(np.unique(firm[rows]))
        found.append(Ratio(str(name), firms, float(observed[rows].sum()) / total, z * sqrt(variance) / total, allowed))
    return found


def too_few(firm: npt.NDArray[np.intp], group: Groups) -> list[str]:
    """The groups of fewer than ten firms: no figure of them is given, and a check by groups says that."""
    return [str(one) for one in np.unique(group.astype(str)) if len(np.unique(firm[group == one])) < LEAST_FIRMS]


def calibration(rows: RunRows, stage: Groups, allowed: float, error: float, slope: Ratio | None = None) -> Check:
    """In each growth stage as many outcomes happen as were expected, and probabilities are not too far apart.

    slope   : ``slope_ratio`` of a model of probabilities
    """
    promised = promise(rows)
    if promised is None:
        return Check("calibration", "not_shown", {}, {}, sentence("promotion.calibration.nothing_expected"))
    found = ratios(*promised, rows.firm_number, stage, allowed, error)
    if rows.kind == "quantile":
        found = [replace(one, at_most=True) for one in found]
    few = too_few(rows.firm_number, stage)
    return _by_group("calibration", [*found, *([] if slope is None else [slope])], few, {})


def slope_ratio(slope: Statistic, firms: int, allowed: float, error: float) -> Ratio:
    """Slope of the outcome's log-odds on the predicted ones: below 1 the probabilities are too far apart."""
    return Ratio(SLOPE, firms, slope.value, -float(ndtri(error / 2)) * slope.standard_error, allowed)


def fairness(attribute: str, rows: RunRows, group: Groups | None, allowed: float, error: float) -> Check:
    """No group's outcomes are over- or understated beyond the others': observed over expected, the whole at 1.

    Expected is what was promised, or for points the extra ``expected``: what as many points come with.
    group : of each row, shape (rows,); None where the rows do not hold the attribute
    """
    name, promised = f"fairness_{attribute}", promise(rows)
    if promised is None and "expected" in rows.extras:
        promised = rows.outcome, rows.extras["expected"].astype(float)
    if promised is None or group is None or len(np.unique(group.astype(str))) < 2:
        return Check(
            name, "not_shown", {}, {}, sentence("promotion.fairness.no_groups", attribute=_attribute(attribute))
        )
    observed, expected = promised
    level = max(float(observed.sum()), 1e-12) / max(float(expected.sum()), 1e-12)
    found = ratios(observed, expected * level, rows.firm_number, group, allowed, error)
    return _by_group(name, found, too_few(rows.firm_number, group), {"attribute": _attribute(attribute)})


def _by_group(name: str, found: list[Ratio], few: list[str], words: Mapping[str, tuple[str, str]]) -> Check:
    failed = [one for one in found if one.status == "failed"]
    hidden = [*(one.group for one in found if one.status == "not_shown"), *few]
    worst = max(failed or found, key=_away, default=None)
    key = name.partition("_")[0]
    measured: dict[str, float | str] = {one.group: one.ratio for one in found}
    if worst is None:
        return Check(name, "not_shown", {}, {}, sentence(f"promotion.{key}.no_groups", **words))
    key += ".slope" if worst.group == SLOPE else ""
    return Check(
        name,
        "failed" if failed else "not_shown" if hidden else "passed",
        measured | {f"{one.group}: by chance": one.half_width for one in found},
        {one.group: one.allowed for one in found},
        sentence(
            f"promotion.{key}",
            **words,
            group=group_name(worst.group),
            ratio=worst.ratio,
            allowed=worst.allowed,
            list=[group_name(one) for one in hidden] or [label("promotion.nothing")],
        ),
    )


def _away(one: Ratio) -> float:
    return log(max(one.ratio, 1e-9)) * (1 if one.at_most or one.ratio > 1 else -1)


def group_name(group: str) -> tuple[str, str]:
    """A stage, age, sector or the slope by its name, anything else as the data have it."""
    known = read_sentences()
    named = [key for kind in ("promotion.group", "industry") if (key := f"{kind}.{group}") in known]
    return label(named[0]) if named else (group, group)


def _attribute(name: str) -> tuple[str, str]:
    return label(f"promotion.attribute.{name}")
