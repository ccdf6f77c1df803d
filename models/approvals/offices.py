"""Remaining time where several offices handle one process: the office's own history beside that of all.

Of each office there is a model of its own cases, if they are enough, and one model of the cases of all. A forecast is
the mean of both on the scale log(1 + days); the weight of the own model goes with the past losses of both on cases of
the office that had closed. Nobody chooses: an answer says what has the larger weight. Intervals follow the errors of
the office's own cases.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.content_digest import content_digest
from models.remaining_time.coverage import Labels, Raw
from models.remaining_time.model import SOURCES, RemainingTime, RemainingTimeError, RemainingTimeModel

CARD, POOLED, OWN, LABELS = "offices.json", "pooled", "own", "labels.npz"
ENDS = ("middle", "low", "high")


@dataclass(frozen=True)
class OfficesModel:
    """Models of the offices of one process.

    office : column of the prefixes that names the office
    pooled : of the cases of all offices
    own : office -> model of its cases; an office without enough has none
    shares : office -> weight of its own model, in [0, 1]
    labels : office -> what became of the forecasts for its cases
    """

    office: str
    pooled: RemainingTimeModel
    own: Mapping[str, RemainingTimeModel]
    shares: Mapping[str, float]
    labels: Mapping[str, Labels]

    @property
    def cut(self) -> float:
        """Days since 1970 (UTC); nothing that happened then or later is in the model."""
        return self.pooled.cut

    def raw(self, prefixes: pd.DataFrame) -> tuple[Raw, npt.NDArray[np.int64]]:
        """Forecasts before they are adapted, and the position in SOURCES of what has the largest weight."""
        if self.office not in prefixes:
            raise RemainingTimeError(f"columns {[self.office]} are absent")
        made, largest = self.pooled.raw(prefixes)
        for name, rows in self.offices(prefixes).items():
            share = self.shares.get(name, 0.0)
            if name in self.own and share > 0.0:
                own, _ = self.own[name].raw(prefixes.iloc[rows])
                for end in ENDS:
                    both = getattr(made, end)
                    both[rows] = share * getattr(own, end) + (1.0 - share) * both[rows]
                largest = np.where(np.isin(np.arange(len(prefixes)), rows) & (share >= 0.5), _OWN, largest)
        return made, largest

    def predict(self, prefixes: pd.DataFrame) -> RemainingTime:
        """Answers with what the model knew at the start of the day (UTC) on which each row was known."""
        return self.answered(prefixes, self.raw(prefixes))

    def answered(self, prefixes: pd.DataFrame, made: tuple[Raw, npt.NDArray[np.int64]]) -> RemainingTime:
        """Answers of forecasts that ``raw`` made for the same rows."""
        raw, largest = made
        found, order = [], []
        for name, rows in self.offices(prefixes).items():
            known = replace(self.pooled, labels=self.labels.get(name, Labels.none()))
            mine = Raw(*(getattr(raw, end)[rows] for end in ENDS))
            found.append(known.answered(prefixes.iloc[rows], (mine, largest[rows])))
            order.append(rows)
        if not found:
            return self.pooled.answered(prefixes, made)
        joined = RemainingTime(
            *(np.concatenate([getattr(one, member.name) for one in found]) for member in fields(RemainingTime))
        )
        return joined.rows(np.argsort(np.concatenate(order), kind="stable"))

    def with_labels(self, later: Mapping[str, Labels]) -> OfficesModel:
        """The same forecasts, whose intervals also know what became of the cases that closed since, by office."""
        joined = {name: self.labels.get(name, Labels.none()).joined(one) for name, one in later.items()}
        return replace(self, labels={**self.labels, **joined})

    def offices(self, prefixes: pd.DataFrame) -> dict[str, npt.NDArray[np.int64]]:
        """Positions of the rows of each office, by name."""
        names = prefixes[self.office].astype(str).to_numpy(dtype=object)
        return {str(name): np.flatnonzero(names == name) for name in sorted(set(names))}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything in the model."""
        own = {name: model.digest for name, model in self.own.items()}
        kept = {"office": self.office, "shares": dict(self.shares), "labels": dict(self.labels)}
        return content_digest({**kept, "pooled": self.pooled.digest, "own": own})

    def save(self, folder: Path) -> None:
        """Write the model's files; the folder is made."""
        self.pooled.save(folder / POOLED)
        names, labelled = sorted(self.own), sorted(self.labels)
        for number, name in enumerate(names):
            self.own[name].save(folder / OWN / f"{number}")
        columns = {
            f"{number}_{one.name}": getattr(self.labels[name], one.name)
            for number, name in enumerate(labelled)
            for one in fields(Labels)
        }
        np.savez(folder / LABELS, **columns)
        card = {"office": self.office, "own": names, "labels": labelled, "shares": dict(sorted(self.shares.items()))}
        text = json.dumps(card | {"digest": self.digest}, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / CARD).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> OfficesModel:
        """Read a model; raises RemainingTimeError where a file is absent or differs from what was saved."""
        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            with np.load(folder / LABELS) as stored:
                labels = {
                    name: Labels(**{one.name: stored[f"{number}_{one.name}"] for one in fields(Labels)})
                    for number, name in enumerate(card["labels"])
                }
            own = {name: RemainingTimeModel.load(folder / OWN / f"{number}") for number, name in enumerate(card["own"])}
            model = cls(card["office"], RemainingTimeModel.load(folder / POOLED), own, card["shares"], labels)
        except (OSError, KeyError, TypeError, ValueError) as fault:
            raise RemainingTimeError(f"{folder.name} holds no model of offices: {fault}") from fault
        if model.digest != card["digest"]:
            raise RemainingTimeError(f"{folder.name} was changed after it was saved")
        return model


_OWN = SOURCES.index("own")
