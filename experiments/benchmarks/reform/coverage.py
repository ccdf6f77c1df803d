"""Whether intervals hold what they claim: on planted null reforms, with refitted models, and of quick runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
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
from models.reform.result import Estimate
from models.reform.rules import Rules
from models.reform.tables import Sums, columns_of, distributions, totals

BANK = "standard"
REPLICATES = 200
PLANTED = ("planted_a", "planted_b")  # two indicators that no model but the card reads
HEAVY, LIGHT = 30.0, 10.0
POINTS_MATTER = {"policies": {BANK: {"full_points": 110, "min_points": 45}}}
EXCHANGED = {"weights": {stage: {PLANTED[0]: LIGHT, PLANTED[1]: HEAVY} for stage in GROWTH_STAGES}}
# Of m firms that move either way alike all move one way in 2 of 2 ** m cases: half of it (mid-p) is under 5 % from here
FEWEST_MOVERS = 5
Held = dict[str, list[bool]]


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
    card, the bank's rules and the amounts. Where fewer than FEWEST_MOVERS firms move, no difference can be told from 0
    at this level, so that an interval that does not claim too much holds 0 nearly always: ``held_where_moved`` leaves
    those repetitions out, and ``moved`` is the share of repetitions that it has.
    """
    generator = np.random.default_rng(seed)
    engine = replace(packed.engine, points=planted_card(packed.engine.points))
    release = replace(packed, engine=engine)
    both = POINTS_MATTER, {**POINTS_MATTER, **EXCHANGED}
    base, exchanged = (Rules.of(read_levers(levers, release), release) for levers in both)
    held: Held = defaultdict(list)
    moved: Held = defaultdict(list)
    for repetition in range(repetitions):
        rows = generator.integers(0, len(snapshot), firms)
        drawn = {key: generator.beta(1.5, 1.5, firms) for key in PLANTED}
        evaluator = Evaluator(
            release, {PACKED: snapshot.iloc[rows].reset_index(drop=True).assign(**drawn)}, Requested()
        )
        before, after = (evaluator.outcome(rules, (BANK,)) for rules in (base, exchanged))
        stages = np.asarray(evaluator.pointed(base)["growth_stage"], dtype=object)
        for name, one, movers in _differences(before, after, stages, repetition):
            held[name].append(one.low <= 0.0 <= one.high)
            moved[name].append(movers >= FEWEST_MOVERS)
    where_moved = {
        name: [one for one, enough in zip(held[name], moved[name], strict=True) if enough]
        for name in held
        if any(moved[name])
    }
    return {
        "repetitions": repetitions, "firms": firms, **_shares(held), "fewest_movers": FEWEST_MOVERS,
        "moved": {name: float(np.mean(one)) for name, one in sorted(moved.items())},
        "held_where_moved": _shares(where_moved)["held"] if where_moved else {},
    }  # fmt: skip


def refit_coverage(repetitions: int, firms: int, draws: int, seed: int) -> dict[str, Any]:
    """The same where each firm's move has a firm's own part and one of the model, both 0 on average.

    With refitted draws the interval has to hold 0; without them it cannot, which is stated beside.
    """
    generator = np.random.default_rng(seed)
    held: Held = defaultdict(list)
    for repetition in range(repetitions):
        own = generator.normal(0.0, 40_000.0, firms)
        shifts = generator.normal(0.0, 40_000.0 / np.sqrt(firms) * 1.5, 1 + draws)  # of the packed models and each draw
        outcomes = [_moved(own + shift) for shift in shifts]
        base = _moved(np.zeros(firms))
        columns = [columns_of(base, {"r": one}, []) for one in outcomes]
        everybody = {"all": Groups(("all",), np.zeros(firms, dtype=np.intp))}
        drawn = Bootstrap(REPLICATES, repetition).sums(list(columns[0].values()), everybody)
        refit = np.concatenate([Bootstrap(0).sums(list(one.values()), everybody)["all"] for one in columns[1:]])
        keys = {key: at for at, key in enumerate(columns[0])}
        for name, again in (("with_draws", {"all": refit}), ("without_draws", None)):
            credit = totals(Sums(keys, drawn, again, firms, Spread()), "r", (BANK,))[0].difference
            held[name].append(credit.low <= 0.0 <= credit.high)
    return {"repetitions": repetitions, "firms": firms, "draws": draws, **_shares(held)}


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
    keys, n = {key: at for at, key in enumerate(columns)}, len(snapshot)
    everybody = {"all": Groups(("all",), np.zeros(n, dtype=np.intp))}
    full = Sums(keys, Bootstrap(0).sums(list(columns.values()), everybody), None, n, Spread())
    truth = dict(_figures(full, list(reforms), everybody))
    held: Held = defaultdict(list)
    for sample in range(samples):
        rows = generator.permutation(n)[:firms]
        some = {"all": Groups(("all",), np.zeros(firms, dtype=np.intp))}
        drawn = Bootstrap(REPLICATES, sample).sums([column[rows] for column in columns.values()], some)
        counts = {
            "all": Bootstrap(0).sums([(one[rows] != 0).astype(np.int8) for one in columns.values()], some)["all"][0]
        }
        quick = Sums(keys, drawn, None, n, Spread(left_out=1.0 - firms / n), counts)
        for name, one in _figures(quick, list(reforms), some):
            value = truth[name].value
            if value is not None and truth[name].value != 0.0:
                held[name].append(one.low <= value <= one.high)
    return {"samples": samples, "firms": firms, "of": n, **_shares(held)}


def _differences(
    before: Outcome, after: Outcome, stages: npt.NDArray[Any], seed: int
) -> Iterable[tuple[str, Estimate, int]]:
    """Each figure's name, difference, and the firms that move."""
    columns = columns_of(before, {"r": after}, ["r"])
    groupings = groups_of(dict.fromkeys(GROUPED, stages))
    groupings = {name: groupings[name] for name in ("all", "growth_stage")}
    drawn = Bootstrap(REPLICATES, seed).sums(list(columns.values()), groupings)
    moved = Bootstrap(0).sums([(one != 0).astype(np.int8) for one in columns.values()], groupings)
    keys = {key: at for at, key in enumerate(columns)}
    sums = Sums(keys, drawn, None, len(stages), Spread())
    for one in totals(sums, "r", (BANK,)):
        yield one.measure, one.difference, int(moved["all"][0, 0, keys["r", BANK, one.measure]])
    for each in distributions(sums, "r", (BANK,), groupings, whole=True):
        if each.firms - each.unknown >= 10 and each.group != "unknown":
            at = groupings[each.grouping].names.index(each.group)
            movers = int(
                moved[each.grouping][0, at, keys["r", each.bank_id, "credit_cny" if each.bank_id else "points"]]
            )
            yield f"{each.measure} of {each.group}", each.move_mean, movers


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


def _shares(held: Held) -> dict[str, Any]:
    shares = {name: float(np.mean(one)) for name, one in sorted(held.items())}
    return {"held": shares, "least": min(shares.values()), "most": max(shares.values()),
            "together": float(np.mean([share for one in held.values() for share in one]))}  # fmt: skip
