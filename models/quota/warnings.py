"""Warnings beside a decision, as a code and a sentence: values out of range or beyond training, and odd rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from data.codebook import Codebook
from data.texts.figures import Text
from data.texts.quantities import read_quantities
from data.texts.sentences import label, sentence
from models.quota.measure import ranges
from models.quota.peers import Peers

RIGHTS, QUALITY = "other_ip_count", "patent_quality_index"


def warning(code: str, text: Text) -> dict[str, str]:
    """One warning of an answer."""
    return {"code": code, "zh": text[0], "en": text[1]}


def brought_warnings(*, brought: bool) -> list[dict[str, str]]:
    """The warning that no agency delivered any value, where a caller alone vouches for all of them."""
    return [warning("brought", label("warning.brought"))] if brought else []


def outside_texts(row: Mapping[str, Any], outside: npt.NDArray[np.bool_], book: Codebook) -> list[Text]:
    """A sentence for each value beyond the codebook's range; a personal value is not shown.

    outside : which values those are, in the order of ``ranges``
    """
    shown, found = read_quantities(), []
    for position in np.flatnonzero(outside):
        one = ranges(book)[position]
        quantity = shown[one.key]
        if one.personal or not abs(float(row[one.key])) < inf:
            found.append(sentence("rule.out_of_range.personal", name=quantity.name))
        else:
            value, low, high = (quantity.plain_text(float(figure)) for figure in (row[one.key], one.low, one.high))
            found.append(sentence("rule.out_of_range", name=quantity.name, value=value, low=low, high=high))
    return found


def beyond_training(names: Sequence[str], values: npt.NDArray[np.float64], peers: Peers) -> npt.NDArray[np.bool_]:
    """Which values lie beyond the smallest or largest of training, where the figures shown differ; shape (n, p).

    values : of the features of these names, shape (n, p); NaN is not beyond
    """
    low, high = (
        np.array([ends.get(name, end) for name in names]) for ends, end in ((peers.low, -inf), (peers.high, inf))
    )
    beyond: npt.NDArray[np.bool_] = (values < low) | (values > high)
    shown = read_quantities()
    for row, position in np.argwhere(beyond).tolist():
        quantity = shown[names[position]]
        ends = quantity.text(low[position]), quantity.text(high[position])
        beyond[row, position] = quantity.text(float(values[row, position])) not in ends
    return beyond


def outside_training(names: Sequence[str], values: Sequence[float], peers: Peers) -> list[dict[str, str]]:
    """A warning for each feature that is ``beyond_training``."""
    shown, found = read_quantities(), []
    for position in np.flatnonzero(beyond_training(names, np.array([values], dtype=float), peers)[0]).tolist():
        quantity, name = shown[names[position]], names[position]
        value, low, high = (
            quantity.text(figure) for figure in (values[position], peers.low.get(name, -inf), peers.high.get(name, inf))
        )
        found.append(
            warning(
                "outside_training",
                sentence("warning.outside_training", name=quantity.name, value=value, low=low, high=high),
            )
        )
    return found


def of_the_case(row: Mapping[str, Any], peers: Peers) -> list[dict[str, str]]:
    """Warnings from the case itself: an old firm that is still small, and many cheap rights without a good patent."""
    found = [warning("legacy_micro", label("warning.legacy_micro"))] if row["legacy_micro"] else []
    rights, quality, stage = row.get(RIGHTS), row.get(QUALITY), row["growth_stage"]
    usual, middle = peers.p95.get(stage, {}).get(RIGHTS), peers.median.get(stage, {}).get(QUALITY)
    if usual is None or middle is None or rights is None or not usual < rights < inf:
        return found
    if quality is None or not quality >= middle:
        found.append(warning("points_padding", sentence("warning.points_padding", n=float(rights))))
    return found
