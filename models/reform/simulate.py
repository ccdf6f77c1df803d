"""A reform simulation from end to end: firms and rules in, ``ReformResult`` out. No files, no printing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.quota.engine import QuotaEngine
from models.reform.bootstrap import Bootstrap, Groups
from models.reform.cliffs import cliffs
from models.reform.estimates import Spread
from models.reform.evaluate import MICRO, PACKED, Outcome
from models.reform.frontier import frontier
from models.reform.levers import CARRIED, VOID
from models.reform.passes import POINTS, Gathered, Parts, gather, groups_of, refit_outcomes
from models.reform.result import (
    ALL_BANKS,
    AttributedMove,
    Cliff,
    IndicatorMove,
    Method,
    PointPrice,
    Population,
    Reform,
    ReformResult,
)
from models.reform.stack import stack_parts
from models.reform.study import BASELINE, Proposal, Study
from models.reform.tables import Sums, columns_of, distributions, totals
from models.reform.typical import Typical, typical_firms

Floats = npt.NDArray[np.float64]
PART_ROWS = 8_192
LEAST_REPLICATES = 200  # of the bootstrap: with 0 or 1 intervals have no width, with few they have any
LEAST_REFITS = 2  # refitted models, to have a variance
LEAST_SAMPLED = 2_000  # firms of a quick run: of fewer, intervals held too few of the full figures
OF_REFORMS = ("certificates_carried", "certificates_void", "risk_stage_held")  # conditions, in their order
REFORM = "reform"  # beside "baseline", in the tables of one reform


class Draws(Protocol):
    """Engines by draw number, each read when it is its turn."""

    def __len__(self) -> int:
        """How many."""

    def __iter__(self) -> Iterator[QuotaEngine]:
        """Each in the order of its number."""


Progress = Callable[[str, int, int], None]  # what is done, how much of it, of how much


@dataclass(frozen=True)
class Run:
    """How a study is run.

    level : of every interval; replicates : of the bootstrap of firms; draws : refitted models, by draw number
    population : firms that a quick run's sample stands for; None in a full run
    engines : models by the names that levers may take; workers : threads; they change no bit of the result
    """

    level: float = 0.95
    replicates: int = 400
    seed: int = 7
    draws: Draws = ()
    population: int | None = None
    engines: Mapping[str, QuotaEngine] | None = None
    workers: int = 1


def simulate(
    study: Study,
    parts: Parts,
    run: Run,
    *,
    dropped: Mapping[str, int] | None = None,
    progress: Progress | None = None,
    on_part: Callable[[pd.DataFrame, Gathered], None] | None = None,
) -> ReformResult:
    """The result of a study.

    parts : gives the firms, as often as it is called, part by part and in one order
    dropped : firms that were left out before, by reason; on_part : see ``gather``
    """
    progress = progress or _silent
    engines = dict(run.engines or {})
    gathered = gather(study, parts, engines, run.workers, on_part)
    n = len(gathered.size)
    groupings = groups_of(gathered.groups)
    keys = [reform.key for reform in study.reforms]
    columns = columns_of(gathered.outcomes[BASELINE], _others(gathered.outcomes), keys)
    columns |= {
        (key, bank, "credit_cny", group): gathered.parts[key][bank][group]
        for key in keys for bank in study.banks for group in study.changed(key) if len(study.changed(key)) > 1
    }  # fmt: skip
    progress("firms", 1, 1)
    bootstrap = Bootstrap(run.replicates, run.seed)
    refit = _refit_sums(study, parts, run, groupings, keys, progress)
    spread = Spread(run.level, None if run.population is None else 1.0 - n / run.population)
    sums = Sums.of_columns(columns, groupings, bootstrap, spread, run.population, refit=refit, alike=_alike(study),
                           workers=run.workers)  # fmt: skip
    near_cliffs = cliffs(
        gathered.near, {name: study.rules[name] for name in (BASELINE, *keys)}, study.packed, study.requested,
        study.banks, bootstrap, spread, engines,
    )  # fmt: skip
    typical = Typical.of(study, gathered, parts, engines)
    reforms = tuple(
        _reform(study, reform, gathered, sums, groupings, near_cliffs, typical, run) for reform in study.reforms
    )
    return ReformResult(
        population=_population(study, gathered, run.population or n, dropped or {}),
        method=Method(
            run.level, run.replicates, run.seed, _refits(run), None if run.population is None else n,
            tuple(_parts_assessed(run)),
        ),
        banks=study.banks,
        baseline=study.baseline.scenario,
        reforms=reforms,
        stack=stack_parts(study, sums),
        conditions=_conditions(study, reforms, gathered),
        certificates=_certificates(study),
    )  # fmt: skip


def _silent(what: str, done: int, whole: int) -> None:
    """No progress is shown."""


def _others(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    return {name: outcome for name, outcome in outcomes.items() if name != BASELINE}


def _alike(study: Study) -> dict[tuple[str, str], Any]:
    """What decides each scenario's outcomes at each bank, at all banks together, and its points."""
    found: dict[tuple[str, str], Any] = {}
    for name, one in study.rules.items():
        of_banks = {bank: one.key(bank) for bank in study.banks}
        found |= {(name, bank): own for bank, own in of_banks.items()}
        found[name, ALL_BANKS] = tuple(of_banks.values())
        found[name, POINTS] = one.models, one.firms, one.weight_key
    return found


