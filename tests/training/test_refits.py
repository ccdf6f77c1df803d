"""Refits step by step: every wanted row is answered by the model made last before it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from models.remaining_time.coverage import Raw
from models.remaining_time.model import RemainingTime
from training.refits import refitted
from training.remaining_time import History, TooFewCasesError


@dataclass(frozen=True)
class Stub:
    """Answers with its cut, and with the end up to which labels were joined as its coverage."""

    cut: float
    end: float = np.nan

    def raw(self, prefixes):
        nothing = np.zeros(len(prefixes))
        return Raw(nothing, nothing, nothing), np.zeros(len(prefixes), dtype=np.int64)

    def answered(self, prefixes, made):
        n = len(prefixes)
        cut, end = np.full(n, self.cut), np.full(n, self.end)
        return RemainingTime(cut, cut, cut, np.full(n, "own"), end, np.ones(n, dtype=bool))


def fit(cut):
    if cut == 20.0:
        raise TooFewCasesError("none")
    return Stub(cut)


def with_later(model, window, raw, end):
    assert len(raw.middle) == len(window)
    return replace(model, end=end)


@pytest.mark.law
def test_a_row_is_answered_by_the_last_model_before_it():
    """Steps of 10 days from day 10 on; the model of day 20 has too few cases, so its rows have no answer."""
    known = np.array([5.0, 12.0, 19.9, 25.0, 30.0, 41.0])
    past = History(pd.DataFrame(index=range(6)), np.arange(6), known, known + 1)
    found = refitted(past, np.array([1, 2, 3, 4, 5]), 10.0, 10.0, fit, with_later)
    assert found.rows.tolist() == [1, 2, 4, 5]
    assert found.answers.remaining_days.tolist() == [10.0, 10.0, 30.0, 40.0]
    assert found.answers.coverage.tolist() == [20.0, 20.0, 40.0, 50.0]
    assert found.fits == 3
    with pytest.raises(TooFewCasesError):
        refitted(past, np.array([3]), 20.0, 10.0, fit, with_later)
