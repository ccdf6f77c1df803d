"""``bench match-events``: invitations by assignment beside greedy under the same rules, on drawn events; time by size.

Probabilities are planted (logistic in a demand's, a firm's and a pair's part), so the figures measure the solver and
say nothing of how well real meetings are foreseen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.progress import track
from scipy.special import expit
from scipy.stats import t

from experiments.machine import machine
from models.matching.event_outlook import event_outlook
from models.matching.invitations import (
    Candidates,
    EventRules,
    Exposure,
    ExposureError,
    InvitationPlan,
    plan_invitations,
    replan,
)

Floats = npt.NDArray[np.float64]
OUT = Path("artifacts/bench/match_events.json")
LEVEL = 0.9
SIZES = ((6, 154), (154, 6), (100, 10_000), (10_000, 100))  # demands, firms
console = Console(width=140)


def bench(
    events: int = typer.Option(200, min=2, help="Drawn events that are compared."),
    sizes: bool = typer.Option(True, help="Also the large events, timed."),
    out: Path = typer.Option(OUT, help="Where the record goes."),
) -> None:
    """Invitations by assignment against greedy: value, bound, rules kept, declines, time."""
    began = time.perf_counter()
    drawn = [one_event(seed) for seed in track(range(events), "events", console=console)]
    record = {
        "events": drawn,
        "summary": summary(drawn),
        "sizes": [timed(*size) for size in track(SIZES, "sizes", console=console)] if sizes else [],
        "alike": [timed_alike(100, 10_000)] if sizes else [],
        "level": LEVEL,
        "wall_s": round(time.perf_counter() - began, 1),
        "machine": machine("scipy", "numpy"),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    show(record)


def planted(demands: int, firms: int, rng: np.random.Generator) -> Floats:
    """Probabilities that each meeting solves, shape (demands, firms)."""
    hard, able = rng.normal(0, 0.5, (demands, 1)), rng.normal(0, 1, (1, firms))
    chance: Floats = expit(-2 + hard + able + rng.normal(size=(demands, firms)))
    return chance


def one_event(seed: int) -> dict[str, Any]:
    """A drawn event: the plan against greedy, the rules counted again from the meetings, and a new plan."""
    rng = np.random.default_rng(seed)
    demands, firms = int(rng.integers(2, 25)), int(rng.integers(5, 80))
    candidates = Candidates.from_matrix(planted(demands, firms, rng) * (rng.random((demands, firms)) < 0.7))
    new = rng.random(firms) < 0.3
    exposure = [Exposure("new", new, rng.choice([0.0, 0.2, 0.4]))]
    if rng.random() < 0.5:
        exposure.append(Exposure("new at meetings", new, 0.2, of="meetings"))
    rules = EventRules(
        int(rng.integers(1, firms)), int(rng.integers(1, 8)), rng.integers(1, 5, firms), None, tuple(exposure)
    )
    acceptance = rng.uniform(0.3, 1, firms)
    try:
        plan = plan_invitations(candidates, rules, acceptance)
    except ExposureError as error:
        return {"seed": seed, "cannot_be_had": error.most}
    declined = plan.invited[rng.random(len(plan.invited)) < 0.2]
    kept = ~np.isin(plan.firm, declined) & (rng.random(len(plan.firm)) < 0.5)
    found = {
        "seed": seed, "demands": demands, "firms": firms, "value": plan.value, "bound": plan.bound, "gap": plan.gap,
        "greedy": plan.greedy_value, "price_of_fairness": plan.price_of_fairness, "broken": broken(plan, rules, firms),
    }  # fmt: skip
    try:
        again = replan(plan, candidates, rules, declined, kept, acceptance)
    except ExposureError as error:
        return found | {"replan_cannot_be_had": error.most}
    before, after = _meetings(plan), _meetings(again)
    kept_lost = len({one for one, fixed in zip(before, kept, strict=True) if fixed} - set(after))
    return found | {"replan_broken": [*broken(again, rules, firms), *(["kept meeting lost"] if kept_lost else [])]}


def _meetings(plan: InvitationPlan) -> list[tuple[int, int, int]]:
    return list(zip(plan.demand.tolist(), plan.firm.tolist(), plan.round.tolist(), strict=True))


def broken(plan: InvitationPlan, rules: EventRules, firms: int) -> list[str]:
    """Rules that a plan breaks, counted from its meetings alone."""
    counts = np.bincount(plan.firm, minlength=firms)
    limit = np.broadcast_to(rules.rounds if rules.per_firm_limit is None else rules.per_firm_limit, (firms,))
    checks = {
        "more firms than seats": len(plan.invited) > rules.seats,
        "meeting of a firm without seat": not set(plan.firm.tolist()) <= set(plan.invited.tolist()),
        "firm above its limit": bool((counts > limit).any()),
        "demand twice in a round": len({*zip(plan.demand, plan.round, strict=True)}) < len(plan.demand),
        "firm twice in a round": len({*zip(plan.firm, plan.round, strict=True)}) < len(plan.firm),
        "pair meets twice": len({*zip(plan.demand, plan.firm, strict=True)}) < len(plan.firm),
        "round outside": bool(((plan.round < 0) | (plan.round >= rules.rounds)).any()),
        "exposure": any(not least <= had <= most for least, most, had in plan.exposure.values()),
    }
    return [name for name, failed in checks.items() if failed]


def summary(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts over the events, and the relative gain over greedy with Student's interval."""
    solved = [one for one in events if "value" in one]
    beside = [one for one in solved if one["greedy"]]
    gain = np.array([one["value"] / one["greedy"] - 1 for one in beside])
    half = float(t.ppf((1 + LEVEL) / 2, max(len(gain) - 1, 1)) * gain.std(ddof=1) / np.sqrt(len(gain)))
    return {
        "events": len(events),
        "cannot_be_had": len(events) - len(solved),
        "replan_cannot_be_had": sum("replan_cannot_be_had" in one for one in solved),
        "largest_gap": max(one["gap"] for one in solved),
        "below_greedy": sum(one["value"] < one["greedy"] - 1e-9 for one in beside),
        "greedy_misses_exposure": sum(one["greedy"] is None for one in solved),
        "rules_broken": sum(bool(one["broken"]) + bool(one.get("replan_broken")) for one in solved),
        "gain_over_greedy": {"value": float(gain.mean()), "low": float(gain.mean()) - half,
                             "high": float(gain.mean()) + half, "largest": float(gain.max())},
        "mean_price_of_fairness": float(np.mean([one["price_of_fairness"] / max(one["value"], 1e-12)
                                                 for one in solved])),
    }  # fmt: skip


