"""The leakage guard: columns that know the outcome stop the training until they are excluded or waived by name.

Four questions, each about one column alone: is it missing, or constant, in one outcome only; do one outcome's values
pile up on a few terms while the other's fall between; does it tell more than all other columns together; was it
known only after the decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

Floats = npt.NDArray[np.float64]
MIN_CASES = 10  # a value that fewer cases have proves nothing


@dataclass(frozen=True)
class LeakageParams:
    """Section ``risk_leakage`` of params.yaml.

    With these numbers, planted clean tables stop the training in under 1 % of draws (tests and ``bench risk_truth``).
    """

    whole_share: float  # a class is "always missing" or "constant" from this share on ...
    other_share: float  # ... while the other class is so at most this often
    alone_share: float  # or a value that half of one class has and this share of the other lacks
    pile_gap: float  # difference between the classes' shares on the common terms
    pile_z: float  # and the standard errors that this difference must exceed
    pile_terms: int  # a term is one of so many most frequent values of an integer column
    lone_auc: float  # a column alone must reach this to be suspected
    lone_z: float  # standard errors by which it must beat all weaker columns together
    folds: int
    seed: int


@dataclass(frozen=True)
class Finding:
    """One column, what was found and how it compares with what is allowed."""

    column: str
    kind: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.column} [{self.kind}]: {self.found}; allowed: {self.allowed}"


class LeakageError(ValueError):
    """Columns that know the outcome; training is refused."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        names = list(dict.fromkeys(one.column for one in findings))
        lines = "\n  ".join(map(str, findings))
        super().__init__(f"{len(names)} column(s) know the outcome; exclude or waive each by name: {names}\n  {lines}")


def check_leakage(
    x: pd.DataFrame,
    y: Floats,
    params: LeakageParams,
    *,
    waived: Sequence[str] = (),
    known_at: pd.DataFrame | None = None,
    decided_on: pd.Series | None = None,
) -> None:
    """Raise LeakageError unless every finding is waived by name."""
    left = [
        one for one in find_leakage(x, y, params, known_at=known_at, decided_on=decided_on) if one.column not in waived
    ]
    if left:
        raise LeakageError(left)


def find_leakage(
    x: pd.DataFrame,
    y: Floats,
    params: LeakageParams,
    *,
    known_at: pd.DataFrame | None = None,
    decided_on: pd.Series | None = None,
) -> list[Finding]:
    """Every finding, worst kinds first; an empty list is a clean table.

    x : float64 and category columns, one row per case; known_at : the day each value was known, same index
    """
    findings = _known_late(known_at, decided_on) if known_at is not None and decided_on is not None else []
    bad = y == 1
    for name in map(str, x):
        finding = _by_class(x[name], name, bad, params) or _piled(x[name], name, bad, params)
        if finding:
            findings.append(finding)
    named = {one.column for one in findings}
    return findings + _lone(x[[name for name in x if name not in named]], y, params)


def _known_late(known_at: pd.DataFrame, decided_on: pd.Series) -> list[Finding]:
    day = pd.to_datetime(decided_on).to_numpy()
    findings = []
    for name in map(str, known_at):
        late = int((pd.to_datetime(known_at[name]).to_numpy() > day).sum())
        if late:
            findings.append(Finding(name, "known after the decision", f"{late} of {len(day)} values", "none"))
    return findings


def _by_class(column: pd.Series, name: str, bad: npt.NDArray[np.bool_], params: LeakageParams) -> Finding | None:
    """A value, or its absence, that all of one outcome has and the other not, or that one outcome alone has."""
    values = column.astype(object)
    masks = [("missing", values.isna().to_numpy())]
    for side in (bad, ~bad):
        mode = values[side].dropna().mode()
        masks += [(f"value {one!r}", (values == one).to_numpy()) for one in mode.iloc[:1]]
    for what, mask in masks:
        share = float(mask[bad].mean()), float(mask[~bad].mean())
        enough = int(mask.sum()) >= MIN_CASES
        whole = max(share) >= params.whole_share and min(share) <= params.other_share
        alone = max(share) >= params.other_share and min(share) <= 1 - params.alone_share
        if enough and (whole or alone):
            return Finding(
                name,
                "tells the outcomes apart by itself",
                f"{what} in {share[0]:.1%} of defaults and {share[1]:.1%} of the others",
                f"{params.whole_share:.1%} of one only with more than {params.other_share:.0%} of the other, "
                f"{params.other_share:.0%} of one only with more than {1 - params.alone_share:.1%} of the other",
            )
    return None


