"""Matching is loaded at its first use, and what is missing or does not fit is named."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from structlog.testing import capture_logs

from data.match_requests import DemandsRequest, SearchRequest
from data.matching import Demand, MatchEvent
from data.uscc import fictitious_uscc
from models.matching.answer import demand_text
from models.matching.query_vectors import QueryVectors, text_digest
from serving.auth.access import Caller
from serving.contract.match_answers import MatchedDemandsAnswer, SuppliersAnswer
from serving.contract.refusals import Refusal
from serving.matching import packed as module
from serving.matching.packed import RECORDS, FirstUse, firms_of, load_packed
from serving.releases.pack import without_firms
from tests.data.record_tables import to_table
from tests.serving.matching.planted import DAY, PlantedMatcher, demand, planted_packed, planted_service, real_matcher

pytestmark = pytest.mark.contract


def test_a_release_without_a_library_says_so(tmp_path):
    """The folder is not there."""
    with pytest.raises(Refusal) as refusal:
        FirstUse(lambda: load_packed(tmp_path / "matching")).get()
    assert refusal.value.key == "matching-not-packed"
    assert "without matching" in refusal.value.title[1]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (ValueError("the library was encoded by aaaa, the encoder is bbbb"), "encoded by aaaa, the encoder is bbbb"),
        (FileNotFoundError(2, "No such file", "/somewhere/library/vectors.npy"), "vectors.npy is missing"),
        (ImportError("No module named 'onnxruntime'"), "onnxruntime"),
    ],
)
def test_what_does_not_fit_is_named_and_no_folder_of_the_machine(fault, message):
    """An index of another encoder, a file that is missing, a package that is missing."""

    def fail():
        raise fault

    with pytest.raises(Refusal) as refusal:
        FirstUse(fail).get()
    assert message in refusal.value.text[1]
    assert "/somewhere" not in refusal.value.text[1]


def test_a_fault_is_logged_once_and_tried_again_later(monkeypatch):
    """Between two tries RETRY_S pass; then what was put right is used, and kept."""
    tries, now = [], [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])

    def make():
        tries.append(now[0])
        if now[0] < 20:
            raise ValueError("broken")
        return "made"

    first = FirstUse(make)
    with capture_logs() as logs:
        for now[0] in (1.0, 2.0, 12.0):
            with pytest.raises(Refusal):
                first.get()
        now[0] = 23.0
        assert first.get() == first.get() == first.made == "made"
    assert tries == [1.0, 12.0, 23.0]
    assert [log["fault"] for log in logs] == ["broken"]


def test_many_threads_load_once():
    """Eight first requests at once."""
    made = []
    first = FirstUse(lambda: made.append(1) or "made")
    threads = [threading.Thread(target=first.get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_the_records_of_a_release_are_read(tmp_path):
    """Demands and events by number, the invited by demand; without these files there are none."""
    matcher = PlantedMatcher([])
    firm = fictitious_uscc(1)
    tmp_path.joinpath("matching").mkdir()
    assert load_packed(tmp_path / "matching", lambda folder: matcher).demands == {}
    records = tmp_path / "matching" / RECORDS
    records.mkdir()
    one, event = demand(1, firm, "漏水"), MatchEvent("E1", "水务", DAY, None, 3, 2, 1)
    to_table([one], Demand).to_parquet(records / "demands.parquet")
    to_table([event], MatchEvent).to_parquet(records / "match_events.parquet")
    pd.DataFrame({"demand_id": ["D00001"], "enterprise_id": [firm]}).to_parquet(records / "invited.parquet")
    made = load_packed(tmp_path / "matching", lambda folder: matcher)
    assert (made.demands, made.events) == ({"D00001": one}, {"E1": event})
    assert made.invited == {"D00001": frozenset({firm})}
    assert made.matcher is matcher


CODES = [fictitious_uscc(number) for number in range(1, 6)]
ZONE = Caller("zone", "operator", "a", "k", frozenset())


@pytest.fixture
def release(tmp_path):
    """A folder as the matching stage writes it, with the planted demands; its matcher has no encoder."""
    folder = tmp_path / "matching"
    real_matcher(CODES).save(folder)
    (folder / RECORDS).mkdir()
    demands = list(planted_packed(CODES).demands.values())
    to_table(demands, Demand).to_parquet(folder / RECORDS / "demands.parquet")
    pd.DataFrame({"demand_id": ["D00003"], "enterprise_id": [CODES[2]]}).to_parquet(
        folder / RECORDS / "invited.parquet"
    )
    return folder


@pytest.mark.law
def test_the_service_lists_what_the_model_lists(release, tmp_path):
    """The same firms, ranks, probabilities and passages after saving, loading and serving; demands the other way."""
    service = planted_service(tmp_path, packed=load_packed(release))
    text = "风机轴承振动监测"
    expected = real_matcher(CODES).search(text, DAY, 10, ())
    answer = service.search(SearchRequest(text=text), ZONE)
    lines = [(one.enterprise_id, one.rank, one.probability) for one in expected.candidates]
    assert [(one["uscc"], one["rank"], one["probability"]) for one in answer["suppliers"]] == lines
    assert lines[0][0] == CODES[0]
    assert answer["versions"]["model"] == real_matcher(CODES).model_version
    SuppliersAnswer.model_validate(answer)
    guest = Caller(CODES[2], "enterprise", "a", "k", frozenset())
    demands = MatchedDemandsAnswer.model_validate(service.demands(DemandsRequest(uscc=CODES[2]), guest))
    assert "D00003" in [one.demand_id for one in demands.demands]
    service.close()


@pytest.mark.law
def test_a_release_is_packed_without_the_firms_that_have_withdrawn(release, tmp_path):
    """Neither its texts nor its counts are in the new library; where nobody withdrew the folder itself is packed."""
    assert without_firms(release, (), tmp_path / "made") == release
    made = without_firms(release, {CODES[0]}, tmp_path / "made")
    matcher = load_packed(made).matcher
    assert matcher.firms() == CODES[1:4]
    assert not any("轴承振动" in path.read_bytes().decode("utf-8", "ignore") for path in made.rglob("*.*"))
    before = load_packed(release).matcher
    assert matcher.library_digest != before.library_digest
    left = before.library.passages.loc[before.library.passages["enterprise_id"] != CODES[0], "text"]
    assert matcher.library.passages["text"].tolist() == left.tolist()


def test_the_vector_of_a_withdrawn_firms_demand_is_not_packed(tmp_path):
    """Also where it supplies nothing; those of the other firms' demands stay."""
    folder, tables = tmp_path / "matching", tmp_path / "tables"
    matcher, demands = real_matcher(CODES), list(planted_packed(CODES).demands.values())
    vectors = {text_digest(demand_text(one)): np.ones(2, np.float32) for one in demands}
    replace(matcher, queries=QueryVectors(None, vectors)).save(folder)
    tables.mkdir()
    to_table(demands, Demand).to_parquet(tables / "demands.parquet")
    made = without_firms(folder, {CODES[4]}, tmp_path / "made", tables)
    kept = QueryVectors.load(made / "demands", None).vectors
    assert set(kept) == {text_digest(demand_text(demands[4]))}
    assert without_firms(folder, {fictitious_uscc(9)}, tmp_path / "other", tables) == folder


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("library/library.json", '{"encoder_digest": "aaaa", "passages": 4, "firms": 4}', "library"),
        ("model/ranker.json", None, "ranker"),
        ("matching.json", None, "matching.json is missing"),
        ("library/passages.feather", None, "library"),
    ],
)
def test_a_release_whose_parts_do_not_fit_is_refused_by_name(release, file, change, message):
    """A library of another encoder, and each file that is missing."""
    if change is None:
        (release / file).unlink()
    else:
        (release / file).write_text(change, encoding="utf-8")
    with pytest.raises(Refusal) as refusal:
        FirstUse(lambda: load_packed(release)).get()
    assert refusal.value.key == "matching-unavailable"
    assert message in refusal.value.text[1]
    assert str(release) not in refusal.value.text[1]


def test_a_service_that_nobody_asked_to_match_loads_nothing_of_it():
    """A fresh process with the service's modules has neither the runtime of the encoder nor the index."""
    heavy = ("onnxruntime", "tokenizers", "faiss", "jieba", "torch", "models.matching.answer")
    probe = f"import sys, serving.runtime.service; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_firms_of_a_folder_are_those_of_its_library_and_of_its_demands(tmp_path):
    """Of the packed records and of the ingested ones; without files there are none."""
    assert firms_of(tmp_path / "none", tmp_path / "none") == frozenset()
    (tmp_path / "library").mkdir()
    pd.DataFrame({"enterprise_id": ["A"], "district": [None]}).to_feather(tmp_path / "library/firms.feather")
    (tmp_path / "records").mkdir()
    pd.DataFrame({"enterprise_id": ["B"]}).to_parquet(tmp_path / "records/demands.parquet")
    pd.DataFrame({"enterprise_id": ["C"]}).to_parquet(tmp_path / "demands.parquet")
    assert firms_of(tmp_path, tmp_path) == {"A", "B", "C"}
