"""Making the risk model: a Bayesian layer on every seasoned loan, a boosted remainder above it, and its level.

Nothing is chosen on the loans that it is fitted on: priors, number of rounds and the declared variances are fixed
before. The last vintages test and choose nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import pairwise

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq

from data.code_version import MAKING, source_digest
from data.codebook import Codebook
from data.growth_stages import GROWTH_STAGES
from features.invoices.features import INVOICE_FEATURES
from features.risk import WORST, monotone_signs, risk_feature_names, risk_matrix
from models.risk.interval import probability
from models.risk.layer import Layer
from models.risk.model import Grade, InvoiceBlock, RiskModel
from training.risk.layer import DECIMALS, fit_layer, read_priors, terms_of
from training.risk.members import Trees, boost

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
UNCAPPED = InvoiceBlock(float("inf"), 0.0, 0.0)
CAP_QUANTILE = 0.9  # of the invoice block in training: what a case without invoices is counted with


@dataclass(frozen=True)
class RiskParams:
    """Section ``risk`` of params.yaml.

    rounds_per_default : of the remainder, kept within least_rounds and most_rounds
    unseen_sd          : of the log-odds among firms that every column shows alike; declared, not estimated
    form_and_year_sd   : of what the model's form and next year's level add; declared, not estimated
    """

    version: str
    learning_rate: float
    num_leaves: int
    min_child_samples: int
    reg_lambda: float
    feature_fraction: float
    rounds_per_default: float
    least_rounds: int
    most_rounds: int
    unseen_sd: float
    form_and_year_sd: float
    interval_level: float
    grades: tuple[tuple[str, float], ...]
    seed: int

    def trees(self, defaults: float) -> Trees:
        """The additive member of the learner with these numbers, for so many training defaults."""
        rounds = round(min(max(self.rounds_per_default * defaults, self.least_rounds), self.most_rounds))
        return Trees(
            self.learning_rate,
            self.num_leaves,
            self.min_child_samples,
            self.reg_lambda,
            self.feature_fraction,
            rounds,
            additive=True,
        )


@dataclass(frozen=True)
class Table:
    """Training rows as layer and remainder read them.

    x      : missing invoice features with a direction at their worst end where a firm shows invoices, else NaN
    hidden : rows without any invoice
    """

    x: Floats
    hidden: Flags
    names: tuple[str, ...]
    signs: tuple[int, ...]

    @property
    def invoices(self) -> list[int]:
        """Places of the invoice features."""
        return [self.names.index(name) for name in INVOICE_FEATURES]

    def of(self, rows: npt.NDArray[np.intp]) -> Table:
        """Some of the rows."""
        return replace(self, x=self.x[rows], hidden=self.hidden[rows])


def read_table(matrix: Floats, codebook: Codebook) -> Table:
    """The rows of ``risk_matrix`` for training."""
    names, directions = risk_feature_names(codebook), monotone_signs(codebook)
    signs = tuple(directions[name] for name in names)
    x = matrix.copy()
    positions = [names.index(name) for name in INVOICE_FEATURES]
    hidden = np.asarray(np.isnan(x[:, positions]).all(axis=1))
    for position in positions:
        if signs[position]:
            x[~hidden & np.isnan(x[:, position]), position] = signs[position] * WORST
    return Table(x, hidden, names, signs)


def learn_layer(table: Table, y: Floats, seed: int) -> Layer:
    """The Bayesian layer of ``data/reference/risk_priors.csv`` on these rows."""
    priors = read_priors()
    return fit_layer(terms_of(priors, table.x, table.names, table.signs), table.x, y, priors, seed)


def learn_remainder(table: Table, y: Floats, start: Floats, trees: Trees, seed: int) -> lgb.Booster:
    """What trees add to the log-odds ``start``, shape (n,)."""
    return boost(table.x, y, trees, signs=table.signs, seed=seed, start=start, names=table.names)


def layer_log_odds(layer: Layer, x: Floats) -> Floats:
    """Z b of rows, the intercept included; shape (n,)."""
    columns = layer.table.columns(x)
    total = np.zeros(len(x))
    for coefficient, column in zip(layer.coefficients, columns, strict=True):
        total += coefficient * column
    return total


def fit(cases: pd.DataFrame, default: pd.Series, codebook: Codebook, params: RiskParams) -> RiskModel:
    """Fit on seasoned loans; labels are 0 or 1.

    raises : ValueError when there is no default or nothing but defaults
    """
    if default.nunique() < 2:
        raise ValueError(f"{int(default.sum())} defaults among {len(default)} cases; both outcomes are needed")
    y, matrix = default.to_numpy(dtype=float), risk_matrix(cases, codebook)
    table = read_table(matrix.to_numpy(), codebook)
    layer = learn_layer(table, y, params.seed)
    booster = learn_remainder(table, y, layer_log_odds(layer, table.x), params.trees(y.sum()), params.seed)
    digest = hashlib.sha256(pd.util.hash_pandas_object(matrix, index=False).to_numpy().tobytes()).hexdigest()
    model = RiskModel(
        version=params.version,
        codebook_digest=codebook.digest,
        data_digest=digest,
        code=source_digest(MAKING),
        feature_names=table.names,
        layer=layer,
        booster_text=booster.model_to_string(),
        level=0.0,
        missing_as={},
        block=UNCAPPED,
        unseen_sd=params.unseen_sd,
        form_and_year_sd=params.form_and_year_sd,
        grades=tuple(Grade(str(name), float(upper)) for name, upper in params.grades),
        interval_level=params.interval_level,
    )
    directed = {
        table.names[position]: table.signs[position] * WORST for position in table.invoices if table.signs[position]
    }
    free = [name for name, sign in zip(table.names, table.signs, strict=True) if sign == 0]
    model = replace(model, missing_as=directed | {name: worst_value(model, name) for name in free})
    model = replace(model, block=_block(model, table))
    return replace(model, level=_level(model, matrix.to_numpy(), y))


def worst_value(model: RiskModel, name: str) -> float:
    """The value of a feature without direction that raises the log-odds most, layer and remainder together."""
    position = model.feature_names.index(name)
    ends = {end for term in model.layer.terms if term.feature == position for end in (term.low, term.high)}
    ends |= {cut for steps in model.remainder.steps if steps.feature == position for cut in steps.cuts.tolist()}
    edges = sorted(ends | {0.0})
    tried = np.array([*edges, *((one + two) / 2 for one, two in pairwise(edges)), edges[-1] + 1.0])
    if name == "stage_ordinal":
        tried = np.arange(float(len(GROWTH_STAGES)))
    rows = np.zeros((len(tried), len(model.feature_names)))
    rows[:, position] = tried
    return float(tried[int(np.argmax(model.contributions_matrix(rows)[:, position]))])


def _block(model: RiskModel, table: Table) -> InvoiceBlock:
    """The block's cap, mean and variance over the rows that show invoices; 0 without any."""
    if table.hidden.all():
        return InvoiceBlock(0.0, 0.0, 0.0)
    block = replace(model, block=UNCAPPED).contributions_matrix(table.x[~table.hidden])[:, table.invoices].sum(axis=1)
    cap = max(float(np.quantile(block, CAP_QUANTILE)), 0.0)
    return InvoiceBlock(round(cap, DECIMALS), round(float(block.mean()), DECIMALS), round(float(block.var()), DECIMALS))


def _level(model: RiskModel, matrix: Floats, y: Floats) -> float:
    """The level at which the training probabilities, after the cap, add up to the defaults.

    Over the cases of known stage: without a revenue or a founding date nobody is lent to, and what is read at its worst
    end there must not lower the level of the others.
    """
    known = ~np.isnan(matrix[:, model.feature_names.index("stage_ordinal")])
    if not 0 < y[known].sum() < known.sum():  # too few to set a level by
        known[:] = True
    odds = model.log_odds(matrix)[known]

    def surplus(level: float) -> float:
        return float(probability(odds + level).sum() - y[known].sum())

    return round(float(brentq(surplus, -30.0, 30.0, xtol=1e-12)), DECIMALS + 2)
