"""The history as a person sees it: a line with its gaps, its table, stages, and words of what moved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dash import dcc

from data.codebook import read_codebook
from features.former_days import former_cases
from serving.console.parts.points_history import no_former_day, points_history, stage_marks
from serving.contract.refusals import Refusal
from serving.decide.points_history import PointsHistory
from tests.serving.console.components import all_of
from tests.serving.console.planted_firms import shown_words
from tests.serving.decide.planted_history import DAY, FOUNDERS, KEY, planted_card, planted_tables

FORMER = [DAY.replace(year=year) for year in (2021, 2022, 2023)]


@pytest.fixture
def planted(office, monkeypatch):
    """The history of the planted firms A, D and E under the names of the office's first three firms."""
    names = dict(zip(("A", "D", "E", "B", "C"), office.shop.codes[:5], strict=True))
    tables = {name: table.assign(uscc=table["uscc"].map(names)) for name, table in planted_tables().items()}
    made = former_cases(tables, [*FORMER, DAY])
    order = made.frame.sort_values(["uscc", "as_of"]).index
    history = PointsHistory.of_cases(
        made.frame.loc[order].reset_index(drop=True), made.known_at.loc[order], planted_card(), read_codebook()
    )
    worker = office.shop.worker
    service = replace(worker.ready(), history=history)
    monkeypatch.setattr(worker, "ready", lambda: service)
    return office.shop.codes[:3]


def figure(part):
    (graph,) = [one for one in all_of(part) if isinstance(one, dcc.Graph)]
    return graph.figure


def test_the_line_is_the_points_of_each_day_beside_the_median_of_the_stage(office, planted):
    """A's points and the medians as counted by hand, by month; a change of stage is marked where it began."""
    made = figure(points_history(office.view(), planted[0]))
    own, median = made.data
    assert list(own.x) == list(median.x) == ["2021-06", "2022-06", "2023-06", "2024-06"]
    assert list(own.y) == pytest.approx([12.0, 12.0, 48.0, 24.0])
    assert list(median.y) == pytest.approx([12.0, 21.0, 30.0, 24.0])
    assert [(one.x, one.text) for one in made.layout.annotations] == [("2021-06", "初创期"), ("2024-06", "成长期")]
    assert [one.x0 for one in made.layout.shapes] == ["2021-06", "2024-06"]
    assert made.layout.yaxis.range[1] > 48.0
    assert (made.layout.legend.y, made.layout.legend.yanchor) == (1.0, "bottom")  # above, clear of slanted months


def test_the_table_and_the_moves_say_the_same_in_words(office, planted):
    """Every figure of the picture is in the table; what moved has its values, the day known and its points."""
    shown = shown_words(points_history(office.view(lang="en"), planted[0]))
    for words in (
        "30 Jun 2021",
        "12",
        "48",
        "24",
        "Growth",
        "above 33.3% of firms, of 3",
        "above 66.6% of firms, of 3",
    ):
        assert words in shown.split("\n")
    intensity = read_codebook()[KEY]
    assert "30 Jun 2022 to 30 Jun 2023: +36.00 points" in shown
    assert f"{intensity.en}: 10.0% → 40.0% (known on 15 Jul 2022), +36.00 points" in shown
    assert "30 Jun 2023 to 30 Jun 2024: -24.00 points, start-up → growth (scored among firms of the new stage)" in shown
    assert f"{intensity.en}: 40.0% as before, beside other peers, -24.00 points" in shown
    assert shown.index("30 Jun 2023 to 30 Jun 2024") < shown.index("30 Jun 2021 to 30 Jun 2022")  # the newest first
    assert read_codebook()[FOUNDERS].en not in shown
    assert "By the points card in force (hand)" in shown


def test_a_gap_has_its_reason_and_no_value(office, planted):
    part = points_history(office.view(), planted[1])
    own = figure(part).data[0]
    assert list(own.y) == [None, pytest.approx(24.0), pytest.approx(24.0)]
    assert own.connectgaps is False
    assert "2022年6月30日：当日没有 18 个月以内的营业收入数据，成长阶段未知，因此没有积分。" in shown_words(part)
    assert not figure(part).layout.annotations


def test_a_new_firm_and_a_release_without_former_days_get_words(office, planted):
    assert "2023年6月30日 之后才登记在册" in shown_words(points_history(office.view(), planted[2]))
    view = office.view(lang="en")
    assert "the day of the firm snapshot alone" in no_former_day(view, {"release_days": ["2024-06-30"]})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_histories_of_a_trained_release_have_no_raw_value(office, lang):
    for uscc in office.shop.codes[:30]:
        shown = shown_words(points_history(office.view(lang=lang), uscc))
        assert "None" not in shown
        assert "nan" not in shown.lower().split()


def test_who_may_not_see_the_portrait_gets_no_history(office):
    own, other = office.shop.codes[:2]
    assert shown_words(points_history(office.view("enterprise"), own))
    assert shown_words(points_history(office.view("policy_analyst"), other))
    for role, uscc, key in (("enterprise", other, "unknown-enterprise"), ("bank", own, "permission-missing"),
                            ("operator", own, "permission-missing")):  # fmt: skip
        with pytest.raises(Refusal) as caught:
            points_history(office.view(role), uscc)
        assert caught.value.key == key


def test_stages_are_marked_only_where_one_changed():
    """By hand: the first known stage and each change; gaps change nothing; one stage throughout has no mark."""

    def days(*stages):
        return [{"growth_stage": one, "reason_zh": "-" if one == "unknown" else None} for one in stages]

    assert stage_marks(days("startup", "startup", "growth")) == [(0, "startup"), (2, "growth")]
    assert stage_marks(days("unknown", "startup", "unknown", "startup", "stable")) == [(1, "startup"), (4, "stable")]
    assert stage_marks(days("growth", "unknown", "growth")) == []
    assert stage_marks(days("unknown", "unknown")) == stage_marks([]) == []
