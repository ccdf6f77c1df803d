"""The proposal and what it may be expected to keep: one search over all blocks, one over all but the last.

Because the best of many trials looks better than it is, the second search chooses by the same rule without the last
block and its choice is tested there: what it promised less what it kept is the optimism gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from training.tuning.front import RULE, Trial, excess, pareto_front, proposed
from training.tuning.problem import Problem, TuningError
from training.tuning.study import Evaluate, Storage, search

LEAST_BLOCKS = 3  # two to choose by, one to test on
SEARCHES = ("before", "all")  # all blocks but the last, and all


@dataclass(frozen=True)
class Tuned:
    """Sections of params.yaml as proposed, the report beside them, and the trials of both searches."""

    sections: Mapping[str, Mapping[str, Any]]
    report: Mapping[str, Any]
    trials: Mapping[str, list[Trial]]

    def as_dict(self) -> dict[str, Any]:
        """What ``proposed.yaml`` holds."""
        return {**self.sections, "report": dict(self.report)}


def tune(
    problem: Problem,
    evaluate: Evaluate,
    storage: Storage,
    digest: str,
    trials: int,
    seed: int,
    finished: Callable[[str, Trial], None] = lambda *_: None,
) -> Tuned:
    """So many trials in each search; ``finished`` is called with the search's name and each trial.

    raises : TuningError where there are too few blocks or no trial is wanted
    """
    if trials < 1:
        raise TuningError(f"trials must be at least 1, got {trials}")
    count = len(problem.blocks)
    if count < LEAST_BLOCKS:
        raise TuningError(
            f"{problem.capability}: earlier blocks predict {', '.join(problem.blocks) or 'none'}, and at least "
            f"{LEAST_BLOCKS} blocks are needed to search and to test"
        )
    found: dict[str, list[Trial]] = {}
    for name, blocks in zip(SEARCHES, (count - 1, count), strict=True):
        study = f"{problem.capability}-{digest}-{name}"
        found[name] = search(study, problem, blocks, evaluate, storage, trials, seed, partial(finished, name))
    before, every = (found[name] for name in SEARCHES)
    chosen, inner = proposed(every), proposed(before)
    last = [problem.loss(part) for part in evaluate([(one.values, count - 1) for one in (before[0], inner)])]
    promised, kept = before[0].loss - inner.loss, last[0] - last[1]
    report = {
        "rule": RULE,
        "blocks": list(problem.blocks),
        "today": _described(every[0]),
        "proposed": {**_described(chosen), "values": dict(chosen.values)},
        "loss_above_least_and_standard_error": list(excess(chosen, min(every, key=_finished_loss))),
        "front": [{"trial": one.number, **_described(one), "values": dict(one.values)} for one in pareto_front(every)],
        "gain_promised_before_last_block": promised,
        "gain_kept_on_last_block": kept,
        "optimism_gap": promised - kept,
        "trials": {
            name: {
                "finished": sum(one.figures is not None for one in rows),
                "pruned": sum(one.figures is None for one in rows),
            }
            for name, rows in found.items()
        },
        "digest": digest,
    }
    return Tuned(problem.sections(chosen.values), report, found)


def _finished_loss(trial: Trial) -> tuple[bool, float, int]:
    return trial.figures is None, trial.loss, trial.number


def _described(trial: Trial) -> dict[str, Any]:
    assert trial.figures is not None  # today's numbers are never pruned, and a pruned trial is never proposed
    return {"trial": trial.number, "loss": trial.loss, **trial.figures._asdict()}
