"""The passage that matched, and what is said where several firms have the same one."""

from __future__ import annotations

import pandas as pd
import pytest

from models.matching.answer import Matcher
from models.matching.evidence import distinct_evidence, evidence_of
from models.matching.library import Library
from tests.models.matching.conftest import PlantedEncoder, documents
from tests.models.matching.test_answer import DAY, demand


@pytest.fixture
def alike(encoder):
    """Three firms with one business scope word for word, and a product of their own each."""
    scope = "激光焊接设备的研发、生产和销售"
    rows = []
    for firm in ("same-0", "same-1", "same-2"):
        rows.append((f"{firm}-a", firm, "business_scope", "", scope))
        rows.append((f"{firm}-b", firm, "product", "", f"激光焊接头{firm}型"))
    table = pd.DataFrame(rows, columns=["document_id", "enterprise_id", "kind", "title", "text"])
    return Library.prepare(pd.concat([documents(), table.assign(date=pd.Timestamp("2023-01-01"))]), encoder)


@pytest.mark.law
def test_a_text_that_several_firms_have_is_counted_and_joined_by_their_own(alike):
    """The first line has the shared one alone; each later one adds its firm's own. A withdrawn firm does not count."""
    scope = [number for number, text in enumerate(alike.passages["text"]) if text.endswith("生产和销售")]
    lines = [(str(alike.passages.loc[number, "enterprise_id"]), number) for number in scope]
    found = distinct_evidence(alike, lines, ["激光", "焊接"])
    assert [len(one) for one in found] == [1, 2, 2]
    assert {one[0].shared_by for one in found} == {2}
    assert [one[1].passage for one in found[1:]] == ["激光焊接头same-1型", "激光焊接头same-2型"]
    assert [one[1].shared_by for one in found[1:]] == [0, 0]
    alike.withdraw("same-2")
    assert evidence_of(alike, scope[0], []).shared_by == 1


@pytest.fixture
def standard(encoder):
    """A firm whose first passages are nearer to the query, and whose last one alone names its standard."""
    rows = [
        (f"std-{place}", "std", "product", "", text)
        for place, text in enumerate(("激光焊接设备", "激光焊接装置", "本厂的质量体系符合GB/T 19001-2016"))
    ]
    table = pd.DataFrame(rows, columns=["document_id", "enterprise_id", "kind", "title", "text"])
    return Library.prepare(pd.concat([documents(), table.assign(date=pd.Timestamp("2023-01-01"))]), encoder)


@pytest.mark.law
def test_an_exact_code_that_a_firm_has_stands_in_its_evidence(standard, ranker, confidence):
    """Both ways; a query without the code shows the best passage alone."""
    matcher = Matcher(PlantedEncoder(), standard, ranker, confidence, 0.4)
    query = "激光焊接装置，符合GB/T 19001-2016"
    (line,) = [one for one in matcher.search(query, DAY).candidates if one.enterprise_id == "std"]
    assert "激光焊接" in line.evidence[0].passage
    assert "GB/T 19001-2016" in line.evidence[1].passage
    (line,) = matcher.demands("std", [demand(text=query)]).candidates
    assert any("GB/T 19001-2016" in one.passage for one in line.evidence)
    plain = [one for one in matcher.search("激光焊接装置", DAY).candidates if one.enterprise_id == "std"]
    assert [len(one.evidence) for one in plain] == [1]


@pytest.mark.behaviour
def test_no_list_shows_the_same_evidence_for_two_firms_that_have_more(alike, ranker, confidence):
    answer = Matcher(PlantedEncoder(), alike, ranker, confidence, 0.4).search("激光焊接设备的研发、生产和销售", DAY)
    firms = [one for one in answer.candidates if one.enterprise_id.startswith("same")]
    assert len(firms) == 3
    shown = [tuple(each.passage for each in one.evidence) for one in answer.candidates]
    assert len(set(shown)) == len(shown)
