"""The bench of investors on small tables of the real ones' form."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.benchmarks.chain.investors import (
    DEALS,
    FIRST_TEST_DAY,
    LINKS,
    NOT_CATEGORIES,
    ROUND_COLUMNS,
    crunchbase_links,
    figures,
    run,
    show,
)
from models.chain.investors.columns import PastDeals, columns
from training.chain.investors import InvestorParams


@pytest.fixture
def links(tmp_path):
    """Crunchbase-like tables: 400 rounds of 200 start-ups in 4 categories, whose 30 investors keep to one each."""
    rng = np.random.default_rng(5)
    category, liked = rng.integers(4, size=200), rng.integers(4, size=30)
    names = ["biotech", "games_video", "mobile", "web"]
    firms = pd.DataFrame({"id": range(200), "normalized_name": "x", "funding_rounds": rng.random(200)})
    for name in NOT_CATEGORIES[3:]:
        firms[name] = rng.random(200)
    firms["USA"], firms["CHN"] = 1, 0
    for number, name in enumerate(names):
        firms[name] = (category == number).astype(int)
    firm = rng.integers(200, size=400)
    rows = [(number, one, rng.choice(np.flatnonzero(liked == category[one]))) for number, one in enumerate(firm)]
    rounds = pd.DataFrame(rows, columns=["funding_round_id", "funded_object_id", "investor_object_id"])
    for name in ROUND_COLUMNS:
        rounds[name] = int(name == "a")
    folder = tmp_path / LINKS
    folder.mkdir()
    firms.to_parquet(folder / "startups_formatted.parquet")
    rounds.to_parquet(folder / "funding_round_formatted.parquet")
    return tmp_path


SMALL = InvestorParams(730.0, 20.0, 10, 0.05, 547, 547, 60, 10.0, 100_000, 10, 1, 200, 7)


def test_a_planted_preference_shows_in_the_figures(links):
    """Ours finds more than popularity, and every part adds up."""
    funding, first, end, _ = crunchbase_links(links / LINKS)
    found = figures(funding, first, end, SMALL, 0)
    means = found["all"]["figures"]
    assert means["ours"]["recall_5"] > means["popularity"]["recall_5"] + 0.1
    gain = found["all"]["ours_less"]["popularity"]["recall_5"]
    assert gain["low"] <= gain["mean"] <= gain["high"]
    assert gain["mean"] == pytest.approx(means["ours"]["recall_5"] - means["popularity"]["recall_5"])
    assert found["newcomers_only"]["firms"] + found["others_only"]["firms"] == found["firms"]
    for name, row in found["all_edges"].items():
        assert row["recall_50"] <= means[name]["recall_50"] + 1e-12
    assert found["unseen_share"] == pytest.approx(1 - found["edges_of_known_investors"] / found["edges"])
    assert sum(one["pairs"] for one in found["bands_tested"]) > 0


def test_columns_of_counts_are_not_read(links):
    """Whatever they hold, the columns of investors are the same."""
    path = links / LINKS / "startups_formatted.parquet"
    before = crunchbase_links(links / LINKS)[0]
    table = pd.read_parquet(path)
    changed = dict.fromkeys(("funding_rounds", "milestones", "relationships", "founded_year"), 9.0)
    table.assign(**changed).to_parquet(path)
    after = crunchbase_links(links / LINKS)[0]
    found = []
    for funding in (before, after):
        past = PastDeals(funding, 2000, SMALL.columns)
        found.append(columns(past, funding.query_of_firms(np.arange(20), 2000))[0])
    assert np.array_equal(*found)


def test_a_missing_folder_is_left_out_with_its_reason(tmp_path):
    """Both of them, and the table of figures says so."""
    result = run(tmp_path, tmp_path)
    assert {name: list(found) for name, found in result.items()} == {DEALS: ["left_out"], LINKS: ["left_out"]}
    console = Console(record=True)
    show(result, console)
    assert "is not in the folder" in console.export_text()


def test_the_record_is_json_and_has_a_table(links):
    """What is written and what is shown."""
    funding, first, end, _ = crunchbase_links(links / LINKS)
    result = {LINKS: figures(funding, first, end, SMALL, 0)}
    assert json.loads(json.dumps(result))[LINKS]["firms"] == result[LINKS]["firms"]
    console = Console(record=True, width=200)
    show(result, console)
    assert "recent_popularity" in console.export_text()
    assert pd.Timestamp(FIRST_TEST_DAY).year == 2018
