"""Exact codes in a text."""

from __future__ import annotations

import pytest

from features.technical_codes import is_cas, technical_codes


@pytest.mark.contract
@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("符合GB/T 19001-2016", {"standard:GB/T 19001", "standard:GB/T 19001-2016"}),
        ("ISO9001认证", {"standard:ISO 9001"}),
        ("分类号H01M 10/0525", {"ipc:H01M", "ipc:H01M10/0525"}),
        ("GB/T 4754-2017 C3841", {"industry:3841", "standard:GB/T 4754", "standard:GB/T 4754-2017"}),
        ("水 7732-18-5", {"cas:7732-18-5"}),
        ("错 7732-18-4", set()),
        ("TC4与Ti-6Al-4V", {"alloy:TC4", "alloy:TI6AL4V"}),
        ("304不锈钢", {"alloy:304"}),
        ("LiFePO4和SiC器件", {"formula:LiFePO4", "formula:SiC"}),
        ("碳化硅SiC器件", {"formula:SiC"}),
        ("普通的一句话", set()),
        ("NO, IN COP", set()),
    ],
)
def test_codes_of_a_text(text, codes):
    assert technical_codes(text) == codes


@pytest.mark.law
@pytest.mark.parametrize(
    ("number", "valid"), [("7732-18-5", True), ("64-17-5", True), ("50-00-0", True), ("50-00-1", False)]
)
def test_the_check_digit_of_a_cas_number(number, valid):
    """64-17-5 (ethanol): 7 * 1 + 1 * 2 + 4 * 3 + 6 * 4 = 45."""
    assert is_cas(number) is valid


@pytest.mark.behaviour
def test_one_code_written_in_two_ways_is_one():
    assert technical_codes("GB 50016—2014") == technical_codes("GB50016-2014")
