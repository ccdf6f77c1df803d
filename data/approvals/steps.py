"""English names of the usual steps of a case, by the Chinese name that offices give them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache

from data.codebook import reference_path


@cache
def step_names() -> Mapping[str, str]:
    """Chinese name -> English name of each row of ``data/reference/approvals/steps.csv``."""
    with reference_path("approvals/steps.csv").open(encoding="utf-8", newline="") as handle:
        return {row["zh"]: row["en"] for row in csv.DictReader(handle)}
