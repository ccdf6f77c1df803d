"""Numbers of the fit of a placer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlacementParams:
    """Section ``chain_placement`` of params.yaml.

    vector_shares, sharpnesses, ridges : of the kernel; the ones with the best left-out order are taken, chosen on
                ``sample`` rows at most
    linear_ridge : of the ridge on vectors alone
    folds     : of groups; rounds : of trees at most, tried in steps of ``round_step`` on held-out folds
    error_rate, shown_error_rate : promised shares of errors among placed answers, and among those for a person
    certainty : with which a threshold keeps its promise
    most_items : labelled items that are learned from, at most; more are drawn without regard to their labels
    """

    vector_shares: tuple[float, ...] = (0.3, 0.6, 0.85)
    sharpnesses: tuple[float, ...] = (1.0, 3.0)
    ridges: tuple[float, ...] = (0.1, 0.3)
    sample: int = 2_500
    linear_ridge: float = 1.0
    folds: int = 3
    rounds: int = 150
    round_step: int = 15
    learning_rate: float = 0.04
    num_leaves: int = 8
    min_child_samples: int = 60
    reg_lambda: float = 20.0
    feature_fraction: float = 0.6
    error_rate: float = 0.1
    shown_error_rate: float = 0.6
    certainty: float = 0.95
    most_items: int = 12_000
    threads: int = 1
    seed: int = 7
