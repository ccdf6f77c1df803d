"""Dialects are rows: every code of the known systems, and a new system from a file."""

import csv
import datetime as dt

import pytest

from data.clearance.dialects import COLUMNS, DialectError, Dialects, dialects
from data.codebook import reference_path

ROW = {
    "dialect": "asycuda", "code": "A1", "valid_from": "", "valid_to": "", "rank": "30", "status": "accepted",
    "stages": "accepted", "effect": "stage", "opens": "no", "expected": "yes", "zh": "已登记", "en": "registered",
    "source": "made for this test",
}  # fmt: skip


def write(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as handle:
        table = csv.DictWriter(handle, COLUMNS)
        table.writeheader()
        table.writerows({**ROW, **row} for row in rows)
    return path


@pytest.mark.parametrize(
    ("dialect", "codes"),
    [
        ("single_window", "7 L G W J T C S B K I F P R X M H E Z A D N Y S0 F1 f0 0 1 SpL SpJ SpC SpK SpE Sp1"),
        ("ceb", "1 2 3 4 100 120 300 399 400 500 501 502 503 800 899"),
        ("cds", "01 02 03 05 06 07 08 09 10 11 13 14 15 16 18"),
        ("edifact", "1 2 3 4 5 6 7 8 9 17"),
    ],
)
def test_every_published_code_has_a_row(dialect, codes):
    assert all(dialects().find(dialect, code) for code in codes.split())


@pytest.mark.parametrize(
    ("dialect", "code", "status"),
    [
        ("single_window", "R", "completed"), ("single_window", "K", "released"),
        ("single_window", "A", "withdrawn"), ("single_window_import", "-1", "draft_error"),
        ("single_window_import", "0", "draft"), ("ceb", "899", "completed"), ("ceb", "-621003", "exception"),
        ("ceb_document", "120", ""), ("ceb_cancellation", "399", "withdrawn"), ("cds", " 05\n", "inspection"),
        ("cds", "10", "withdrawn"), ("edifact", "4", "released"),
    ],
)  # fmt: skip
def test_codes_mean_what_their_system_says(dialect, code, status):
    """05 is a control and 08 a release in CDS; a negative number of CEB is an error of any number."""
    assert dialects().find(dialect, code).status == status


@pytest.mark.parametrize(
    ("dialect", "code"),
    [("ceb", "18"), ("single_window", "l"), ("cds", "1"), ("", ""), ("ceb", "-"), ("single_window", "-1")],
)
def test_an_unknown_code_has_no_row(dialect, code):
    """Codes are not guessed from their neighbours: case, leading zeros and a lone sign count."""
    assert dialects().find(dialect, code) is None


def test_a_code_that_changes_its_meaning_has_two_rows_with_days(tmp_path):
    earlier = {"valid_to": "2021-12-31"}
    later = {"valid_from": "2022-01-01", "rank": "40", "status": "examined", "stages": "examined"}
    found = Dialects.load(write(tmp_path / "a.csv", earlier, later))
    days = [dt.date(2021, 12, 31), dt.date(2022, 1, 1), None]
    assert [found.find("asycuda", "A1", day).status for day in days] == ["accepted", "examined", "accepted"]
    with pytest.raises(DialectError, match="two rows hold on one day"):
        Dialects.load(write(tmp_path / "b.csv", {}, later))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"effect": "arrives"}, "effect is 'arrives'"), ({"stages": "cleared"}, "stages are"),
        ({"rank": "0"}, "rank 0"), ({"zh": ""}, "zh and en"), ({"opens": "1"}, "neither yes nor no"),
        ({"rank": "x"}, "line 2, asycuda A1"), ({"code": " A1"}, "without blanks"),
        ({"effect": "detour", "stages": "", "opens": "yes"}, "opens an episode"), ({"valid_from": "2022"}, "line 2"),
    ],
)  # fmt: skip
def test_faults_of_a_file_are_named(tmp_path, wrong, words):
    with pytest.raises(DialectError, match=words):
        Dialects.load(write(tmp_path / "a.csv", wrong))


def test_a_rank_is_one_status_in_every_dialect(tmp_path):
    """Ranks are one scale: a dialect that calls rank 30 otherwise is refused beside the others."""
    other = write(tmp_path / "a.csv", {"status": "registered", "stages": ""})
    with pytest.raises(DialectError, match="rank 30 is 'accepted' elsewhere"):
        Dialects.load(reference_path("clearance/statuses.csv"), other)
