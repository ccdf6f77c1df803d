"""Published figures beside those computed from the rows, the parts of a whole, and why true figures differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pandas as pd

from data.incubators.explain import explain
from data.incubators.figures import Explanation, Figure, indicators, published
from data.incubators.registry import Registry
from models.incubators.statistics import figures, level_parts

BESIDE = "tibet"  # whose published figures the registry is compared with
# A city's share of a region's figure, as published: figure -> share.
SHARES = {"lhasa_hnte_region": 0.90, "lhasa_tech_sme_region": 0.87}


@dataclass(frozen=True, eq=False)
class Reconciliation:
    """The registry on a day beside what was published.

    rows : key, indicator, zh, en, published, computed, difference, agrees, unit, basis, basis_stated, published_on,
        source, source_en, confidence; computed is missing where the registry has no such indicator
    parts : level, kind, value of the registry, and ``published``; where the published parts leave a remainder, it is
        the row of the lower level
    inside : figures that are part of another and are not added to it: key, of, part, whole, share
    pairs : every two published figures of one indicator with why they differ
    implied : figures of the region that a published share implies: indicator, zh, en, part, share, whole
    """

    on: dt.date
    rows: pd.DataFrame
    parts: pd.DataFrame
    inside: pd.DataFrame
    pairs: tuple[Explanation, ...]
    implied: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """The reconciliation as it is sent."""
        return {
            "on": self.on.isoformat(),
            "rows": _records(self.rows),
            "parts": _records(self.parts),
            "inside": _records(self.inside),
            "pairs": [one.as_dict() for one in self.pairs],
            "implied": _records(self.implied),
        }


def reconcile(registry: Registry, on: dt.date, beside: str = BESIDE) -> Reconciliation:
    """The registry on a day beside the published figures of an area."""
    cited = {key: one for key, one in published().items() if one.area == beside}
    own = {key for key, one in indicators().items() if one.inside_of}
    wanted = {one.indicator for one in cited.values()} | own | {str(indicators()[key].inside_of) for key in own}
    computed = figures(registry, wanted, on)
    return Reconciliation(
        on,
        pd.DataFrame([_row(key, one, computed.get(one.indicator)) for key, one in cited.items()]),
        _parts(registry, on, cited),
        _inside(computed),
        published_pairs(),
        _implied(),
    )


def published_pairs() -> tuple[Explanation, ...]:
    """Every two published figures of one indicator."""
    return tuple(
        explain(first, second)
        for first, second in combinations(published().values(), 2)
        if first.indicator == second.indicator
    )


def _row(key: str, cited: Figure, computed: Figure | None) -> dict[str, Any]:
    one = indicators()[cited.key]
    difference = None if computed is None else computed.value - cited.value
    return {
        "key": key, "indicator": cited.indicator, "zh": one.zh, "en": one.en, "published": cited.value,
        "computed": None if computed is None else computed.value, "difference": difference, "agrees": difference == 0.0,
        "unit": cited.unit, "basis": cited.basis, "basis_stated": cited.basis_stated, "published_on": cited.on,
        "source": cited.source, "source_en": cited.source_en or cited.source, "confidence": cited.confidence,
    }  # fmt: skip


def _parts(registry: Registry, on: dt.date, cited: dict[str, Figure]) -> pd.DataFrame:
    """Incubators by level and kind with the published parts; the published remainder is the lower level."""
    known = {one.indicator: one.value for one in cited.values()}
    rows = level_parts(registry, on)
    national = rows.loc[(rows["level"] == "national") & (rows["value"] > 0)]
    found = [
        {"level": "national", "kind": str(kind), "value": int(value),
         "published": known.get(f"incubators:level=national:kind={kind}")}
        for kind, value in zip(national["kind"], national["value"], strict=True)
    ]  # fmt: skip
    for level in ("regional", "lower"):
        value = int(rows.loc[rows["level"] == level, "value"].sum())
        stated = known.get(f"incubators:level={level}")
        if level == "lower" and "incubators" in known and stated is None:
            parts = [known.get(f"incubators:level={one}") for one in ("national", "regional")]
            stated = None if None in parts else known["incubators"] - sum(one for one in parts if one is not None)
        found.append({"level": level, "kind": "", "value": value, "published": stated})
    return pd.DataFrame(found, columns=["level", "kind", "value", "published"])


def _inside(computed: Mapping[str, Figure]) -> pd.DataFrame:
    rows = []
    for key, one in indicators().items():
        if one.inside_of is not None:
            part, whole = computed[key], computed[one.inside_of]
            share = part.value / whole.value if whole.value else float("nan")
            rows.append({"key": key, "of": one.inside_of, "part": part.value, "whole": whole.value, "share": share})
    return pd.DataFrame(rows, columns=["key", "of", "part", "whole", "share"])


def _implied() -> pd.DataFrame:
    rows = []
    for key, share in SHARES.items():
        cited = published()[key]
        one = indicators()[cited.key]
        rows.append({"indicator": cited.key, "zh": one.zh, "en": one.en, "part": cited.value, "share": share,
                     "whole": round(cited.value / share)})  # fmt: skip
    return pd.DataFrame(rows)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(key): value.isoformat() if isinstance(value, dt.date) else value for key, value in row.items()}
            for row in rows]  # fmt: skip
