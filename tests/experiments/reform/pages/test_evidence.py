"""What the data prove: each condition of the result is a sentence."""

from __future__ import annotations

import pytest

from experiments.reform.pages.causes import variance
from experiments.reform.pages.evidence import evidence, files
from experiments.reform.pages.writing import Writer
from tests.experiments.reform.example import example
from tests.experiments.reform.reading import as_json
from tests.experiments.reform.test_page import mark

pytestmark = pytest.mark.behaviour


def text_of(result, language="en"):
    return evidence(Writer(result, language))


def test_made_up_firms_are_named_unless_the_result_states_real_ones():
    """Synthetic labels measure the generator; silence is no proof that the firms are real."""
    result = as_json(example())
    assert "measure the generator" in text_of(result)
    assert "衡量的是数据生成器" in text_of(result, "zh")
    result["conditions"] = ["real_data"]
    assert "generator" not in text_of(result)
    assert "registered and filed" in text_of(result)


def test_what_the_intervals_leave_out_is_stated():
    """No refit, a sample, firms that were dropped and why."""
    result = as_json(example())
    assert "not refitted" not in text_of(result)
    result["method"] |= {"refit_draws": 0, "sampled_firms": 500}
    text = text_of(result)
    assert "not refitted" in text
    assert 'data-path="/method/sampled_firms"' in text
    assert "growth stage unknown" in text
    assert 'data-path="/population/dropped/stage_unknown"' in text


@pytest.mark.parametrize(("refits", "shown"), [(0, False), (2, True), (9, True), (10, False)])
def test_that_few_refitted_models_measure_loosely_what_refitting_adds_is_stated(refits, shown):
    """Fewer than ten, with their number; without any it is stated that there are none."""
    result = as_json(example())
    result["method"]["refit_draws"] = refits
    for text in (text_of(result), variance(Writer(result, "en"), 0)):
        assert ("refitted models: too few to measure" in text) is shown
        assert ("were not refitted" in text) is (refits == 0)


@pytest.mark.parametrize(
    ("code", "words"),
    [("certificates_carried", "carries"), ("certificates_void", "no longer apply"), ("risk_stage_held", "keep the"),
     ("banks_lend_separately", "by itself"), ("synthetic_data", "synthetic")],
)  # fmt: skip
def test_every_code_has_its_sentence_once(code, words):
    """An unknown code is an error, not a gap."""
    result = as_json(example())
    result["conditions"] = [code]
    assert words in text_of(result)
    assert text_of(result).count("measure the generator") == 1
    result["conditions"] = ["unheard"]
    with pytest.raises(KeyError):
        text_of(result)


def test_where_no_certificate_belongs_to_the_models_the_page_counts_them_and_carries_none():
    """How many policies, how many have one, how many are certified by it."""
    result = as_json(example())
    result["conditions"], result["certificates"] = ["certificates_none"], {"policies": 2, "issued": 1, "certified": 0}
    for one in result["reforms"]:
        one["conditions"] = []
    text = text_of(result)
    assert "No loss certificate applies" in text
    assert "carries" not in text
    assert [f'data-path="/certificates/{name}"' in text for name in result["certificates"]] == [True] * 3
    result["conditions"] = ["certificates_some"]
    assert "Loss certificates apply to some" in text_of(result)
    assert "只有部分授信政策适用损失率验证" in text_of(result, "zh")


def test_a_condition_of_some_reforms_is_on_their_pages_and_names_them_on_the_page_of_all():
    """One carries the certificates and moves a border, the other lets them lapse."""
    result = as_json(example())
    result["reforms"][0]["conditions"] = ["certificates_carried", "risk_stage_held"]
    result["reforms"][1]["conditions"] = ["certificates_void"]
    result["conditions"] = ["certificates_carried", "certificates_void", "risk_stage_held", "banks_lend_separately"]
    pages = [evidence(Writer(result, "en"), at) for at in (0, 1)]
    said = ("carries the baseline", "no longer apply", "keep the growth stage", "by itself; what one lends")
    assert [[words in page for words in said] for page in pages] == [
        [True, False, True, True],
        [False, True, False, True],
    ]
    both = text_of(result)
    assert "<li>Scenario caps: The reform carries" in both
    assert "<li>Scenario weights: The reform changes what" in both
    assert "<li>Scenario caps: Default probabilities keep" in both
    assert "<li>Each bank is calculated" in both
    assert "<li>方案weights：方案改变了损失率验证" in text_of(result, "zh")
    result["reforms"][1]["conditions"] = ["certificates_carried", "risk_stage_held"]
    assert "<li>The reform carries" in text_of(result)


def test_files_digests_and_the_way_to_verify_are_on_the_page():
    """What is not kept is named; a citable result is called that."""
    page = Writer(as_json(example()), "en")
    text = files(page, mark())
    assert 'href="result.json"' in text
    assert "verify-reform FOLDER --cited draft-ffff" in text
    assert "studies/caps.yaml" in text
    assert "not kept" in text
    assert "may be cited" in files(page, mark(citable=True))
    assert "not kept" not in files(page, mark(citable=True))
