"""Whether intervals hold what they claim: on planted null reforms, with refitted models, and of quick runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.growth_stages import GROWTH_STAGES
from models.points.card import PointsCard
from models.points.file import Earns
from models.reform.bootstrap import Bootstrap, Groups
from models.reform.estimates import Spread
from models.reform.evaluate import PACKED, BankOutcome, Evaluator, Outcome, Requested
from models.reform.levers import Packed, read_levers
from models.reform.passes import GROUPED, groups_of
from models.reform.result import FEWEST_FIRMS, SMALLEST_GROUP, Estimate
from models.reform.rules import Rules
from models.reform.tables import Sums, columns_of, distributions, totals

BANK = "standard"
REPLICATES = Bootstrap.replicates  # as every run has them
PLANTED = ("planted_a", "planted_b")  # two indicators that no model but the card reads
HEAVY, LIGHT = 30.0, 10.0
POINTS_MATTER = {"policies": {BANK: {"full_points": 110, "min_points": 45}}}
EXCHANGED = {"weights": {stage: {PLANTED[0]: LIGHT, PLANTED[1]: HEAVY} for stage in GROWTH_STAGES}}
Held = dict[str, list[bool | None]]


def planted_card(card: PointsCard) -> PointsCard:
    """The card with two more indicators of 30 and 10 points; its other core indicators share the other 60."""
    core = {item.key for item in card.indicators if item.kind == "core"}
    scale = 1.0 - (HEAVY + LIGHT) / 100.0
    steps = len(card.knots) - 1
    straight = {
        key: [weight * step / steps for step in range(steps + 1)]
        for key, weight in zip(PLANTED, (HEAVY, LIGHT), strict=True)
    }
    points = {
        stage: {key: [one * scale for one in line] if key in core else list(line) for key, line in rows.items()}
        | straight
        for stage, rows in card.points.items()
    }
    reference = {
        peers: {**curves, **{key: ([0.0, 1.0], [0.0, 1.0]) for key in PLANTED}}
        for peers, curves in card.reference.items()
    }
    lines = tuple(Earns(key, "planted", "core", 1) for key in PLANTED)
    return replace(card, indicators=(*card.indicators, *lines), points=points, reference=reference)


def null_coverage(packed: Packed, snapshot: pd.DataFrame, repetitions: int, firms: int, seed: int) -> dict[str, Any]:
    """Share of the 95 % intervals of differences that hold 0 where a reform exchanges two like indicators' weights.

    Each repetition draws firms from the snapshot with replacement, and both indicators from one law: whatever the
    reform gives one firm it takes from another that was as likely, so that every difference is 0 in truth, through the
    card, the bank's rules and the amounts. Intervals that are given count; ``withheld`` is the share of repetitions in
    which too few firms moved for one.
    """
    generator = np.random.default_rng(seed)
    engine = replace(packed.engine, points=planted_card(packed.engine.points))
    release = replace(packed, engine=engine)
    both = POINTS_MATTER, {**POINTS_MATTER, **EXCHANGED}
    base, exchanged = (Rules.of(read_levers(levers, release), release) for levers in both)
    held: Held = defaultdict(list)
    for repetition in range(repetitions):
        rows = generator.integers(0, len(snapshot), firms)
        drawn = {key: generator.beta(1.5, 1.5, firms) for key in PLANTED}
        evaluator = Evaluator(
            release, {PACKED: snapshot.iloc[rows].reset_index(drop=True).assign(**drawn)}, Requested()
        )
        before, after = (evaluator.outcome(rules, (BANK,)) for rules in (base, exchanged))
        stages = np.asarray(evaluator.pointed(base)["growth_stage"], dtype=object)
        for name, one in _differences(before, after, stages, [seed, repetition]):
            held[name].append(_holds(one, 0.0))
    return {
        "repetitions": repetitions,
        "firms": firms,
        "seed": seed,
        "fewest_firms": FEWEST_FIRMS,
        **counted_shares(held),
    }


def refit_coverage(repetitions: int, firms: int, draws: int, seed: int) -> dict[str, Any]:
    """The same where each firm's move has a firm's own part and one of the model, both 0 on average.

    With refitted draws the interval has to hold 0; without them it cannot, which is stated beside.
    """
    generator = np.random.default_rng(seed)
    held: Held = defaultdict(list)
    for _ in range(repetitions):
        own = generator.normal(0.0, 40_000.0, firms)
        shifts = generator.normal(0.0, 40_000.0 / np.sqrt(firms) * 1.5, 1 + draws)  # of the packed models and each draw
        outcomes = [_moved(own + shift) for shift in shifts]
        base = _moved(np.zeros(firms))
        columns = [columns_of(base, {"r": one}, []) for one in outcomes]
        refit = np.concatenate([Bootstrap(0).sums(list(one.values()), _everybody(firms))["all"] for one in columns[1:]])
        bootstrap = Bootstrap(REPLICATES, int(generator.integers(2**31)))
        alone = Sums.of_columns(columns[0], _everybody(firms), bootstrap, Spread())
        for name, sums in (("with_draws", replace(alone, refit={"all": refit})), ("without_draws", alone)):
            held[name].append(_holds(totals(sums, "r", (BANK,))[0].difference, 0.0))
    return {"repetitions": repetitions, "firms": firms, "draws": draws, "seed": seed, **counted_shares(held)}


def quick_coverage(
    packed: Packed,
    snapshot: pd.DataFrame,
    reforms: Mapping[str, Mapping[str, Any]],
    samples: int,
    firms: int,
    seed: int,
) -> dict[str, Any]:
    """Share of samples whose interval holds the full run's figure: totals of both sides and their difference."""
    generator = np.random.default_rng(seed)
    evaluator = Evaluator(packed, {PACKED: snapshot}, Requested())
    scenarios = {"baseline": {}, **reforms}
    outcomes = {
        name: evaluator.outcome(Rules.of(read_levers(levers, packed), packed), (BANK,))
        for name, levers in scenarios.items()
    }
    columns = columns_of(outcomes["baseline"], {name: outcomes[name] for name in reforms}, list(reforms))
    n = len(snapshot)
    full = Sums.of_columns(columns, _everybody(n), Bootstrap(0), Spread())
    truth = {name: value for name, one in _figures(full, list(reforms), _everybody(n)) if (value := one.value)}
    held: Held = defaultdict(list)
    for _ in range(samples):
        rows = generator.permutation(n)[:firms]
        bootstrap = Bootstrap(REPLICATES, int(generator.integers(2**31)))
        some = {key: column[rows] for key, column in columns.items()}
        quick = Sums.of_columns(some, _everybody(firms), bootstrap, Spread(left_out=1.0 - firms / n), n)
        for name, one in _figures(quick, list(reforms), _everybody(firms)):
            if name in truth:
                held[name].append(_holds(one, truth[name]))
    return {"samples": samples, "firms": firms, "of": n, "seed": seed, **counted_shares(held)}


