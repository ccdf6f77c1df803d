"""The wide picture: ribs on one spine or several, above and below by turns."""

from __future__ import annotations

import pytest

from models.chain.node_view import node_views
from models.chain.picture.drawing import Drawing, Path
from models.chain.picture.wide import NARROWEST, Plan, fewest_spines


@pytest.fixture
def planned(make_chain, make_tables, day):
    def plan(ribs: int, width: float = 1600.0, spines: int = 0, depth: int = 4, lang: str = "zh"):
        chain = make_chain(2, ribs=ribs, children=((2, 4), (0, 2)))
        views = node_views(chain, *make_tables(chain), lang, day)
        return chain, Plan.of(chain, views, width, spines or fewest_spines(chain, width, lang), depth)

    return plan


@pytest.mark.parametrize("ribs", [1, 10, 40])
def test_columns_are_never_narrower_than_readable(planned, ribs):
    """Ribs that do not fit go on further spines, about equally many on each; none is lost."""
    for lang in ("zh", "en"):
        chain, plan = planned(ribs, lang=lang)
        assert plan.unit >= NARROWEST[lang] - 0.01
        assert sum(map(len, plan.spines)) == ribs
        assert [rib.node.id for spine in plan.spines for rib in spine] == [node.id for node in chain.ribs()]


def test_ribs_are_above_and_below_by_turns(planned):
    """Names at the tips: above the spine for the first, third and fifth rib, below for the others."""
    chain, plan = planned(5)
    drawing = Drawing(1600.0, 0.0)
    end = plan.draw(drawing, 50.0)
    middle = 50.0 + plan.reach(0)[0]
    tops = []
    for rib in chain.ribs():
        group = next(group for group in drawing.groups if group.node_id == rib.id)
        tops.append(min(item.box.top for item in group.items if not isinstance(item, Path)) < middle)
    assert tops == [True, False, True, False, True]
    assert end == pytest.approx(50.0 + plan.height)


def test_the_two_columns_of_a_rib_are_balanced_and_in_order(planned):
    _, plan = planned(3)
    for rib in plan.spines[0]:
        ids = [row.view.node.id for column in rib.columns for row in column]
        assert list(dict.fromkeys(ids)) == sorted(set(ids), key=ids.index)
        heights = [sum(row.height + row.above for row in column) for column in rib.columns]
        tallest = max((row.height + row.above for column in rib.columns for row in column), default=0.0)
        assert abs(heights[0] - heights[1]) <= 4.0 * tallest + 60.0


def test_only_the_last_spine_has_the_head(planned):
    _, plan = planned(40)
    drawing = Drawing(1600.0, 0.0)
    plan.draw(drawing, 0.0)
    kinds = [item.kind for group in drawing.groups for item in group.items if isinstance(item, Path)]
    assert kinds.count("head") == 1
    assert len(plan.spines) > 1


def test_wrapped_is_the_share_of_lines_that_go_on(planned):
    _, narrow = planned(5, width=900.0)
    _, wide = planned(5, width=4000.0)
    assert wide.wrapped == 0.0
    assert narrow.wrapped > wide.wrapped
