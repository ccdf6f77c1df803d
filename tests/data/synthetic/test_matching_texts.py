"""The vocabulary's rows are whole, and its texts say what they are asked to say."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from data.ingest.rules import GB4754_CODE, INDUSTRIES, IPC_CODES
from data.matching import CAPABILITY_KINDS
from data.synthetic.matching_texts import (
    FIELD_NAMES,
    SENTENCE_SHARE,
    SOURCES,
    demand_texts,
    document_texts,
    methods,
    objects,
)

pytestmark = pytest.mark.truth


def test_the_vocabulary_is_whole():
    """Five methods and six objects of every industry, each with its codes, names and words of users."""
    assert tuple(FIELD_NAMES) == INDUSTRIES
    assert tuple(SOURCES) == CAPABILITY_KINDS
    assert Counter(one.field for one in methods()) == dict.fromkeys(INDUSTRIES, 5)
    assert Counter(one.field for one in objects()) == dict.fromkeys(INDUSTRIES, 6)
    for method in methods():
        assert len(method.symptoms_zh) == 4
        assert len(method.names_zh) == 2
        assert re.fullmatch(IPC_CODES, method.ipc)
    assert all(len(one.plain_zh) == 2 and re.fullmatch(GB4754_CODE, one.gb4754) for one in objects())
    for rows in (methods(), objects()):
        assert len({one.key for one in rows}) == len(rows)


@pytest.mark.parametrize("kind", CAPABILITY_KINDS)
def test_a_document_names_its_object_or_method_in_the_suppliers_words(kind):
    """Twenty of each kind: title and text are never empty; the method is named except in the business scope."""
    method, thing = methods()[0], objects()[0]
    for seed in range(20):
        title, text = document_texts(kind, method, thing, np.random.default_rng(seed))
        names = (*thing.names_zh, thing.name_en) if kind == "business_scope" else (*method.names_zh, method.name_en)
        assert any(name in title + text for name in names)


def test_a_demand_describes_a_problem_and_names_it_in_the_suppliers_words_as_often_as_planted():
    """Each of the four sentences is in its share of the demands; new wording is the method's last symptom."""
    named = {"method": [], "object": [], "wish": [], "working": []}
    for number, method in enumerate(methods() * 12):
        thing = next(one for one in objects() if one.field == method.field)
        for new_wording in (False, True):
            rng = np.random.default_rng([number, new_wording])
            _, problem, _ = demand_texts(method, thing, rng, english=False, new_wording=new_wording)
            named["method"].append(any(name in problem for name in method.names_zh))
            named["object"].append(any(name in problem for name in thing.names_zh))
            named["wish"].append(method.wish_zh in problem)
            named["working"].append(method.works_by_zh in problem)
            assert (method.symptoms_zh[-1] in problem) == new_wording
        english = demand_texts(method, thing, np.random.default_rng(number), english=True, new_wording=False)
        assert method.symptom_en in english[1]
    error = 4 * np.sqrt(0.25 / len(named["wish"]))
    for name, found in named.items():
        assert abs(np.mean(found) - SENTENCE_SHARE) < error, name
