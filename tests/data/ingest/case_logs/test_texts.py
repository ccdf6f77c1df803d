"""Every reason has a text."""

from __future__ import annotations

import pytest

from data.ingest.case_logs.texts import instant_text, refusal_text

pytestmark = pytest.mark.contract
REASONS = "no_case no_activity nul too_long too_many_members too_deep fields unknown_kind no_zone other_instant"


@pytest.mark.parametrize("reason", [*REASONS.split(), "half_character", "invalid_event"])
def test_a_refusal_in_two_languages(reason):
    """Chinese and English."""
    zh, en = refusal_text(reason)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in zh)
    assert en.isascii()


@pytest.mark.parametrize("mark", ["absent", "unreadable", "hour_skipped", "hour_twice", "day_alone", "zone_assumed"])
def test_a_mark_in_two_languages(mark):
    """Chinese and English."""
    assert all(instant_text(mark))
