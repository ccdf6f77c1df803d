"""The page of the disclosure."""

from __future__ import annotations

import pytest

from tests.training.risk.conftest import PARAMS, SCALE, loans
from training.risk.disclosure import (
    disclosure,
)
from training.risk.disclosure_page import page


@pytest.mark.contract
def test_the_page_needs_nothing_from_elsewhere_and_a_stray_grade_is_named():
    """No address, no script; both languages and every verdict are in it."""
    result = disclosure(loans(n=300), SCALE, PARAMS)
    text = page(result, caveat="Synthetic.")
    assert not any(word in text for word in ("http", "<script", "@import", "src="))
    assert "违约率半年披露" in text
    assert "Half-yearly disclosure" in text
    assert "Synthetic." in text
    assert all(one["verdict"] in text for one in result["scale_test"])
    with pytest.raises(ValueError, match=r"grades \['C'\] are not on the master scale"):
        disclosure(loans(), {"A": 0.01, "B": 1.0}, PARAMS)


@pytest.mark.law
def test_the_page_calls_the_sample_needed_the_whole_sample_and_a_finding_what_its_test_proves():
    """The figure is the cases needed in all, so it is not called what is still missing; no order is called noise."""
    result = disclosure(loans(n=300), SCALE, PARAMS)
    text = page(result, caveat="Synthetic.")
    needed = [one["cases_needed_each"] for every in result["neighbours"].values() for one in every]
    assert any(count and count > 100 for count in needed)
    assert "每级共需<br>needed in all, each grade" in text
    assert "尚需" not in text
    assert "still needed" not in text
    assert "noise" not in text
    assert "排序正确（不显著）<br>ordered, not significant" in text
