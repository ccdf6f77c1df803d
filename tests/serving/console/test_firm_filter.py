"""Which firms each filter lets through, and that an address holds it whole."""

from __future__ import annotations

import pytest

from serving.console.firm_filter import FirmFilter, of_query
from tests.serving.console.planted_firms import CODES, planted_table

TABLE = planted_table()


def let_through(**members):
    mask = FirmFilter(**members).mask(TABLE)
    return list(range(len(TABLE))) if mask is None else [row for row, hit in enumerate(mask) if hit]


@pytest.mark.parametrize(
    ("members", "rows"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"stage": ("growth",)}, [0, 1, 2]),
        ({"stage": ("growth", "unknown")}, [0, 1, 2, 5]),
        ({"stage": ("growth",), "district": ("西湖区",)}, [2]),
        ({"grade": ("C",)}, [3, 4]),  # a firm without a grade is in no grade
        ({"outcome": ("preapproved",)}, [0, 1]),
        ({"chain": ("iot",)}, [0, 1]),
        ({"chain": ("iot/sensors", "materials")}, [1, 3]),
        ({"points_from": 60.0}, [0, 1, 3]),  # inclusive; without points is in no range
        ({"points_from": 30.0, "points_to": 60.0}, [1, 2, 3]),
        ({"fresh": "stale"}, [3]),
        ({"fresh": "fresh"}, [0, 1, 2, 4, 5]),
        ({"alarm": "yes"}, [2, 3, 5]),
        ({"text": "科技"}, [2, 3, 5]),
        ({"text": CODES[4][-4:].lower()}, [4]),
        ({"text": "<SCRIPT>"}, [0]),
        ({"stage": ("stable",)}, []),
    ],
)
def test_a_filter_lets_through_the_firms_that_meet_every_member(members, rows):
    assert let_through(**members) == rows


def test_an_address_gives_the_same_filter_again():
    wanted = FirmFilter(
        stage=("growth", "startup"), district=("西湖区",), chain=("iot/sensors",), points_from=20.5, points_to=130.0,
        fresh="stale", alarm="yes", text="甲,乙&丙=1",
    )  # fmt: skip
    assert of_query(wanted.query(), TABLE) == (wanted, ())
    assert wanted.query()["stage"] == "growth,startup"
    assert FirmFilter().query() == {}


def test_what_the_table_does_not_have_is_left_out_and_named():
    query = {"stage": "growth,mature", "chain": "steel", "points_from": "many", "points_to": "131", "fresh": "maybe",
             "grade": "B1", "other": "1"}  # fmt: skip
    wanted, left = of_query(query, TABLE)
    assert wanted == FirmFilter(stage=("growth",), grade=("B1",))
    assert left == ("stage", "chain", "points_from", "points_to", "fresh")


@pytest.mark.parametrize("given", ["nan", "inf", "-1"])
def test_points_that_are_no_points_are_left_out(given):
    assert of_query({"points_from": given}, TABLE) == (FirmFilter(), ("points_from",))


def test_a_very_long_text_is_cut():
    wanted, _ = of_query({"text": "长" * 500}, TABLE)
    assert len(wanted.text) == 80
