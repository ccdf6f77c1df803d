"""The report over HTTP is made once for a registry, and its links lead back to the service."""

import re

import pytest

from serving.contract.refusals import Refusal
from serving.incubators.pages import statistics_file


def test_the_page_needs_nothing_else_and_links_to_its_files(service):
    page = statistics_file(service, "page.html", "statistics", "en", None, None)
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="https?:', page) == []
    assert "table.csv?lang=en&amp;table=statistics" in page
    assert statistics_file(service, "page.html", "statistics", "en", None, None) is page


def test_files_are_of_their_kind_in_both_languages(service):
    for lang in ("zh", "en"):
        assert statistics_file(service, "table.csv", "groups", lang, None, None).startswith(b"\xef\xbb\xbf")
    assert statistics_file(service, "table.xlsx", "statistics", "en", None, None).startswith(b"PK")


def test_a_table_that_there_is_not_is_refused(service):
    with pytest.raises(Refusal) as caught:
        statistics_file(service, "table.csv", "officers", "zh", None, None)
    assert caught.value.faults[0].where == "table"
