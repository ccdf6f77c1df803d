"""Names of pictures, and what counts of axe's findings."""

from __future__ import annotations

from experiments.benchmarks.console.crawl import PageAt
from experiments.benchmarks.console.screens import bad, counted, file_name, violation, with_lang

FOUND = {
    "id": "color-contrast",
    "impact": "serious",
    "nodes": [{"target": ["#a", "p"], "html": "<p>x</p>", "failureSummary": "Fix any:\n too pale\n"}] * 4,
}


def test_a_picture_is_named_by_role_page_width_and_language_alone():
    """No identifier of a firm is in a file's name."""
    page = PageAt("bank", "/firms/{uscc}", "/console/firms/91330100TEST")
    assert file_name(page, 400, "zh") == "bank-firms-uscc-400-zh"
    assert file_name(PageAt("bank", "/", "/console/"), 1440, "en") == "bank-start-1440-en"


def test_the_language_is_added_to_any_address():
    """Beside a query that is there already."""
    assert with_lang("/console/", "en") == "/console/?lang=en"
    assert with_lang("/console/firms?stage=growth", "zh") == "/console/firms?stage=growth&lang=zh"


def test_only_what_is_serious_or_critical_is_bad():
    """Each with its page; in short, with the first three elements."""
    short = violation(FOUND)
    assert (short["count"], len(short["first"]), short["first"][0]["why"]) == (4, 3, [" too pale", ""])
    row = {"role": "bank", "page": "/", "lang": "zh", "colours": "dark", "found": [short, short | {"impact": "minor"}]}
    assert [one["impact"] for one in bad([row])] == ["serious"]
    assert bad([row])[0]["page"] == "/"


def test_faults_of_looks_are_counted_by_kind():
    """Over all pages."""
    rows = [{"looks": [{"kind": "cut"}, {"kind": "raw"}]}, {"looks": [{"kind": "cut"}]}, {"looks": []}]
    assert counted(rows) == {"cut": 2, "raw": 1}
