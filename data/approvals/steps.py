"""English names of the usual steps of a case, by the Chinese name that offices give them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from data.codebook import read_rows, reference_path


@cache
def step_names() -> Mapping[str, str]:
    """Chinese name -> English name of each row of ``data/reference/approvals/steps.csv``."""
    return {row["zh"]: row["en"] for row in read_rows(reference_path("approvals/steps.csv"))}
