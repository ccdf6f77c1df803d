"""What is shown adds up as shown, and says what it is made of."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

from models.clearance.reports.gather import gather, in_days, signed
from models.clearance.reports.groups import OWN_ROWS
from models.clearance.reports.query import ReportQuery
from models.clearance.reports.stages import DAY
from tests.models.clearance.reports.conftest import AS_OF, GOLDEN, NONE_SMALL, log_of


@pytest.mark.law
@pytest.mark.parametrize("unit", [1, DAY // 100, Fraction(1, 3)])
@pytest.mark.parametrize("cross", ["", "transport"])
def test_the_figures_shown_add_up(unit, cross):
    made = gather(log_of(300, 2), ReportQuery(cross=cross), "en", as_of=AS_OF)
    first, *parts, last = made.steps(unit)
    assert first.value + sum(part.value for part in parts) == last.value
    assert abs(last.value - made.change.mean(1)) <= unit
    groups = made.group_parts(unit)
    shown = sum(mix.value + speed.value for _, mix, speed in groups)
    assert abs(shown - made.change.part("change").value) <= unit / Fraction(2)


def test_sources_say_what_is_simulated_or_left_out():
    table = GOLDEN.assign(simulated=[True] * 3 + [False] * 9)
    table.loc[0, "declared_at"] = pd.NaT
    made = gather(table, ReportQuery(), "en", as_of=pd.Timestamp("2025-06-01", tz="UTC").to_pydatetime())
    sources = made.sources()
    assert sources[0].startswith("18.2% of these declarations are simulated")
    assert sources[1].startswith("As known on 1 June 2025 08:00 (Beijing time)")
    assert sources[2].startswith("2025 Q2 is not over")
    assert "1 declarations without a time" in sources[3] or "1 declaration" in sources[3]
    assert gather(GOLDEN, ReportQuery(), "zh").sources()[0].startswith("以下数据全部为模拟数据")


def test_an_empty_table_and_a_reader_of_its_own_rows():
    made = gather(GOLDEN.head(0), ReportQuery(), "en")
    assert (made.sources(), made.steps(), made.group_parts()) == (["There are no declarations to report on."], [], [])
    assert "own declarations" in gather(GOLDEN, ReportQuery(), "en", disclosure=OWN_ROWS).methods()[-1]
    assert "pooled" in gather(GOLDEN, ReportQuery(), "en").methods()[-1]


def test_days():
    assert [signed(one) for one in (DAY, -DAY / 2, 0, -1)] == ["+1.00", "-0.50", "0.00", "0.00"]
    made = gather(GOLDEN, ReportQuery(), "en", as_of=AS_OF, disclosure=NONE_SMALL)
    assert in_days(made.steps()[0].value) == 8.4
    assert made.steps()[0].text == "Mean of 2025 Q1"
