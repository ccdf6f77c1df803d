"""One plain sentence on each pair of runs and metric, in Chinese and English, from its figures alone."""

from __future__ import annotations

from math import floor, isfinite, log10

from data.texts.figures import Text
from experiments.compare.words import percent, text
from models.comparison.metrics import Metric
from models.comparison.paired import Interval
from models.comparison.params import ComparisonParams
from models.comparison.verdict import Comparison

MOST_FIRMS = 100_000_000  # a sample of more is nowhere to be had


def decimals(standard_error: float) -> int:
    """Decimals that show two digits of a standard error, from 0 to 6; 4 where there is none."""
    if not isfinite(standard_error) or standard_error <= 0:
        return 4
    return min(max(1 - floor(log10(standard_error)), 0), 6)


def number(value: float, digits: int) -> str:
    """A figure with so many decimals and a true minus sign; a dash where it is undefined."""
    if not isfinite(value):
        return "–"
    shown = f"{value:,.{digits}f}"
    return shown.lstrip("-") if float(shown.replace(",", "")) == 0 else shown.replace("-", "−")


def signed(value: float, digits: int) -> str:
    """A difference, with its sign."""
    shown = number(value, digits)
    return shown if shown.startswith(("−", "–")) or float(shown.replace(",", "")) == 0 else f"+{shown}"


def p_value(p: float) -> str:
    """A p-value to three decimals, never as zero."""
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".", 1)


def sentence(one: Comparison, metric: Metric, params: ComparisonParams) -> Text:
    """What was found of one metric of one run, with interval, margin and the firms that would show more."""
    digits = decimals(one.difference.standard_error)
    unit: Text = ("", "")
    if metric.unit:
        zh, en = text(f"unit.{metric.name}")
        unit = f" {zh}", f" {en}"
    head = text(
        "pair.head",
        name=text(f"metric.{one.metric}"), run=number(one.challenger, digits),
        base=number(one.baseline, digits), moved=signed(one.difference.estimate, digits), unit=unit,
        level=percent(1 - params.error), low=signed(one.difference.low, digits),
        high=signed(one.difference.high, digits),
        nearer=("", "") if isinstance(metric.aim, str) else _nearer(metric.aim, one.gain),
    )  # fmt: skip
    margin: Text = f"{one.margin:g}{unit[0]}", f"{one.margin:g}{unit[1]}"
    p = p_value(one.p_equivalent_holm if one.verdict == "equivalent" else one.p_holm)
    if one.verdict == "not_distinguishable":
        sample = _sample(one, margin, percent(params.power))
        return text("pair.not_distinguishable", head=head, firms=f"{one.firms:,}", p=p, sample=sample)
    if one.verdict == "equivalent" and one.difference.low == one.difference.high == 0.0:
        return text("pair.same", head=head)
    return text(f"pair.{one.verdict}", head=head, p=p, margin=margin)


def _nearer(aim: float, gain: Interval) -> Text:
    """How much nearer to the best value, with the interval that decides; farther where that is said."""
    digits = decimals(gain.standard_error)
    away, low, high = gain.estimate, gain.low, gain.high
    key = "unchanged" if number(away, digits) == number(0.0, digits) else "smaller" if away > 0 else "larger"
    if key == "larger":
        away, low, high = -away, -high, -low
    return text(
        f"pair.{key}", aim=f"{aim:g}", gain=number(away, digits), low=number(low, digits), high=number(high, digits)
    )


def _sample(one: Comparison, margin: Text, chance: Text) -> Text:
    if abs(one.gain.estimate) > one.margin and one.firms_for_difference is not None:
        moved = "gain" if one.gain.estimate > 0 else "loss"
        return text(f"sample.{moved}", firms=needed(one.firms_for_difference), chance=chance)
    if one.firms_for_equivalence is not None:
        return text("sample.equivalence", firms=needed(one.firms_for_equivalence), chance=chance, margin=margin)
    return text("sample.none")


def needed(firms: int) -> Text:
    """A number of firms to two digits, since it rests on an estimate; of more than any country has, only that."""
    if firms > MOST_FIRMS:
        return f"超过 {MOST_FIRMS:,} ", f"more than {MOST_FIRMS:,}"
    return f"约 {rounded(firms)} ", f"about {rounded(firms)}"


def rounded(firms: int) -> str:
    """Two digits, rounded up."""
    step: int = 10 ** max(floor(log10(firms)) - 1, 0)
    return f"{-(-firms // step) * step:,}"
