"""The public panel as rows of firm and year, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.points.panel import PanelError
from experiments.patents_from_rd import FIRST, LAST, long_table


def wide():
    """Three firms: R&D of 1, 2, ... 10 in the ten years for the first, ten times that for the third; patents 0 to 9."""
    scale = np.array([1.0, 5.0, 10.0])
    table = pd.DataFrame({"cusip": [11, 22, 33], "scisect": [0, 1, 1], "logk": np.log([4.0, 6.0, 8.0])})
    return table.assign(
        **{f"logr{70 + position}": np.log(scale * (position + 1)) for position in range(10)},
        **{f"pat{70 + position}": position for position in range(10)},
    )


@pytest.mark.law
def test_a_row_knows_only_its_own_and_earlier_years_and_is_requested_the_next():
    """1974 of the first firm: R&D 5, mean of 1 to 5 is 3, growth ln(5 / 3) over two years, patents of 1975 are 5."""
    rows = long_table(wide())
    assert len(rows) == 3 * (LAST - FIRST + 1)
    one = rows.loc[(rows["firm"] == 11) & (rows["year"] == 1974)].iloc[0]
    assert one["rd_expense"] == pytest.approx(5.0)
    assert one["rd_mean_5y"] == pytest.approx(3.0)
    assert one["rd_growth"] == pytest.approx(np.log(5 / 3))
    assert one["rd_to_capital"] == pytest.approx(5 / 4)
    assert one["log_patents_next_year"] == pytest.approx(np.log(6))


@pytest.mark.law
def test_the_stage_is_the_capital_of_1972_and_never_changes():
    """Median 6: the firm of 4 is small in every year, those of 6 and 8 are large."""
    stages = long_table(wide()).groupby("firm")["stage"].agg(set)
    assert stages.to_dict() == {11: {"small"}, 22: {"large"}, 33: {"large"}}


@pytest.mark.contract
def test_absent_columns_are_named():
    """All of them at once."""
    with pytest.raises(PanelError, match=r"lacks the columns \['logk', 'pat75'\]"):
        long_table(wide().drop(columns=["logk", "pat75"]))
