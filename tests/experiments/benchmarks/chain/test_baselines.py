"""The baseline decides by characters, and what it decided is found again."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.chain import baselines
from experiments.benchmarks.chain.baselines import Decisions, fit_and_decide

TEXTS, NODES = ["电缆", "电线", "水泵", "水阀", "药片", "药丸"], [("e",), ("e",), ("w",), ("w",), ("m",), ("m",)]


@pytest.mark.truth
def test_the_class_of_the_shared_characters():
    found = fit_and_decide(TEXTS, NODES, ["电机", "水管", "药水药"])
    assert found.first().tolist() == ["e", "w", "m"]
    assert found.margins.shape == (3, 3)
    two = fit_and_decide(TEXTS[:4], NODES[:4], ["水管"])
    assert two.first().tolist() == ["w"]
    several = fit_and_decide(TEXTS, [*NODES[:4], ("m", "w"), ("m",)], ["药丸", "药片"])
    assert several.classes.tolist() == ["e", "m", "w"]
    assert several.above(0.0)[0] == ("m",)


@pytest.mark.law
def test_above_a_threshold_the_first_is_always_given():
    found = Decisions(np.array(["x", "y"]), np.array([[-3.0, -2.0], [1.0, 0.5]], np.float32))
    assert found.above(0.0) == [("y",), ("x", "y")]
    assert found.above(0.7) == [("y",), ("x",)]


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
