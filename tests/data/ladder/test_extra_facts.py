"""Imported facts: taken with their source, or in the quarantine with the reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.ladder.extra_facts import COLUMNS, read_extra_facts
from data.ladder.facts import LadderFacts
from data.ladder.rule_parts import LadderError

pytestmark = pytest.mark.law
ROWS = [
    ("A", "main_ratio", "0.72", "ratio", "2024-05-31", "annual report", None),
    ("A", "rd_ratio", "2.6", "ratio", "2024-05-31", "form", "write 2.6 % as 0.026"),
    ("A", "rd_ratio", "2.6", "percent", "2024-05-31", "form", "rd_ratio is in 'percent', allowed: 'ratio'"),
    ("A", "niche", "3", "years", "2024-05-31", "form", "no fact 'niche'"),
    ("Z", "niche_years", "3", "years", "2024-05-31", "form", "no firm 'Z'"),
    ("B", "niche_years", "3", "years", "31.5.2024", "form", "date is '31.5.2024', allowed: as 2024-06-30"),
    ("B", "niche_years", "3", "years", "2024-05-31", " ", "no source"),
    ("B", "niche_years", "3", "years", "2024-05-31", "form", None),
    ("B", "niche_years", "4", "years", "2024-05-31", "form", "niche_years of B is in line 9 already"),
    ("A", "headcount", "", "persons", "2024-05-31", "form", None),
]


def test_every_row_is_taken_or_refused_with_its_reason(tmp_path):
    """Nothing is guessed, nothing lost; an empty value makes a known fact unknown."""
    path = tmp_path / "facts.csv"
    pd.DataFrame([row[:6] for row in ROWS], columns=COLUMNS).to_csv(path, index=False)
    facts = LadderFacts.unknown(("A", "B")).with_facts({"headcount": (np.full(2, 9.0), np.full(2, 9.0))}, None, "old")
    found, refused = read_extra_facts(path, facts)
    wanted = [(line, row[6]) for line, row in enumerate(ROWS, start=2) if row[6]]
    assert refused["line"].tolist() == [line for line, _ in wanted]
    assert all(reason in given for given, (_, reason) in zip(refused["reason"], wanted, strict=True))
    assert found.ends("main_ratio")[0].tolist() == [0.72, -np.inf]
    assert found.ends("niche_years")[0].tolist() == [-np.inf, 3.0]
    assert found.ends("headcount")[0].tolist() == [-np.inf, 9.0]
    assert found.origin("main_ratio", 0) == ("2024-05-31", "annual report")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"firm_id,fact\n", "facts.csv lacks"), (b"\xff\xfe\x00x", "facts.csv is no CSV"), (b"", "facts.csv is no CSV")],
)
def test_a_table_that_cannot_be_read_is_one_error(tmp_path, content, message):
    """It names the table and its columns."""
    path = tmp_path / "facts.csv"
    path.write_bytes(content)
    with pytest.raises(LadderError, match=message):
        read_extra_facts(path, LadderFacts.unknown(("A",)))
