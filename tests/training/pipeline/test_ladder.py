"""The stage: every firm has a row, every rule in force its list, equal inputs equal bytes."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest
from typer.testing import CliRunner

from data.chain.chain_file import load_chains
from data.codebook import reference_path
from data.ladder.fact_catalogue import read_fact_catalogue
from data.ladder.facts import LadderFacts
from data.ladder.rules import read_rules
from features.ladder import snapshot_facts, strategic_nodes
from models.ladder.eligible import eligible
from models.ladder.ranking import tiers_of
from tests.data.ladder.one_firm import clause_of
from training.__main__ import app
from training.pipeline import ladder as stage
from training.pipeline.ladder import figures, lists_of, with_placements

pytestmark = pytest.mark.surface
DAY = date(2024, 6, 30)
STAR = {
    "software_firm": 0, "rd_3y_ratio": 0.06, "rd_3y_wan": 9000, "rd_staff_ratio": 0.2, "main_inventions": 6,
    "revenue_cagr_3y": 0.3, "revenue_wan": 20_000, "core_technology_recognised": 0, "national_prize_participant": 0,
    "national_major_project": 0, "import_substitute": 0, "core_inventions": 0, "listing_standard_5": 0,
}  # fmt: skip


def test_a_placement_on_a_chain_feeds_the_strategic_product():
    """A firm placed by itself on a strategic node has ten points more of an innovative SME than one for a person."""
    chains = load_chains(reference_path("chains"))
    chain_id, node_id = min(strategic_nodes(chains.values()))
    rows = [("firm", firm, chain_id, node_id, band) for firm, band in (("A", "placed"), ("B", "to_person"))]
    placements = pd.DataFrame(rows, columns=["kind", "item_id", "chain_id", "node_id", "band"])
    facts = with_placements(LadderFacts.unknown(["A", "B"]), placements, chains.values(), DAY)
    score = clause_of(eligible(facts, read_rules().find("innovative_sme", DAY), DAY), "score").points
    assert (score.low.tolist(), score.high.tolist()) == ([10.0, 5.0], [100.0, 100.0])
    assert facts.origin("strategic_product", 0) == ("2024-06-30", "placement on a chain")


def test_a_row_a_firm_and_a_list_a_rule(trained):
    """Of 60 firms; the counts of the metrics are those of the tables."""
    book = read_rules()
    facts = snapshot_facts(trained.snapshot.frame.iloc[:60], trained.snapshot.known_at.iloc[:60])
    tiers = tiers_of(facts, book, DAY)
    listed = pd.concat(list(lists_of(facts, book, DAY, most=5)), ignore_index=True)
    found = figures(tiers, listed, book, DAY)
    assert len(tiers) == found["firms"] == sum(found["tiers"].values()) == 60
    assert sum(found["listed"].values()) == len(listed)
    assert set(found["rules"]) == {rule.name for rule in book.rules if rule.in_force(DAY)}
    again = pd.concat(list(lists_of(facts, book, DAY, most=5)), ignore_index=True)
    pd.testing.assert_frame_equal(listed, again)


@pytest.fixture
def run(trained, tmp_path, monkeypatch):
    """The command line over ten firms of the snapshot."""
    trained.snapshot.frame.iloc[:10].to_parquet(tmp_path / "cases.parquet", index=False)
    trained.snapshot.known_at.iloc[:10].to_parquet(tmp_path / "known_at.parquet", index=False)
    monkeypatch.setattr(stage, "SNAPSHOT", tmp_path)
    monkeypatch.setattr(stage, "PLACEMENTS", tmp_path / "no placements")
    return lambda *given: CliRunner().invoke(app, [str(one) for one in given], env={"COLUMNS": "200"})


def test_two_versions_of_a_rule_on_the_same_firms(run, trained, tmp_path):
    """Six invention patents of the main business were enough in 2020 and are not in 2024; other firms stay unknown."""
    firm, units = str(trained.snapshot.frame["uscc"].iloc[0]), read_fact_catalogue()
    lines = [f"{firm},{key},{value},{units[key].unit},2024-05-01,annual report" for key, value in STAR.items()]
    table = tmp_path / "facts.csv"
    table.write_text(
        "\n".join(["firm_id,fact,value,unit,date,source", *lines, "nobody,headcount,3,persons,2024-05-01,x"])
    )
    done = run("ladder-versions", "star", "2020-03-20", "2024-04-30", "--facts", table)
    assert done.exit_code == 0, done.output
    assert f"not taken: line {len(lines) + 2}: no firm 'nobody'" in done.output
    found = json.loads(done.output[done.output.index("{") :])
    assert {(row["before"], row["after"]): row["firms"] for row in found["counts"]}["met", "not_met"] == 1
    assert found["by_clause"] == {
        "lost": [{"clause": "patents", "zh": "发明专利", "en": "invention patents", "firms": 1}], "gained": []
    }  # fmt: skip
    assert found["firms"] == 10


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("star", "2020-03-20", "2021-01-01"), "star has no version '2021-01-01'"),
        (("comet", "2020-03-20", "2024-04-30"), "no rule 'comet'"),
        (("star", "2020-03-20", "2024-04-30", "--facts", "none.csv"), "none.csv"),
    ],
)
def test_what_there_is_not_ends_with_a_message(run, given, message):
    """Status 2 and what was found, no traceback."""
    done = run("ladder-versions", *given)
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())
