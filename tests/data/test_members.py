"""Names, days and instants of requests: what is taken, and what the refusal says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter, ValidationError

from data.members import FIRST_YEAR, LAST_YEAR, Day, Identifier, Instant, Moment, RequestPart, Text, instant_text

pytestmark = pytest.mark.contract


class Example(RequestPart):
    count: int


def test_a_request_is_frozen_has_nothing_extra_and_converts_nothing():
    """The text "3" is no 3."""
    assert Example(count=3).count == 3
    for given, fault in (({"count": "3"}, "valid integer"), ({"count": 3, "cuont": 4}, "Extra inputs")):
        with pytest.raises(ValidationError, match=fault):
            Example(**given)
    with pytest.raises(ValidationError, match="frozen"):
        Example(count=3).count = 4


@pytest.mark.parametrize(("kind", "make"), [(Day, date), (Moment, lambda *day: datetime(*day, tzinfo=UTC))])
def test_years_end_with_those_of_firms_and_terms(kind, make):
    """The first and the last year are taken, the years beside them are not."""
    adapter = TypeAdapter(kind)
    for year in (FIRST_YEAR, LAST_YEAR):
        assert adapter.validate_python(make(year, 12, 31)).year == year
    for year in (FIRST_YEAR - 1, LAST_YEAR + 1):
        with pytest.raises(ValidationError, match=f"the year is {year}; allowed: 1900 to 2199"):
            adapter.validate_python(make(year, 1, 1))


def test_an_instant_is_written_in_utc_to_the_second():
    """08:00:00.9 in Shanghai is midnight in UTC, in whole seconds."""
    shanghai = datetime(2026, 1, 31, 8, 0, 0, 900_000, tzinfo=timezone(timedelta(hours=8)))
    assert instant_text(shanghai) == "2026-01-31T00:00:00Z"
    adapter = TypeAdapter(Instant)
    assert adapter.validate_python("2026-01-31T00:00:00Z") == "2026-01-31T00:00:00Z"
    for other in ("2026-01-31T08:00:00+08:00", "2026-01-31", "2200-01-01T00:00:00Z", "now"):
        with pytest.raises(ValidationError, match="an instant is written in UTC to the second"):
            adapter.validate_python(other)


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        (Identifier, ["a", "A.b_c:d-9", "x" * 64], ["", "x" * 65, "a b", "a/b", "万", "a\n"]),
        (Text, ["x", "万" * 500], ["", "x" * 501]),
    ],
)
def test_names_and_texts_have_their_letters_and_lengths(kind, taken, refused):
    """One to 64 plain letters in a name, one to 500 of any kind in a text."""
    adapter = TypeAdapter(kind)
    assert [adapter.validate_python(one) for one in taken] == taken
    for one in refused:
        with pytest.raises(ValidationError, match="String should"):
            adapter.validate_python(one)
