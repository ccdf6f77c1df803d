"""Pictures of a card."""

from __future__ import annotations

import pytest

from data.codebook import read_codebook
from training.points.pictures import draw

BOOK = read_codebook()


@pytest.mark.behaviour
def test_every_picture_is_drawn_twice_and_needs_no_network(trained, tmp_path):
    """PNG and page; plotly's script lies beside the pages, nothing is fetched."""
    files = {path.name: path for path in draw(trained.points, trained.reference, BOOK, tmp_path)}
    for stem in ("weights", "learned-against-prior", "shapes", "portrait"):
        assert files[f"{stem}.png"].stat().st_size > 20_000
        text = files[f"{stem}.html"].read_text(encoding="utf-8")
        assert 'src="plotly.min.js"' in text
        assert "https://cdn" not in text
    assert "plotly.min.js" in files
