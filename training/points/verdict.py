"""Is one card really better than another? Paired, out of time, resampled by enterprise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from training.points.sample import Sample
from training.points.shapes import apply_shapes

Floats = npt.NDArray[np.float64]
RESAMPLES = 1_000
TOP_SHARE = 0.1


@dataclass(frozen=True)
class Verdict:
    """Share of the later outcomes' variance that the stages' own card explains beyond the pooled one."""

    gain: float
    low: float
    high: float
    level: float
    rows: int

    @property
    def ships(self) -> str:
        """``stage`` where the whole interval is above zero, else ``pooled``."""
        return "stage" if self.low > 0 else "pooled"

    def as_dict(self) -> dict[str, Any]:
        """The verdict as the card carries it."""
        text = (
            f"stage card explains {self.gain:+.4f} more of the variance of later outcomes than the pooled card, "
            f"{self.level:.0%} interval [{self.low:+.4f}, {self.high:+.4f}] over {self.rows} cases: "
            + ("the stages differ, the stage card ships" if self.ships == "stage" else
               "it holds zero, the pooled card ships and every stage earns the same points")
        )  # fmt: skip
        return {"ships": self.ships, "gain_r2": self.gain, "low": self.low, "high": self.high,
                "level": self.level, "rows": self.rows, "text": text}  # fmt: skip


def verdict_on(
    sample: Sample,
    late: npt.NDArray[np.bool_],
    points: Callable[[Sample], tuple[Floats, Floats]],
    folds: int,
    level: float,
    seed: int,
) -> Verdict:
    """Both cards learned on earlier rows, tested on ``late`` rows of enterprises that neither was trained on.

    points : rows -> points of the stages' own and of the pooled card, each (s, k, knots)
    folds : enterprises are tested in so many parts, each by cards trained on the others
    """
    if not late.any() or late.all():
        raise ValueError(
            f"{int(late.sum())} of {len(late)} cases are late; a verdict needs both earlier and later ones"
        )
    again = bool(set(sample.enterprise[late]) & set(sample.enterprise[~late]))
    fold = ((sample.share * 1e6).astype(int) % folds) if again else np.zeros(len(late), dtype=int)
    gain, spread, firms = [], [], []
    for position in np.unique(fold[late]):
        evaluated = late & (fold == position)
        teaches = ~late & ((fold != position) | (not again))
        one, other = points(sample.take(teaches))
        missed = [_missed(sample.take(teaches), sample.take(evaluated), card) for card in (one, other)]
        gain.append(missed[1] - missed[0])
        spread.append(sample.take(evaluated).centred(sample.take(evaluated).y)[0] ** 2)
        firms.append(sample.enterprise[evaluated])
    gained, total = np.concatenate(gain), np.concatenate(spread)
    middle, low, high = ratio_interval(gained, total, np.concatenate(firms), level, seed)
    return Verdict(middle, low, high, level, len(gained))


def _missed(teaches: Sample, evaluated: Sample, points: Floats) -> Floats:
    """Squared error of each tested row, the outcome per point taken from the training rows."""
    outcome, _, predicted = predict(teaches, evaluated, points)
    return np.asarray((outcome - predicted) ** 2)


def predict(teaches: Sample, evaluated: Sample, points: Floats) -> tuple[Floats, Floats, Floats]:
    """Outcome, total and predicted outcome of each tested row, centred among its peers; shape (n,) each.

    The outcome per point is that of the training rows of its stage.
    """
    known, y = teaches.centred(card_total(teaches, points), teaches.y)
    later, outcome = evaluated.centred(card_total(evaluated, points), evaluated.y)
    slope = np.array(
        [
            float(known[rows] @ y[rows]) / max(float(known[rows] @ known[rows]), 1e-12)
            for rows in (teaches.stage == position for position in range(len(teaches.stages)))
        ]
    )
    return outcome, later, np.asarray(slope[evaluated.stage] * later)


def card_total(sample: Sample, points: Floats) -> Floats:
    """What a card with these points gives each row; a missing value earns 0."""
    earned = apply_shapes(np.where(sample.missing, 0.0, sample.x), sample.stage, points)
    return np.asarray(np.where(sample.missing, 0.0, earned).sum(axis=1))


def ratio_interval(
    top: Floats, bottom: Floats, enterprise: npt.NDArray[Any], level: float, seed: int
) -> tuple[float, float, float]:
    """sum(top) / sum(bottom) and its interval, resampling enterprises with all their rows."""
    _, firm = np.unique(enterprise, return_inverse=True)
    above, below = np.bincount(firm, top), np.bincount(firm, bottom)
    rng = np.random.default_rng(seed)
    drawn = np.empty(RESAMPLES)
    for position in range(RESAMPLES):
        rows = rng.integers(0, len(above), len(above))
        drawn[position] = above[rows].sum() / below[rows].sum()
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(top.sum() / bottom.sum()), float(low), float(high)


def rank_quality(
    scores: Mapping[str, Floats],
    outcome: Floats,
    stage: npt.NDArray[Any],
    enterprise: npt.NDArray[Any],
    *,
    level: float,
    seed: int,
    draws: int = 300,
) -> dict[str, Any]:
    """Rank quality of each score, and of the first against each other with paired intervals by enterprise.

    spearman : rank correlation with the outcome; within_stage: its mean over stages, by their size
    lift : mean outcome of the top tenth over the mean of all, in standard deviations
    Every figure is [value, low, high]; ``against`` holds the first score's gain over each other one.
    """
    _, firm = np.unique(enterprise, return_inverse=True)
    _, position = np.unique(stage, return_inverse=True)
    rng = np.random.default_rng(seed)
    resampled = [_rows_of(firm, rng) for _ in range(draws)]
    whole = np.arange(len(outcome))
    figures = {name: _figures(score, outcome, position, whole) for name, score in scores.items()}
    drawn = {
        name: np.array([list(_figures(score, outcome, position, rows).values()) for rows in resampled])
        for name, score in scores.items()
    }
    first = next(iter(scores))
    bounds = [(1 - level) / 2, (1 + level) / 2]
    kinds = list(figures[first])
    report: dict[str, Any] = {"n": len(outcome), "level": level, "scores": {}, "against": {}}
    for name in scores:
        low, high = np.quantile(drawn[name], bounds, axis=0)
        report["scores"][name] = {
            kind: [figures[name][kind], float(low[one]), float(high[one])] for one, kind in enumerate(kinds)
        }
        if name != first:
            low, high = np.quantile(drawn[first] - drawn[name], bounds, axis=0)
            report["against"][name] = {
                kind: [figures[first][kind] - figures[name][kind], float(low[one]), float(high[one])]
                for one, kind in enumerate(kinds)
            }
    return report


def _rows_of(firm: npt.NDArray[np.int_], rng: np.random.Generator) -> npt.NDArray[np.int_]:
    times = np.bincount(rng.integers(0, firm.max() + 1, firm.max() + 1), minlength=firm.max() + 1)
    return np.repeat(np.arange(len(firm)), times[firm])


def _figures(
    score: Floats, outcome: Floats, stage: npt.NDArray[np.int_], rows: npt.NDArray[np.int_]
) -> dict[str, float]:
    score, outcome, stage = score[rows], outcome[rows], stage[rows]
    within = [
        (rows.sum(), _spearman(score[rows], outcome[rows]))
        for rows in (stage == position for position in np.unique(stage))
        if rows.sum() > 2
    ]
    top = score >= np.quantile(score, 1 - TOP_SHARE)
    return {
        "spearman": _spearman(score, outcome),
        "spearman_within_stage": float(np.average([r for _, r in within], weights=[n for n, _ in within])),
        "top_decile_lift_sd": float((outcome[top].mean() - outcome.mean()) / outcome.std()),
    }


def _spearman(one: Floats, other: Floats) -> float:
    a, b = rankdata(one), rankdata(other)
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b) / np.sqrt(max((a @ a) * (b @ b), 1e-12)))
