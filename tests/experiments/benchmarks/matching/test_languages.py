"""The same planted demands in both languages, against the same Chinese firms."""

from __future__ import annotations

import numpy as np
import pytest

from data.synthetic.matching_texts import methods
from experiments.benchmarks.matching.languages import language_parts
from experiments.benchmarks.matching.query_wording import mostly_latin
from training.matching.fit import prepare


@pytest.fixture(scope="module")
def parts():
    return language_parts(3)


@pytest.mark.truth
def test_both_languages_ask_for_the_same_technology_and_no_firm_has_an_english_document(parts):
    chinese, english = parts["chinese"], parts["english"]
    assert mostly_latin(english.queries["text"].tolist()).all()
    assert not mostly_latin(chinese.queries["text"].tolist()).any()
    assert chinese.queries["query_id"].equals(english.queries["query_id"])
    assert chinese.judged.equals(english.judged)
    symptom = {one.key: one.symptom_en for one in methods()}
    for text, method in zip(english.queries["text"], english.queries["group"], strict=True):
        assert symptom[method] in text
    assert not english.documents["text"].str.contains("The invention applies").any()


@pytest.mark.truth
def test_relevance_is_the_planted_one_a_firm_masters_the_method(parts):
    part = parts["english"]
    names = {one.key: one.names_zh for one in methods()}
    mastered = [
        any(name in part.documents["text"][document] for name in names[part.queries["group"][query]])
        for query, document in part.judged[["query", "document"]].itertuples(index=False, name=None)
    ]
    assert np.mean(mastered) > 0.9  # the rest have the method in an English patent alone
    assert set(part.judged["relevance"]) == {1.0, 2.0}


@pytest.mark.contract
def test_the_parts_are_prepared_as_any_task_of_a_folder(parts):
    for part in parts.values():
        one = prepare(part, None)
        assert len(one.lists.ideal) == len(part.queries)
        assert all(gains and gains[0] > 0 for gains in one.lists.ideal)