def _everybody(firms: int) -> dict[str, Groups]:
    return {"all": Groups(("all",), np.zeros(firms, dtype=np.intp))}


def _holds(one: Estimate, value: float) -> bool | None:
    """Whether the interval holds a value; None where there is no interval."""
    return None if one.low is None or one.high is None else one.low <= value <= one.high


def _differences(
    before: Outcome, after: Outcome, stages: npt.NDArray[Any], seed: Sequence[int]
) -> Iterable[tuple[str, Estimate]]:
    """Each figure's name and difference."""
    columns = columns_of(before, {"r": after}, ["r"])
    groupings = groups_of(dict.fromkeys(GROUPED, stages))
    groupings = {name: groupings[name] for name in ("all", "growth_stage")}
    own = int(np.random.default_rng(seed).integers(2**31))
    sums = Sums.of_columns(columns, groupings, Bootstrap(REPLICATES, own), Spread())
    yield from ((one.measure, one.difference) for one in totals(sums, "r", (BANK,)))
    for each in distributions(sums, "r", (BANK,), groupings, whole=True):
        if each.firms - each.unknown >= SMALLEST_GROUP and each.group != "unknown":
            yield f"{each.measure} of {each.group}", each.move_mean


def _figures(sums: Sums, reforms: list[str], groupings: Mapping[str, Groups]) -> Iterable[tuple[str, Estimate]]:
    for name in reforms:
        for one in totals(sums, name, (BANK,)):
            yield from (
                (f"{name}: {one.measure} {side}", getattr(one, side)) for side in ("baseline", "reform", "difference")
            )
        for each in distributions(sums, name, (BANK,), groupings, whole=True):
            yield f"{name}: {each.measure} mean move", each.move_mean


def _moved(move: npt.NDArray[np.float64]) -> Outcome:
    quota = 1_000_000 + np.rint(move).astype(np.int64)
    none = np.zeros(len(quota), dtype=np.int64)
    return Outcome(none, {BANK: BankOutcome(quota, none, none, none + 1)})


def counted_shares(held: Held) -> dict[str, Any]:
    """Shares of the given intervals that hold the truth, and of the repetitions in which none was given."""
    given = {name: [one for one in every if one is not None] for name, every in sorted(held.items())}
    shares = {name: float(np.mean(one)) for name, one in given.items() if one}
    return {
        "held": shares, "withheld": {name: 1.0 - len(one) / len(held[name]) for name, one in given.items()},
        "least": min(shares.values()), "most": max(shares.values()),
        "together": float(np.mean([one for every in given.values() for one in every])),
    }  # fmt: skip
