"""Each kind of parameter takes what its schema says, and nothing else."""

from __future__ import annotations

import jsonschema_rs
import pytest

from serving.approvals.queries import MONTH, MONTH_OR_NONE
from serving.approvals.service import SOURCE
from serving.contract.parameters import COUNT, DAY, INSTANT, LANGUAGE, TEXT, OneOf, Whole, faults_of
from serving.http.routes import OPERATIONS
from serving.incubators.answers import BY

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("parameter", "taken", "refused"),
    [
        (TEXT, ["", "a"], []),
        (DAY, ["1900-01-01", "2199-12-31"], ["", "1899-12-31", "2200-01-01", "2026-02-30", "20260131", "2026-01-31 "]),
        (
            INSTANT,
            ["2026-01-31", "2026-01-31T09:00:00Z", "2026-01-31T09:00:00.5+08:00"],
            ["", "now", "2026-01-31T09:00:00", "0127-07-03", "1899-12-31T00:00:00Z", " 2026-01-31T09:00:00Z"],
        ),
        (MONTH, ["2026-03"], ["", "2026-13", "0001-01", "2026-3", "２０２６-03"]),
        (MONTH_OR_NONE, ["", "2026-03"], ["2026-13", "2026"]),
        (SOURCE, ["zone", "a" * 64], ["", "a b", "a" * 65]),
        (BY, ["", "kind", "kind,level"], ["kind,", ",kind", "kind,,level", "age"]),
        (LANGUAGE, ["zh", "en"], ["", "fr"]),
        (OneOf(lambda: ["a", "b"]), ["a", "b"], ["", "c", "A"]),
    ],
)
def test_what_is_taken_is_what_the_schema_says(parameter, taken, refused):
    schema = jsonschema_rs.Draft202012Validator(parameter.schema, validate_formats=True)
    for text in taken:
        assert parameter.fits(text), text
        assert schema.is_valid(text), text
    for text in refused:
        assert not parameter.fits(text), text
        assert not schema.is_valid(text), text


@pytest.mark.parametrize(("text", "fits"), [("320", True), ("10", True), ("9", False), ("321", False), ("x", False)])
def test_a_whole_number_lies_between_its_bounds(text, fits):
    number = Whole(320, usual=20, least=10, wording="fault.whole_from")
    assert number.schema == {"type": "integer", "minimum": 10, "maximum": 320, "default": 20}
    assert number.fits(text) == fits
    assert "10" in number.allowed[1]


@pytest.mark.parametrize("text", ["", "-1", "1.5", "²", "1001", "9" * 5_000])
def test_another_number_is_none(text):
    assert not COUNT.fits(text)


def test_everything_wrong_with_a_query_is_named_at_once():
    found = faults_of({"on": "x", "lang": "fr", "count": "7"}, {"lang": LANGUAGE, "on": DAY, "count": COUNT})
    assert [(one.where, one.found) for one in found] == [("lang", "fr"), ("on", "x")]


def test_what_is_usual_is_taken_and_what_is_allowed_is_said():
    for operation in OPERATIONS:
        for name, parameter in operation.query.items():
            usual = parameter.schema.get("default")
            assert usual is None or parameter.fits(str(usual)), (operation.path, name)
            assert parameter is TEXT or parameter.allowed, (operation.path, name)
