"""Options of one firm: the smallest change with its reference cost, what is confirmed, what is waited for."""

from __future__ import annotations

from datetime import date

import pytest

from data.codebook import reference_path
from data.ladder.conditions import Threshold
from data.ladder.fact_catalogue import read_fact_catalogue
from data.ladder.rule_parts import LadderError
from models.ladder.options import firm_options, read_change_costs, registered
from tests.data.ladder.one_firm import one_firm

pytestmark = pytest.mark.law
DAY = date(2024, 6, 30)
SIZE = {"revenue_wan": 1000.0, "headcount": 50}


def threshold(fact, way, value):
    return Threshold(fact, way, value, 1.0)


def options(*wanted, **values):
    return firm_options(one_firm(SIZE | values, DAY), 0, wanted)


@pytest.mark.parametrize(
    ("values", "wanted", "to", "cost_cny"),
    [
        # five points of R&D staff are 9,000 yuan for each of the 50 heads
        ({"rd_staff_ratio": 0.05}, ("rd_staff_ratio", "at_least", 0.10), 0.10, 450_000.0),
        # three class I rights at 50,000
        ({"class_i_count": 2}, ("class_i_count", "at_least", 5), 5, 150_000.0),
        # ten points of debt ratio are two steps of half a per cent of 10 m of revenue
        ({"debt_ratio": 0.80}, ("debt_ratio", "at_most", 0.70), 0.70, 100_000.0),
        # 100 wan of equity cost 150,000
        ({"equity_2y_wan": 1500}, ("equity_2y_wan", "at_least", 2000), 2000, 750_000.0),
        # one step beyond 0, where 0 itself is not enough: .0001 of growth is a thousandth of 4 % of revenue
        ({"revenue_growth_1y": 0.0}, ("revenue_growth_1y", "above", 0.0), 0.0001, 400.0),
        # without the ratio's amount known: one point of revenue
        ({"rd_ratio": 0.02}, ("rd_ratio", "at_least", 0.03), 0.03, 100_000.0),
    ],
)
def test_the_smallest_change_and_its_reference_cost(values, wanted, to, cost_cny):
    """By hand from the cost tables."""
    (option,) = options(threshold(*wanted), **values).changes[wanted[0]]
    assert option.values == pytest.approx({wanted[0]: to})
    assert option.cost_cny == pytest.approx(cost_cny)


def test_an_amount_moves_its_ratio():
    """26 wan of R&D on 1,000 of revenue: 3 % are 30 wan, which cost 4 wan; 50 wan are 5 %. One group, one choice."""
    found = options(
        threshold("rd_ratio", "at_least", 0.03), threshold("rd_wan", "at_least", 50), rd_ratio=0.026, rd_wan=26
    )
    assert set(found.changes) == {"rd_wan"}
    assert [(dict(one.values), one.cost_cny) for one in found.changes["rd_wan"]] == [
        ({"rd_wan": pytest.approx(30.0), "rd_ratio": pytest.approx(0.03)}, pytest.approx(40_000.0)),
        ({"rd_wan": 50.0, "rd_ratio": 0.05}, pytest.approx(240_000.0)),
    ]
    assert len(found.enabling(threshold("rd_ratio", "at_least", 0.03))) == 2
    assert len(found.enabling(threshold("rd_ratio", "at_least", 0.05))) == 1


@pytest.mark.parametrize("revenue", [333.3333, 1234.5678, 77.77, 9999.9999])
@pytest.mark.parametrize("ratio", [0.03, 0.06, 0.07, 0.1])
def test_a_changed_amount_reaches_its_ratio_whatever_the_digits(revenue, ratio):
    """Rounded up to the yuan, so that the quotient is never a hair below."""
    found = options(threshold("rd_ratio", "at_least", ratio), revenue_wan=revenue, rd_wan=1.0, rd_ratio=1.0 / revenue)
    (option,) = found.changes["rd_wan"]
    assert option.values["rd_ratio"] >= ratio
    assert option.values["rd_wan"] - ratio * revenue < 0.0002


def test_what_is_confirmed_and_what_is_waited_for():
    """An unknown fact may be confirmed; a register's least count may not; age comes with time, youth does not."""
    niche, old = threshold("niche_years", "at_least", 3), threshold("niche_years", "at_least", 9)
    young, main = threshold("age_years", "at_most", 15), threshold("main_ratio", "at_least", 0.7)
    patents = threshold("class_i_count", "at_least", 1)
    found = options(niche, old, young, main, patents, niche_years=(0, 5), age_years=16, class_i_count=(0, None))
    assert found.confirmable == {niche, main}
    assert found.waitable == {old}
    assert set(found.changes) == {"class_i_count"}
    fact = read_fact_catalogue()["class_i_count"]
    inf = float("inf")
    found_registered = [bool(registered(fact, *ends)) for ends in ((0.0, inf), (-inf, inf), (0.0, 3.0))]
    assert found_registered == [True, False, False]


def test_a_cost_that_needs_an_unknown_size_is_unknown():
    """Staff cost by head; equity does not."""
    found = options(
        threshold("rd_staff_ratio", "at_least", 0.1), threshold("equity_2y_wan", "at_least", 2000),
        headcount=None, rd_staff_ratio=0.0, equity_2y_wan=0,
    )  # fmt: skip
    assert found.changes["rd_staff_ratio"][0].cost_cny is None
    assert found.changes["equity_2y_wan"][0].cost_cny == 3_000_000.0


def test_titles_prizes_judgements_and_revenue_have_no_lever():
    """They are not bought."""
    catalogue = read_fact_catalogue()
    entries = read_change_costs()
    assert not [
        key for key in entries if key.startswith("holds_") or "award" in key or catalogue[key].kind == "judgement"
    ]
    assert not {"revenue_wan", "hnte_valid", "headcount", "contest_rank_3y", "listed"} & set(entries)
    assert all(entry.cost.step != 0.0 and entry.cost.basis and entry.takes_years > 0 for entry in entries.values())


def test_a_lever_of_nothing_is_an_error(tmp_path):
    """It names the line."""
    path = tmp_path / "change_costs.csv"
    text = reference_path("ladder/change_costs.csv").read_text(encoding="utf-8")
    path.write_text(text.replace("class_ii_count,1,,other_ip_count", "class_ii_count,1,,other_ip"), encoding="utf-8")
    with pytest.raises(LadderError, match=r"change_costs.csv line \d+: no such fact, ratio or cost"):
        read_change_costs(path)
