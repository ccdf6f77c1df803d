"""What a release holds of approvals: the item catalogue, the forecasts of cases, and what an alert is worth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from data.approvals.catalogue import Catalogue
from models.alerts import AlertParams
from models.approvals.forecast import ApprovalsModel
from serving.matching.packed import NotPackedError

FOLDER = "approvals"  # of a release, and of artifacts
ITEMS, MODEL, ALERTS = "items.csv", "model", "alerts.json"


@dataclass(frozen=True)
class Forecasts:
    """The forecasts of a release as they were fitted, and what an alert is worth."""

    model: ApprovalsModel
    alerts: AlertParams

    @classmethod
    def load(cls, folder: Path) -> Forecasts:
        """Of the release whose files are in ``folder``; raises NotPackedError where it comes without."""
        own = folder / FOLDER
        if not (own / MODEL).is_dir():
            raise NotPackedError(MODEL)
        given = json.loads((own / ALERTS).read_text(encoding="utf-8"))
        return cls(ApprovalsModel.load(own / MODEL), AlertParams(**given))


def load_catalogue(folder: Path) -> Catalogue:
    """The items of the release whose files are in ``folder``; raises NotPackedError where it comes without."""
    path = folder / FOLDER / ITEMS
    if not path.is_file():
        raise NotPackedError(ITEMS)
    return Catalogue.load(path)


def packed_files(artifacts: Path) -> dict[str, Path | bytes]:
    """What is packed of ``artifacts``, by its path there; nothing where it was never made."""
    found = [path for name in (ITEMS, ALERTS) if (path := artifacts / name).is_file()]
    found += [path for path in sorted((artifacts / MODEL).rglob("*")) if path.is_file()]
    return {path.relative_to(artifacts).as_posix(): path for path in found}
