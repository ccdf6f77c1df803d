"""One plain sentence on each pair of runs and metric, from its figures alone."""

from __future__ import annotations

from math import floor, isfinite, log10

from models.comparison.metrics import Metric
from models.comparison.params import ComparisonParams
from models.comparison.verdict import Comparison

NAMES = {
    "auc": "AUC",
    "ks": "KS",
    "brier": "Brier score",
    "log_loss": "Log loss",
    "calibration_slope": "Calibration slope",
    "calibration_intercept": "Calibration intercept",
    "ece": "Calibration error (ECE)",
    "expected_profit": "Expected profit",
    "spearman": "Rank correlation",
    "spearman_within_stage": "Rank correlation within stages",
    "top_tenth": "Top tenth",
    "pinball": "Pinball loss",
    "coverage_error": "Coverage error",
    "ndcg": "nDCG@10",
    "mean": "Mean",
}


def decimals(standard_error: float) -> int:
    """Decimals that show two digits of a standard error, from 0 to 6; 4 where there is none."""
    if not isfinite(standard_error) or standard_error <= 0:
        return 4
    return min(max(1 - floor(log10(standard_error)), 0), 6)


def number(value: float, digits: int) -> str:
    """A figure with so many decimals and a true minus sign; a dash where it is undefined."""
    if not isfinite(value):
        return "–"
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def signed(value: float, digits: int) -> str:
    """A difference, with its sign."""
    text = number(value, digits)
    return text if text.startswith(("−", "–")) or float(text.replace(",", "")) == 0 else f"+{text}"


def p_value(p: float) -> str:
    """A p-value to three decimals, never as zero."""
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".", 1)


def sentence(one: Comparison, metric: Metric, params: ComparisonParams) -> str:
    """What was found of one metric of one run, with interval, margin and the firms that would show more."""
    digits = decimals(one.difference.standard_error)
    name, level = NAMES[one.metric], f"{1 - params.error:.0%}".replace("%", " %")
    interval = f"{level} interval {signed(one.difference.low, digits)} to {signed(one.difference.high, digits)}"
    values = f"{number(one.challenger, digits)} against {number(one.baseline, digits)}"
    unit = f" {metric.unit}" if metric.unit else ""
    moved = f"{signed(one.difference.estimate, digits)}{unit}, {interval}"
    nearer = (
        "" if isinstance(metric.aim, str) else f"; distance from {metric.aim:g} {_closer(one.gain.estimate, digits)}"
    )
    head = f"{name} {values} ({moved}{nearer})"
    margin = f"the margin of {one.margin:g}{unit}"
    if one.verdict == "equivalent":
        return f"{head}: equivalent, the gain lies within {margin} ({p_value(one.p_equivalent_holm)} after Holm)."
    if one.verdict in ("better", "worse"):
        return f"{head}: {one.verdict} ({p_value(one.p_holm)} after Holm)."
    return f"{head}: not distinguishable on {one.firms:,} firms. {_sample(one, margin, params.power)}"


def _closer(gain: float, digits: int) -> str:
    if number(gain, digits) == number(0.0, digits):
        return "unchanged"
    return f"{number(abs(gain), digits)} {'smaller' if gain > 0 else 'larger'}"


def _sample(one: Comparison, margin: str, power: float) -> str:
    chance = f"with {power:.0%} probability".replace("%", " %")
    if abs(one.gain.estimate) > one.margin and one.firms_for_difference is not None:
        return f"A gain of this size would be shown by about {rounded(one.firms_for_difference)} firms {chance}."
    if one.firms_for_equivalence is not None:
        return (
            f"That it lies within {margin} would be shown by about {rounded(one.firms_for_equivalence)} firms {chance}."
        )
    return "No number of firms can be stated."


def rounded(firms: int) -> str:
    """A number of firms to two digits, since it rests on an estimate."""
    step: int = 10 ** max(floor(log10(firms)) - 1, 0)
    return f"{-(-firms // step) * step:,}"
