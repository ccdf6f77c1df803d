"""Dated rules: which version is in force, what a further zone or province needs, and what a bad file says."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from data.ladder.conditions import scores
from data.ladder.rule_parts import LadderError
from data.ladder.rules import ladder_folder, read_rules
from models.ladder.eligible import eligible
from tests.data.ladder.one_firm import clause_of, one_firm

pytestmark = pytest.mark.surface
BOOK = read_rules()
DAY = date(2024, 6, 30)
ZONE = """
key: gazelle
region: riverside
version: "2024-01-01"
zh: 瞪羚企业（河畔）
en: gazelle firm, Riverside
valid_from: 2024-01-01
valid_to:
document: 示例办法
source: 示例
read_on: 2026-11-26
confidence: 0.6
clauses:
  - {key: growth, zh: 增长, en: growth, fact: revenue_cagr_2y, at_least: 0.12}
"""
PROVINCE = """
key: srdi
region: coast
source: 示例
read_on: 2026-11-26
confidence: 0.9
indicator: local_feature
indicators:
  - {key: export, zh: 市场占有, en: market share, category: feature, most: 10, fact: niche_share_ratio,
     bands: [{at_least: 0.05, points: 10}]}
  - {key: brand, zh: 品牌, en: brand, category: feature, most: 5, fact: own_brand, bands: [{is: yes, points: 5}]}
"""


def folder_with(root, kind, text):
    (root / kind).mkdir(parents=True, exist_ok=True)
    (root / kind / "new.yaml").write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2020, 3, 20), "2020-03-20"),
        (date(2021, 4, 15), "2020-03-20"),
        (date(2021, 4, 16), "2021-04-16"),
        (date(2024, 4, 29), "2021-04-16"),
        (date(2024, 4, 30), "2024-04-30"),
        (date(2026, 11, 26), "2024-04-30"),
    ],
)
def test_the_version_in_force_on_a_day(day, version):
    """The STAR attributes on both sides of each amendment."""
    assert BOOK.find("star", day).version == version


def test_before_the_first_version_there_is_no_rule():
    """The message names the first day."""
    with pytest.raises(LadderError, match="star: no version in force on 2020-03-19; the first is from 2020-03-20"):
        BOOK.find("star", date(2020, 3, 19))
    with pytest.raises(LadderError, match="no rule 'unicorn'"):
        BOOK.find("unicorn", DAY)
    with pytest.raises(LadderError, match="has no version '2019'"):
        BOOK.version("star", "2019")
    with pytest.raises(LadderError, match="no tier 'unicorn'"):
        BOOK.tier("unicorn")


def test_every_rule_has_its_source_its_day_and_its_confidence():
    """What was read on two pages or more is at .9, on one at .6, from memory at .4; nothing is at 1."""
    for rule in BOOK.rules:
        assert rule.source
        assert rule.document
        assert rule.read_on == date(2026, 11, 26)
        assert {clause.confidence for clause in rule.clauses} <= {0.4, 0.6, 0.9, 0.95}
    star = {clause.key: clause.confidence for clause in BOOK.version("star", "2020-03-20").clauses}
    assert star == {"rd": 0.9, "patents": 0.9, "growth": 0.9}
    (score,) = scores(BOOK.find("srdi", DAY).clauses[-1].condition)
    assert {one.key for one in score.indicators if one.confidence == 0.4} == {"ip", "staff", "body"}
    assert [one.key for one in score.indicators if one.unread] == ["local_feature"]


def test_how_long_a_title_lasts():
    """Three years for an innovative SME, a year for a tech SME, no period for STAR."""
    years = [BOOK.find(tier, DAY).validity_years for tier in ("innovative_sme", "tech_sme", "star")]
    assert years == [3, 1, None]


def test_a_further_zone_is_a_file(tmp_path):
    """Its rule is found by its region and applied; no code knows it."""
    book = read_rules(folder_with(tmp_path, "rules", ZONE))
    rule = book.find("gazelle", DAY, "riverside")
    for growth, expected in ((0.12, "met"), (0.1199, "not_met")):
        assert eligible(one_firm({"revenue_cagr_2y": growth}), rule, DAY).overall[0] == expected
    assert book.regions("gazelle") == ("huangpu", "jinan", "riverside", "torch")
    assert book.find("star", DAY, "riverside").region is None  # a zone without a rule of its own has the country's


def test_a_further_province_fills_the_indicator_that_is_left_to_it(tmp_path):
    """The unread 15 points become two indicators; the country's own rule keeps its unknown."""
    book = read_rules(folder_with(tmp_path, "local", PROVINCE))
    facts = one_firm({"niche_share_ratio": 0.05, "own_brand": 0})
    ends = []
    for region in (None, "coast"):
        result = clause_of(eligible(facts, book.find("srdi", DAY, region), DAY), "score").points
        ends.append((result.low[0], result.high[0]))
    assert ends == [(0.0, 100.0), (10.0, 95.0)]
    assert book.find("srdi", DAY, "coast").digest != book.find("srdi", DAY).digest


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("rules", ZONE.replace("key: gazelle", "key: unicorn"), "key is 'unicorn'"),
        ("rules", ZONE.replace("riverside", "jinan"), "are in force on the same day"),
        ("rules", ZONE.replace("valid_from: 2024-01-01", "valid_from: soon"), "valid_from is 'soon', allowed: a date"),
        ("rules", ZONE.replace("valid_to:", "valid_to: 2023-01-01"), "valid_to is .*, allowed: 2024-01-01 or later"),
        ("rules", ZONE.replace("source: 示例", "source:"), "source is None, allowed: a text"),
        ("rules", ZONE.replace("zh: 增长, ", ""), "zh is None"),
        ("rules", ZONE + "score: 3", "key is 'score'"),
        ("rules", "- a list", "a rule is list"),
        ("rules", "key: [", "new.yaml is no YAML in UTF-8"),
        ("local", PROVINCE.replace("key: srdi", "key: unicorn"), "key is 'unicorn'"),
        ("local", PROVINCE.replace("indicator: local_feature", "indicator: rd"), "whose bands the rule leaves unread"),
        ("local", PROVINCE.replace("most: 10", "most: 11"), "exceed 15"),
    ],
)
def test_a_bad_file_is_one_clear_error(tmp_path, kind, text, message):
    """It names the file or the rule, the key, and what is allowed."""
    with pytest.raises(LadderError, match=message):
        read_rules(folder_with(tmp_path, kind, text))


def test_a_changed_value_is_a_changed_file(tmp_path, monkeypatch):
    """The same code reads 25 instead of 20 innovation points from a copy of the folder."""
    shutil.copytree(ladder_folder(), tmp_path / "ladder")
    path = tmp_path / "ladder/rules/innovative_sme.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("{at_least: 20}", "{at_least: 25}"), encoding="utf-8")
    monkeypatch.setattr("data.ladder.rules.ladder_folder", lambda _: tmp_path / "ladder")
    (score,) = scores(read_rules().find("innovative_sme", DAY).clauses[0].condition)
    assert [one.value for one in score.categories] == [25.0, 15.0, 15.0]
