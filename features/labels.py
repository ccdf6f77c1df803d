"""What happened after a case, the only module where labels are made: default, points outcome, serviceable debt.

A label's window begins after the day of its case and ends on ``until``. The label is known where the whole window
lies on or before the last observed day; every other row is dropped with a reason. An enterprise that closed within
the window:

- default: its loan was settled when it closed unless a default is recorded, so the label is 0; a default on the day of
  the grant counts, for the loan was lent;
- serviceable debt: it serviced none in a year that it did not finish, so the label is 0;
- points outcome: nothing is measured of it any more, so the row is dropped.

Of one that left the zone the agencies report no more: the last two are dropped, its loans go on at their banks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from features.point_in_time import register_days
from features.quota import annuity_factor

HORIZON_MONTHS = 12  # of the default label
CLOSED, LEFT = "enterprise closed within the window", "enterprise left the zone within the window"
NOT_OVER = "the window ends after the last observed day"
NOT_REPORTED = "not reported by the last observed day"
SHORT_LOAN = f"the loan is shorter than {HORIZON_MONTHS} months"


@dataclass(frozen=True)
class Labels:
    """One row a case, in the order of the cases.

    table : uscc, as_of, until (last day of the window), value (float64, NaN where dropped), dropped ("" where known)
    """

    table: pd.DataFrame

    @property
    def known(self) -> pd.Series:
        """Mask of the labelled cases."""
        return self.table["dropped"] == ""

    @property
    def rows(self) -> pd.Index:
        """Index of the labelled cases."""
        return self.table.index[self.known]

    @property
    def values(self) -> pd.Series:
        """Labels of the labelled cases."""
        return self.table["value"].loc[self.known]

    @property
    def until(self) -> pd.Series:
        """Last day of the window of the labelled cases."""
        return self.table["until"].loc[self.known]

    @property
    def dropped(self) -> dict[str, int]:
        """Count of dropped cases by reason; with the labelled ones they add up to the cases given."""
        counts = self.table["dropped"].loc[~self.known].value_counts().sort_index()
        return {str(reason): int(count) for reason, count in counts.items()}


def default_labels(loans: pd.DataFrame, observed_until: pd.Timestamp) -> Labels:
    """1 where a loan defaulted within twelve months of its grant, 0 where it did not.

    loans : one row a loan: uscc, granted_on, tenor_months, defaulted_on (NaT if none). A loan of less than twelve
        months was not exposed for the whole window; counted as good it would lower the rate, so it is dropped.
    """
    until = loans["granted_on"] + pd.DateOffset(months=HORIZON_MONTHS)
    defaulted = (loans["defaulted_on"].notna() & (loans["defaulted_on"] <= until)).astype(float)
    dropped = np.select(
        [loans["tenor_months"] < HORIZON_MONTHS, until > observed_until], [SHORT_LOAN, NOT_OVER], default=""
    )
    return _labels(loans["uscc"], loans["granted_on"], until, defaulted, dropped)


def serviceable_debt_labels(
    tables: Mapping[str, pd.DataFrame],
    cases: pd.DataFrame,
    observed_until: pd.Timestamp,
    *,
    dscr_ratio: float,
    annual_rate: float,
    tenor_months: int,
) -> Labels:
    """Debt in 10,000 yuan that the first whole financial year after the case serviced at ``dscr_ratio``.

        debt = max(operating cash flow of that year, 0) / dscr_ratio * annuity_factor(annual_rate, tenor_months)

    A financial year ends on 31 December (Accounting Law of the PRC, article 11). One that began before the case is
    never read, so the window ends 12 to 24 months after the case: exactly 12 for a case of 31 December.
    """
    until = _year_end(cases["as_of"] + pd.DateOffset(months=12))
    closed, left = _gone_by(tables["enterprises"], cases["uscc"], until)
    flow = _reported(tables["credit_facts"], "operating_cash_flow_wan", cases["uscc"], until, observed_until)
    debt = flow.mask(closed, 0.0).clip(lower=0) / dscr_ratio * annuity_factor(annual_rate, tenor_months)
    dropped = np.select([until > observed_until, left, debt.isna()], [NOT_OVER, LEFT, NOT_REPORTED], default="")
    return _labels(cases["uscc"], cases["as_of"], until, debt, dropped)


@dataclass(frozen=True)
class Outcome:
    """Section ``points_outcome`` of params.yaml: what counts as innovation, and how long it is waited for."""

    months: int
    parts: Mapping[str, float]  # weight of each part, by its name in OUTCOME_PARTS

    def __post_init__(self) -> None:
        unknown = sorted(set(self.parts) - set(OUTCOME_PARTS))
        if unknown or not sum(self.parts.values()) > 0:
            raise ValueError(
                f"outcome parts {dict(self.parts)}: unknown {unknown}, allowed {sorted(OUTCOME_PARTS)}; "
                "the weights must sum to more than 0"
            )
        if self.months < 12 or self.months % 12:
            raise ValueError(f"outcome months is {self.months}, allowed: whole years, figures are yearly")


def inventions_of_quality(path: Sequence[pd.DataFrame]) -> pd.Series:
    """New inventions became valid, each counted by the quality of what the enterprise then holds, in logarithms."""
    now, then = path[0], path[-1]
    new = (then["invention_patents_valid"] - now["invention_patents_valid"]).clip(lower=0.0)
    return pd.Series(np.log1p(new * then["patent_quality_index"].fillna(0.0)))


def revenue_growth(path: Sequence[pd.DataFrame]) -> pd.Series:
    """Revenue grew, in logarithms; below 50,000 yuan it counts as that."""
    now, then = (np.log(frame["revenue_wan"].clip(lower=5)) for frame in (path[0], path[-1]))
    return pd.Series(then - now)


def external_equity(path: Sequence[pd.DataFrame]) -> pd.Series:
    """Equity was raised: a rise of the three-year sum within a year was raised in that year."""
    raised = [(after["vc_funding_3y"] - before["vc_funding_3y"]).clip(lower=0.0) for before, after in pairwise(path)]
    return pd.Series(np.log1p(sum(raised[1:], raised[0])))


# Each reads the figures of one year end after another; the docstring is the claim.
OUTCOME_PARTS: Mapping[str, Callable[[Sequence[pd.DataFrame]], pd.Series]] = {
    "inventions_of_quality": inventions_of_quality,
    "revenue_growth": revenue_growth,
    "external_equity": external_equity,
}
_READ_BY_PARTS = {
    "invention_patents_valid": "snapshots",
    "patent_quality_index": "snapshots",
    "vc_funding_3y": "snapshots",
    "revenue_wan": "credit_facts",
}


def outcome_parts(
    tables: Mapping[str, pd.DataFrame], cases: pd.DataFrame, observed_until: pd.Timestamp, outcome: Outcome
) -> pd.DataFrame:
    """The parts of the outcome before they are weighted: uscc, as_of, until, dropped, and a column a part.

    The path begins with the figures of the first year end on or after the case and ends ``outcome.months`` later, so
    that every change it shows came after the case; the revenue of the year in which the case lies is its base. The
    window ends with the path: exactly ``outcome.months`` after a case of 31 December.
    """
    first = _year_end(cases["as_of"])
    ends = [first + pd.DateOffset(months=later) for later in range(0, outcome.months + 1, 12)]
    path = [
        pd.DataFrame(
            {
                key: _reported(tables[table], key, cases["uscc"], end, observed_until)
                for key, table in _READ_BY_PARTS.items()
            }
        )
        for end in ends
    ]
    parts = {name: OUTCOME_PARTS[name](path) for name in outcome.parts}
    closed, left = _gone_by(tables["enterprises"], cases["uscc"], ends[-1])
    silent = pd.DataFrame(parts).isna().any(axis=1)
    dropped = np.select(
        [ends[-1] > observed_until, closed, left, silent], [NOT_OVER, CLOSED, LEFT, NOT_REPORTED], default=""
    )
    who = {"uscc": cases["uscc"], "as_of": cases["as_of"], "until": ends[-1], "dropped": dropped}
    return pd.DataFrame({**who, **{name: part.where(dropped == "") for name, part in parts.items()}})


def weighted_outcome(parts: pd.DataFrame, outcome: Outcome) -> Labels:
    """The weighted mean of the columns of ``outcome_parts``, each with mean 0 and sd 1 over the labelled cases."""
    total = pd.Series(0.0, index=parts.index)
    for name, weight in outcome.parts.items():
        total = total + weight * (parts[name] - parts[name].mean()) / (parts[name].std() or 1.0)
    value = total / sum(outcome.parts.values())
    return _labels(parts["uscc"], parts["as_of"], parts["until"], value, parts["dropped"].to_numpy())


def survivorship(labels: Labels, enterprises: pd.DataFrame, observed_until: pd.Timestamp) -> dict[str, Any]:
    """By the year of the case: how many enterprises are no longer there, and the mean label with and without them.

    What a study of the enterprises of today would have seen is ``mean_of_those_still_there``.
    """
    closed, left = _gone_by(enterprises, labels.table["uscc"], pd.Series(observed_until, index=labels.table.index))
    table = labels.table.assign(closed=closed, left=left, there=~(closed | left))
    answer = {}
    for year, rows in table.groupby(table["as_of"].dt.year):
        known = rows.loc[rows["dropped"] == ""]
        answer[str(year)] = {
            "cases": len(rows),
            "share_closed_since": float(rows["closed"].mean()),
            "share_left_since": float(rows["left"].mean()),
            "labelled": len(known),
            "mean": _mean(known["value"]),
            "mean_of_those_still_there": _mean(known.loc[known["there"], "value"]),
        }
    return answer


def _labels(uscc: pd.Series, as_of: pd.Series, until: pd.Series, value: pd.Series, dropped: Any) -> Labels:
    reason = pd.Series(dropped, index=uscc.index, dtype="str")
    return Labels(
        pd.DataFrame(
            {
                "uscc": uscc,
                "as_of": as_of,
                "until": until.astype("datetime64[us]"),
                "value": value.where(reason == ""),
                "dropped": reason,
            }
        )
    )


def _year_end(day: pd.Series) -> pd.Series:
    """The first 31 December on or after each day."""
    return pd.Series(pd.to_datetime(day.dt.year.astype(str) + "-12-31"), index=day.index).astype("datetime64[us]")


def _gone_by(enterprises: pd.DataFrame, uscc: pd.Series, until: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Masks of the cases whose enterprise had closed, or had left, by the given days."""
    days = register_days(enterprises).reindex(uscc).set_axis(uscc.index)
    left = days["left_on"] <= until
    return (days["closed_on"] <= until) & ~left, left


def _reported(
    table: pd.DataFrame, key: str, uscc: pd.Series, period_end: pd.Series, observed_until: pd.Timestamp
) -> pd.Series:
    """The figure of exactly that period, as last delivered by the last observed day; NaN if none. Index of ``uscc``."""
    given = table.loc[table[key].notna() & (table["known_at"] <= observed_until)]
    last = (
        given[["uscc", "period_end", "known_at", key]]
        .sort_values("known_at", kind="stable")
        .drop_duplicates(["uscc", "period_end"], keep="last")
    )
    wanted = pd.DataFrame({"uscc": uscc.to_numpy(), "period_end": period_end.to_numpy()})
    found = wanted.merge(last, on=["uscc", "period_end"], how="left", validate="m:1")
    return pd.Series(found[key].to_numpy(dtype=float), index=uscc.index)


def _mean(values: pd.Series) -> float | None:
    return float(values.mean()) if len(values) else None
