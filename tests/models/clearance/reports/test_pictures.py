"""Pictures are well-formed, draw what they name, escape what they write and fit their width."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest
from lxml import etree

from models.clearance.reports.gather import gather
from models.clearance.reports.pictures import NARROW, PICTURES, WIDE, draw, steps_of
from models.clearance.reports.query import ReportError, ReportQuery
from tests.models.clearance.reports.conftest import AS_OF, GOLDEN, NONE_SMALL, log_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("picture", PICTURES)
def test_every_picture_is_drawn_within_its_width(picture, lang, width):
    made = gather(log_of(400), ReportQuery(period="month", cross="direction"), lang, as_of=AS_OF)
    root = etree.fromstring(draw(made, picture, width).encode())
    assert root.get("aria-label") == made.say(f"picture.{picture}")
    assert root.get("viewBox").startswith(f"0 0 {width:g} ")
    xs = [float(text.get("x")) for text in root.iter(f"{SVG}text")]
    assert min(xs) > 0
    assert max(xs) <= width
    for path in root.iter(f"{SVG}path"):
        assert all(-1 <= float(x) <= width + 1 for x in re.findall(r"[MH](-?[\d.]+)", path.get("d")))


@pytest.mark.parametrize("picture", PICTURES)
def test_its_styles_are_css_with_every_colour_that_they_name(picture):
    """Blocks are neither nested nor open, and each variable has a value for light and one for dark."""
    made = gather(log_of(400), ReportQuery(period="month", cross="direction"), "en", as_of=AS_OF)
    (style,) = etree.fromstring(draw(made, picture).encode()).findall(f".//{SVG}style")
    rules = re.sub(r"@media [^{]*\{(.*?\})\}", r"\1", style.text)
    assert re.fullmatch(r"(?:[^{}]+\{[^{}]*\})+", rules)
    named = set(re.findall(r"var\(--cr-(\w+)\)", rules))
    assert named
    assert all(rules.count(f"--cr-{name}:") == 2 for name in named)


@pytest.mark.parametrize("picture", PICTURES)
def test_no_line_crosses_a_figure(picture):
    """Texts are drawn last, each with a rim of the ground, so that a line ends where a figure begins."""
    made = gather(log_of(400), ReportQuery(period="month", cross="direction"), "en", as_of=AS_OF)
    root = etree.fromstring(draw(made, picture, NARROW).encode())
    kinds = [part.tag.removeprefix(SVG) for part in root if part.tag != f"{SVG}style"]
    first = kinds.index("text")
    assert first > 0
    assert set(kinds[first:]) == {"text"}
    rim = re.search(r"\.cr text\{([^}]+)\}", root.find(f"{SVG}style").text).group(1)
    assert "paint-order:stroke;stroke:var(--cr-ground)" in rim


def test_the_golden_change_is_drawn_part_by_part():
    made = gather(GOLDEN, ReportQuery(), "en", as_of=AS_OF, disclosure=NONE_SMALL)
    root = etree.fromstring(draw(made, "change").encode())
    shown = [text.text for text in root.iter(f"{SVG}text")]
    figures = [float(text) for text in shown[1::2]]
    assert figures == [8.4, 2.07, 0.0, 3.07, -1.36, -1.85, 10.33]
    assert round(sum(figures[:-1]), 2) == figures[-1]


def test_what_is_not_known_is_a_gap_and_an_empty_report_has_no_picture():
    table = log_of(300)
    for name in ("accepted_at", "examined_at", "released_at", "completed_at"):
        table.loc[table["declared_at"] > pd.Timestamp("2025-04-01", tz="UTC"), name] = pd.NaT
    drawn = draw(gather(table, ReportQuery(), "en", as_of=AS_OF), "time")
    assert len(etree.fromstring(drawn.encode()).findall(f".//{SVG}circle")) == 2
    empty = gather(GOLDEN.head(0), ReportQuery(), "en")
    assert [draw(empty, picture) for picture in PICTURES] == ["", "", ""]
    with pytest.raises(ReportError, match="picture"):
        draw(empty, "pie")


@pytest.mark.law
@pytest.mark.parametrize("largest", [0, 0.3, 1, 4.99, 5, 7, 12.5, 99, 1234, 1e6])
def test_scales_are_round_and_reach_over_the_largest(largest):
    steps = steps_of(largest)
    assert steps[-1] >= largest
    assert 2 <= len(steps) <= 6
    assert all(math.isclose(step, at * steps[1]) for at, step in enumerate(steps))
