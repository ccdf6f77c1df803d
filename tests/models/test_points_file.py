from __future__ import annotations

import pandas as pd
import pytest

from models.points import PointsCard
from models.points_file import CardError


@pytest.mark.law
def test_a_reloaded_card_scores_byte_for_byte_alike(trained, tmp_path):
    """YAML keeps every bit."""
    trained.engine.points.save(tmp_path / "card.yaml")
    again = PointsCard.load(tmp_path / "card.yaml")
    frame = trained.snapshot.frame
    pd.testing.assert_frame_equal(again.score(frame), trained.engine.points.score(frame), check_exact=True)
    assert again.reference_version == trained.engine.points.reference_version


@pytest.mark.contract
@pytest.mark.parametrize("text", ["", "weights: {", "[1, 2]", "version: x\n"])
def test_a_corrupt_card_names_its_file(tmp_path, text):
    """A file that is no card does not load."""
    path = tmp_path / "card.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CardError, match=r"card\.yaml"):
        PointsCard.load(path)


@pytest.mark.contract
def test_a_card_whose_points_fall_does_not_load(trained, tmp_path):
    """A better value may not earn less, whoever wrote the file."""
    card = trained.points.prior
    card.save(tmp_path / "card.yaml")
    text = (tmp_path / "card.yaml").read_text(encoding="utf-8").replace("[0.0, 12.0]", "[12.0, 0.0]")
    (tmp_path / "card.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CardError, match=r"startup\.rd_intensity: points fall at knot 1"):
        PointsCard.load(tmp_path / "card.yaml")
