"""Everything that a report of the registry shows, gathered once for its page and its files."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.incubators.fields import registry_sentences
from data.incubators.figures import areas, indicators
from data.incubators.registry import Registry
from data.incubators.tables import QUARANTINE
from models.chain.node_view import Language
from models.incubators.graduation import graduation_statistics
from models.incubators.recognition import recognition_rules, recognition_table
from models.incubators.reconciliation import Reconciliation, reconcile
from models.incubators.statistics import GROUPS, statistics


@dataclass(frozen=True, eq=False)
class Gathered:
    """A report on a day.

    statistics : of the whole; groups : by kind, by level and by region; recognition : with the ways; quarantine : a row
    a fault, of the records that were not taken
    """

    lang: Language
    on: dt.date
    synthetic: bool
    statistics: pd.DataFrame
    groups: dict[str, pd.DataFrame]
    reconciliation: Reconciliation
    recognition: pd.DataFrame
    graduation: pd.DataFrame
    quarantine: pd.DataFrame

    def say(self, key: str, **figures: Any) -> str:
        """A text in the language of the report."""
        return registry_sentences()[key].fill(figures)[self.lang == "en"]

    def named(self, of: str, value: str) -> str:
        """A value of a column as a person reads it, itself where it has no name."""
        key = f"value.{of}.{value}"
        if of == "region" and value in areas():
            return areas()[value].en if self.lang == "en" else areas()[value].zh
        if of == "indicator":
            one = indicators()[value.partition(":")[0]]
            parts = [part.partition("=") for part in value.split(":")[1:]]
            names = ", ".join(self.named(name, found) for name, _, found in parts)
            whole = one.en if self.lang == "en" else one.zh
            return f"{whole} ({names})" if names else whole
        if of == "tier":
            tier = recognition_rules().tier(value)
            return tier.en if self.lang == "en" else tier.zh
        return self.say(key) if key in registry_sentences() else value

    def value(self, indicator: str) -> float:
        """The whole of one indicator."""
        return float(self.statistics.set_index("indicator")["value"].loc[indicator])


def gather(
    registry: Registry,
    on: dt.date,
    lang: Language,
    *,
    since: dt.date | None = None,
    quarantine: pd.DataFrame | None = None,
) -> Gathered:
    """The report of a registry on a day; ``since``: first day of the flows, 1 January where left out."""
    return Gathered(
        lang,
        on,
        registry.synthetic,
        statistics(registry, on, since=since),
        {by: statistics(registry, on, (by,), since) for by in GROUPS},
        reconcile(registry, on),
        recognition_table(registry, on, ways=True),
        graduation_statistics(registry, on),
        pd.DataFrame(columns=list(QUARANTINE)) if quarantine is None else quarantine,
    )
