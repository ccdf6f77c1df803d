"""Refitted draws: the three models fitted again on firms drawn with replacement, read as engines by their number.

One draw of firms serves all three models, so engine k is what the same making would have given for that sample. A draw
holds what its firms changed and nothing else:

    refitted : the card's points, which card ships and the totals of its size peers; the whole risk model; the whole
               debt capacity model
    kept     : the card's frozen peer reference; statistics of the training cases that reasons and warnings show; loss
               certificates, which stay those of the trained models, for a refit has not been tested
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from models.points.card import PointsCard
from models.points.file import CardError
from models.quota.debt_capacity import DebtCapacityModel
from models.quota.engine import QuotaEngine
from models.risk.model import ModelFileError, RiskModel

MANIFEST, POINTS, RISK, QUOTA = "draws.json", "points.json", "risk", "quota"
# Fields of a card that a draw of firms changes.
REFITTED = ("version", "data_digest", "points", "size_peers", "peer_counts", "verdict")
KEPT = ("codebook_digest", "reference_version", "indicators", "smooth_border_share")


class Refitted(NamedTuple):
    """The three models of one draw, and its figures: firms drawn, different ones among them, cases and defaults."""

    points: PointsCard
    risk: RiskModel
    limit: DebtCapacityModel
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class Draws:
    """A folder of draws beside the models that were trained on every firm once.

    engine : the trained models
    count  : of draws, numbered from 0
    """

    folder: Path
    engine: QuotaEngine
    count: int

    @classmethod
    def load(cls, folder: Path, engine: QuotaEngine) -> Draws:
        """Check that every draw is there and was made beside ``engine``; raises ModelFileError naming what is wrong."""
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            count, models = int(manifest["count"]), manifest["models"]
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise ModelFileError(
                f"{folder}/{MANIFEST} cannot be read, make it by `training draws`: {fault!r}"
            ) from fault
        if models != engine.models_digest:
            raise ModelFileError(
                f"{folder} holds draws of the models {models[:12]}, these are {engine.models_digest[:12]}: "
                "make them again by `training draws`"
            )
        if lost := [number for number in range(count) if not draw_folder(folder, number).is_dir()]:
            raise ModelFileError(
                f"{folder} lacks {len(lost)} of {count} draws, the first {lost[0]}: `training draws` makes the rest"
            )
        return cls(folder, engine, count)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[QuotaEngine]:
        """Engines in the order of their number, each read when it is its turn."""
        return (self.draw(number) for number in range(self.count))

    def draw(self, number: int) -> QuotaEngine:
        """The engine with the models of one draw; raises ModelFileError naming the file or the number."""
        if not 0 <= number < self.count:
            raise ModelFileError(f"{self.folder} has draws 0 to {self.count - 1}, not {number}")
        folder = draw_folder(self.folder, number)
        try:
            fields = json.loads((folder / POINTS).read_text(encoding="utf-8"))
            points = replace(
                self.engine.points, points_low={}, points_high={}, differences={},
                **{name: fields[name] for name in REFITTED},
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, CardError) as fault:
            raise ModelFileError(f"{folder / POINTS} cannot be read: {fault!r}") from fault
        book = self.engine.codebook
        return replace(
            self.engine,
            points=points,
            risk=RiskModel.load(folder / RISK, book),
            limit=DebtCapacityModel.load(folder / QUOTA, book),
        )

    def figures(self, number: int) -> Mapping[str, Any]:
        """``Refitted.figures`` of one draw."""
        found: Mapping[str, Any] = json.loads((draw_folder(self.folder, number) / MANIFEST).read_text(encoding="utf-8"))
        return found


def write_draw(folder: Path, number: int, made: Refitted, engine: QuotaEngine) -> None:
    """Write one draw, whole or not at all; raises ValueError unless it shares the trained card's peer reference."""
    if any(getattr(made.points, name) != getattr(engine.points, name) for name in KEPT):
        raise ValueError(f"draw {number}: its card has another peer reference than {engine.points.version}")
    done = draw_folder(folder, number)
    part = done.with_suffix(".part")
    if part.exists():
        shutil.rmtree(part)
    part.mkdir(parents=True)
    _write(part / POINTS, {name: getattr(made.points, name) for name in REFITTED})
    made.risk.save(part / RISK)
    made.limit.save(part / QUOTA)
    _write(part / MANIFEST, made.figures)
    part.rename(done)


def write_manifest(folder: Path, count: int, engine: QuotaEngine, key: Mapping[str, Any]) -> list[int]:
    """State what the folder's draws are of, and return the numbers that are still to be made.

    key : whatever decides a draw but its number; where the folder was written for another key or other models, its
          draws are removed first; finished draws beyond ``count`` stay, for a later call that wants more
    """
    wanted = {"models": engine.models_digest, **key}
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    if {name: value for name, value in found.items() if name != "count"} != json.loads(json.dumps(wanted)):
        for old in [*folder.glob("[0-9]*"), folder / MANIFEST]:
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    for half in folder.glob("[0-9]*.part"):
        shutil.rmtree(half)
    _write(folder / MANIFEST, {"count": count, **wanted})
    return [number for number in range(count) if not draw_folder(folder, number).is_dir()]


def draw_folder(folder: Path, number: int) -> Path:
    """Where one draw lies."""
    return folder / f"{number:04d}"


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
