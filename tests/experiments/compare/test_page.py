"""The page needs no network, shows every result, escapes names, and has one row for each of many runs."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from experiments.compare.page import page
from experiments.compare.runs import find_runs
from experiments.compare.study import compare_runs

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())


@pytest.fixture(scope="module")
def result(runs, comparison_params):
    return compare_runs(find_runs([str(runs / name) for name in ("base", "same", "worse")]), comparison_params)


class Closed(HTMLParser):
    """Elements that are open; those without an end are not counted."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br", "rect", "line", "circle", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            assert self.open.pop() == tag


@pytest.mark.surface
@pytest.mark.parametrize(("language", "other"), [("zh", "comparison.en.html"), ("en", "comparison.zh.html")])
def test_the_page_opens_without_a_network_and_is_well_formed(result, language, other):
    """It leads to itself and to the page in the other language."""
    text = page(result, language)
    assert re.findall(r"(?:src|href)=[\"']((?!#)[^\"']*)", text) == [other]
    assert "http" not in text.replace("http-equiv", "")
    assert "@import" not in text
    parser = Closed()
    parser.feed(text)
    assert parser.open == []


@pytest.mark.law
def test_every_sentence_result_parameter_and_weight_is_on_the_page(result):
    for language, sentence, titles in (
        ("en", "sentence", ("Calibration, by tenths", "Lift")),
        ("zh", "sentence_zh", ("校准：按预测值十等分", "提升")),
    ):
        text = page(result, language)
        for one in result["comparisons"]:
            assert escape(one[sentence]) in text
        for name in ("layer.width", "rounds", "rd", "ip", *titles):
            assert name in text
        assert text.count("<polyline") == 6  # three runs in both pictures


@pytest.mark.law
@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", "按本页挑选运行不记入晋级历史，也不消耗误判概率；只有晋级时的检查才记入并消耗。"),
     ("en", "Choosing among runs on this page is not in the history of promotions and spends no error; only a "
            "promotion's own checks are and do.")],
)  # fmt: skip
def test_choosing_on_the_page_is_said_to_spend_no_error(result, language, said):
    """Once, under the results and before the first of them; the manual says the same."""
    text = page(result, language)
    assert text.count(escape(said)) == 1
    assert text.index('<section id="results">') < text.index(escape(said)) < text.index('class="pair"')
    manual = " ".join((ROOT / "docs/operations.md").read_text(encoding="utf-8").split())
    assert "Choosing among runs on a compare page is not spent; a promotion's own checks are." in manual


@pytest.mark.law
def test_each_language_has_no_word_of_the_other(result):
    """Names of runs, parameters, metrics and indicators are the same in both; the link to the other page is its own."""
    shown = re.sub(
        r"<style>.*?</style>|<code>.*?</code>|<a class=\"lang\".*?</a>", "", page(result, "zh"), flags=re.DOTALL
    )
    words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]*>", " ", shown)))
    known = {"base", "same", "worse", "AUC", "Brier", "ECE", "Holm", "params", "yaml", "abc"}
    assert words <= known | set(re.findall(r"[A-Za-z]{3,}", " ".join(str(run["name"]) for run in result["runs"])))
    shown = re.sub(r"<style>.*?</style>|<a class=\"lang\".*?</a>", "", page(result, "en"), flags=re.DOTALL)
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"<[^>]*>", " ", shown))


@pytest.mark.law
def test_names_are_escaped(result):
    hostile = {"name": "<script>", "capability": "<script>", "git_commit": "<script>", "data_sha256": "<script>"}
    first = result["baseline"]
    runs = [{**result["runs"][0], **hostile, "name": first, "left_out": {"<script>": 1}}, *result["runs"][1:]]
    parameters = {"<script>": dict.fromkeys((run["name"] for run in runs), "<script>")}
    weights = {"<script>": {"<script>": {first: 1.0}}}
    text = page({**result, "runs": runs, "parameters": parameters, "weights": weights}, "zh")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.law
def test_equal_results_are_equal_bytes(result):
    assert page(result, "zh") == page(result, "zh")


@pytest.mark.law
def test_many_runs_are_counted_and_tabled(result):
    """Twenty copies of a run: the page draws the first twelve intervals and tables all."""
    first = result["runs"][0]["name"]
    names = [f"run {number}" for number in range(20)]
    pairs = [{**one, "run": name} for one in result["comparisons"] if one["run"].endswith("worse") for name in names]
    many = {
        **result,
        "runs": [result["runs"][0], *({**result["runs"][2], "name": name} for name in names)],
        "figures": {first: result["figures"][first], **dict.fromkeys(names, result["figures"][first])},
        "comparisons": pairs,
        "tenths": {first: result["tenths"][first], **dict.fromkeys(names, result["tenths"][first])},
        "captured": {first: result["captured"][first], **dict.fromkeys(names, result["captured"][first])},
        "parameters": {"rounds": {first: 1, **dict.fromkeys(names, 2)}},
        "weights": {},
    }
    text = page(many, "en")
    assert text.count('class="interval"') == 12 * len(result["metrics"])
    assert "The 12 of 20 runs with the smallest p-values" in text
    assert "The first 6 of 21 runs." in text
    assert text.count("run 19") >= 2
