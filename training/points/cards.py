"""Official cards as baselines: a published or proposed weight table becomes a card like any other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from data.codebook import Codebook, reference_path
from data.yaml_file import read_yaml_file
from models.points.card import PointsCard
from models.points.file import CardError
from training.points.fit import prior_card

STATUS = ("published", "recalled", "proposal")
FIELDS = ("name", "title", "status", "note", "stages", "weights")
MOST_POINTS = 130.0  # of one stage: 100 base and 30 bonus points


@dataclass(frozen=True, slots=True)
class OfficialCard:
    """Full marks by stage and indicator, and their uncertainty."""

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
        raw: Any = read_yaml_file(path)
    except (OSError, ValueError, yaml.YAMLError) as fault:
        raise CardError(
            f"{path.name} cannot be read as a weight table: {fault}; there are {_listed(official_cards())}"
        ) from fault
    if not isinstance(raw, dict) or set(raw) != set(FIELDS):
        found = _listed(raw) if isinstance(raw, dict) else type(raw).__name__
        raise CardError(f"{path.name} is no weight table: found {found or 'nothing'}; it has {_listed(FIELDS)}")
    if problems := _faults(raw):
        raise CardError(f"{path.name}:\n  " + "\n  ".join(problems))
    return OfficialCard(**raw)


def _faults(raw: dict[str, Any]) -> list[str]:
    """What is wrong with the members of a weight table."""
    problems = [f"{name} is {raw[name]!r}, allowed: a text" for name in ("name", "title", "note")
                if not isinstance(raw[name], str) or not raw[name]]  # fmt: skip
    problems += [] if raw["status"] in STATUS else [f"status is {raw['status']!r}, allowed: {_listed(STATUS)}"]
    stages, weights = raw["stages"], raw["weights"]
    if not isinstance(stages, dict) or not isinstance(weights, dict) or not weights:
        return [*problems, "stages and weights: allowed: mappings by stage, of at least one stage"]
    if set(stages) != set(weights):
        problems.append(f"stages are {_listed(stages)}, weights are of {_listed(weights)}; allowed: the same stages")
    for stage, rows in weights.items():
        if not isinstance(rows, dict):
            problems.append(f"{stage}: found {rows!r}, allowed: weights by indicator")
            continue
        wrong = [f"{stage}.{key}: weight is {weight!r}, allowed: a number of at least 0"
                 for key, weight in rows.items() if not _is_weight(weight)]  # fmt: skip
        problems += wrong
        total = 0.0 if wrong else sum(rows.values())
        if not wrong and not 0.0 < total <= MOST_POINTS:
            problems.append(f"{stage}: weights add up to {total:,.12g}, allowed: above 0, at most {MOST_POINTS:g}")
    return problems


def _listed(words: Iterable[str]) -> str:
    """Words as they are typed, one after the other."""
    return ", ".join(map(str, words))


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0


def import_card(official: OfficialCard, cases: pd.DataFrame, codebook: Codebook) -> PointsCard:
    """The official weights over the peers of ``cases``; an indicator the table does not name earns nothing.

    raises : CardError naming indicators and stages that the codebook lacks
    """
    given = {
        "indicator": ({str(key) for rows in official.weights.values() for key in rows}, codebook.keys),
        "stage": (set(map(str, official.weights)), codebook.stages),
    }
    problems = [
        f"the codebook has no {what} {_listed(sorted(alien))}; allowed: {_listed(known)}"
        for what, (keys, known) in given.items()
        if (alien := keys - set(known))
    ]
    if problems:
        raise CardError(f"card {official.name}:\n  " + "\n  ".join(problems))
    weights = {
        stage: {key: float(rows.get(key, 0.0)) for key in codebook.keys} for stage, rows in official.weights.items()
    }
    return prior_card(cases, codebook, official.name, weights)
