"""Size class (micro, small, medium, large) under the 2011 SME standard.

The limits are in ``data/reference/size_classes.csv``. Source: 工信部联企业〔2011〕300号; a class needs *both*
of its lower limits, and an enterprise that fails one drops to the class below.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import reference_path

SIZE_CLASSES = ("micro", "small", "medium", "large")
UNKNOWN = "unknown"


@cache
def read_size_rules() -> pd.DataFrame:
    """The limits by rule (index), headcount in persons and money in 10,000 yuan."""
    return pd.read_csv(reference_path("size_classes.csv")).set_index("rule")


def size_class(
    rule: npt.ArrayLike, headcount: npt.ArrayLike, revenue_wan: npt.ArrayLike, assets_wan: npt.ArrayLike
) -> npt.NDArray[np.object_]:
    """Size class of each enterprise; ``unknown`` where a figure that its rule needs is missing. Shape (n,)."""
    rules = read_size_rules()
    names = np.asarray(rule, dtype=object)
    alien = sorted(set(names) - set(rules.index))
    if alien:
        raise ValueError(f"unknown size rules {alien}; allowed: {list(rules.index)}")
    limits = rules.loc[list(names)]
    staff = np.asarray(headcount, dtype=float)
    measure = limits["money"].to_numpy()
    money = np.select(
        [measure == "revenue_wan", measure == "assets_wan"],
        [np.asarray(revenue_wan, dtype=float), np.asarray(assets_wan, dtype=float)],
        default=np.inf,  # the rule reads headcount alone
    )
    level = np.zeros(len(names), dtype=int)
    for class_name in ("small", "medium", "large"):
        staff_limit = limits[f"{class_name}_headcount"].to_numpy()
        money_limit = limits[f"{class_name}_money_wan"].fillna(0.0).to_numpy()
        level += (staff >= staff_limit) & (money >= money_limit)
    classes = np.array(SIZE_CLASSES, dtype=object)[level]
    return np.where(np.isnan(staff) | np.isnan(money), UNKNOWN, classes)
