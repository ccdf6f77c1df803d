"""Parts of a page: escaped texts, safe links, bars that show intervals where they are."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from data.chain.tree import Layer
from models.chain.node_view import Score
from models.chain.pages.html import (
    NO_LINKS,
    Links,
    document,
    exports,
    interval_bar,
    layer_table,
    link,
    style_sheet,
    table,
    text,
)


def test_texts_are_escaped_also_within_attributes():
    assert text('<b>"\x00&') == "&lt;b&gt;&quot; &amp;"


@pytest.mark.parametrize("address", [None, "", "javascript:alert(1)", " JavaScript:x", "data:text/html,x"])
def test_what_is_no_address_is_no_link(address):
    assert link(address, "a") == "a"


def test_an_address_is_escaped():
    assert link('x"y&z', "a") == '<a href="x&quot;y&amp;z">a</a>'


def test_a_bar_shows_where_the_interval_is():
    """A share of .5 in [.25, .75] on a scale from 0 to 1 that is 178 wide and begins at 6."""
    found = interval_bar(Score("local_share", 0.5, 0.25, 0.75, 10, "firms"))
    low, high = re.search(r'class="span" d="M([\d.]+) 9H([\d.]+)"', found).groups()
    assert (float(low), float(high)) == (6 + 178 * 0.25, 6 + 178 * 0.75)
    assert f'cx="{6 + 178 * 0.5:g}"' in found


def test_a_bar_has_the_value_that_a_score_is_compared_with():
    """Specialisation is compared with 1; a share with nothing."""
    assert "zero" in interval_bar(Score("rta", 2.0, 1.5, 3.0, 10, "patents"))
    assert "zero" not in interval_bar(Score("local_share", 0.5, 0.2, 0.8, 10, "firms"))
    assert interval_bar(Score("rta", None, None, None, 0, "patents")) == ""


@pytest.mark.parametrize("key", ["supply", "other"])
def test_a_bar_of_an_interval_without_length(key):
    assert "NaN" not in interval_bar(Score(key, 0.0, 0.0, 0.0, 0, None))


def test_layers_show_their_age_and_old_ones_are_marked():
    """Age on the day of the snapshot; more than a year is said, as is a date after it."""
    day = dt.date(2026, 6, 30)
    days = {"structure": day - dt.timedelta(days=30), "codes": dt.date(2024, 1, 1), "firms": day + dt.timedelta(days=1)}
    layers = {key: Layer("办", of, "<c>") for key, of in days.items()}
    found = layer_table(layers, "zh", day)
    assert "30 天" in found
    assert found.count("超过一年未更新") == 1
    assert "晚于快照日" in found
    assert "&lt;c&gt;" in found


def test_files_of_a_list_are_linked_where_they_are():
    links = Links(export=lambda name, kind: f"{name}.{kind}" if kind == "csv" else None)
    assert exports("patents", links, "en") == (
        '<p class="exports quiet">Download Patents: <a href="patents.csv">CSV</a></p>'
    )
    assert exports("patents", NO_LINKS, "en") == ""


def test_a_document_needs_nothing_from_elsewhere():
    page = document("zh", "<x>", "", [table("c", ["h"], [["<td>"]])], NO_LINKS)
    assert "<title>&lt;x&gt;</title>" in page
    assert not re.search(r"<script|<link|@import|url\(|https?://", page + style_sheet())
