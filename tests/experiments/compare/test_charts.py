"""Where marks lie, and that pictures are well-formed."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from experiments.compare.charts import Scale, interval_mark, lines, swatch


@pytest.mark.law
def test_the_scale_holds_zero_the_ends_and_a_margin_that_is_near():
    scale = Scale.of([0.2, 1.0, float("nan")], 0.5)
    assert 0 < scale.x(-0.5) < scale.x(0.0) < scale.x(0.5) < scale.x(1.0) < 100
    assert scale.x(99.0) == 100.0
    assert Scale.of([0.2, 1.0], 50.0).high == pytest.approx(1.06)  # a margin far off would shrink the rest
    assert Scale.of([0.0], 0.5).x(0.0) == pytest.approx(50.0)


@pytest.mark.law
def test_pictures_are_well_formed_and_escape_names():
    scale = Scale.of([-1.0, 1.0], 0.5)
    mark = interval_mark(scale, 0.2, -0.3, 0.7, 0.5, "better", 'a "hint" <b>')
    assert ElementTree.fromstring(mark).get("aria-label") == 'a "hint" <b>'
    undefined = interval_mark(scale, float("nan"), float("nan"), float("nan"), 0.5, "not_distinguishable", "")
    assert "circle" not in undefined
    curves = {"one <1>": [(0.0, 0.0), (0.5, 0.4)], "two": [(0.1, 0.2), (0.6, 0.9)]}
    drawn = ElementTree.fromstring(lines(curves, {"two": [(0.1, 0.0, 0.3)]}, ("across", "up"), True))
    names = [one.text for one in drawn.iter("title")]
    assert names == ["one <1>", "two"]
    assert "60 %" in [one.text for one in drawn.iter("text")]
    assert ElementTree.fromstring(swatch(2)).get("class") == "swatch"


@pytest.mark.law
def test_ticks_hold_every_point():
    drawn = ElementTree.fromstring(
        lines({"a": [(40.0, -0.2), (130.0, 0.35)]}, {}, ("points", "outcome"), False, ("", ""))
    )
    texts = [one.text for one in drawn.iter("text")]
    assert {"40", "140"} <= set(texts)
    assert "−0.2" in texts
