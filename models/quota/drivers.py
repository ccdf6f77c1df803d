"""What raised or lowered a firm's default risk, as a person reads it: one driver a feature, one for missing invoices.

Contributions are exact shares of the default log-odds and are counted from the average training loan, not from the
firm's peers: so a median is shown beside a value only where it agrees with the sentence's direction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import expm1, fsum, isfinite, isnan, nan
from typing import Any

from data.texts.figures import Text, write_figure
from data.texts.quantities import Quantity, read_quantities
from data.texts.sentences import label, sentence
from features.invoices.features import INVOICE_FEATURES
from features.risk import MIN_REVENUE_WAN

DRIVERS_EACH_WAY = 4
LEAST_CONTRIBUTION = 0.02  # of the log-odds; below it a feature is not listed
LEAST_NOT_COMPUTED = 0.05
STRENGTHS = ((0.20, "strong"), (0.05, "moderate"), (LEAST_CONTRIBUTION, "slight"))
INVOICES_MISSING = "invoices_missing"
AMOUNT_SHOWN = ("debt_to_revenue_ratio", "guarantees_to_revenue_ratio", "arrears_to_revenue_ratio")
LEAST_SHARE = 0.001  # the finest that a share is shown
TO_REVENUE = (*AMOUNT_SHOWN, "cash_flow_ratio")


class DriverBook:
    """The drivers of a model's default risk in sentences.

    names : the model's features, in order; signs : of their effect on default, 0 where that is left to the data
    medians : of each feature by growth stage
    """

    def __init__(
        self, names: Sequence[str], signs: Mapping[str, int], medians: Mapping[str, Mapping[str, float]]
    ) -> None:
        shown = read_quantities()
        self._shown: list[Quantity] = [shown[name] for name in names]
        self._signed = [signs[name] != 0 for name in names]
        self._medians = {stage: [of.get(name, nan) for name in names] for stage, of in medians.items()}
        self._no_medians = [nan] * len(self._shown)
        self._invoices = [position for position, name in enumerate(names) if name in INVOICE_FEATURES]
        self._position = {name: position for position, name in enumerate(names)}

    def drivers(self, contributions: Sequence[float], values: Sequence[float], stage: str) -> list[dict[str, Any]]:
        """The strongest contributions each way, as reasons; those that raise the risk first, the strongest first.

        contributions : to the default log-odds, shape (p,); values : of the features, NaN where unknown, shape (p,)
        """
        found = [(contributions[position], position) for position in self._listed(contributions, values)]
        absent = self._invoices if all(isnan(values[position]) for position in self._invoices) else []
        if absent:
            found.append((fsum(contributions[position] for position in absent), -1))
        found = [one for one in found if abs(one[0]) >= LEAST_CONTRIBUTION]
        raising = sorted((one for one in found if one[0] > 0.0), reverse=True)[:DRIVERS_EACH_WAY]
        lowering = sorted(one for one in found if one[0] < 0.0)[:DRIVERS_EACH_WAY]
        medians = self._medians.get(stage, self._no_medians)
        return [self._driver(share, position, values, medians) for share, position in (*raising, *lowering)]

    def _listed(self, contributions: Sequence[float], values: Sequence[float]) -> list[int]:
        """Features that may be drivers of their own: a missing value is one only where it raises the risk."""
        invoices = frozenset(self._invoices)
        listed = []
        for position, share in enumerate(contributions):
            least = (
                LEAST_CONTRIBUTION
                if not isnan(values[position])
                else LEAST_NOT_COMPUTED
                if position in invoices
                else 0.0
            )
            if abs(share) >= least and (share > 0.0 or not isnan(values[position])):
                listed.append(position)
        if all(isnan(values[position]) for position in invoices):
            return [position for position in listed if position not in invoices]
        return listed

    def _driver(self, share: float, position: int, values: Sequence[float], medians: Sequence[float]) -> dict[str, Any]:
        raises = share > 0.0
        strength = label(f"strength.{next(name for least, name in STRENGTHS if abs(share) >= least)}")
        way = "raises" if raises else "lowers"
        if position < 0:
            count = len(self._invoices)
            text = sentence(f"driver.{INVOICES_MISSING}.{way}", n=count, strength=strength)
            return reason(f"risk.{INVOICES_MISSING}", INVOICES_MISSING, text, raises=raises, contribution=share)
        shown, value, median = self._shown[position], values[position], medians[position]
        known, compared = not isnan(value), not isnan(median)
        if known:
            peer = ("", "")
            if compared and shown.agrees(raises, value, median):
                peer = sentence("driver.peer", median=shown.text(median))
            kind = f"driver.{way}.level" if shown.scale == "level" else f"driver.{way}"
            text = sentence(
                kind, name=shown.name, value=self._value(position, value, values), peer=peer, strength=strength
            )
        else:
            text = self._missing(position, values)
        return reason(
            f"risk.{shown.key}", shown.key, text, raises=raises, contribution=share,
            value=value if known else None, peer_median=median if compared else None,
        )  # fmt: skip

    def _value(self, position: int, value: float, values: Sequence[float]) -> Text:
        """The value; a ratio to revenue with the amount behind it, and with the revenue that it was divided by."""
        shown = self._shown[position]
        text = shown.text(value)
        revenue = expm1(values[self._position["revenue_log_wan"]])
        if shown.key not in TO_REVENUE or value == 0.0 or not isfinite(revenue) or not isfinite(value):
            return text
        low_revenue = revenue < MIN_REVENUE_WAN
        amount = value * max(revenue, MIN_REVENUE_WAN)
        if 0.0 < value < LEAST_SHARE:
            text = sentence("value.below", limit=shown.value.fill({"x": LEAST_SHARE}))
        if shown.key in AMOUNT_SHOWN and value < shown.high and write_figure("money", amount)[0] != "0":
            kind = "value.with_amount.low_revenue" if low_revenue else "value.with_amount"
            return sentence(kind, share=text, amount=amount, floor=MIN_REVENUE_WAN)
        return sentence("value.low_revenue", share=text, floor=MIN_REVENUE_WAN) if low_revenue else text

    def _missing(self, position: int, values: Sequence[float]) -> Text:
        shown = self._shown[position]
        if position not in self._invoices:
            return sentence("driver.missing" if self._signed[position] else "driver.missing.unsigned", name=shown.name)

        def of(name: str) -> float:
            return values[self._position[name]]

        side = "purchases" if "purchases" in shown.key or "supplier" in shown.key else "sales"
        if of(f"inv_{side}_active_months") == 0.0:
            why = side
        elif of("inv_months_seen") < 24.0:
            why = "window"
        else:
            why = "other"
        return sentence("driver.not_computed", name=shown.name, why=label(f"driver.not_computed.{why}"))


def reason(
    code: str,
    indicator: str,
    text: Text,
    *,
    raises: bool = True,
    contribution: float = 0.0,
    value: float | None = None,
    peer_median: float | None = None,
) -> dict[str, Any]:
    """One reason of an answer; ``raises``: it counts against the firm."""
    return {
        "code": code,
        "indicator": indicator,
        "direction": "negative" if raises else "positive",
        "contribution": contribution,
        "value": value,
        "peer_median": peer_median,
        "text_zh": text[0],
        "text_en": text[1],
    }
