"""The registry of incubators -> checked rows, a quarantine with reasons, figures, and the report in two languages.

Every figure is computed from the rows of ``data/raw/incubators``; a changed row is a changed report.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from data.incubators.fields import RECORDS as KINDS
from data.incubators.folder import RegistryFolder, read_folder
from models.chain.node_view import LANGUAGES
from models.incubators.files import write_files
from models.incubators.gathered import Gathered, gather
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, console, write_json
from training.tracking import file_digest, track

RECORDS, DERIVED, OUT = Path("data/raw/incubators"), Path("data/derived/incubators"), ARTIFACTS / "incubators"
CAVEAT = "simulated registry: the totals are planted, no figure describes a real incubator"


@dataclass(frozen=True)
class IncubatorParams:
    """Section ``incubators`` of params.yaml.

    on : day of the report; since : first day of the flows; received_at : instant of the first versions, with a zone
    """

    on: str
    since: str
    received_at: str


def incubators() -> None:
    """Check the registry, compute its statistics and write the report (HTML, CSV, XLSX) and the figures."""
    params = read_section("incubators", IncubatorParams)
    on, since = dt.date.fromisoformat(params.on), dt.date.fromisoformat(params.since)
    read = read_folder(RECORDS, dt.datetime.fromisoformat(params.received_at))
    write_checked(read)
    report = OUT / "report"
    made = gather(read.registry, on, "zh", since=since, quarantine=read.quarantine)
    write_files({lang: replace(made, lang=lang) for lang in LANGUAGES}, report)
    found = figures(read, made)
    write_json(OUT / "metrics.json", found)
    digest = file_digest(sorted(path for path in RECORDS.iterdir() if path.is_file()))
    track("incubators", params, found["statistics"], digest, [OUT / "metrics.json", report / "report.html"])
    console.print(
        f"incubators on {on}: {found['statistics']['incubators']:.0f}, {found['quarantine']['rows']} rows not taken, "
        f"{found['published']['agree']} of {found['published']['figures']} published figures agree",
        markup=False,
    )


def write_checked(read: RegistryFolder) -> None:
    """The rows that were taken, every version of them, and the quarantine."""
    DERIVED.mkdir(parents=True, exist_ok=True)
    for record in KINDS:
        read.registry.table(record).to_parquet(DERIVED / f"{record}s.parquet", index=False)
    read.quarantine.to_csv(DERIVED / "quarantine.csv", index=False, lineterminator="\n")


def figures(read: RegistryFolder, made: Gathered) -> dict[str, Any]:
    """What the stage found: statistics of the whole, levels, agreement, recognition, graduation, quarantine."""
    rows, parts = made.reconciliation.rows, made.reconciliation.parts
    counted = (made.recognition["tier"] + " " + made.recognition["overall"]).value_counts().sort_index()
    faults = read.quarantine
    return {
        "caveat": CAVEAT if made.synthetic else "",
        "on_date": made.on.isoformat(),
        "statistics": {str(row["indicator"]): float(row["value"]) for row in made.statistics.to_dict("records")},
        "basis": {str(row["indicator"]): str(row["basis"]) for row in made.statistics.to_dict("records")},
        "levels": {
            " ".join(filter(None, (str(row["level"]), str(row["kind"])))): int(row["value"])
            for row in parts.to_dict("records")
        },
        "published": {
            "figures": len(rows),
            "agree": int(rows["agrees"].sum()),
            "differ": sorted(rows.loc[~rows["agrees"], "key"]),
            "pairs": {one: _pairs(made, one) for one in ("consistent", "contradictory", "equal")},
        },
        "recognition": {str(key): int(n) for key, n in counted.items()},
        "graduation": {
            str(row["condition"]) or "all": int(row["graduates"]) for row in made.graduation.to_dict("records")
        },
        "quarantine": {
            "rows": len(faults[["record", "key", "line"]].drop_duplicates()),
            "faults": len(faults),
            "by_record": {str(key): int(n) for key, n in faults["record"].value_counts().sort_index().items()},
        },
        "versions": len(read.journal.entries),
        "corrected": sum(1 for versions in _corrected(read) if versions > 1),
    }


def _pairs(made: Gathered, verdict: str) -> int:
    return sum(one.verdict == verdict for one in made.reconciliation.pairs)


def _corrected(read: RegistryFolder) -> list[int]:
    keys = pd.Series([f"{one.record} {one.key}" for one in read.journal.entries], dtype=object)
    return [int(n) for n in keys.value_counts()]
