"""Official weight tables as cards."""

from __future__ import annotations

import pytest

from data.codebook import read_codebook
from models.points.file import CardError
from training.points.cards import import_card, official_cards, read_official_card

BOOK = read_codebook()


@pytest.mark.behaviour
@pytest.mark.parametrize("name", official_cards())
def test_an_official_card_is_a_card_like_any_other(trained, tmp_path, name):
    """Imported over the same peers, saved, scored; marked as what it is."""
    official = read_official_card(name)
    assert official.status in ("proposal", "recalled", "published")
    card = import_card(official, trained.reference, BOOK)
    assert card.reference_version == trained.points.card.reference_version
    total = card.score(trained.reference)["total"].dropna()
    assert total.between(0, 130).all()
    assert total.std() > 1


@pytest.mark.contract
def test_a_weight_table_for_other_indicators_is_refused(trained, tmp_path):
    """The alien indicator is named; so is a file that is no weight table."""
    path = tmp_path / "zone.yaml"
    path.write_text(
        "{name: z, title: t, status: proposal, note: n, stages: {growth: x}, weights: {growth: {ghost: 5}}}",
        encoding="utf-8",
    )
    with pytest.raises(CardError, match="the codebook has no indicator ghost; allowed: rd_expense, "):
        import_card(read_official_card(path), trained.reference, BOOK)
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(CardError, match=r"zone\.yaml is no weight table"):
        read_official_card(path)
