"""What an answer says of a certificate where the quota that it spoke of is taken back."""

from __future__ import annotations

import pytest

from models.quota.certificate import not_assessed, without_quota
from tests.models.quota.test_certificate import GIVEN, REFUSED

pytestmark = pytest.mark.law


@pytest.mark.parametrize(
    ("covered", "amount", "granted", "brought"),
    [(True, 120.0, 0, False), (False, 0.0, 0, False), (False, 300.0, 0, False), (False, 0.0, 210, False),
     (False, 0.0, 0, True), (None, 0.0, 0, False)],
)  # fmt: skip
def test_a_quota_that_is_taken_back_is_neither_covered_nor_spoken_of(covered, amount, granted, brought):
    """What is said of the certificate is then what is said where there never was a quota."""
    for one in (GIVEN, REFUSED):
        said = one.answer(covered, amount, granted, brought=brought)
        assert without_quota(said) == one.answer(granted=granted, brought=brought)
    none = not_assessed("bank", "v", "p").answer()
    assert without_quota(none) == none
