from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binom

from data.codebook import read_codebook
from training.risk_disclosure import compare_rates, exact_interval, grade_disclosure, write_disclosure


@pytest.mark.truth
def test_the_first_published_inversion_of_a_guarantee_fund_is_noise():
    """BB 16 of 2,094 against B 15 of 2,089: z 0.17, p 0.86, and hundreds of thousands of cases would be needed."""
    told = compare_rates((16, 2_094), (15, 2_089))
    assert told["z"] == pytest.approx(0.17, abs=0.005)
    assert told["p"] == pytest.approx(0.86, abs=0.005)
    assert told["verdict"] == "the inversion is noise"
    assert told["needed"] > 100_000


@pytest.mark.law
@pytest.mark.parametrize(("rate", "n"), [(0.01, 200), (0.05, 60), (0.3, 25)])
def test_exact_intervals_hold_the_rate_at_least_as_often_as_they_say(rate, n):
    """Coverage over every possible count, by the binomial law itself."""
    counts = np.arange(n + 1)
    holds = [low <= rate <= high for low, high in (exact_interval(int(one), n) for one in counts)]
    assert binom.pmf(counts, n, rate) @ holds >= 0.95


@pytest.mark.contract
def test_a_disclosure_accounts_for_every_case(trained, tmp_path):
    """Grades add up to the cases, stages to the grades, and the page needs no network."""
    told = grade_disclosure(trained.engine.risk, trained.later, trained.later_default, read_codebook())
    assert sum(row["n"] for row in told["grades"].values()) == len(trained.later)
    assert sum(row["defaults"] for row in told["grades"].values()) == trained.later_default.sum()
    known = trained.later["stage3"].isin(told["stages"])
    assert sum(row["n"] for rows in told["stages"].values() for row in rows.values()) == known.sum()
    write_disclosure(told, tmp_path, "planted")
    assert json.loads((tmp_path / "disclosure.json").read_text(encoding="utf-8"))["caveat"] == "planted"
    page = (tmp_path / "disclosure.html").read_text(encoding="utf-8")
    assert "违约率" in page
    assert "http" not in page