def _piled(column: pd.Series, name: str, bad: npt.NDArray[np.bool_], params: LeakageParams) -> Finding | None:
    """A term shortened by its own outcome: whole contract terms where all went well, anything in between where not.

    The terms are found on every other row and counted on the rest, so chance piles of few cases fade.
    """
    if column.dtype == "category":
        return None
    values = column.to_numpy(dtype=float)
    known = np.isfinite(values)
    if not known.any() or (values[known] % 1 != 0).any():
        return None
    if len(np.unique(values[known])) < 5 * params.pile_terms:
        return None  # few levels are kinds, not terms
    first = np.arange(len(values)) % 2 == 0
    for side, told in ((~bad, "the others"), (bad, "defaults")):
        levels, counts = np.unique(values[known & side & first], return_counts=True)
        terms = levels[np.argsort(-counts, kind="stable")[: params.pile_terms]]
        on = np.isin(values, terms)
        mine, other = known & side & ~first, known & ~side & ~first
        if min(mine.sum(), other.sum()) < MIN_CASES:
            continue
        share, rest = float(on[mine].mean()), float(on[other].mean())
        between = float(((values[other] > terms.min()) & (values[other] < terms.max()) & ~on[other]).mean())
        pooled = float(on[mine | other].mean())
        error = np.sqrt(max(pooled * (1 - pooled), 1e-9) * (1 / mine.sum() + 1 / other.sum()))
        if share - rest >= max(params.pile_gap, params.pile_z * error) and between >= params.pile_gap:
            return Finding(
                name,
                "piles up in one outcome",
                f"{share:.0%} of {told} have one of {len(terms)} values (as {terms[0]:g}, {terms[1]:g}), "
                f"but {rest:.0%} of the rest, who lie between: the outcome itself changed the value",
                f"a gap below {params.pile_gap:.0%} or {params.pile_z:g} standard errors",
            )
    return None


def _lone(x: pd.DataFrame, y: Floats, params: LeakageParams) -> list[Finding]:
    """Columns that alone tell more than all weaker columns together."""
    if x.shape[1] < 2:
        return []
    parts = list(StratifiedKFold(params.folds, shuffle=True, random_state=params.seed).split(y, y))
    matrix, categorical = _coded(x)
    alone = {
        place: _cross_fitted(matrix[:, [place]], y, parts, [0] if place in categorical else [], params.seed)
        for place in range(matrix.shape[1])
    }
    auc = {place: float(roc_auc_score(y, told)) for place, told in alone.items()}
    suspects = sorted((place for place in auc if auc[place] >= params.lone_auc), key=lambda place: -auc[place])
    findings: list[Finding] = []
    for place in suspects:
        rest = [
            other
            for other in auc
            if auc[other] < auc[place] and x.columns[other] not in {one.column for one in findings}
        ]
        rest = [other for other in rest if not _twins(alone[other], alone[place])]
        if not rest:
            break
        together = _cross_fitted(
            matrix[:, rest], y, parts, [rest.index(one) for one in categorical if one in rest], params.seed
        )
        gap, error = auc_gap(y, alone[place], together)
        if gap <= params.lone_z * error:
            break  # the strongest that is left doesn't beat the weaker ones; none of those will
        findings.append(
            Finding(
                str(x.columns[place]),
                "tells more than all others together",
                f"AUC {auc[place]:.3f} alone, {auc[place] - gap:.3f} for the {len(rest)} weaker columns together",
                f"an AUC below {params.lone_auc:.2f}, or within {params.lone_z:g} standard errors "
                f"({error:.3f}) of theirs",
            )
        )
    return findings


def auc_gap(y: Floats, one: Floats, two: Floats) -> tuple[float, float]:
    """AUC of ``one`` less AUC of ``two``, and its standard error; source: DeLong, DeLong, Clarke-Pearson (1988)."""
    bad = y == 1
    parts = []
    for told in (one, two):
        every = _midranks(told)
        into = (every[bad] - _midranks(told[bad])) / (~bad).sum()
        over = 1 - (every[~bad] - _midranks(told[~bad])) / bad.sum()
        parts.append((into, over))
    gap = float(parts[0][0].mean() - parts[1][0].mean())
    spread = (
        np.var(parts[0][0] - parts[1][0], ddof=1) / bad.sum() + np.var(parts[0][1] - parts[1][1], ddof=1) / (~bad).sum()
    )
    return gap, float(np.sqrt(max(spread, 1e-12)))


def _midranks(values: Floats) -> Floats:
    return np.asarray(rankdata(values))


def _twins(one: Floats, two: Floats) -> bool:
    """Two columns that tell the same: a copy of a leak must not vouch for it."""
    return bool(np.corrcoef(_midranks(one), _midranks(two))[0, 1] > 0.9)


def _coded(x: pd.DataFrame) -> tuple[Floats, list[int]]:
    columns, categorical = [], []
    for place, name in enumerate(x):
        if x[name].dtype == "category":
            codes = x[name].cat.codes.to_numpy(dtype=float)
            columns.append(np.where(codes < 0, np.nan, codes))
            categorical.append(place)
        else:
            columns.append(x[name].to_numpy(dtype=float))
    return np.column_stack(columns), categorical


def _cross_fitted(
    matrix: Floats, y: Floats, parts: Sequence[tuple[np.ndarray, np.ndarray]], categorical: list[int], seed: int
) -> Floats:
    told = np.empty(len(y))
    settings = {
        "objective": "binary",
        "learning_rate": 0.15,
        "num_leaves": 8,
        "min_child_samples": max(5, len(y) // 400),
        "min_data_per_group": 5,
        "cat_smooth": 5.0,
        "feature_fraction": 0.7 if matrix.shape[1] > 1 else 1.0,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": seed,
        "verbosity": -1,
    }
    for train, rest in parts:
        table = lgb.Dataset(matrix[train], y[train], categorical_feature=categorical or "auto")
        told[rest] = lgb.train(settings, table, 30 if matrix.shape[1] == 1 else 80).predict(matrix[rest], num_threads=1)
    return told
