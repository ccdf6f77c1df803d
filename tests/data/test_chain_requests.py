"""Requests of the chains: exactly one item, counts in range."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from data.chain_requests import InvestorsRequest, PlacementRequest


@pytest.mark.parametrize("given", [{}, {"text": "a", "publication_number": "CN1A"}])
def test_exactly_one_item_is_placed(given):
    with pytest.raises(ValidationError, match="exactly one"):
        PlacementRequest(**given)


@pytest.mark.parametrize("count", [0, 51])
def test_a_list_of_investors_has_one_to_fifty(count):
    with pytest.raises(ValidationError):
        InvestorsRequest(publication_number="CN114081026A", count=count)
