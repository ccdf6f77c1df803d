"""An additive booster as look-up tables: every tree splits on one feature, so a feature's share is a step function.

The booster's text stays the source of truth; the tables are read from it and checked against it. Shares are exact
TreeSHAP: what the feature adds at this value, less its mean over the booster's own training cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TINY = 1e-30
ENDLESS = 1e300  # how LightGBM writes a threshold that parts nothing but the missing values


class AdditiveError(ValueError):
    """A booster is not additive, or its tables do not reproduce it."""


@dataclass(frozen=True)
class Steps:
    """One feature's share of the log-odds: constant between cuts; a value equal to a cut lies below it.

    shares : one more than cuts, then one for a missing value
    """

    feature: int
    cuts: Floats
    shares: Floats

    def at(self, column: Floats) -> Floats:
        """The share of every value, shape (n,)."""
        position = np.searchsorted(self.cuts, column, side="left")
        position[np.isnan(column)] = len(self.cuts) + 1
        return np.asarray(self.shares[position])


@dataclass(frozen=True)
class Additive:
    """log-odds = baseline + shares of the features, added in their order."""

    baseline: float
    steps: tuple[Steps, ...]
    width: int  # features of the booster, those without a share included

    def __post_init__(self) -> None:
        features = [one.feature for one in self.steps]
        if features != sorted(set(features)):
            raise AdditiveError(f"features {features} are not in order, each once")

    def shares(self, matrix: Floats) -> Floats:
        """Shape (n, width); with the baseline they add up to the log-odds."""
        parts = np.zeros(matrix.shape)
        for one in self.steps:
            parts[:, one.feature] = one.at(matrix[:, one.feature])
        return parts


def read_additive(booster: lgb.Booster) -> Additive:
    """The tables of an additive booster, checked against it on both sides of every cut.

    raises : AdditiveError when a tree splits on two features, or the booster disagrees
    """
    dump = booster.dump_model()
    width = int(dump["max_feature_idx"]) + 1
    baseline = 0.0
    trees: dict[int, list[Mapping[str, Any]]] = {}
    for number, tree in enumerate(dump["tree_info"]):
        root = tree["tree_structure"]
        if "split_feature" not in root:
            baseline += float(root["leaf_value"])
            continue
        split_on = {int(node["split_feature"]) for node in _splits(root)}
        if len(split_on) > 1:
            raise AdditiveError(
                f"tree {number} splits on features {sorted(split_on)}; an additive model's trees split on one"
            )
        trees.setdefault(split_on.pop(), []).append(root)
    steps = []
    for feature in sorted(trees):
        split_at = {float(node["threshold"]) for root in trees[feature] for node in _splits(root)}
        cuts = sorted(cut for cut in split_at if cut < ENDLESS)
        mean = sum(_mean(root) for root in trees[feature])
        inside = [*cuts, ENDLESS, np.nan]
        total = np.array([sum(_leaf(root, value) for root in trees[feature]) for value in inside])
        steps.append(Steps(feature, np.array(cuts), total - mean))
        baseline += mean
    tables = Additive(baseline, tuple(steps), width)
    _check(tables, booster)
    return tables


def _check(tables: Additive, booster: lgb.Booster) -> None:
    longest = max((len(one.cuts) for one in tables.steps), default=0)
    probe = np.zeros((2 * longest + 2, tables.width))
    for one in tables.steps:
        # LightGBM reads what is nearer to zero than 1e-35 as zero: its cut just under zero is probed from further off.
        below = np.where((one.cuts < 0.0) & (one.cuts > -TINY), -TINY, one.cuts)
        values = np.concatenate([below, np.nextafter(one.cuts, np.inf), [0.0, np.nan]])
        probe[:, one.feature] = np.resize(values, len(probe))
    contributions = np.asarray(booster.predict(probe, pred_contrib=True, num_threads=1))
    ours = np.column_stack([tables.shares(probe), np.full(len(probe), tables.baseline)])
    gap = float(np.abs(contributions - ours).max())
    if gap > 1e-9:
        raise AdditiveError(f"tables and booster differ by {gap:.3g} of log-odds; at most 1e-9 is allowed")


def _splits(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "split_feature" not in node:
        return []
    return [node, *_splits(node["left_child"]), *_splits(node["right_child"])]


def _leaf(node: Mapping[str, Any], value: float) -> float:
    """The leaf that LightGBM sends a value to; where it saw no missing value in training, one counts as zero."""
    while "split_feature" in node:
        missing = np.isnan(value)
        split_on = 0.0 if missing and node["missing_type"] != "NaN" else value
        left = node["default_left"] if np.isnan(split_on) else split_on <= node["threshold"]
        node = node["left_child"] if left else node["right_child"]
    return float(node["leaf_value"])


def _mean(node: Mapping[str, Any]) -> float:
    """Mean of a tree's leaves over the cases that it was trained on."""

    def weighted(one: Mapping[str, Any]) -> tuple[float, float]:
        if "split_feature" not in one:
            return float(one["leaf_count"]) * float(one["leaf_value"]), float(one["leaf_count"])
        left, right = weighted(one["left_child"]), weighted(one["right_child"])
        return left[0] + right[0], left[1] + right[1]

    total, count = weighted(node)
    return total / count
