"""Boxes and elements of a picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from models.chain.picture.drawing import Box, Drawing, Group, Mark, Path, Words, moved, number, rounded, straight


def test_the_box_of_a_text_by_hand():
    """Two Chinese characters of 10 and a tail of 11: 20 wide, then 5.5 of space and 4 digits of .56 em."""
    box = Words(100.0, 50.0, "智能", 10.0, tail="1234").box
    assert box == pytest.approx((100.0, 41.2, 100.0 + 20.0 + 5.5 + 4 * 0.56 * 11.0, 52.2))


@pytest.mark.parametrize(("anchor", "left"), [("start", 100.0), ("middle", 90.0), ("end", 80.0)])
def test_the_anchor_moves_the_box(anchor, left):
    assert Words(100.0, 50.0, "智能", 10.0, anchor=anchor).box.left == pytest.approx(left)


def test_a_tail_without_a_text_has_no_space_before_it():
    assert "dx" not in Words(0.0, 0.0, "", 10.0, tail="1").svg()
    assert "dx" in Words(0.0, 0.0, "a", 10.0, tail="1").svg()


def test_texts_are_escaped():
    element = ET.fromstring(Words(0.0, 0.0, 'a<b>&"\x00', 10.0, tail="<").svg())
    assert "".join(element.itertext()) == 'a<b>&"<'


def test_boxes_that_share_an_edge_do_not_overlap():
    assert not Box(0, 0, 1, 1).overlaps(Box(1, 0, 2, 1))
    assert Box(0, 0, 1.1, 1).overlaps(Box(1, 0, 2, 1))


def test_hollow_marks_keep_their_shape():
    """A flag that could be the other way has the same outline."""
    full, hollow = Mark(0.0, 0.0, 4.0, "risk").svg(), Mark(0.0, 0.0, 4.0, "risk maybe").svg()
    assert full.split('"')[1] == hollow.split('"')[1]
    assert "fb-maybe" in hollow


def test_moving_leaves_paths():
    path = Path(straight((0.0, 0.0), (1.0, 2.5)), "bone")
    assert path.d == "M0 0L1 2.5"
    found = moved([path, Words(1.0, 1.0, "a", 10.0)], 2.0, 3.0)
    assert (found[0], found[1].x, found[1].y) == (path, 3.0, 4.0)


def test_numbers_have_two_decimals_and_no_negative_zero():
    assert [number(value) for value in (-0.001, 1.005, 12.5, 1234.567)] == ["0", "1", "12.5", "1234.57"]


def test_a_drawing_lists_its_texts_and_marks():
    drawing = Drawing(10.0, 10.0, [Group([Words(0.0, 5.0, "a", 5.0), Mark(5.0, 5.0, 1.0, "gap")], "n")])
    drawing.add()
    drawing.add(Path(rounded(0.0, 0.0, 20.0, 20.0), "label p0"))
    assert (len(list(drawing.texts())), len(list(drawing.marks())), len(drawing.groups)) == (1, 1, 2)
