"""Matching is loaded at its first use, and what is missing or does not fit is named."""

from __future__ import annotations

import subprocess
import sys
import threading

import pandas as pd
import pytest
from structlog.testing import capture_logs

from data.matching import Demand, MatchEvent, to_table
from data.uscc import fictitious_uscc
from serving.contract.refusals import Refusal
from serving.matching import packed as module
from serving.matching.packed import RECORDS, FirstUse, load_packed
from tests.serving.matching.planted import DAY, PlantedMatcher, demand

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


def test_a_service_that_nobody_asked_to_match_loads_nothing_of_it():
    """A fresh process with the service's modules has neither the runtime of the encoder nor the index."""
    heavy = ("onnxruntime", "tokenizers", "faiss", "jieba", "torch", "models.matching.answer")
    probe = f"import sys, serving.runtime.service; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
