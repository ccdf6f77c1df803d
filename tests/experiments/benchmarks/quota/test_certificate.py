"""The command of the certificates: its pieces of work, its quoted figures and what the shipped policies got."""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.benchmarks.quota.certificate import cases, headline, shipped
from experiments.benchmarks.quota.planted import Book


def figures():
    """One row of each kind, and a worse one where the largest counts."""
    row = {"pairs": 100, "two_errors": 0.06, "certified_and_broken": 0.02}
    ways = {"expected rate, bets": 0.2, "expected rate, size-biased gamma": 0.3, "realised rate": 0.01}
    mean = [{"n": 20_000, "rho": 0.0, "next_loans": 210, "way": way, "certified_and_broken": share}
            for way, share in ways.items()]  # fmt: skip
    mean += [{"n": 2_281, "rho": 0.12, "next_loans": loans, "way": way, "certified_and_broken": share * factor}
             for way, share in ways.items() for loans, factor in ((210, 0.5), (1_000, 0.9))]  # fmt: skip
    needed = {
        "next 50 at 3.00%": 900,
        "next 210 at 2.00%": 1_300,
        "next 1000 at 1.50%": 2_000,
        "next 5000 at 1.25%": 3_000,
    }
    return {
        "independent": [row, row | {"certified_and_broken": 0.05}],
        "correlated": [row | {"pairs": 80, "certified_and_broken": 0.07}],
        "mean_as_promise": mean,
        "null": [{"passed": 0.08}, {"passed": 0.1}],
        "power": [
            {"n": 1_310, "expected at 1.00%": 0.8, "next 210 at 2.00%": 0.5},
            {"n": 2_281, "expected at 1.00%": 0.9, "next 210 at 2.00%": 0.95},
        ],
        "loans_needed": [{"rate": 0.003}, {"rate": 0.0047, "expected at 1.00%": 1_000, **needed}],
        "tapers": [{"wrong_taper_certified": 0.0}, {"wrong_taper_certified": 0.02}],
    }


@pytest.mark.law
def test_the_quoted_figures_are_the_worst_of_their_rows():
    """Fewest pairs, largest shares, the rates of 210 loans from 20,000, power and loans needed from their own rows."""
    quoted = headline(figures())
    assert (quoted["pairs"], quoted["certified_and_broken"], quoted["certified_and_broken_correlated"]) == (
        80,
        0.05,
        0.07,
    )
    assert (quoted["mean_bets_certified_and_broken"], quoted["mean_gamma_certified_and_broken"]) == (0.2, 0.3)
    assert quoted["mean_bets_certified_and_broken_rho_12"] == pytest.approx(0.18)
    assert quoted["mean_gamma_certified_and_broken_rho_12"] == pytest.approx(0.27)
    assert (quoted["null_passed"], quoted["wrong_taper_certified"]) == (0.1, 0.02)
    assert (quoted["power_next_210"], quoted["power_expected"]) == (0.95, 0.8)
    assert (quoted["needed_expected"], quoted["needed_next_5000"]) == (1_000, 3_000)
    assert quoted["needed_next_50"] == 900


@pytest.mark.contract
def test_a_policy_is_a_row_with_each_statement_and_without_a_file_there_is_none(tmp_path):
    """A statement is True, or the loans that it would take."""
    assert shipped(tmp_path / "absent.json") == []
    keep = ("version", "status", "n", "firms", "vintages", "loss_rate", "loss_rate_bound", "taper_end_pd",
            "largest_wan", "total_wan", "approved_share")  # fmt: skip
    statements = [
        {"kind": "next 210", "cap": 0.02, "rho": 0.0, "certified": True, "n_needed": None},
        {"kind": "next 210", "cap": 0.03, "rho": 0.04, "certified": False, "n_needed": 900},
    ]
    one = {name: position for position, name in enumerate(keep)} | {"statements": statements, "digest": "x"}
    path = tmp_path / "certificates.json"
    path.write_text(json.dumps({"certificates": [one]}), encoding="utf-8")
    (row,) = shipped(path)
    assert "digest" not in row
    assert (row["n"], row["next 210 2.00% rho 0"], row["next 210 3.00% rho 0.04"]) == (2, True, 900)


@pytest.mark.surface
def test_every_piece_of_work_goes_to_a_list_that_is_shown():
    """Eight lists, each book at each rate, and a piece returns labelled rows."""
    book = Book(np.full(50, 20.0), np.full(50, 0.01))
    work = cases({"planted book": book, "equal amounts": book}, count=4, chosen=1, seed=1)
    names = [name for name, _ in work]
    assert set(names) == {*figures()}
    assert names.count("independent") == 2 * 4
    assert names.count("correlated") == 4 * (2 + 1)
    rows = dict(work)["null"]()
    assert rows[0]["book"] == "equal amounts"
    assert rows[0]["cohorts"] == 4
