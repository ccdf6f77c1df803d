"""A report with its change between two periods and its texts: what pages, files and pictures are written from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from data.beijing import BEIJING
from data.texts.figures import write_figure
from models.chain.node_view import Language
from models.clearance.reports.change import HORIZON_DAYS, Change, Estimate, change
from models.clearance.reports.decompose import rounded
from models.clearance.reports.groups import PUBLIC, Disclosure
from models.clearance.reports.known import Known
from models.clearance.reports.periods import bounds, period_name
from models.clearance.reports.query import ReportQuery
from models.clearance.reports.report import Report, report
from models.clearance.reports.stages import DAY, STAGES
from models.clearance.reports.texts import Names, group_name, official_names, say


@dataclass(frozen=True)
class Part:
    """One part as shown: a value in whole units that adds up with its neighbours, and its interval in these units."""

    text: str
    value: Fraction
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Gathered:
    """A report in one language; ``change`` is None where there is nothing to compare."""

    report: Report
    change: Change | None
    disclosure: Disclosure
    names: Names
    lang: Language

    def say(self, key: str, **figures: object) -> str:
        """A text in the language of the report."""
        return say(self.lang, key, **figures)

    def period(self, label: str) -> str:
        """The name of a period."""
        return period_name(label)[self.lang == "en"]

    @property
    def by(self) -> str:
        """The name of the dimension."""
        return self.say(f"by.{self.report.query.by}")

    def group(self, code: str, period: str, dimension: str = "") -> str:
        """The name of a group by the tables of the last day of a period."""
        last = bounds(period)[1].astimezone(BEIJING).date() - dt.timedelta(days=1)
        return group_name(dimension or self.report.query.by, code, last, self.lang, self.names)

    def steps(self, unit: int | Fraction = 1) -> list[Part]:
        """The mean time before, each part of its change, and the mean after, in seconds; None intervals at the ends.

        The first and the parts between add up to the last.
        """
        made = self.change
        if made is None:
            return []
        before, after = (self.say(f"part.{key}", period=self.period(label)) for key, label in zip(
            ("baseline", "current"), made.periods, strict=True))  # fmt: skip
        names = ["mix_by", "mix_cross"] if made.query.cross else ["mix_by"]
        dimensions = (made.query.by, made.query.cross)
        parts = [
            (self.say(f"part.{name}", by=self.say(f"by.{dimension}")), made.part(name))
            for name, dimension in zip(names, dimensions, strict=False)
        ]
        parts += [
            (self.say("part.stage_speed", stage=self.say(f"stage.{stage}")), one)
            for stage, one in zip(STAGES, made.parts["stage_speed"], strict=True)
        ]
        values = rounded([made.mean(0), *(one.value for _, one in parts)], unit)
        middle = [Part(text, value, one.low, one.high) for (text, one), value in zip(parts, values[1:], strict=True)]
        return [Part(before, values[0], None, None), *middle, Part(after, sum(values, Fraction(0)), None, None)]

    def group_parts(self, unit: int | Fraction = 1) -> list[tuple[str, Part, Part]]:
        """Mix and speed of each group of the change, in seconds; all together add up to the change."""
        made = self.change
        if made is None:
            return []
        estimates: Sequence[Estimate] = [*made.parts["group_mix"], *made.parts["group_speed"]]
        values, n = rounded([one.value for one in estimates], unit), len(made.groups)
        parts = [Part("", value, one.low, one.high) for value, one in zip(values, estimates, strict=True)]
        return [
            (self.group(code, made.periods[1]), mix, speed)
            for code, mix, speed in zip(made.groups, parts[:n], parts[n:], strict=True)
        ]

    def methods(self) -> list[str]:
        """How the figures are measured, sentence by sentence."""
        limits = self.disclosure
        pooling = (
            self.say("method.privacy", rows=limits.least_declarations, firms=limits.least_firms)
            if limits.least_firms > 1
            else self.say("method.own")
        )
        days = self.change.horizon_days if self.change else HORIZON_DAYS
        return [
            self.say("method.censoring", least=limits.least_declarations), self.say("method.states"),
            self.say("method.mean", days=days), self.say("method.formula"), self.say("change.exact"),
            self.say("method.intervals"), self.say("method.rate"), pooling,
        ]  # fmt: skip

    def sources(self) -> list[str]:
        """As of when, how much is simulated, and what was left out."""
        made = self.report
        if made.table.empty:
            return [self.say("empty")]
        found = [self.say("as_of", instant=f"{made.as_of.astimezone(BEIJING):%Y-%m-%d %H:%M}")]
        if made.simulated_share > 0:
            key = "simulated.all" if made.simulated_share == 1 else "simulated.part"
            found.insert(0, self.say(key, share=made.simulated_share))
        latest = made.periods[-1]
        if bounds(latest)[1] > made.as_of:
            found.append(self.say("not_over", period=self.period(latest)))
        if made.n_undated or made.n_later:
            found.append(self.say("left_out", undated=made.n_undated, later=made.n_later))
        return found


def gather(
    declarations: pd.DataFrame,
    query: ReportQuery,
    lang: Language,
    *,
    as_of: dt.datetime | None = None,
    disclosure: Disclosure = PUBLIC,
    names: Names | None = None,
) -> Gathered:
    """The report of a table.

    as_of : up to which the log is known, by default the latest instant of the table; disclosure : of the reader
    names : of codes, by default those of the code tables
    raises : ReportError
    """
    known = Known.of(declarations, query.period, as_of)
    return Gathered(
        report(known, query, disclosure), change(known, query, disclosure), disclosure, names or official_names, lang
    )


def signed(seconds: Fraction | float) -> str:
    """Seconds as days with two decimals and their sign; 0 has none."""
    return write_figure("points_change", in_days(seconds))[0]


def in_days(seconds: Fraction | float) -> float:
    """Seconds as days."""
    return float(seconds) / DAY
