"""Publication numbers have known forms; an application number has a check digit that a person can compute."""

from __future__ import annotations

import pytest

from data.chain.patent_numbers import (
    FORMS,
    PatentNumberError,
    application_check_digit,
    normal_application_number,
    normal_publication_number,
    parse_application_number,
    parse_publication_number,
)

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("digits", "check"),
    [
        # 2x2 0x3 1x4 7x5 1x6 0x7 6x8 0x9 1x2 8x3 6x4 2x5: 4+0+4+35+6+0+48+0+2+24+24+10 = 157 = 14 x 11 + 3
        ("201710601862", "3"),
        # 9x2 5x3 1x4 1x5 5x6 6x7 0x8 8x9: 18+15+4+5+30+42+0+72 = 186 = 16 x 11 + 10
        ("95115608", "X"),
        # 9x2 7x3 1x4 0x5 1x6 7x7 6x8 5x9: 18+21+4+0+6+49+48+45 = 191 = 17 x 11 + 4
        ("97101765", "4"),
        # 2x2 0x3 0x4 8x5 2x6 0x7 1x8 3x9 2x2 7x3 9x4 2x5: 4+40+12+8+27+4+21+36+10 = 162 = 14 x 11 + 8
        ("200820132792", "8"),
        # 2x2 0x3 2x4 0x5 1x6 0x7 0x8 0x9 0x2 0x3 0x4 0x5: 4+0+8+0+6 = 18 = 11 + 7
        ("202010000000", "7"),
    ],
)
def test_check_digits_computed_by_hand(digits, check):
    assert application_check_digit(digits) == check
    assert str(parse_application_number(f"ZL{digits}.{check}")) == f"{digits}.{check}"


@pytest.mark.law
def test_one_wrong_digit_is_found():
    """No weight is 0 modulo 11 (a prime), so changing one digit changes the check digit."""
    right = "201710601862"
    for at in range(12):
        for digit in "0123456789":
            wrong = right[:at] + digit + right[at + 1 :]
            assert (application_check_digit(wrong) == "3") == (wrong == right)


def test_parts_of_an_application_number():
    found = parse_application_number("cn 201710601862.3")
    assert (found.year, found.type_digit, found.serial, found.check_digit) == (2017, "1", "0601862", "3")
    assert parse_application_number("95115608X").year == 1995
    assert parse_application_number("02112345.4").year == 2002


def test_the_first_four_years_had_no_check_digit():
    """88100001: 8x2 8x3 1x4 0x5 0x6 0x7 0x8 1x9: 16+24+4+9 = 53 = 4 x 11 + 9; a wrong one is refused all the same."""
    assert str(parse_application_number("88100001")) == str(parse_application_number("88100001.9")) == "88100001.9"
    with pytest.raises(PatentNumberError, match="check digit is 8, expected 9"):
        parse_application_number("88100001.8")
    with pytest.raises(PatentNumberError, match="check digit is missing, expected 0"):
        parse_application_number("89103229")


def test_the_normal_form_of_another_office_is_kept():
    assert normal_application_number("US 17/123,456") == "US17123456"
    assert normal_application_number("ZL2017106018623") == "201710601862.3"
    assert normal_publication_number(" cn 114081026 a") == "CN114081026A"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("201710601862.4", "check digit is 4, expected 3"),
        ("201710601862", "check digit is missing, expected 3"),
        ("201750601862.1", "type of application is 5, allowed:"),
        ("190010601862.1", "year is 1900, 2003 to 2099"),
        ("84115608.1", "year is 2084, 1985 to 2003"),
        ("2017106018", "has no known form; allowed: 8 digits"),
        ("", "has no known form"),
    ],
)
def test_a_faulty_application_number_is_refused(text, message):
    with pytest.raises(PatentNumberError, match=message):
        parse_application_number(text)


def test_the_examples_of_every_form_are_read():
    for office, forms in FORMS.items():
        for _, example in forms:
            found = parse_publication_number(example)
            assert found.office == office
            assert str(found) == example


@pytest.mark.parametrize(
    ("text", "office", "serial", "kind"),
    [
        (" cn 114081026 a ", "CN", "114081026", "A"),
        ("ＣＮ215667380Ｕ", "CN", "215667380", "U"),
        ("CN1234567C", "CN", "1234567", "C"),
        ("CN85100001B", "CN", "85100001", "B"),
        ("CN301234567S", "CN", "301234567", "S"),
        ("US 11,234,567 B2", "US", "11234567", "B2"),
        ("US 2021/0123456 A1", "US", "20210123456", "A1"),
        ("EP 3456789 B1", "EP", "3456789", "B1"),
        ("WO 2021/123456 A1", "WO", "2021123456", "A1"),
        ("JP2021-123456A", "JP", "2021123456", "A"),
        ("JPH05123456A", "JP", "H05123456", "A"),
        ("KR10-2345678B1", "KR", "102345678", "B1"),
        ("TWM612345U", "TW", "M612345", "U"),
    ],
)
def test_spaces_case_and_width_do_not_matter(text, office, serial, kind):
    found = parse_publication_number(text)
    assert (found.office, found.serial, found.kind) == (office, serial, kind)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CN114081026", r"no known form, its last letter \(kind\) is missing; allowed: as CN114081026A$"),
        ("CN1140810261A", r"no known form; allowed: as CN114081026A$"),
        ("CN114081026Z", "no known form"),
        ("EP34567A1", r"allowed: as EP3456789A1$"),
        ("XX123456A", "allowed: as CN114081026A, US11234567B2, .*TWD212345S"),
        ("CN201710601862.3", "it is the application number 201710601862.3; allowed: as CN114081026A"),
        ("201710601862.3", "it is the application number 201710601862.3"),
        ("", "no known form"),
        ("CN１２A" * 100, "no known form"),
    ],
)
def test_an_unknown_form_names_those_that_are_allowed(text, message):
    with pytest.raises(PatentNumberError, match=message) as caught:
        parse_publication_number(text)
    assert len(str(caught.value)) < 500
