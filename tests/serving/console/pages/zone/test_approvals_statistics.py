"""Statistics say how many, how long and how much shorter, in every reading, beside their files."""

import pytest

from models.approvals.statistics import READINGS
from serving.console.api import Refused
from serving.console.pages.zone.approvals_statistics import layout, reduction
from tests.serving.console.pages.zone.record_views import STRANGER, every, grid_rows, links, words

pytestmark = pytest.mark.contract
MORE = [
    {"case_number": f"S{n}", "item": "notice", "office": "bureau_west", "kind": kind, "at": at, "values": values}
    for n in range(4)
    for kind, at, values in (
        ("accepted", "2024-06-03T09:00:00+08:00", {}),
        ("decided", "2024-06-04T09:00:00+08:00", {"outcome": "granted"}),
    )
]


@pytest.fixture(autouse=True, scope="module")
def enough(record_shop):
    """Four notices more, each decided on the working day after its acceptance: as many as were promised."""
    key = record_shop.key("zone", "operator")
    assert record_shop.client.post("/v1/approvals/events", json=MORE, headers=key).status_code == 201


@pytest.mark.parametrize(("value", "shown"), [(0.79, "−79.0%"), (0.0, "−0.0%"), (-0.2, "+20.0%"), (None, "–")])
def test_a_reduction_is_written_as_it_is_published(value, shown):
    assert reduction(value) == shown


def test_the_readings_stand_side_by_side(seen_by):
    """Promised against statutory days of the three items: 10 of 20, 1 of 20 and 9 of 45: 20 of 85 together."""
    page = layout(seen_by())
    first = every(page, "Graph")[0].figure
    sums = {bar.name: bar.x[0] for bar in first.data}
    assert sums["总和之比"] == pytest.approx(1 - 20 / 85)
    assert sums["各事项压缩率的平均"] == pytest.approx((0.5 + 0.95 + 0.8) / 3)
    assert sums["各事项压缩率的中位数"] == pytest.approx(0.8)
    assert sums["最大压缩"] == pytest.approx(0.95)
    assert "−76.5%" in words(every(page, "Table"))


def test_a_comparison_without_items_is_not_drawn_and_is_named(seen_by, monkeypatch):
    """Where no item has five closed cases, only the promise is compared with the law, and the page says so."""
    view = seen_by()
    found = view.api.get("/v1/approvals/statistics")
    nothing = dict.fromkeys(READINGS) | {"n": 0}
    less = {pair: one if pair == "promised_statutory" else nothing for pair, one in found["reductions"].items()}
    monkeypatch.setattr(view.api, "get", lambda *_, **__: found | {"reductions": less})
    page = layout(view)
    assert {len(bar.y) for bar in every(page, "Graph")[0].figure.data} == {1}
    assert "实际用时比法定时限、实际用时比承诺时限" in words(page)
    monkeypatch.setattr(view.api, "get", lambda *_, **__: found | {"reductions": dict.fromkeys(less, nothing)})
    assert len(every(layout(view), "Graph")) == 1  # of the groups alone


def test_closed_ended_running_and_contradictory_cases_add_up_to_all(seen_by):
    """Whoever adds the columns up, or the board's open cases, finds every case; the card says the same."""
    page = layout(seen_by(lang="en"))
    parts = ("n_closed", "n_otherwise", "n_running", "n_contradictory")
    total = grid_rows(page, "approvals-statistics")[0]
    assert total["n"] == sum(total[part] for part in parts) > 0
    assert total["group"] == "All cases"
    closed, otherwise, running, contradictory = (total[part] for part in parts)
    said = f"{closed} closed, {otherwise} ended otherwise, {running} under way, {contradictory} contradictory"
    assert said in words(page)


def test_the_table_and_the_files_are_those_of_the_query(seen_by):
    page = layout(seen_by(by="month", first="2024-06"))
    lines = {line["group"]: line for line in grid_rows(page, "approvals-statistics")}
    assert (lines["合计"]["n"], lines["合计"]["n_late"], lines["合计"]["n_on_time"]) == (7, 2, 5)
    assert lines["合计"]["on_time_share"] == pytest.approx(5 / 7)
    assert links(page)["下载 CSV"].endswith("/v1/approvals/statistics/table.csv?by=month&first=2024-06&lang=zh")


def test_an_analyst_reads_them_and_a_firm_those_of_its_own(seen_by):
    assert "办件数" in words(layout(seen_by("policy_analyst")))
    assert "还没有可统计的办件。" in words(layout(seen_by("enterprise", name=STRANGER)))


def test_a_month_that_is_none_is_refused_in_words(seen_by):
    with pytest.raises(Refused) as refused:
        layout(seen_by(first="June"))
    assert refused.value.status == 422


def test_of_fewer_than_five_cases_no_detail_is_shown(seen_by, record_shop):
    """The first firm has one."""
    page = words(layout(seen_by("enterprise")))
    assert "不足五件，不列示明细" in page
    assert "None" not in page
