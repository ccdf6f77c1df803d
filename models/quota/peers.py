"""Statistics of the training cases: medians shown beside a reason, and the ranges that a warning compares with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from models.risk.model import ModelFileError


@dataclass(frozen=True)
class Peers:
    """By stage of growth and feature, and over all stages.

    median, p95 : by stage; low, high : smallest and largest value that training saw, by feature
    """

    median: Mapping[str, Mapping[str, float]]
    p95: Mapping[str, Mapping[str, float]]
    low: Mapping[str, float]
    high: Mapping[str, float]

    def save(self, path: Path) -> None:
        """One JSON file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Peers:
        """Raises ModelFileError naming the file."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as fault:
            raise ModelFileError(f"{path.name} cannot be read: {fault}") from fault