def _refit_sums(
    study: Study, parts: Parts, run: Run, groupings: Mapping[str, Groups], keys: Sequence[str], progress: Progress
) -> dict[str, Floats] | None:
    if not _refits(run):
        return None
    alone, found = Bootstrap(replicates=0), []
    for at, engine in enumerate(run.draws):
        outcomes = refit_outcomes(study, study.packed, engine, parts, list(study.rules), run.workers)
        columns = columns_of(outcomes[BASELINE], _others(outcomes), keys)
        found.append(alone.sums(list(columns.values()), groupings, run.workers))
        progress("refit", at + 1, len(run.draws))
    return {name: np.concatenate([one[name] for one in found]) for name in groupings}


def _refits(run: Run) -> int:
    """How many refitted models count: one alone shows no variance."""
    return len(run.draws) if len(run.draws) >= LEAST_REFITS else 0


def _reform(
    study: Study,
    reform: Proposal,
    gathered: Gathered,
    sums: Sums,
    groupings: Mapping[str, Groups],
    near: Mapping[str, tuple[Cliff, ...]],
    typical: Typical,
    run: Run,
) -> Reform:
    key = reform.key
    return Reform(
        scenario=reform.scenario,
        changed=study.changed(key),
        changes=study.changes(key),
        totals=totals(sums, key, study.banks),
        distributions=distributions(sums, key, study.banks, groupings, whole=run.population is None),
        attribution=_attribution(study, gathered, sums, key),
        indicators=_indicators(study, gathered, key, run),
        cliffs=tuple(one if one.scenario == BASELINE else replace(one, scenario=REFORM) for one in near[key]),
        typical=typical_firms(study, gathered, key, typical),
        point_prices=_prices(study, gathered, key),
        frontier=frontier(study, reform, sums),
        conditions=_of_reform(study, key),
    )


def _attribution(study: Study, gathered: Gathered, sums: Sums, key: str) -> tuple[AttributedMove, ...]:
    moves, found = gathered.parts[key], []
    of_firms = replace(sums, refit=None)  # parts of refitted models are not taken
    for bank in study.banks:
        for group in study.changed(key):
            part = moves[bank][group]
            points = moves[POINTS].get(group)
            whole = key, bank, "credit_cny"  # the one group's part where no other differs
            own = (*whole, group) if (*whole, group) in sums.keys else whole
            found.append(
                AttributedMove(
                    bank, group, int(part.sum()), int(part[part > 0].sum()), int(part[part < 0].sum()),
                    int(np.count_nonzero(part)), 0.0 if points is None else int(points.sum()) / MICRO,
                    of_firms.total({own: 1}),
                )
            )  # fmt: skip
    return tuple(found)


def _indicators(study: Study, gathered: Gathered, key: str, run: Run) -> tuple[IndicatorMove, ...]:
    if key not in gathered.indicators:
        return ()
    known = int((gathered.outcomes[key].points >= 0).sum())
    cards = [
        study.rules[name].card({PACKED: study.packed.engine, **(run.engines or {})}[study.rules[name].models].points)
        for name in (BASELINE, key)
    ]
    move = gathered.indicators[key] - gathered.indicators[BASELINE]
    return tuple(
        IndicatorMove(
            item.key, round(float(move[at]) / max(known, 1), 9), round(float(move[at]), 6),
            *({stage: row[item.key] for stage, row in card.weights.items()} for card in cards),
        )
        for at, item in enumerate(cards[0].indicators)
    )  # fmt: skip


def _prices(study: Study, gathered: Gathered, key: str) -> tuple[PointPrice, ...]:
    base = gathered.prices[BASELINE]
    own = gathered.prices.get(key, base)
    return (*base.prices(BASELINE, study.rules[BASELINE]), *own.prices(REFORM, study.rules[key]))


def _population(study: Study, gathered: Gathered, firms: int, dropped: Mapping[str, int]) -> Population:
    wanted = study.requested
    return Population(firms, ", ".join(sorted(gathered.as_of)), dict(sorted(dropped.items())), wanted.requested_cny,
                      wanted.tenor_months, wanted.product, wanted.purpose)  # fmt: skip


def _parts_assessed(run: Run) -> list[str]:
    first = "firms" if run.population is None else "sample"
    return [first, *(["refit"] if _refits(run) else []), "monte_carlo"]


def _certificates(study: Study) -> dict[str, int]:
    """How many of the banks' packed policies have a loss certificate that belongs to the packed models."""
    packed = study.packed
    held = [packed.engine.certificate(packed.policies[bank]).status for bank in study.banks]
    issued = sum(status != "not_assessed" for status in held)
    return {"policies": len(held), "issued": issued, "certified": held.count("certified")}


def _of_reform(study: Study, key: str) -> tuple[str, ...]:
    """What one reform assumes, its swept values with it; where nothing is certified, nothing is carried or void."""
    own = [rules for name, rules in study.rules.items() if name.partition("@")[0] == key]
    certified = _certificates(study)["certified"]
    kinds = {rules.levers.values.get(("certificates",), CARRIED) for rules in own if certified}
    held = any(rules.stages != study.packed.stages for rules in (study.rules[BASELINE], *own))
    return (*(f"certificates_{kind}" for kind in (CARRIED, VOID) if kind in kinds), *(["risk_stage_held"] * held))


def _conditions(study: Study, reforms: Sequence[Reform], gathered: Gathered) -> tuple[str, ...]:
    found = [name for name in OF_REFORMS if any(name in reform.conditions for reform in reforms)]
    held = _certificates(study)
    if held["certified"] < held["policies"]:
        found.append("certificates_some" if held["certified"] else "certificates_none")
    if len(study.banks) > 1:
        found.append("banks_lend_separately")
    return (*found, "synthetic_data" if gathered.fictitious else "real_data")
