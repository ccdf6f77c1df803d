from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.uscc import FICTITIOUS_PREFIX, fictitious_uscc, uscc_fault

pytestmark = pytest.mark.law


@pytest.mark.parametrize("code", ["914403001922038216", "9144030071526726XG"])
def test_real_codes_hold(code):
    """Both check digits of two issued codes are right."""
    assert uscc_fault(code) is None


@given(st.integers(0, 10**8 - 1))
def test_every_fictitious_code_is_well_formed_and_cannot_be_issued(number):
    """Synthetic enterprises have codes that pass every check and name no region."""
    code = fictitious_uscc(number)
    assert uscc_fault(code) is None
    assert code.startswith(FICTITIOUS_PREFIX)


@given(st.integers(0, 10**8 - 1), st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_changed_character_is_caught(number, position, letter):
    """The weights of a prime modulus catch every single wrong character."""
    code = fictitious_uscc(number)
    if code[position] != letter:
        assert uscc_fault(code[:position] + letter + code[position + 1 :]) is not None


@pytest.mark.parametrize(("code", "result"), [("91", "18 characters"), ("I" * 18, "not in the USCC alphabet")])
def test_the_fault_says_what_is_wrong(code, result):
    """A message names the rule that was broken."""
    assert result in uscc_fault(code)
