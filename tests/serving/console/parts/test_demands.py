"""A demand in words: its field, budget and deadline, who asks where that may be known, and script stays text."""

from __future__ import annotations

import pytest

from serving.console.parts.demands import demand_columns, demand_facts, demand_rows, field_name, proposed_words
from tests.serving.console.planted_views import ASKER, FAN, Views, links, words

pytestmark = pytest.mark.behaviour


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    made = Views(tmp_path_factory.mktemp("demands"))
    yield made
    made.close()


def demand(view, number):
    return view.api.get(f"/v1/demands/{number}")


def test_facts_are_in_words_and_units_of_the_reader(views):
    """50 in 10,000 yuan is CNY 500,000; the day is written out; nothing of the record's own keys is in sight."""
    zh, en = (words(demand_facts(view, demand(view, "D00001"))) for view in (views.of(), views.of(lang="en")))
    for part in ("物联网", "50 万元", "2024年12月31日", "公开", "进行中", ASKER):
        assert part in zh
    for part in ("CNY 500,000", "31 Dec 2024", "Everybody", "Open"):
        assert part in en
    assert "None" not in zh + en
    assert "iot" not in zh.split("\n")


def test_whose_a_demand_of_the_zone_is_stays_hidden_from_another_firm(views):
    """The zone reads the code, a firm that the asker is not disclosed."""
    view = views.of("enterprise", FAN)
    shown = words(demand_facts(view, demand(view, "D00002")))
    assert "需求方未公开" in shown
    assert ASKER not in shown
    (row,) = demand_rows(view, [demand(view, "D00002")])
    assert row["firm"] == "需求方未公开"
    assert ASKER in words(demand_facts(views.of(), demand(views.of(), "D00002")))


def test_rows_have_every_column_and_the_address_of_their_page(views):
    """The title is linked; what is unknown is said to be."""
    view = views.of()
    (row,) = demand_rows(view, [demand(view, "D00001")])
    assert {column.key for column in demand_columns(view)} <= set(row)
    assert (row["href"], row["district"]) == ("/console/demands/D00001", "未提供")
    assert proposed_words(view, {"proposed": False}) == "没有把握的企业"
    assert (field_name(view, None), field_name(view, "量子")) == ("未提供", "量子")


def test_script_in_a_demand_is_text(views):
    """It is a child of a component, which the browser writes as text."""
    view = views.of()
    one = demand(view, "D00001") | {"problem": "<script>alert(1)</script>"}
    shown = demand_facts(view, one)
    assert "<script>alert(1)</script>" in words(shown)
    assert not [part for part in str(shown).split() if "dangerously" in part]
    assert links(shown) == [f"/console/firms/{ASKER}"]
