"""Official cards as baselines: a published or proposed weight table becomes a card like any other."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from data.codebook import Codebook, reference_path
from models.points.card import PointsCard
from models.points.file import CardError
from training.points.fit import prior_card

STATUS = ("published", "recalled", "proposal")
FIELDS = ("name", "title", "status", "note", "stages", "weights")


@dataclass(frozen=True, slots=True)
class OfficialCard:
    """Full marks by stage and indicator, and how sure anyone can be of them."""

    name: str
    title: str
    status: str
    note: str
    stages: dict[str, str]
    weights: dict[str, dict[str, float]]


def official_cards() -> tuple[str, ...]:
    """Names of the weight tables that ship in ``data/reference/cards``."""
    folder = files("data") / "reference" / "cards"
    return tuple(sorted(Path(item.name).stem for item in folder.iterdir() if item.name.endswith(".yaml")))


def read_official_card(source: str | Path) -> OfficialCard:
    """A weight table by its name or path; raises CardError with every fault."""
    path = source if isinstance(source, Path) else reference_path(f"cards/{source}.yaml")
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        raise CardError(
            f"{path.name} cannot be read as a weight table: {fault}; there are {official_cards()}"
        ) from fault
    if not isinstance(raw, dict) or set(raw) != set(FIELDS):
        found = sorted(raw) if isinstance(raw, dict) else type(raw).__name__
        raise CardError(f"{path.name} is no weight table: found {found}, it has {sorted(FIELDS)}")
    problems = [] if raw["status"] in STATUS else [f"status is {raw['status']!r}, allowed: {list(STATUS)}"]
    if set(raw["stages"]) != set(raw["weights"]):
        problems.append(f"stages {sorted(raw['stages'])} and weights of {sorted(raw['weights'])} differ")
    problems += [
        f"{stage}.{key}: weight is {weight!r}, allowed: at least 0"
        for stage, rows in raw["weights"].items()
        for key, weight in rows.items()
        if not isinstance(weight, int | float) or weight < 0
    ]
    if problems:
        raise CardError(f"{path.name}:\n  " + "\n  ".join(problems))
    return OfficialCard(**raw)


def import_card(official: OfficialCard, cases: pd.DataFrame, codebook: Codebook) -> PointsCard:
    """The official weights over the peers of ``cases``; an indicator the table does not name earns nothing.

    raises : CardError naming indicators and stages that the codebook lacks
    """
    alien = sorted({key for rows in official.weights.values() for key in rows} - set(codebook.keys))
    stages = sorted(set(official.weights) - set(codebook.stages))
    if alien or stages:
        raise CardError(f"card {official.name}: the codebook has no indicators {alien} and no stages {stages}")
    weights = {
        stage: {key: float(rows.get(key, 0.0)) for key in codebook.keys} for stage, rows in official.weights.items()
    }
    return prior_card(cases, codebook, official.name, weights)
