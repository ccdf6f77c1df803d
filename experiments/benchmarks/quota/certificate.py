"""Loss certificates against what they state, on planted books and in worlds whose years share a factor."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from rich.console import Console
from rich.progress import track

from experiments.benchmarks.quota import certificate_study as study
from experiments.benchmarks.quota.planted import Book, books
from experiments.machine import machine

RATES = (0.0047, 0.0087, 0.012, 0.016)  # the last two: where the caps are broken too often
CORRELATIONS = (0.04, 0.12)
SEASONED = 2_281
SHAPES: dict[str, dict[str, float]] = {
    "planted 2 % PD": {},
    "model slope 1.5": {"predicted_slope": 1.5},
    "larger loans riskier, unseen": {"amount_log_odds": 0.3},
}
console = Console()


def bench(
    count: int = typer.Option(1_000, help="(cohort, next portfolio) pairs of each case."),
    chosen: int = typer.Option(100, help="Cohorts of each case in which the taper is chosen."),
    seed: int = typer.Option(7, help="Seed of everything planted and drawn."),
    out: Path = typer.Option(Path("artifacts/bench/certificate.json"), help="Where the figures go."),
) -> None:
    """Certified and broken, by N, book and correlation; power; loans needed; the ten policies after `dvc repro`."""
    start, planted = time.perf_counter(), books(seed)
    work = cases(planted, count, chosen, seed)
    figures: dict[str, Any] = {
        "machine": machine("numpy", "scipy"),
        "seed": seed,
        "caveat": "Planted books with known default risks: the figures measure the method, not a bank.",
        "delta": study.DELTA,
        "confidence": study.CONFIDENCE,
        **{name: [] for name, _ in work},
    }
    for name, made in track(work, "certificates", console=console):
        found = made()
        figures[name] += found if isinstance(found, list) else [found]
    figures["headline"] = headline(figures)
    figures["policies"] = shipped(Path("artifacts/quota/certificates.json"))
    figures["seconds"] = round(time.perf_counter() - start, 1)
    out.parent.mkdir(parents=True, exist_ok=True)
    plain = json.loads(json.dumps(figures), parse_constant=lambda _: None)  # a figure that is none is null
    out.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    show(plain)


def cases(planted: dict[str, Book], count: int, chosen: int, seed: int) -> list[tuple[str, Callable[[], Any]]]:
    """Every piece of work, with the list that its rows go to."""
    main, work = planted["planted book"], []

    def add(name: str, made: Callable[..., Any], *args: Any, **label: Any) -> None:
        def labelled() -> list[dict[str, Any]]:
            found = made(*args)
            return [{**label, **row} for row in (found if isinstance(found, list) else [found])]

        work.append((name, labelled))

    for position, (name, book) in enumerate(planted.items()):
        for at, rate in enumerate(RATES):
            add("independent", study.pairs, book, rate, 0.0, SEASONED, count, [seed, 2, position, at], book=name)
            for rho in CORRELATIONS if position == 0 else CORRELATIONS[1:]:
                add("correlated", study.pairs, book, rate, rho, SEASONED, count,
                    [seed, 3, position, at, int(rho * 100)],
                    book=name)  # fmt: skip
        for n in (210, SEASONED, 8_000):
            add("null", study.null, book, n, count, [seed, 4, position, n], book=name)
    for n in (SEASONED, 20_000):
        add("mean_as_promise", study.mean_as_promise, main, 0.0087, 0.0, n, 1_000, [seed, 5, n])
    for rho in CORRELATIONS:
        add("mean_as_promise", study.mean_as_promise, main, 0.0087, rho, SEASONED, count, [seed, 5, int(rho * 100)])
    for n in (1_310, SEASONED):
        add("power", study.power, main, 0.0047, n, count, [seed, 6, n])
    for at, rate in enumerate((0.0030, 0.0040, 0.0047, 0.0060)):
        add("loans_needed", study.loans_needed, main, rate, 16_000, 200, [seed, 7, at])
    for position, (name, shape) in enumerate(SHAPES.items()):
        world = study.applicants([seed, 8, position], shape)
        for n in (1_280, SEASONED):
            for loans in (None, 210):
                add("tapers", study.taper_study, name, world, loans, n, chosen, [seed, 9, position, n, loans or 0])
    return work


def headline(figures: dict[str, Any]) -> dict[str, float]:
    """The figures that are quoted, by name."""

    def largest(rows: list[dict[str, Any]], name: str) -> float:
        return float(max(row[name] for row in rows if row[name] is not None))

    mean = [row for row in figures["mean_as_promise"] if row["next_loans"] == 210]
    many = {row["way"]: row["certified_and_broken"] for row in mean if row["n"] == 20_000}
    years = {
        way: largest([row for row in figures["mean_as_promise"] if row["rho"] == 0.12 and row["way"] == way],
                     "certified_and_broken")
        for way in ("expected rate, bets", "expected rate, size-biased gamma")
    }  # fmt: skip
    power = {row["n"]: row for row in figures["power"]}
    needed = next(row for row in figures["loans_needed"] if row["rate"] == 0.0047)
    return {
        "pairs": float(min(row["pairs"] for row in (*figures["independent"], *figures["correlated"]))),
        "two_errors": largest(figures["independent"], "two_errors"),
        "certified_and_broken": largest(figures["independent"], "certified_and_broken"),
        "certified_and_broken_correlated": largest(figures["correlated"], "certified_and_broken"),
        "mean_bets_certified_and_broken": many["expected rate, bets"],
        "mean_gamma_certified_and_broken": many["expected rate, size-biased gamma"],
        "mean_bets_certified_and_broken_rho_12": years["expected rate, bets"],
        "mean_gamma_certified_and_broken_rho_12": years["expected rate, size-biased gamma"],
        "null_passed": largest(figures["null"], "passed"),
        "power_next_210": power[SEASONED]["next 210 at 2.00%"],
        "power_expected": power[1_310]["expected at 1.00%"],
        "needed_expected": float(needed["expected at 1.00%"]),
        "needed_next_50": float(needed["next 50 at 3.00%"]),
        "needed_next_210": float(needed["next 210 at 2.00%"]),
        "needed_next_1000": float(needed["next 1000 at 1.50%"]),
        "needed_next_5000": float(needed["next 5000 at 1.25%"]),
        "wrong_taper_certified": largest(figures["tapers"], "wrong_taper_certified"),
    }


def shipped(path: Path) -> list[dict[str, Any]]:
    """What each policy of the last `dvc repro` got, or nothing."""
    if not path.exists():
        return []
    keep = ("version", "status", "n", "firms", "vintages", "loss_rate", "loss_rate_bound", "taper_end_pd",
            "largest_wan", "total_wan", "approved_share")  # fmt: skip
    rows = []
    for one in json.loads(path.read_text(encoding="utf-8"))["certificates"]:
        said = {
            f"{statement['kind']} {statement['cap']:.2%} rho {statement['rho']:g}": statement["certified"]
            or statement["n_needed"]
            for statement in one["statements"]
        }
        rows.append({**{name: one[name] for name in keep}, **said})
    return rows


def show(figures: dict[str, Any]) -> None:
    """The figures as tables."""
    for name in ("independent", "correlated", "mean_as_promise", "null", "power", "loans_needed", "tapers", "policies"):
        rows = figures[name]
        if not rows:
            continue
        console.print(name.replace("_", " "), style="bold")
        console.print(pd.DataFrame(rows).to_string(index=False, float_format="{:.4g}".format), soft_wrap=True)
    console.print(figures["headline"])
