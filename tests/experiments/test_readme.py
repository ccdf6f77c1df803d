"""Blocks of figures: filled from records by hand, and never with a figure that is not there."""

from __future__ import annotations

import json

import pytest

from experiments.readme import RecordMissingError, answer, fill, read_records, table

pytestmark = pytest.mark.surface


def test_an_unknown_block_is_an_error():
    """A typo in a marker does not pass in silence."""
    with pytest.raises(KeyError, match="never-run"):
        fill("<!-- figures:never-run -->\n<!-- /figures -->", {})


def test_a_figure_that_its_record_lacks_is_an_error():
    """A figure is never left out in silence: the message names it."""
    with pytest.raises(KeyError, match="enterprises"):
        table("synthetic", {"caveat": ""}, "en")


def test_every_record_that_is_not_there_is_named(tmp_path):
    """Nothing is filled from half of the records."""
    with pytest.raises(RecordMissingError, match=r"risk/metrics\.json"):
        read_records(tmp_path)


def test_a_figure_has_its_interval_and_synthetic_labels_are_named():
    """Four digits, thousands parted, an interval in brackets, and the caveat of the record below."""
    block = "<!-- figures:quota -->\nold\n<!-- /figures -->"
    test = {"coverage": {"value": 0.753252, "low": 0.7, "high": 0.80001}, "promised_coverage": 0.75, "pinball": 1234}
    text = fill(block, {"quota": {"caveat": "", "test": test | {"pinball_of_constant": [0.5, 0.25, 0.75]}}}, "zh")
    shown = [line.split("|")[-2].strip() for line in text.splitlines() if line.startswith("| ")][1:]
    assert shown == ["0.7533 [0.7, 0.8]", "0.75", "1,234", "0.5 [0.25, 0.75]"]
    assert "合成标签" in text
    assert "old" not in text


def test_the_quoted_answer_is_json_with_the_members_of_the_decision():
    """The first of each list, in one language, with numbers to four decimals."""
    said = {"code": "c", "constraint": "k", "text_en": "en", "text_zh": "zh"}
    quota = {"requested_cny": 3, "amount_cny": 2, "limited_by": "need", "tenor_months": 12, "annual_rate": 0.043512}
    decision = {
        "outcome": "d", "summary_en": "s", "summary_zh": "z", "quota": quota | {"raroc": 1.0},
        "points": {"total": 65.84203, "coverage": 1.0}, "reasons": [said, said], "advice": [said],
        "risk": {"pd_12m": 0.02139, "pd_low": 0.00471, "pd_high": 0.07536, "risk_grade": "B1"},
    }  # fmt: skip
    shown = json.loads(answer(decision, "en").strip().removeprefix("```json").removesuffix("```"))
    assert shown["quota"] == quota | {"annual_rate": 0.0435}
    assert shown["points"]["total"] == 65.842
    assert shown["reasons"] == [{"code": "c", "text_en": "en"}]
    assert "summary_zh" not in shown
