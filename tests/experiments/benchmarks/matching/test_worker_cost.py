"""What matching costs a worker: the enlarged library, and what is added to what."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.matching import worker_cost as module
from experiments.benchmarks.matching.match_speed import holds
from models.matching.answer import LIBRARY
from models.matching.library import Library
from tests.models.matching.conftest import PlantedEncoder, documents


@pytest.fixture
def library():
    return Library.prepare(documents(copies=1), PlantedEncoder())


@pytest.mark.law
def test_an_enlarged_library_has_as_many_passages_under_firms_of_their_own(library):
    """No text twice beyond those of the documents, vectors of length 1, the encoder's digest."""
    made = module.enlarged(library, 3 * len(library.passages))
    assert len(made.passages) >= 3 * len(library.passages)
    assert len(made.firms) == 3 * len(library.firms)
    assert np.linalg.norm(made.vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert made.encoder_digest == "planted"
    with pytest.raises(ValueError, match="no vectors"):
        module.enlarged(Library.prepare(documents(copies=1), None), 10)


@pytest.mark.law
def test_what_matching_adds_is_the_difference_of_two_fresh_processes(library, tmp_path, monkeypatch):
    """By hand: 130 against 100 MB, 1.5 against 1 s."""
    monkeypatch.setattr(module, "PACKED", ())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("{}", encoding="utf-8")
    library.save(tmp_path / "artifacts/matching" / LIBRARY)
    (tmp_path / "artifacts/matching/matching.json").write_text("{}", encoding="utf-8")
    seen = []

    def run(release, text, folder):
        held = release / "matching/library"
        seen.append((release.name, sorted(path.name for path in held.glob("*.feather")) if held.is_dir() else None))
        start = {"seconds": 1.5 if held.is_dir() else 1.0, "memory_mb": {"resident": 100.0}}
        return {"start": start, "more_lists": {"memory_mb": {"resident": 130.0}}}

    monkeypatch.setattr(module, "_run", run)
    for size in (0, 40):
        found = module.worker_cost(tmp_path / "artifacts", size, tmp_path / "none")
        assert (found["added_start_s"], found["added_memory_mb"]) == (0.5, {"resident": 30.0})
        assert found["passages"] >= max(size, len(library.passages))
    tables = ["documents.feather", "firms.feather", "passages.feather"]
    assert seen == [("without", None), ("with", tables)] * 2


@pytest.mark.law
def test_the_promise_is_of_the_packed_library_alone():
    one = {"added_start_s": 1.9, "added_memory_mb": {"resident": 240.0}}
    large = {"added_start_s": 9.0, "added_memory_mb": {"resident": 900.0}}
    assert holds({"indexes": {}, "worker": [one, large]}) == {"worker_start": True, "worker_memory": True}
    assert holds({"indexes": {}, "worker": [large]}) == {"worker_start": False, "worker_memory": False}
    assert holds({"indexes": {}}) == {}
