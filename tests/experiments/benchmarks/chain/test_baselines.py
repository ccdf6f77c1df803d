"""The baseline decides by characters, and what it decided is found again."""

from __future__ import annotations

import pytest

from experiments.benchmarks.chain import baselines
from experiments.benchmarks.chain.baselines import fit_and_decide

TEXTS, NODES = ["电缆", "电线", "水泵", "水阀", "药片", "药丸"], [("e",), ("e",), ("w",), ("w",), ("m",), ("m",)]


def first(found):
    return found.classes[found.margins.argmax(axis=1)].tolist()


@pytest.mark.truth
def test_the_class_of_the_shared_characters():
    found = fit_and_decide(TEXTS, NODES, ["电机", "水管", "药水药"])
    assert first(found) == ["e", "w", "m"]
    assert found.margins.shape == (3, 3)
    two = fit_and_decide(TEXTS[:4], NODES[:4], ["水管"])
    assert first(two) == ["w"]
    several = fit_and_decide(TEXTS, [*NODES[:4], ("m", "w"), ("m",)], ["药丸", "药片"])
    assert several.classes.tolist() == ["e", "m", "w"]
    assert (several.margins[0] > 0).tolist() == [False, True, False]


@pytest.mark.contract
def test_what_was_decided_is_kept_by_all_that_it_depends_on(tmp_path, monkeypatch):
    first = fit_and_decide(TEXTS, NODES, ["电机"], tmp_path)
    fitted = []
    monkeypatch.setattr(baselines, "_fit_and_decide", lambda *parts: fitted.append(parts) or first)
    again = fit_and_decide(TEXTS, NODES, ["电机"], tmp_path)
    assert (again.margins == first.margins).all()
    assert again.classes.tolist() == first.classes.tolist()
    assert not fitted
    fit_and_decide(TEXTS, [("w",), *NODES[1:]], ["电机"], tmp_path)
    assert len(fitted) == 1
