"""The form, its rules and their texts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from data.clearance.codes import Codes
from data.codebook import reference_path
from data.texts.sentences import read_sentences
from models.clearance.rules.form import SENTENCES, SHOWN, Form, elements, finding, number, plain, rules


def test_every_rule_has_a_source_and_a_sentence_in_both_languages():
    texts = read_sentences(reference_path(SENTENCES))
    assert set(texts) == set(rules())
    assert all(rule.source for rule in rules().values())
    assert {rule.severity for rule in rules().values()} == {"error", "warning", "not_checked"}


def test_every_table_of_an_element_is_there():
    codes = Codes.load()
    assert {codes.source(element.table).rows > 0 for element in elements().values() if element.table} == {True}
    assert {element.missing_is for element in elements().values()} == {"error", "warning", ""}
    assert {element.required for element in elements().values()} == {"both", "import", "export", ""}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [("1.50", "number", "1.50"), (" 2 ", "whole", "2"), ("-2", "signed", "-2"), ("-2", "number", None),
     ("1.5", "whole", None), ("", "number", None), ("Infinity", "number", None)],
)  # fmt: skip
def test_numbers(text, kind, value):
    assert number(text, kind) == (None if value is None else Decimal(value))


def test_a_number_by_hand():
    assert [plain(Decimal(text)) for text in ("100", "1.50", "0.000", "1E+3")] == ["100", "1.5", "0", "1000"]


def test_paths_say_part_and_line(make, codes):
    form = Form(make(goods=[{}, {}]), codes.on(dt.date(2020, 5, 18)))
    where = {(position.where, position.line) for position in form.positions}
    assert {("DecHead/NetWt", 0), ("DecFreeTxt/VoyNo", 0), ("DecLists/DecList[2]/GNo", 2)} <= where
    assert form.direction == "export"


def test_what_was_found_is_shown_in_part():
    long = finding("container_form", "x", 0, "9" * 500, "")
    assert len(long.found) == SHOWN
    assert len(long.zh) < 200
