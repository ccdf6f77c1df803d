"""Whether a running case will end after its promised date: by a model where one was shown to be better, else by slack.

Slack, the days left until the promised date, is nearly all that is known of it. A model is used only if the paired
interval of its AUC less that of slack lies above 0 on cases later than those it was learned from; otherwise slack is
the rule, and the file says so. Either way a chance is calibrated, and a case past its promised date is late: 1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.special import expit, logit

from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import Sentence, read_sentences
from models.content_digest import content_digest
from models.remaining_time.columns import Columns
from models.remaining_time.scores import Floats

CARD, BOOSTER = "late.json", "late.txt"
LEVEL = 0.90  # of the paired interval
SMALLEST = 1e-4  # a chance of the booster, before it is calibrated, counts as this far from 0 and 1
Rule = Literal["model", "slack"]


class LateModelError(ValueError):
    """A model's files are missing or corrupt, or a table lacks a column."""


@dataclass(frozen=True)
class LateTest:
    """What decided between the model and slack: cases later than those that both were learned from.

    cases, late : known to have ended by their promised date or not, and of these the late ones
    auc_model, auc_slack, low, high : AUC of both and the paired interval of their difference, resampling cases; every
        case weighs alike. NaN where no case, or every case, was late
    """

    cases: int
    late: int
    auc_model: float
    auc_slack: float
    low: float
    high: float

    @property
    def rule(self) -> Rule:
        """The model only if the interval lies above 0."""
        return "model" if self.low > 0.0 else "slack"


@dataclass(frozen=True)
class LateModel:
    """Chance that a case ends after its promised date.

    deadline : column of the prefixes with the days until the promised date
    slopes : of the calibrations: log-odds = intercept + slope * x, where x is slack for "slack", and for "model" the
        booster's log-odds; rule -> (intercept, slope)
    booster : text of the booster, "" where there were too few cases for one
    test : None where there were too few cases for one
    """

    deadline: str
    slopes: Mapping[Rule, tuple[float, float]]
    test: LateTest | None = None
    columns: Columns | None = None
    booster: str = field(default="", repr=False)

    @property
    def rule(self) -> Rule:
        """By which ``chance`` answers."""
        return self.test.rule if self.test is not None else "slack"

    @cached_property
    def _booster(self) -> lgb.Booster:
        return lgb.Booster(model_str=self.booster)

    def chance(self, prefixes: pd.DataFrame, rule: Rule | None = None) -> Floats:
        """P(the case ends after its promised date), shape (n,); NaN where no date was promised.

        prefixes : of ``features.approvals``; raises LateModelError where a column is absent
        """
        rule = rule or self.rule
        if self.deadline not in prefixes:
            raise LateModelError(f"columns {[self.deadline]} are absent")
        slack = prefixes[self.deadline].to_numpy(dtype=float)
        intercept, slope = self.slopes[rule]
        with np.errstate(over="ignore"):
            chance = expit(intercept + slope * (slack if rule == "slack" else self.log_odds(prefixes)))
        return np.where(np.isnan(slack), np.nan, np.where(slack < 0.0, 1.0, chance))

    def log_odds(self, prefixes: pd.DataFrame) -> Floats:
        """Of the booster, before it is calibrated, shape (n,)."""
        if self.columns is None:
            raise LateModelError("there is no booster: too few cases were known")
        needed = {"known_at", "activity", "position", "elapsed_days", *self.columns.numbers, *self.columns.levels}
        if absent := needed - set(prefixes.columns):
            raise LateModelError(f"columns {sorted(absent)} are absent")
        if not len(prefixes):
            return np.zeros(0)
        found = np.asarray(self._booster.predict(self.columns.matrix(prefixes), num_threads=1), dtype=float)
        return np.asarray(logit(np.clip(found, SMALLEST, 1.0 - SMALLEST)))

    def sentence(self) -> Text:
        """Which rule answers and why, zh and en."""
        if self.test is None:
            return late_sentences()["late.untested"].fill({})
        figures = asdict(self.test) | {"level": LEVEL, "difference": self.test.auc_model - self.test.auc_slack}
        if not np.isfinite(self.test.low):
            return late_sentences()["late.untested"].fill({})
        return late_sentences()[f"late.{self.rule}"].fill(figures)

    def as_dict(self) -> dict[str, Any]:
        """The card: everything but the booster, as JSON values; figures that are not known are None."""
        test = None if self.test is None else {name: _known(value) for name, value in asdict(self.test).items()}
        zh, en = self.sentence()
        columns = None if self.columns is None else asdict(self.columns)
        return {
            "rule": self.rule, "deadline": self.deadline, "test": test, "text": {"zh": zh, "en": en},
            "slopes": {name: list(pair) for name, pair in self.slopes.items()}, "columns": columns,
        }  # fmt: skip

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything in the model."""
        return content_digest({"card": self.as_dict(), "booster": self.booster})

    def save(self, folder: Path) -> None:
        """Write the model's files; the folder is made."""
        folder.mkdir(parents=True, exist_ok=True)
        card = json.dumps(self.as_dict() | {"digest": self.digest}, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / CARD).write_text(card + "\n", encoding="utf-8")
        (folder / BOOSTER).write_text(self.booster, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LateModel:
        """Read a model; raises LateModelError where a file is absent or differs from what was saved."""
        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            slopes = {name: (card["slopes"][name][0], card["slopes"][name][1]) for name in get_args(Rule)}
            test = card["test"] and _test(card["test"])
            given = card["columns"]
            columns = given and Columns(
                tuple(given["numbers"]),
                {name: tuple(levels) for name, levels in sorted(given["levels"].items())},
                given["typical"],
                given["zone"],
            )
            model = cls(card["deadline"], slopes, test, columns, (folder / BOOSTER).read_text(encoding="utf-8"))
        except (OSError, KeyError, TypeError, ValueError, IndexError) as fault:
            raise LateModelError(f"{folder.name} holds no model of late cases: {fault}") from fault
        if model.digest != card["digest"]:
            raise LateModelError(f"{folder.name} was changed after it was saved")
        return model


def _test(card: Mapping[str, Any]) -> LateTest:
    auc_model, auc_slack, low, high = (
        float("nan") if card[name] is None else float(card[name]) for name in ("auc_model", "auc_slack", "low", "high")
    )
    return LateTest(int(card["cases"]), int(card["late"]), auc_model, auc_slack, low, high)


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


@cache
def late_sentences() -> Mapping[str, Sentence]:
    """Sentences on the rule by key."""
    return read_sentences(reference_path("approvals/sentences_late.csv"))
