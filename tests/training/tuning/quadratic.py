"""A search whose best numbers are known: a bowl over the logarithm of a rate and over whole leaves."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from training.processes import in_order, workers
from training.tuning.front import Trial
from training.tuning.objectives import Figures
from training.tuning.problem import Axis, HeldOut, Values
from training.tuning.proposal import Tuned, tune
from training.tuning.study import opened

BEST = {"rate": 0.05, "leaves": 12}
DIGEST = "0123456789abcdef"


@dataclass(frozen=True)
class Quadratic:
    """Four blocks; the loss is the squared distance from BEST and a little that differs by block."""

    seconds: float = 0.0
    blocks: Sequence[str] = ("2018", "2019", "2020", "2021")
    start: tuple[float, int] = (0.5, 40)

    capability = "risk"
    space: ClassVar[Mapping[str, Axis]] = {"rate": Axis(0.001, 1.0), "leaves": Axis(2, 50, whole=True)}

    @property
    def now(self) -> Values:
        return {"rate": self.start[0], "leaves": self.start[1]}

    def hold_out(self, values: Values, block: int) -> HeldOut:
        time.sleep(self.seconds)
        far = np.log(values["rate"] / BEST["rate"]), (values["leaves"] - BEST["leaves"]) / 10 + 0.01 * block
        return HeldOut(np.zeros(2), np.array(far), np.zeros(2), np.zeros(2, dtype=np.int64), values["leaves"])

    def loss(self, part: HeldOut) -> float:
        return float((part.prediction**2).sum())

    def figures(self, parts: Sequence[HeldOut]) -> Figures:
        losses = [self.loss(one) for one in parts]
        return Figures(
            -float(np.mean(losses)), abs(float(parts[0].prediction[0])), float(np.std(losses)), parts[0].size
        )

    def sections(self, values: Values) -> Mapping[str, Mapping[str, Any]]:
        return {"risk": dict(values)}


def hold_out(problem: Quadratic, pair: tuple[Values, int]) -> HeldOut:
    return problem.hold_out(*pair)


def tuned(
    journal: Path, trials: int, jobs: int = 1, seconds: float = 0.0, finished=lambda *_: None, **how: Any
) -> Tuned:
    problem = Quadratic(seconds, **how)
    with opened(journal, DIGEST) as storage, workers(jobs, problem) as each:
        return tune(problem, lambda pairs: in_order(each, hold_out, pairs), storage, DIGEST, trials, 7, finished)


def record(name: str, trial: Trial) -> None:
    print(json.dumps([name, trial.number]), flush=True)


if __name__ == "__main__":
    tuned(Path(sys.argv[1]), int(sys.argv[2]), seconds=0.02, finished=record)
