"""Units of money."""

from __future__ import annotations

import pytest

from data.money import CNY_PER_WAN

pytestmark = pytest.mark.truth


def test_a_wan_is_ten_thousand_yuan():
    assert CNY_PER_WAN == 10_000
