"""What keys of the firms' table are called, and a row of it as a person reads it or a file holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.point_in_time import NOT_GIVEN
from models.risk.model import Grade
from serving.console.firm_filter import FRESH, FirmFilter
from serving.console.firms import CODED
from serving.console.parts.words import capital
from serving.console.texts import Lang, text

if TYPE_CHECKING:
    from serving.console.page import View

DIMENSIONS = ("innovation_input", "innovation_output", "operations", "auxiliary")
FIGURES = (*(f"dim_{name}" for name in DIMENSIONS), "points", "base", "bonus", "coverage", "oldest_days")
READ = (*CODED, *FIGURES, "uscc", "name", "quota_wan", "fresh", "fresh_until", "chains", "alarm_keys")
SENTENCES = {
    "stage": "stage.{}", "industry": "industry.{}", "outcome": "outcome.{}.name", "size": "firms.size.{}",
    "alarm": "firms.alarm.{}", "agency": "agency.{}", "dimension": "firms.dimension.{}",
}  # fmt: skip


class FirmWords:
    """Names of keys in one language.

    chains : names of chains ("iot") and of nodes ("iot/sensors")
    """

    def __init__(self, lang: Lang, chains: Mapping[str, str]) -> None:
        self.lang = lang
        self.chains = chains

    @classmethod
    def of_view(cls, view: View) -> FirmWords:
        """In the language of the session, with the chains of the release."""
        return cls(view.lang, chain_names(view.state.chain, view.lang))

    def say(self, key: str, **figures: Any) -> str:
        """A sentence."""
        return text(key, self.lang, **figures)

    def name(self, column: str, key: Any) -> str:
        """What a key of a column is called; a dash for a missing one, grades and districts by themselves."""
        if key is None or key != key or key == "":
            return "–"
        if column == "district":
            return self.say("firms.not_given") if key == NOT_GIVEN else str(key)
        if column == "chain":
            return self.chains.get(key, str(key))
        if column == "grade":
            return str(key)
        return self.say(SENTENCES[column].format(key))

    def names(self, column: str, joined: str) -> str:
        """The names of keys that a space joins."""
        return ("、" if self.lang == "zh" else ", ").join(self.name(column, key) for key in joined.split())

    def grade_meaning(self, grades: Sequence[Grade], key: str) -> str:
        """The range of default probabilities that a grade stands for."""
        at = [one.name for one in grades].index(key)
        low = grades[at - 1].upper_pd if at else 0.0
        if at == len(grades) - 1:
            return self.say("firms.grade.last", low=low)
        return self.say("firms.grade.between", low=low, high=grades[at].upper_pd)

    def filter(self, wanted: FirmFilter) -> list[str]:
        """What a filter lets through, a phrase a member; nothing where it lets every firm through."""
        found = []
        for column in ("stage", "size", "industry", "district", "grade", "outcome", "chain"):
            if keys := getattr(wanted, column):
                found.append(self._phrase(column, [self.name(column, key) for key in keys]))
        if wanted.points_from is not None or wanted.points_to is not None:
            low, high = wanted.points_from or 0.0, wanted.points_to
            found.append(
                self.say("firms.filter.points_over", low=low)
                if high is None
                else self.say("firms.filter.points_range", low=low, high=high)
            )
        if wanted.fresh:
            found.append(self.say("firms.fresh.yes" if wanted.fresh == FRESH else "firms.fresh.no"))
        if wanted.alarm:
            found.append(self.say("firms.filter.alarmed"))
        if wanted.text:
            found.append(self.say("firms.filter.holding", words=wanted.text))
        return found

    def _phrase(self, column: str, names: Iterable[str]) -> str:
        joined = ("、" if self.lang == "zh" else ", ").join(names)
        return self.say("firms.filter.is", name=self.say(f"firms.column.{column}"), value=joined)

    def rows(self, part: pd.DataFrame) -> list[dict[str, Any]]:
        """Rows of the table with names in place of keys; figures stay figures, what is missing is None."""
        # Few keys, many rows; a cell begins with a capital.
        name, names = (cache(lambda *given, of=of: capital(of(*given))) for of in (self.name, self.names))
        say = cache(self.say)
        found = []
        for values in zip(*(part[column].tolist() for column in READ), strict=True):  # a third of to_dict's time
            row = dict(zip(READ, values, strict=True))
            one: dict[str, Any] = {column: name(column, row[column]) for column in CODED}
            one |= {"uscc": row["uscc"], "name": row["name"] or say("firms.no_name")}
            one |= {key: _figure(row[key]) for key in FIGURES}
            one["quota_wan"] = row["quota_wan"] if row["outcome"] == "preapproved" else None
            one["fresh"] = say("firms.fresh.yes" if row["fresh"] else "firms.fresh.no")
            one["fresh_until"] = None if row["fresh_until"] is pd.NaT else row["fresh_until"].date().isoformat()
            one["chains"] = names("chain", row["chains"]) or "–"
            one["alarms"] = names("alarm", row["alarm_keys"]) or "–"
            found.append(one)
        return found


def _figure(value: float) -> float | None:
    return None if value != value else float(value)


def chain_names(chain: Any, lang: Lang) -> dict[str, str]:
    """Names of the release's chains and of their nodes; nothing where it holds none."""
    packed = None if chain is None else chain.if_packed()
    found: dict[str, str] = {}
    for one in () if packed is None else packed.chains.values():
        found[one.id] = one.name_zh if lang == "zh" else one.name_en
        for node in one.nodes:
            found[f"{one.id}/{node.id}"] = f"{found[one.id]} · {node.name_zh if lang == 'zh' else node.name_en}"
    return found
