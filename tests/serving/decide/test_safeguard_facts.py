"""What the safeguard knew is recorded whole, and read again only where it is."""

from __future__ import annotations

import pytest

from serving.decide.safeguard_facts import SafeguardFacts

pytestmark = pytest.mark.contract
FACTS = SafeguardFacts("2024-06-30", True, False, "2024-03-31", 548, "2022-12-31", 1096, 548)


def test_what_is_recorded_is_read_again():
    """Every member, and nothing beside them."""
    assert SafeguardFacts.of_record(FACTS.as_dict()) == FACTS
    assert set(FACTS.as_dict()) == set(SafeguardFacts.__slots__)


def test_a_record_of_before_covered_grants_were_counted_has_none():
    """It was decided without their number, and is decided again so."""
    recorded = FACTS.as_dict()
    del recorded["covered_grants"]
    assert SafeguardFacts.of_record(recorded) == FACTS
    two = SafeguardFacts.of_record(FACTS.as_dict() | {"covered_grants": {"c" * 64: 2}})
    assert (FACTS.covered_grants, two.covered_grants) == ({}, {"c" * 64: 2})


@pytest.mark.parametrize(("change", "named"), [({"colour": 1}, "colour"), ({"today": None}, "today")])
def test_a_record_of_other_code_is_named(change, named):
    """A member that is missing or unknown."""
    recorded = {key: value for key, value in (FACTS.as_dict() | change).items() if value is not None}
    with pytest.raises(ValueError, match=named):
        SafeguardFacts.of_record(recorded)


def test_a_set_clock_is_said_in_every_answer_and_a_followed_one_is_not():
    """The warning names the day."""
    assert "30 June 2024" in FACTS.warning["en"]
    assert SafeguardFacts.of_record(FACTS.as_dict() | {"clock_set": False}).warning is None
