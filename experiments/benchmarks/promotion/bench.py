"""``bench promotion``: planted bad challengers, a true improvement, and sequences of challengers that are no better."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from experiments.benchmarks.promotion.challengers import DEFECTS, STRENGTHS, planting_of
from experiments.benchmarks.promotion.cohorts import draw_cohort
from experiments.benchmarks.promotion.nulls import null_sequence
from experiments.benchmarks.promotion.submission import bench_of, verdict_on
from training.params import read_section
from training.promotion.verdict import PromotionParams
from training.risk.leakage_column import LeakageParams

TRIES = 20
LEAST_DEFAULTS = 500  # in each test cohort
LEAST_IMPROVED = 0.8  # share of true improvements that are promoted

console = Console()


@dataclass(frozen=True)
class Tried:
    """One challenger of one cohort; ``right``: the check that its defect belongs to is among those not passed."""

    defect: str
    strength: str
    promoted: bool
    right: bool
    refused_by: list[str]


def bench(
    seeds: int = typer.Option(50, min=1, help="Planted cohorts."),
    sequences: int = typer.Option(200, min=1, help="Sequences of challengers that are no better."),
    draws: int = typer.Option(400, min=50, help="Resamples of firms in each comparison."),
    out: Path = typer.Option(Path("artifacts/bench/promotion.json"), help="Where the record goes."),
    seed: int = typer.Option(0, min=0, help="Seed of the first cohort and of the first sequence; each has the next."),
) -> None:
    """Show what the checks of a promotion refuse and accept; exits 1 where they do not keep what they promise."""
    params = replace(read_section("promotion", PromotionParams), draws=draws)
    cohorts = [cohort_of(seed + at, params) for at in track(range(seeds), "cohorts", console=console)]
    nulls = [null_sequence(seed + at, TRIES, params) for at in track(range(sequences), "sequences", console=console)]
    record = summary([one for tried, _ in cohorts for one in tried], [count for _, count in cohorts])
    record |= {"nulls": null_summary([one.p for one in nulls], [one.promoted for one in nulls], params.error_rate)}
    record["nulls"]["least_defaults"] = min(one.defaults for one in nulls)
    record |= {"draws": draws, "first_seed": seed}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    show(record)
    if missed := faults(record):
        console.print("\n".join(missed))
        raise typer.Exit(1)


def cohort_of(seed: int, params: PromotionParams, strengths: Sequence[str] = STRENGTHS) -> tuple[list[Tried], int]:
    """Every challenger of one cohort, the true improvement first; and the defaults of its test rows."""
    cohort = draw_cohort(seed)
    planting = planting_of(cohort, seed)
    own = bench_of(cohort, seed, params, read_section("leakage", LeakageParams))
    improved = verdict_on(own, planting.better)
    tried = [Tried("none", "", improved.promoted, False, improved.refused_by)]
    for defect, (make, check) in DEFECTS.items():
        for strength in strengths:
            found = verdict_on(own, make(planting, strength))
            tried.append(Tried(defect, strength, found.promoted, check in found.refused_by, found.refused_by))
    return tried, int(cohort.test.y.sum())


def summary(tried: Sequence[Tried], defaults: Sequence[int]) -> dict[str, Any]:
    """By defect and strength: challengers, those promoted, those refused by the check that their defect belongs to."""
    defects: dict[str, Any] = {}
    for defect, (_, check) in DEFECTS.items():
        rows = {name: [one for one in tried if (one.defect, one.strength) == (defect, name)] for name in STRENGTHS}
        defects[defect] = {"check": check} | {
            name: {
                "challengers": len(own),
                "promoted": sum(one.promoted for one in own),
                "right_check": sum(one.right for one in own),
                "refused_by": {
                    check: sum(check in one.refused_by for one in own)
                    for check in sorted({check for one in own for check in one.refused_by})
                },
            }
            for name, own in rows.items()
        }
    improved = [one for one in tried if one.defect == "none"]
    return {
        "cohorts": len(defaults),
        "least_defaults": min(defaults),
        "defects": defects,
        "improvement": {
            "challengers": len(improved),
            "promoted": sum(one.promoted for one in improved),
            "refused_by": [one.refused_by for one in improved if not one.promoted],
        },
    }


def null_summary(p: Sequence[Sequence[float]], promoted: Sequence[bool], error_rate: float) -> dict[str, Any]:
    """Sequences in which one was promoted; and in how many the same tests, each at the whole rate, promote one."""
    allowed = error_rate + 2 * sqrt(error_rate * (1 - error_rate) / len(p))
    return {
        "sequences": len(p),
        "tries": TRIES,
        "promoted_one": sum(promoted),
        "share": sum(promoted) / len(p),
        "allowed_share": allowed,
        "share_without_spending": sum(min(own) <= error_rate for own in p) / len(p),
        "share_of_single_tests": sum(own[0] <= error_rate for own in p) / len(p),
    }


def faults(record: dict[str, Any]) -> list[str]:
    """What was promised and is not kept."""
    found = []
    if record["least_defaults"] < LEAST_DEFAULTS:
        found.append(f"a cohort has {record['least_defaults']} test defaults; at least {LEAST_DEFAULTS} are needed")
    for defect, own in record["defects"].items():
        for strength in STRENGTHS[1:]:
            if own[strength]["promoted"]:
                found.append(f"{defect}, {strength}: {own[strength]['promoted']} promoted; allowed: 0")
            if own[strength]["right_check"] < own[strength]["challengers"]:
                found.append(
                    f"{defect}, {strength}: {own[strength]['right_check']} of {own[strength]['challengers']} were "
                    f"refused by {own['check']}"
                )
    improved = record["improvement"]
    if improved["promoted"] < LEAST_IMPROVED * improved["challengers"]:
        found.append(f"the true improvement was promoted {improved['promoted']} of {improved['challengers']} times")
    if record["nulls"]["share"] > record["nulls"]["allowed_share"]:
        found.append(f"a challenger that is no better was promoted in {record['nulls']['share']:.1%} of the sequences")
    return found


def show(record: dict[str, Any]) -> None:
    """The printed tables."""
    table = Table("defect", "check", *(f"{name}: promoted" for name in STRENGTHS), "refused by that check")
    for defect, own in record["defects"].items():
        counts = [f"{own[name]['promoted']} of {own[name]['challengers']}" for name in STRENGTHS]
        table.add_row(defect, own["check"], *counts, ", ".join(str(own[name]["right_check"]) for name in STRENGTHS))
    console.print(table)
    improved, nulls = record["improvement"], record["nulls"]
    console.print(f"true improvement: {improved['promoted']} of {improved['challengers']} promoted")
    console.print(
        f"{nulls['tries']} challengers that are no better in a row: one promoted in {nulls['promoted_one']} of "
        f"{nulls['sequences']} sequences ({nulls['share']:.1%}, allowed {nulls['allowed_share']:.1%}); without "
        f"spending {nulls['share_without_spending']:.1%}"
    )
