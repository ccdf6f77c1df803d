"""Two figures are explained where a difference explains them, and only there."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from data.incubators.explain import explain
from data.incubators.figures import Figure, published

pytestmark = pytest.mark.law
DAY = dt.date(2022, 5, 31)
EVER = Figure("firms_ever", 100.0, "firms", "cumulative", "ever", DAY, None, "tibet", "x", 0.9)
STOCK = Figure("area_m2", 100.0, "m2", "stock", "all", DAY, None, "tibet", "x", 0.9)
LATER, EARLIER = dt.date(2023, 3, 31), dt.date(2021, 7, 31)


@pytest.mark.parametrize(
    ("first", "second", "verdict", "reasons"),
    [
        (EVER, EVER, "equal", []),
        (EVER, replace(EVER, value=101.0), "contradictory", ["unexplained"]),
        (EVER, replace(EVER, value=120.0, on=LATER), "consistent", ["day"]),
        (EVER, replace(EVER, value=99.0, on=LATER), "contradictory", ["day", "falls"]),
        (STOCK, replace(STOCK, value=99.0, on=LATER), "consistent", ["day"]),
        (EVER, replace(EVER, value=99.0, area="lhasa"), "consistent", ["area.contains"]),
        (EVER, replace(EVER, value=101.0, area="lhasa"), "contradictory", ["area.contains", "part"]),
        (EVER, replace(EVER, value=101.0, area="lhasa", on=EARLIER), "contradictory", ["area.contains", "day", "part"]),
        (EVER, replace(EVER, value=101.0, area="lhasa", on=LATER), "consistent", ["area.contains", "day", "grown"]),
        (STOCK, replace(STOCK, value=101.0, area="lhasa", on=EARLIER), "consistent", ["area.contains", "day"]),
        (STOCK, replace(STOCK, value=101.0, area="lhasa"), "contradictory", ["area.contains", "part"]),
        (EVER, replace(EVER, value=101.0, area="chengdu_incubator", on=EARLIER), "consistent",
         ["area.run_by", "day", "outside"]),
        (EVER, replace(EVER, value=99.0, area="chengdu_incubator"), "consistent", ["area.run_by"]),
        (EVER, replace(EVER, value=40.0, basis="stock", membership="inside"), "consistent", ["basis", "membership"]),
        (EVER, replace(EVER, value=99.0, basis_stated=False), "consistent", ["basis.not_stated"]),
        (EVER, replace(EVER, value=101.0, area="lhasa", basis_stated=False), "consistent",
         ["area.contains", "basis.not_stated"]),
        (replace(EVER, basis="flow", since=dt.date(2022, 1, 1)), replace(EVER, basis="flow", since=dt.date(2021, 1, 1)),
         "consistent", ["since"]),
        (EVER, STOCK, "not_comparable", ["indicator"]),
    ],
)  # fmt: skip
def test_what_two_figures_are_to_each_other(first, second, verdict, reasons):
    """By hand, and the same whichever comes first."""
    for a, b in ((first, second), (second, first)):
        found = explain(a, b)
        assert found.verdict == verdict
        turned = {one.key.replace("contains", "inside") for one in found.reasons}
        assert turned == {one.replace("contains", "inside") for one in reasons}


def test_the_region_and_its_incubator_in_another_city():
    """12 and 62 of Tibet beside 15 and 42 of the Chengdu incubator: another place, an unstated basis, another day."""
    cited = published()
    hnte = explain(cited["tibet_hnte"], cited["chengdu_hnte"])
    assert hnte.verdict == "consistent"
    assert [one.key for one in hnte.reasons] == ["area.run_by", "basis.not_stated", "day", "outside"]
    assert "15 将超过 12" in hnte.reasons[-1].text[0]
    sme = explain(cited["tibet_tech_sme"], cited["chengdu_tech_sme"])
    assert [one.key for one in sme.reasons] == ["area.run_by", "basis.not_stated", "day"]
    inside = replace(cited["chengdu_hnte"], area="lhasa")
    assert explain(replace(cited["tibet_hnte"], basis_stated=True), inside).verdict == "contradictory"


def test_the_city_whose_firms_ever_exceed_the_regions_a_year_before():
    """3,132 beside 2,814: 318 more in 304 days, or another count; 56 and 349,000 m² lie inside 138 and 810,000."""
    cited = published()
    ever = explain(cited["tibet_firms_ever"], cited["lhasa_firms_ever"])
    assert ever.verdict == "consistent"
    assert "318 more" in ever.reasons[-1].text[1]
    assert "304 天" in ever.reasons[1].text[0]
    for key in ("incubators", "area"):
        found = explain(cited[f"tibet_{key}"], cited[f"lhasa_{key}"])
        assert (found.verdict, [one.key for one in found.reasons]) == ("consistent", ["area.contains", "day"])
    same_day = replace(cited["lhasa_firms_ever"], on=cited["tibet_firms_ever"].on)
    assert explain(cited["tibet_firms_ever"], same_day).verdict == "contradictory"


def test_an_explanation_is_sent_with_its_texts():
    """In both languages."""
    sent = explain(EVER, replace(EVER, value=120.0, on=LATER)).as_dict()
    assert sent["verdict"] == "consistent"
    assert sent["text_zh"] == "范围、日期或口径不同，两数可以同时成立。"
    assert sent["reasons"][0]["text_en"] == "The days differ: 31 May 2022 and 31 March 2023, 304 days apart."
    assert sent["second"]["on"] == "2023-03-31"
