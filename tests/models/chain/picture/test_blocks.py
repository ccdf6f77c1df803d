"""Lines of nodes: none wider than its column, marks before the name, firms behind it."""

from __future__ import annotations

import pytest

from models.chain.node_view import node_views
from models.chain.picture.blocks import SIZES, Row, grouped, height_of, label_of, position_kind, rows_of, two_columns
from models.chain.picture.drawing import Mark, Words


@pytest.fixture
def shown(make_chain, make_tables, day):
    chain = make_chain(3, children=((3, 5), (1, 4), (1, 2)), longest=14)
    return chain, node_views(chain, *make_tables(chain), "zh", day)


@pytest.mark.parametrize("width", [90.0, 150.0, 260.0])
def test_no_line_is_wider_than_its_column(shown, width):
    chain, views = shown
    for node in chain.nodes:
        if node.level == 2:
            for row in rows_of(chain, views, node.id, width, 4):
                assert max(item.box.right for item in row.items) <= width + 0.01
                assert min(item.box.left for item in row.items) >= -1.0


def test_depth_decides_which_levels_are_listed(shown):
    """Every descendant once, in the order of the tree; no text under 11."""
    chain, views = shown
    node = next(node for node in chain.nodes if node.level == 2)
    for depth in (2, 3, 4):
        rows = rows_of(chain, views, node.id, 200.0, depth)
        expected = [one.id for one in chain.nodes if one.id.startswith(node.id) and one.level <= depth]
        assert list(dict.fromkeys(row.view.node.id for row in rows)) == expected
        assert [row.view.node.id for row in rows if row.bone] == [node.id]
    assert min(SIZES) >= 11.0


def test_marks_come_before_the_name_and_firms_behind_it(shown):
    chain, views = shown
    flagged = next(node.id for node in chain.nodes if node.level == 2 and views[node.id].raised)
    first, *_ = rows_of(chain, views, flagged, 300.0, 2)
    marks = [item for item in first.items if isinstance(item, Mark)]
    words = next(item for item in first.items if isinstance(item, Words))
    assert [mark.kind for mark in marks] == list(views[flagged].marks)
    assert all(mark.box.right <= words.box.left for mark in marks)
    assert words.tail == views[flagged].count


def test_groups_join_the_lines_of_a_node(shown):
    chain, views = shown
    node = next(node for node in chain.nodes if node.level == 2)
    rows = rows_of(chain, views, node.id, 60.0, 4)
    groups = grouped([(row, row.items) for row in rows])
    assert len(groups) < len(rows)
    assert len({group.node_id for group in groups}) == len(groups)
    assert height_of(rows) == sum(row.height + row.above for row in rows)


def test_a_label_is_centred(shown):
    chain, views = shown
    rib = chain.ribs()[0]
    group = label_of(views[rib.id], 200.0).group(100.0, 10.0, 28.0, "p0")
    boxes = [item.box for item in group.items[1:]]
    assert (min(box.left for box in boxes) + max(box.right for box in boxes)) / 2.0 == pytest.approx(100.0, abs=1.0)


def test_positions_from_upstream_on():
    assert [position_kind(one) for one in ("upstream", "midstream", "downstream", None)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("heights", "left"), [([], 0), ([10], 1), ([10, 10], 1), ([30, 10, 10, 10], 1), ([10, 10, 10, 30], 3)]
)
def test_two_columns_are_split_where_the_higher_is_lowest(heights, left):
    """Counted by hand: 30 beside 10 + 10 + 10."""
    blocks = [[Row(None, (), float(height), 0.0, False)] for height in heights]
    assert [len(column) for column in two_columns(blocks)] == [left, len(heights) - left]
