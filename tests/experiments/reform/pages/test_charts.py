"""A mark lies where its figure is: by hand, in per cent of the picture."""

from __future__ import annotations

import re

import pytest

from experiments.reform.pages.charts import (
    Line,
    Scale,
    axis,
    line_chart,
    moves_bar,
    moves_scale,
    parts_bar,
    ticks,
    two_sided_bar,
    whisker_row,
)
from models.reform.result import BUCKETS

pytestmark = pytest.mark.law


def estimate(value, low, high):
    return {"value": value, "low": low, "high": high}


def marks(svg: str, tag: str) -> list[dict[str, str]]:
    """Attributes of every mark of a kind."""
    return [dict(re.findall(r'([\w-]+)="([^"]*)"', one)) for one in re.findall(rf"<{tag} [^>]*>", svg)]


SCALE = Scale(-1.0, 3.0)


def test_a_scale_holds_zero_and_every_end_with_some_room():
    """6 % of the length on each side; zero alone has a length of its own."""
    assert Scale.of([1.0, 2.0]) == Scale(-0.12, 2.12)
    assert Scale.of([-1.0]).high == pytest.approx(0.06)
    assert Scale.of([0.0, 0.0]) == Scale(-1.0, 1.0)
    assert [SCALE.x(value) for value in (-1, 0, 1, 3)] == ["0.000%", "25.000%", "50.000%", "100.000%"]


def test_an_estimate_is_a_bar_from_zero_with_its_interval():
    """Bar from 25 to 75 %, whisker from 50 to 100 %, dot at 75 %; below zero to the left in another colour."""
    svg = whisker_row(SCALE, estimate(2.0, 1.0, 3.0))
    bar, dot = marks(svg, "rect")[0], marks(svg, "circle")[0]
    assert (bar["x"], bar["width"], dot["cx"]) == ("25.000%", "50.000%", "75.000%")
    assert [(one["x1"], one["x2"]) for one in marks(svg, "line")][1] == ("50.000%", "100.000%")
    below = whisker_row(SCALE, estimate(-1.0, -1.0, 0.0))
    assert (marks(below, "rect")[0]["x"], marks(below, "rect")[0]["width"]) == ("0.000%", "25.000%")
    assert marks(below, "rect")[0]["fill"] != bar["fill"]
    assert "<rect" not in whisker_row(SCALE, estimate(None, -1.0, 1.0))
    assert "<circle" not in whisker_row(SCALE, estimate(None, -1.0, 1.0))


def shares(**given):
    return {name: estimate(*given.get(name, (0.0, 0.0, 0.0))) for name in BUCKETS}


LABELS = {name: (f'<text x="{{x}}" fill="{{ink}}">{name}</text>', f"<title>{name}</title>") for name in BUCKETS}


def test_moves_are_stacked_outwards_from_zero_with_an_interval_at_each_end():
    """Scale -0.5 to 0.5: 10 and 20 % down, 30 % up; each interval is of its own part, from where that begins."""
    scale = Scale(-0.5, 0.5)
    svg = moves_bar(scale, shares(
        lose_up_to_5pct=(0.1, 0.05, 0.15), lose_more_than_5pct=(0.2, 0.1, 0.3), gain_more_than_5pct=(0.3, 0.2, 0.4),
        same=(0.4, 0.3, 0.5),
    ), LABELS)  # fmt: skip
    assert [(one["x"], one["width"]) for one in marks(svg, "rect")] == [
        ("40.000%", "10.000%"), ("20.000%", "20.000%"), ("50.000%", "30.000%"),
    ]  # fmt: skip
    assert [(one["x1"], one["x2"]) for one in marks(svg, "line")] == [
        ("35.000%", "45.000%"), ("10.000%", "30.000%"), ("70.000%", "90.000%"), ("50.000%", "50.000%"),
    ]  # fmt: skip
    assert svg.index("lose_up_to_5pct") < svg.index("gain_more_than_5pct")
    assert ">same<" not in svg


def test_a_withheld_group_shows_intervals_from_zero_and_no_bar():
    """Nothing of the figure can be read from the picture."""
    svg = moves_bar(Scale(-0.5, 0.5), shares(lose_more_than_5pct=(None, 0.1, 0.3)), LABELS)
    assert "<rect" not in svg
    assert next((one["x1"], one["x2"]) for one in marks(svg, "line")) == ("20.000%", "40.000%")


def test_the_scale_of_moves_holds_every_group():
    """The widest group and the widest interval."""
    wide = shares(lose_up_to_5pct=(0.3, 0.2, 0.4), lose_more_than_5pct=(0.1, 0.0, 0.5))
    groups = [wide, shares(from_zero=(0.2, 0.1, 0.3))]
    scale = moves_scale(groups)
    assert scale.low < -(0.3 + 0.5) < 0.3 < scale.high


def test_parts_gains_and_losses_by_hand():
    """Shares side by side; what a cause adds to the right, what it takes to the left, the net a dot."""
    bars = marks(parts_bar({"a": 0.25, "b": 0.75}, {"a": "#000", "b": "#111"}), "rect")
    assert [(one["x"], one["width"]) for one in bars] == [("0.000%", "25.000%"), ("25.000%", "75.000%")]
    svg = two_sided_bar(SCALE, 2.0, -1.0, 1.0)
    assert [(one["x"], one["width"]) for one in marks(svg, "rect")] == [("25.000%", "50.000%"), ("0.000%", "25.000%")]
    assert marks(svg, "circle")[0]["cx"] == "50.000%"


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]), (-3.0, 12.0, [0.0, 5.0, 10.0]), (0.61, 0.64, [0.61, 0.62, 0.63, 0.64]),
     (7_000.0, 7_400.0, [7_000.0, 7_100.0, 7_200.0, 7_300.0, 7_400.0])],
)  # fmt: skip
def test_ticks_are_round(low, high, wanted):
    """Steps of 1, 2, 2.5 or 5 times a power of ten, within the ends."""
    assert ticks(low, high) == pytest.approx(wanted)
    assert all(
        f">{value:g}<" in axis(Scale(low, high), lambda value: f"{value:g}")
        for value in ticks(low, high, 6)
        if value > 0
    )


def test_a_line_is_interrupted_at_a_border_and_marks_do_not_cover_each_other():
    """Two strokes for one break; coinciding marks lie side by side, none beyond the picture."""
    line = Line([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 1.0, 2.0], "reform", breaks=[2])
    svg = line_chart([line], ("x", "y"), (str, str), at=[2.5])
    assert svg.count("<polyline") == 2
    assert "stroke-dasharray" in svg
    text = '<text x="{x}" y="{y}">12345</text>'
    same = Line([1.0, 1.0, 2.0], [1.0, 1.0, 1.0], "baseline", y_ends=[(0.5, 1.5)] * 3, marks=[(text, 5)] * 3)
    svg = line_chart([same], ("x", "y"), (str, str))
    found = [(float(one["x"]), float(one["y"])) for one in marks(svg, "text") if "class" not in one]
    assert len(set(found)) == 3
    assert all(x + 35 <= 441 for x, _ in found)
    assert svg.count("<circle") == 3
