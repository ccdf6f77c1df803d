"""ISO 6346, worked by hand."""

from __future__ import annotations

import pytest

from data.clearance.container_numbers import check_digit, has_form


def test_the_example_of_the_standard_by_hand():
    """CSQU305438: 13·1 + 30·2 + 28·4 + 32·8 + 3·16 + 0·32 + 5·64 + 4·128 + 3·256 + 8·512 = 6185; 6185 mod 11 = 3."""
    by_hand = 13 + 30 * 2 + 28 * 4 + 32 * 8 + 3 * 16 + 0 * 32 + 5 * 64 + 4 * 128 + 3 * 256 + 8 * 512
    assert by_hand == 6185
    assert check_digit("CSQU305438") == by_hand % 11 % 10 == 3


def test_a_remainder_of_ten_is_the_digit_nought():
    """AAAU000001 to 11: among eleven neighbours one has the remainder 10, and its digit is 0."""
    digits = [check_digit(f"AAAU00000{n}") for n in range(10)]
    # 10·(1+2+4) + 32·8 = 326, and 512 for each unit of the last digit: (326 + 512 n) mod 11 mod 10
    assert digits == [(326 + 512 * n) % 11 % 10 for n in range(10)]
    assert 0 in digits


@pytest.mark.parametrize("wrong", ["CSQU3054382", "CSQU3045383", "CQSU3054383"])
def test_one_wrong_or_two_exchanged_letters_are_seen(wrong):
    assert check_digit(wrong[:10]) != int(wrong[10])


@pytest.mark.parametrize(
    ("number", "form"),
    [("CSQU3054383", True), ("CSQT3054383", False), ("csqu3054383", False), ("CSQU305438", False),
     ("CSQU30543831", False), ("CSQU305438３", False), ("", False)],
)  # fmt: skip
def test_the_form_of_a_number(number, form):
    assert has_form(number) is form