def timed(demands: int, firms: int) -> dict[str, Any]:
    """One large event with a bound of exposure: seconds, gap, and what to expect."""
    rng = np.random.default_rng(demands)
    probability = planted(demands, firms, rng)
    rules = EventRules(
        min(200, max(firms // 6, 6)), 6, 3 if firms > demands else None,
        exposure=(Exposure("new", rng.random(firms) < 0.3, 0.2 if firms > demands else 0.0),),
    )  # fmt: skip
    return timed_plan(probability, rules, rng.uniform(0.4, 0.9, firms))


def timed_alike(demands: int, firms: int) -> dict[str, Any]:
    """A hard one: so many good firms that they are nearly alike (uniform numbers cubed), and two bounds of exposure."""
    rng = np.random.default_rng(5)
    probability = rng.random((demands, firms)) ** 3
    new = rng.random(firms) < 0.3
    exposure = (Exposure("new", new, 0.4), Exposure("new at meetings", new, 0.3, of="meetings"))
    return timed_plan(probability, EventRules(firms // 100, 6, exposure=exposure), np.ones(firms))


def timed_plan(probability: Floats, rules: EventRules, acceptance: Floats) -> dict[str, Any]:
    """Seconds on the clock and of the processor, gap, rules kept, and what to expect of one plan."""
    demands, firms = probability.shape
    began, processor = time.perf_counter(), time.process_time()
    plan = plan_invitations(Candidates.from_matrix(probability), rules, acceptance)
    wall, processor = time.perf_counter() - began, time.process_time() - processor
    outlook = event_outlook(plan.demand, plan.firm, probability[plan.demand, plan.firm], acceptance)
    return {
        "demands": demands, "firms": firms, "seats": rules.seats, "rounds": rules.rounds, "wall_s": round(wall, 2),
        "processor_s": round(processor, 2),
        "value": plan.value, "bound": plan.bound, "gap": plan.gap, "greedy": plan.greedy_value,
        "broken": broken(plan, rules, firms), "meetings": vars(outlook.meetings), "solved": vars(outlook.solved),
    }  # fmt: skip


def show(record: dict[str, Any]) -> None:
    """The printed figures."""
    found = record["summary"]
    gain = found["gain_over_greedy"]
    console.print(f"{found['events']} events, {found['cannot_be_had']} with an exposure that cannot be had")
    console.print(
        f"gain over greedy {gain['value']:.2%} [{gain['low']:.2%}, {gain['high']:.2%}], largest {gain['largest']:.2%}"
    )
    for name in ("largest_gap", "below_greedy", "rules_broken", "greedy_misses_exposure", "mean_price_of_fairness"):
        console.print(f"  {name}: {found[name]:.3g}")
    for one in (*record["sizes"], *record["alike"]):
        solved = one["solved"]
        console.print(
            f"{one['demands']} demands x {one['firms']} firms: {one['wall_s']} s ({one['processor_s']} of a "
            f"processor), gap {one['gap']:.3%}, value "
            f"{one['value']:.1f}, greedy {one['greedy']:.1f}, solved {solved['expected']:.1f} "
            f"[{solved['low']}, {solved['high']}]"
        )
